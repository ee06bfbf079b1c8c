"""Attachments: their bytes in the form in which they may leave, and their pages to look at."""

from base64 import b64encode
from functools import partial
from typing import Annotated, Final, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from app import records
from app.core.ids import AttachmentId
from app.edge import (
    PageShown,
    TheGate,
    TheServices,
    Visitor,
    Working,
    serve_attachment,
    serve_page,
)
from app.records import AskedForm
from app.web.pages import count_waiting, render
from app.web.records import names_of

router = APIRouter(prefix="/attachments")

Width = Literal["800", "1200", "1600"]
WIDTHS: Final = (("800", "Small"), ("1200", "Medium"), ("1600", "Large"))


@router.api_route("/{attachment_id}", methods=["GET", "HEAD"])
def download(
    request: Request,
    work: Working,
    services: TheServices,
    actor: Visitor,
    attachment_id: AttachmentId,
    form: AskedForm = "",
) -> Response:
    return serve_attachment(request, work, services, actor, attachment_id, form)


@router.get("/{attachment_id}/pages")
def some_page(
    attachment_id: AttachmentId,
    page: Annotated[int, Query(ge=1)] = 1,
    width: Width = "1200",
) -> Response:
    return RedirectResponse(page_href(attachment_id, page, width), 303)


@router.get("/{attachment_id}/pages/{page}")
def page(
    request: Request,
    work: Working,
    gate: TheGate,
    services: TheServices,
    actor: Visitor,
    attachment_id: AttachmentId,
    page: int,
    width: Width = "1200",
    text: bool = False,
) -> Response:
    arrangement = services.settings.arrangement
    viewed = records.view_page(
        work, gate, actor, attachment_id, page, arrangement=arrangement, words=text
    )
    names = names_of(work, [viewed.opened.view.marking], set())
    count_waiting(request)
    draw = partial(_draw, request, names)
    return serve_page(request, services, actor, viewed, draw, width=int(width))


def _draw(request: Request, names: dict[str, str], shown: PageShown) -> Response:
    """Draw a page with its picture within it, so that one look is one request and one entry."""
    at = partial(page_href, shown.opened.view.id, width=str(shown.width))
    number, count = shown.page, shown.opened.pages_count
    context = {
        "shown": shown,
        "file": shown.opened.view,
        "count": count,
        "names": names,
        "picture": f"data:image/png;base64,{b64encode(shown.picture).decode()}",
        "previous_href": at(number - 1) if number > 1 else "",
        "next_href": at(number + 1) if number < count else "",
        "text_href": at(number, text=shown.words is None),
        "widths": [
            (size, page_href(shown.opened.view.id, number, size), name) for size, name in WIDTHS
        ],
    }
    return render(request, "records/page.html", context)


def page_href(
    attachment_id: AttachmentId, page: int, width: str = "1200", *, text: bool = False
) -> str:
    """Give the address of a page of an attachment."""
    given = {"width": width if width != "1200" else "", "text": "1" if text else ""}
    query = urlencode({name: value for name, value in given.items() if value})
    path = f"/attachments/{attachment_id}/pages/{page}"
    return f"{path}?{query}" if query else path
