"""Serves an opened attachment: constant memory, ranges, never as active content.

Plain ASGI. Segments of a local file are opened on the event loop: a thread hop for each costs more
than the decryption. A store that waits for a network is read off the loop.
"""

import re
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app.access import Actor
from app.core.ids import AttachmentId
from app.core.work import Work
from app.edge.after import alarmed, disposition, raise_alarm, unsealed
from app.edge.copies import serve_marked
from app.edge.services import Services
from app.records import AskedForm, AttachmentView, TakenForm, open_attachment
from app.vault import NotAuthentic, Opened

SEGMENTS_A_HOP = 4
# As many digits as any size has; `\d` would take those of every script.
RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})")


class Unsatisfiable(Exception):
    """The range that was asked for lies outside the attachment of this size."""

    def __init__(self, size_bytes: int) -> None:
        super().__init__(size_bytes)
        self.size_bytes = size_bytes


def parse_range(header: str | None, size_bytes: int) -> tuple[int, int] | None:
    """Give the first and the end byte (exclusive) asked for; None for the whole.

    More than one range, or a range that is not understood, is answered with the whole, as RFC 9110,
    section 14.2 allows.

    Raises:
        Unsatisfiable: the range begins behind the end.
    """
    match = RANGE.fullmatch(header.strip()) if header else None
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if not first:
        start, stop = max(0, size_bytes - int(last)), size_bytes
    else:
        start, stop = int(first), min(int(last) + 1, size_bytes) if last else size_bytes
    if start >= size_bytes or (last and first and int(last) < start):
        raise Unsatisfiable(size_bytes)
    return start, stop


def serve_attachment(
    request: Request,
    work: Work,
    services: Services,
    actor: Actor,
    attachment_id: AttachmentId,
    form: AskedForm = "",
) -> Response:
    """Answer with an attachment, or the range of it that was asked for, once the log holds that.

    A marked copy is made anew for each request, so there are no ranges of one.

    Raises:
        Refused: there is no such attachment, or none that the actor may have in this form.
        NotInspectedYet, CannotBeMarked, NotMarked: it does not leave in this form.
        NotAuthentic, KeyUnavailable, StoreUnavailable: as the vault tells; nothing is served.
    """
    header = request.headers.get("range")

    def served(size_bytes: int, taken: TakenForm) -> int:
        start, stop = (0, size_bytes) if taken == "marked" else _part(header, size_bytes) or (0, 0)
        return 0 if request.method == "HEAD" else stop - start

    found = open_attachment(
        work,
        services.gate,
        actor,
        attachment_id,
        arrangement=services.settings.arrangement,
        form=form,
        served=served,
    )
    if found.mark is not None:
        return serve_marked(request, services, actor, found, found.mark)
    if _part(header, found.view.size_bytes) is None:
        # Its size is told by this too: the log holds that nothing else was.
        size = f"bytes */{found.view.size_bytes}"
        return Response(status_code=416, headers={"Content-Range": size})
    with alarmed(request, services, actor, found):
        opened = unsealed(services, found)
    alarm = partial(raise_alarm, request, services, actor, found)
    wanted = parse_range(header, opened.size_bytes)
    return AttachmentResponse(opened, found.view, wanted=wanted, alarm=alarm)


def _part(header: str | None, size_bytes: int) -> tuple[int, int] | None:
    """Give the first and the end byte to be sent, or nothing when there are no such bytes."""
    try:
        return parse_range(header, size_bytes) or (0, size_bytes)
    except Unsatisfiable:
        return None


class AttachmentResponse(Response):
    """Sends the bytes of an attachment, or of a range of it, as they are opened."""

    def __init__(
        self,
        opened: Opened,
        view: AttachmentView,
        *,
        wanted: tuple[int, int] | None,
        alarm: Callable[[], None],
    ) -> None:
        self._opened = opened
        self._alarm = alarm
        self._start, self._stop = wanted or (0, opened.size_bytes)
        self.background = None
        self.body = b""
        self.status_code = 206 if wanted else 200
        headers = {
            "Content-Type": view.media_type,
            "Content-Length": str(self._stop - self._start),
            "Content-Disposition": disposition(view.name),
            "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
            "Accept-Ranges": "bytes",
            "Cache-Control": "private, no-store",
        }
        if wanted:
            headers["Content-Range"] = f"bytes {self._start}-{self._stop - 1}/{opened.size_bytes}"
        self.init_headers(headers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send head and body. An altered segment ends the answer before one byte of it is sent."""
        head = {
            "type": "http.response.start",
            "status": self.status_code,
            "headers": self.raw_headers,
        }
        with self._opened:
            await send(head)
            if scope["method"] != "HEAD":
                try:
                    await self._send_body(send)
                except NotAuthentic:
                    await to_thread.run_sync(self._alarm)
                    raise
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _send_body(self, send: Send) -> None:
        pieces = self._opened.chunks(self._start, self._stop)
        if not self._opened.blocks:
            for piece in pieces:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            return
        while batch := await to_thread.run_sync(_take, pieces):
            for piece in batch:
                await send({"type": "http.response.body", "body": piece, "more_body": True})


def _take(pieces: Iterator[memoryview]) -> list[memoryview]:
    return list(islice(pieces, SEGMENTS_A_HOP))
