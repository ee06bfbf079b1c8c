"""Uploads that go on after a break, for pages and programs alike: tus 1.0.0.

The two doors differ in what shows that the request is its sender's own, and in how a marking is
written; the rest is here. What is told about a whole file's SHA-256 is told to its sender, in
`Entente-Digest`: `Repr-Digest` would be of the answer.
"""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from app import records
from app.core.errors import TooLarge
from app.core.ids import VersionId
from app.core.work import Work
from app.edge import tus
from app.edge.asking import another_unit
from app.edge.services import services_of
from app.edge.taking import Taking
from app.edge.uploads import announced_bytes
from app.identity import Asking
from app.records import Claimed, Incoming, MarkingInput, UploadView
from app.vault import begin_upload, ensure_key

ATTACHMENT: Final = "Entente-Attachment"
DIGEST: Final = "Entente-Digest"
NAMED_DIGEST: Final = "repr-digest"
KEPT_METADATA: Final = ("filename", "filetype")
SALT_BYTES: Final = 32

Headers = dict[str, str]


@dataclass(frozen=True)
class Door:
    """How one of the two doors differs.

    Attributes:
        place: what its addresses begin with.
        check: refuses what another site made the browser send.
        marking: reads the marking that metadata gives the file; None: as the title.
    """

    place: str
    check: Callable[[Request, Asking], None]
    marking: Callable[[Request, Work, Asking, Mapping[str, str]], MarkingInput | None]


def capabilities(request: Request) -> Response:
    """Say what is spoken here; the same to everybody."""
    most = services_of(request).settings.max_attachment_bytes
    headers = {
        "Tus-Resumable": tus.VERSION,
        "Tus-Version": tus.VERSION,
        "Tus-Extension": tus.EXTENSIONS,
        "Tus-Checksum-Algorithm": "sha256",
        "Tus-Max-Size": str(most),
    }
    return Response(status_code=204, headers=headers)


async def create(request: Request, version_id: VersionId, door: Door) -> Response:
    """Begin an upload, and take what comes with it.

    Raises:
        TooLarge: it is larger than the sender may send under its marking; before any of it comes.
        Problem: as `authorise_attaching` and `begin_upload` tell.
    """
    tus.speak(request)
    if "upload-defer-length" in request.headers or "upload-concat" in request.headers:
        raise tus.Unreadable("Say the length when you begin, and send the file as one.")
    begun = await run_in_threadpool(_begin, request, version_id, door)
    place = {"Location": f"{door.place}/uploads/{begun.id}", **_progress(begun)}
    request.state.answer_headers |= place
    if begun.size_bytes == 0 or (tus.carries_bytes(request) and _announces_bytes(request)):
        place |= await _go_on(request, begun.id, 0, door)
    return Response(status_code=201, headers=request.state.answer_headers | place)


def tell(request: Request, upload_id: UUID, door: Door) -> Response:
    """Say exactly how far an upload is.

    Raises:
        Refused, BeingSent: as `see_upload` tells.
    """
    tus.speak(request)
    with another_unit(request) as (work, asking):
        door.check(request, asking)
        upload = records.see_upload(work, services_of(request).gate, asking.actor, upload_id)
    headers = {"Upload-Length": str(upload.size_bytes), **_progress(upload)}
    if upload.metadata:
        headers["Upload-Metadata"] = upload.metadata
    return Response(headers=request.state.answer_headers | headers)


async def go_on(request: Request, upload_id: UUID, door: Door) -> Response:
    """Take an upload further from where it is, and make it an attachment when all has come.

    Raises:
        Problem: as `claim_upload`, `Taking.receive` and `Taking.finish` tell.
    """
    tus.speak(request)
    tus.check_body(request)
    headers = await _go_on(request, upload_id, tus.number(request, "Upload-Offset"), door)
    return Response(status_code=204, headers=request.state.answer_headers | headers)


def give_up(request: Request, upload_id: UUID, door: Door) -> Response:
    """Forget an upload and what came of it.

    Raises:
        Refused: as `abandon_upload` tells.
    """
    tus.speak(request)
    services = services_of(request)
    with another_unit(request) as (work, asking):
        door.check(request, asking)
        gone = records.abandon_upload(work, services.gate, asking.actor, upload_id)
    for blob in gone:
        services.blobs.delete(blob)
    return Response(status_code=204, headers=request.state.answer_headers)


def _begin(request: Request, version_id: VersionId, door: Door) -> UploadView:
    services, metadata = services_of(request), tus.metadata_of(request)
    incoming = _incoming(request, metadata)
    with another_unit(request) as (work, asking):
        door.check(request, asking)
        facts = records.authorise_attaching(
            work,
            services.gate,
            asking.actor,
            version_id,
            door.marking(request, work, asking, metadata),
            arrangement=services.settings.arrangement,
        )
        size_bytes = incoming.size_bytes
        records.allowance(work, asking.actor, facts, services.limits, size_bytes=size_bytes)
    ensure_key(services.keys, facts.binding.originator)
    upload = begin_upload(facts.binding, facts.seal_label, keys=services.keys)
    with another_unit(request) as (work, asking):
        return records.begin_upload(
            work,
            services.gate,
            asking.actor,
            facts,
            upload,
            incoming,
            services.limits,
            salt=secrets.token_bytes(SALT_BYTES),
        )


async def _go_on(request: Request, upload_id: UUID, offset_bytes: int, door: Door) -> Headers:
    checksum = tus.checksum_of(request)
    claimed = await run_in_threadpool(_claim, request, upload_id, offset_bytes, door)
    if claimed.attachment_id:
        return _ended(claimed) | {ATTACHMENT: str(claimed.attachment_id)}
    async with Taking(request, claimed) as taking:
        left_bytes = claimed.size_bytes - claimed.offset_bytes
        if _announces_bytes(request, more_than=left_bytes):
            raise TooLarge(f"Only {left_bytes} bytes of this file are still to come.")
        if left_bytes:
            await taking.receive(checksum)
        await taking.finish()
    headers = _ended(taking.claimed)
    if taking.attached:
        headers[ATTACHMENT] = str(taking.attached.id)
    if taking.sha256:
        headers[DIGEST] = tus.digest_written(taking.sha256)
    return headers


def _claim(request: Request, upload_id: UUID, offset_bytes: int, door: Door) -> Claimed:
    services = services_of(request)
    with another_unit(request) as (work, asking):
        door.check(request, asking)
        return records.claim_upload(
            work,
            services.gate,
            asking.actor,
            upload_id,
            offset_bytes,
            arrangement=services.settings.arrangement,
        )


def _incoming(request: Request, metadata: Mapping[str, str]) -> Incoming:
    """Read what is told of a file before it comes; its hash is not kept among what was told."""
    told = {key: value for key, value in metadata.items() if key in KEPT_METADATA}
    digest = request.headers.get("repr-digest") or metadata.get(NAMED_DIGEST, "")
    return Incoming(
        name=told.get("filename", ""),
        media_type=told.get("filetype", ""),
        size_bytes=tus.number(request, "Upload-Length"),
        metadata=tus.written(told),
        sha256=tus.read_digest(digest),
    )


def _announces_bytes(request: Request, *, more_than: int = 0) -> bool:
    """Tell whether the body is longer than that; one of unknown length is longer than nothing."""
    length = announced_bytes(request)
    if length is None:
        return more_than == 0 and "transfer-encoding" in request.headers
    return length > more_than


def _progress(upload: UploadView) -> Headers:
    headers = {
        "Upload-Offset": str(upload.offset_bytes),
        "Upload-Expires": tus.date_written(upload.expires_at),
    }
    if upload.attachment_id:
        headers[ATTACHMENT] = str(upload.attachment_id)
    return headers


def _ended(claimed: Claimed) -> Headers:
    return {
        "Upload-Offset": str(claimed.offset_bytes),
        "Upload-Expires": tus.date_written(claimed.expires_at),
    }
