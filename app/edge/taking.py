"""Takes the bytes of an upload further: sealed as they come, kept every few seconds.

No transaction is open while bytes flow. What came is made durable and counted beside the arriving
of more, so that a killed server loses seconds at most. A store that keeps nothing of a blob before
its end has stretches of a gibibyte instead, which are sealed once more when all have come.
"""

import asyncio
from contextlib import suppress
from types import TracebackType
from typing import Final, Self

from anyio import CancelScope
from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from app import records
from app.core.errors import Problem
from app.edge.asking import another_unit
from app.edge.services import services_of
from app.edge.tus import ChecksumMismatch
from app.records import AttachmentView, Claimed
from app.vault import AnotherFile, Sealed, Sealing, join, seal_stretch

KEEP_EVERY_SECONDS: Final[float] = 10
STRETCH_BYTES: Final = 1 << 30


class Taking:
    """One request's hold on an upload; leaving its `async with` gives it back.

    A lock keeps the request's own steps in the database apart from those of the keeper.
    """

    def __init__(self, request: Request, claimed: Claimed) -> None:
        self.claimed = claimed
        self.sha256 = b""
        self.attached: AttachmentView | None = None
        self._request = request
        self._services = services_of(request)
        self._lock = asyncio.Lock()
        self._ended = asyncio.Event()
        self._sealing: Sealing | None = None
        # Whether the row may name the stretch under way, and what it then says of the upload;
        # whether another stretch is to be begun.
        self._is_named = self._cut_is_due = False
        self._counted = claimed
        self._counts_as_it_comes = True

    async def __aenter__(self) -> Self:
        self._keeper = asyncio.create_task(self._keep_again_and_again())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with CancelScope(shield=True):
            self._ended.set()
            with suppress(Problem):
                await self._keeper
            if self.attached is None:
                with suppress(Problem):
                    await run_in_threadpool(self._let_go)

    async def receive(self, checksum: bytes | None) -> None:
        """Seal the body of the request, and keep what came of it even when it breaks off.

        Raises:
            ChecksumMismatch: the body is not what its checksum says; nothing of it was kept.
            TooLarge: there is more of it than was announced; nothing of it was kept.
            Problem: as the vault and the verbs of uploads tell.
        """
        # What has a checksum counts only once all of it came.
        self._counts_as_it_comes = checksum is None
        await run_in_threadpool(self._begin_stretch)
        try:
            arrived = await self._seal_body()
        except BaseException as error:
            # A server that is told to end cancels its requests: what came is kept.
            with CancelScope(shield=True):
                await self._end(None, keep=isinstance(error, asyncio.CancelledError))
            raise
        await self._end(checksum, keep=arrived or checksum is None)

    async def finish(self) -> None:
        """Make the upload an attachment, if all of it has come.

        Raises:
            AnotherFile: it is not the file that was announced; nothing of it is left.
            Problem: as `finish_upload` tells; what came is kept.
        """
        if self.claimed.offset_bytes < self.claimed.size_bytes:
            return
        if self.claimed.envelope is None:
            await self._join()
        async with self._lock:
            self.attached = await run_in_threadpool(self._attach)

    async def _seal_body(self) -> bool:
        """Seal what comes; tell whether it came to its end."""
        try:
            async for chunk in self._request.stream():
                if self._keeper.done():
                    self._keeper.result()
                sealing = self._under_way()
                if sealing.blocks:
                    await run_in_threadpool(sealing.write, chunk)
                else:
                    sealing.write(chunk)
                if self._cut_is_due:
                    await self._end(None, keep=True)
                    await run_in_threadpool(self._begin_stretch)
        except ClientDisconnect:
            return False
        return True

    async def _end(self, checksum: bytes | None, *, keep: bool) -> None:
        async with self._lock:
            sealing, self._sealing = self._sealing, None
            if sealing is not None:
                await run_in_threadpool(self._end_stretch, sealing, checksum, keep)

    def _begin_stretch(self) -> None:
        claimed, services = self.claimed, self._services
        self._is_named = self._cut_is_due = False
        self._counted = claimed
        self._sealing = seal_stretch(
            claimed.upload,
            claimed.offset_bytes,
            keys=services.keys,
            blobs=services.blobs,
            limit_bytes=claimed.size_bytes - claimed.offset_bytes,
        )

    def _under_way(self) -> Sealing:
        if self._sealing is None:
            raise ValueError("no stretch was begun")
        return self._sealing

    def _end_stretch(self, sealing: Sealing, checksum: bytes | None, keep: bool) -> None:
        claimed = self.claimed
        is_all = sealing.size_bytes == claimed.size_bytes and not claimed.stretches
        with sealing:
            if not keep or not sealing.size_bytes:
                if self._is_named:
                    sealing.leave()
                    self.claimed = self._counted
                return
            try:
                kept = sealing.finish(checksum) if is_all else sealing.cut(checksum)
            except AnotherFile as error:
                raise ChecksumMismatch from error
        if isinstance(kept, Sealed):
            self._complete(kept)
            return
        with another_unit(self._request) as (work, asking):
            self.claimed = records.extend_upload(
                work, self._services.gate, asking.actor, claimed, kept
            )

    async def _join(self) -> None:
        """Seal the stretches as one stream, while the claim is kept."""
        claimed, services = self.claimed, self._services
        sealed = await run_in_threadpool(
            join, claimed.upload, claimed.stretches, keys=services.keys, blobs=services.blobs
        )
        async with self._lock:
            await run_in_threadpool(self._complete, sealed)
        for stretch in claimed.stretches:
            await run_in_threadpool(services.blobs.delete, stretch.blob)

    def _complete(self, sealed: Sealed) -> None:
        services = self._services
        try:
            self.claimed.check_whole(sealed)
            with another_unit(self._request) as (work, asking):
                self.claimed = records.complete_upload(
                    work, services.gate, asking.actor, self.claimed, sealed
                )
        except AnotherFile:
            services.blobs.delete(sealed.blob)
            self._forget()
            raise
        self.sha256 = sealed.sha256

    def _attach(self) -> AttachmentView:
        services, claimed = self._services, self.claimed
        with another_unit(self._request) as (work, asking):
            attached = records.finish_upload(work, services.gate, asking.actor, claimed)
            if claimed.envelope is not None:
                blob = claimed.envelope.blob
                work.after_commit.append(lambda: services.blobs.promote(blob))
        return attached

    def _forget(self) -> None:
        services = self._services
        with another_unit(self._request) as (work, asking):
            gone = records.abandon_upload(work, services.gate, asking.actor, self.claimed.id)
        for blob in gone:
            services.blobs.delete(blob)

    def _let_go(self) -> None:
        with another_unit(self._request) as (work, asking):
            records.let_go(work, self._services.gate, asking.actor, self.claimed)

    async def _keep_again_and_again(self) -> None:
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._ended.wait(), KEEP_EVERY_SECONDS)
                return
            async with self._lock:
                await run_in_threadpool(self._keep)

    def _keep(self) -> None:
        """Make durable and count what came so far, and hold the claim a while longer."""
        sealing = self._sealing if self._counts_as_it_comes else None
        arriving = sealing.sync() if sealing else None
        self._is_named = self._is_named or arriving is not None
        self._cut_is_due = bool(sealing and not arriving and sealing.size_bytes >= STRETCH_BYTES)
        with another_unit(self._request) as (work, asking):
            self._counted = records.extend_upload(
                work, self._services.gate, asking.actor, self.claimed, arriving
            )
