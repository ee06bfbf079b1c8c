"""Attachments: their bytes in a form that may leave, and their pages; relabel and remove them."""

from dataclasses import asdict, dataclass
from typing import Annotated, Any, Final

from fastapi import Query, Request, Response
from fastapi.responses import JSONResponse

from app import records
from app.api.answers import nouns
from app.core.ids import AttachmentId
from app.edge import (
    PageShown,
    SignedInActor,
    TheGate,
    TheServices,
    Visitor,
    Working,
    inspection_of,
    page_picture,
    serve_attachment,
    serve_page,
)
from app.records import (
    AskedForm,
    AttachmentView,
    ChooseForm,
    InspectionView,
    MarkingInput,
    PagesView,
)

router = nouns("attachments", "/attachments")
SMALLEST: Final = 100
BYTES: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/octet-stream": {}}},
    206: {"description": "The range; there is none of a marked copy."},
    409: {"description": "It does not leave in this form, not yet or never; says why."},
}
PICTURE: dict[int | str, dict[str, Any]] = {
    200: {"content": {"image/png": {}}},
    409: {"description": "It cannot be shown page by page, not yet or never; says why."},
}
Width = Annotated[int, Query(ge=100, le=2000, description="The width of the picture in pixels.")]
Form = Annotated[
    AskedForm,
    Query(
        description="`marked` or `original`; unset: a marked copy where the file can carry a mark"
        " and its label is not public."
    ),
]


@dataclass(frozen=True)
class PageText:
    """The text of a page."""

    page: int
    pages_count: int
    text: str


@router.get("/{attachment_id}", response_class=Response, responses=BYTES)
def download_attachment(
    request: Request,
    work: Working,
    services: TheServices,
    actor: Visitor,
    attachment_id: AttachmentId,
    form: Form = "",
) -> Response:
    """Download an attachment; with `Range` a part of it, unless it is a marked copy."""
    return serve_attachment(request, work, services, actor, attachment_id, form)


@router.head("/{attachment_id}", response_class=Response)
def ask_attachment(
    request: Request,
    work: Working,
    services: TheServices,
    actor: Visitor,
    attachment_id: AttachmentId,
    form: Form = "",
) -> Response:
    """Ask of what type an attachment is, and how large unless it leaves marked; without bytes."""
    return serve_attachment(request, work, services, actor, attachment_id, form)


@router.get("/{attachment_id}/pages")
def count_pages(
    work: Working, gate: TheGate, actor: Visitor, attachment_id: AttachmentId
) -> PagesView:
    """Tell how many pages an attachment can be shown as; none where its kind has none."""
    return records.pages(work, gate, actor, attachment_id)


@router.get("/{attachment_id}/pages/{page}.png", response_class=Response, responses=PICTURE)
def show_page(
    request: Request,
    work: Working,
    gate: TheGate,
    services: TheServices,
    actor: Visitor,
    attachment_id: AttachmentId,
    page: int,
    width: Width = 1200,
) -> Response:
    """Show a page of an attachment as a picture, which faintly names who looks at it."""
    arrangement = services.settings.arrangement
    viewed = records.view_page(work, gate, actor, attachment_id, page, arrangement=arrangement)
    return serve_page(request, services, actor, viewed, page_picture, width=width)


@router.get("/{attachment_id}/pages/{page}", response_class=JSONResponse, response_model=PageText)
def read_page(
    request: Request,
    work: Working,
    gate: TheGate,
    services: TheServices,
    actor: Visitor,
    attachment_id: AttachmentId,
    page: int,
) -> Response:
    """Give the text of a page of an attachment, in the order of reading; empty for a picture."""
    arrangement = services.settings.arrangement
    viewed = records.view_page(
        work, gate, actor, attachment_id, page, arrangement=arrangement, words=True
    )
    return serve_page(request, services, actor, viewed, _text, width=SMALLEST)


@router.put("/{attachment_id}/marking")
def relabel_attachment(
    work: Working,
    gate: TheGate,
    services: TheServices,
    actor: SignedInActor,
    attachment_id: AttachmentId,
    marking: MarkingInput,
) -> AttachmentView:
    """Give an attachment of a draft another marking; its key is wrapped anew under it."""
    arrangement, keys = services.settings.arrangement, services.keys
    return records.relabel(
        work, gate, actor, attachment_id, marking, arrangement=arrangement, keys=keys
    )


@router.delete("/{attachment_id}", status_code=204)
def detach_attachment(
    work: Working, gate: TheGate, actor: SignedInActor, attachment_id: AttachmentId
) -> None:
    """Take an attachment off its draft."""
    records.detach(work, gate, actor, attachment_id)


def _text(shown: PageShown) -> Response:
    told = PageText(shown.page, shown.opened.pages_count, shown.words or "")
    return JSONResponse(asdict(told))


@router.get("/{attachment_id}/inspection")
def show_inspection(request: Request, attachment_id: AttachmentId) -> InspectionView:
    """Say where the inspection of a draft's attachment stands, and what it found, with places."""
    return inspection_of(request, attachment_id)


@router.post("/{attachment_id}/inspection", status_code=202)
def ask_for_inspection(
    work: Working, gate: TheGate, actor: SignedInActor, attachment_id: AttachmentId
) -> AttachmentView:
    """Have an attachment of a draft inspected anew."""
    return records.inspect_again(work, gate, actor, attachment_id)


@router.put("/{attachment_id}/leaves")
def choose_what_leaves(
    work: Working,
    gate: TheGate,
    actor: SignedInActor,
    attachment_id: AttachmentId,
    chosen: ChooseForm,
) -> AttachmentView:
    """Choose whether the original of an attachment leaves, or its cleaned copy in its place."""
    return records.choose_form(work, gate, actor, attachment_id, chosen.leaves)
