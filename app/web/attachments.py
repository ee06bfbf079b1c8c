"""Attachments: their bytes, or a range of them, for whoever may have them."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.core.ids import AttachmentId
from app.edge import TheServices, Visitor, Working, serve_attachment

router = APIRouter(prefix="/attachments")


@router.api_route("/{attachment_id}", methods=["GET", "HEAD"])
def download(
    request: Request,
    work: Working,
    services: TheServices,
    actor: Visitor,
    attachment_id: AttachmentId,
) -> Response:
    return serve_attachment(request, work, services, actor, attachment_id)
