"""Attachments: their bytes, or a range of them; relabel and remove them while in a draft."""

from typing import Any

from fastapi import Request, Response

from app import records
from app.api.answers import nouns
from app.core.ids import AttachmentId
from app.edge import SignedInActor, TheGate, TheServices, Visitor, Working, serve_attachment
from app.records import AttachmentView, MarkingInput

router = nouns("attachments", "/attachments")
BYTES: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/octet-stream": {}}},
    206: {"description": "The range."},
}


@router.get("/{attachment_id}", response_class=Response, responses=BYTES)
def download_attachment(
    request: Request,
    work: Working,
    services: TheServices,
    actor: Visitor,
    attachment_id: AttachmentId,
) -> Response:
    """Download an attachment, or with `Range` a part of it."""
    return serve_attachment(request, work, services, actor, attachment_id)


@router.head("/{attachment_id}", response_class=Response)
def ask_attachment(
    request: Request,
    work: Working,
    services: TheServices,
    actor: Visitor,
    attachment_id: AttachmentId,
) -> Response:
    """Ask how large an attachment is and of what type, without its bytes."""
    return serve_attachment(request, work, services, actor, attachment_id)


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
