"""Marked copies and pages: made in the sandbox once the log holds who gets them, then sent.

What fails after the entry is an entry of its own: nothing left.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from app.access import Actor
from app.copies import Mark, mark_copy, picture, words
from app.edge.after import after_the_fact, alarmed, disposition, unsealed
from app.edge.later import Later
from app.edge.services import Services
from app.records import OpenedAttachment, ViewedPage
from app.sandbox import Input, Output

BEHIND = {
    "Content-Security-Policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
    "Cache-Control": "private, no-store",
}


@dataclass(frozen=True)
class PageShown:
    """A page of an attachment as somebody looks at it; `words` is None unless asked for."""

    opened: OpenedAttachment
    page: int
    width: int
    picture: bytes
    words: str | None


def serve_marked(
    request: Request, services: Services, actor: Actor, found: OpenedAttachment, mark: Mark
) -> Response:
    """Answer with a marked copy; when only its head is asked for, without making one."""
    if request.method == "HEAD":
        return Response(headers=_headers(found))
    return Later(lambda: _marked(request, services, actor, found, mark))


def serve_page(
    request: Request,
    services: Services,
    actor: Actor,
    viewed: ViewedPage,
    draw: Callable[[PageShown], Response],
    *,
    width: int,
) -> Response:
    """Answer with what `draw` makes of a page, once the log holds that the actor looks at it."""
    found, page = viewed.opened, viewed.page
    kind = found.media_type

    def make() -> Response:
        with _opened(request, services, actor, found, "attachment.not-shown") as file:
            with picture(file, media_type=kind, page=page, width=width, mark=viewed.mark) as made:
                shown = b"".join(made.chunks())
            text = words(file, media_type=kind, page=page) if viewed.with_words else None
        return draw(PageShown(found, page, width, shown, text))

    return Later(make)


def page_picture(shown: PageShown) -> Response:
    """Answer with the picture alone, which nobody keeps."""
    return Response(shown.picture, media_type="image/png", headers=BEHIND)


def _marked(
    request: Request, services: Services, actor: Actor, found: OpenedAttachment, mark: Mark
) -> Response:
    with _opened(request, services, actor, found, "attachment.not-marked") as file:
        output = mark_copy(file, media_type=found.media_type, mark=mark)
        return OutputResponse(output, _headers(found))


@contextmanager
def _opened(
    request: Request, services: Services, actor: Actor, found: OpenedAttachment, event: str
) -> Iterator[Input]:
    """Unseal an attachment into memory; what fails then, whatever it is, is told by `event`."""
    with (
        after_the_fact(request, services, actor, found, event),
        ExitStack() as opened,
    ):
        with alarmed(request, services, actor, found):
            stored = opened.enter_context(unsealed(services, found))
            file = opened.enter_context(Input.of(stored.chunks(), stored.size_bytes))
        yield file


def _headers(found: OpenedAttachment) -> dict[str, str]:
    return {
        "Content-Type": found.media_type,
        "Content-Disposition": disposition(found.view.name),
        "Accept-Ranges": "none",
        **BEHIND,
    }


class OutputResponse(Response):
    """Sends what the sandbox wrote, out of memory, and forgets it."""

    def __init__(self, output: Output, headers: dict[str, str]) -> None:
        self._output = output
        self.background = None
        self.body = b""
        self.status_code = 200
        self.init_headers({**headers, "Content-Length": str(output.size_bytes)})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send head and body."""
        head = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        with self._output:
            await send(head)
            for piece in self._output.chunks():
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
