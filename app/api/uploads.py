"""Uploads that go on after a break: tus 1.0.0, as any of its clients speaks it."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from fastapi import Request, Response

from app.api.answers import nouns
from app.core.ids import VersionId
from app.core.work import Work
from app.edge import Door, capabilities, create, give_up, go_on, tell
from app.identity import Asking
from app.records import MarkingInput

router = nouns("uploads", "")
BODY: dict[str, Any] = {
    "requestBody": {"content": {"application/offset+octet-stream": {}}, "required": False}
}


def _by_token(_request: Request, _asking: Asking) -> None:
    """Nothing to check: a browser sends no bearer token of its own accord."""


def _marking(
    _request: Request, _work: Work, _asking: Asking, metadata: Mapping[str, str]
) -> MarkingInput | None:
    if not metadata.get("marking"):
        return None
    return MarkingInput(markings=metadata["marking"], release_to=metadata.get("release_to", ""))


DOOR = Door("/api/v1", _by_token, _marking)


@router.options("/drafts/{version_id}/uploads", status_code=204)
def uploads_spoken(request: Request) -> Response:
    """Say which parts of tus are spoken."""
    return capabilities(request)


@router.post("/drafts/{version_id}/uploads", status_code=201, openapi_extra=BODY)
async def begin_upload(request: Request, version_id: VersionId) -> Response:
    """Begin an upload: `Upload-Length` says how long it is, `Upload-Metadata` what it is."""
    return await create(request, version_id, DOOR)


@router.head("/uploads/{upload_id}")
def see_upload(request: Request, upload_id: UUID) -> Response:
    """Say how far an upload is, in `Upload-Offset`."""
    return tell(request, upload_id, DOOR)


@router.patch("/uploads/{upload_id}", status_code=204, openapi_extra=BODY)
async def extend_upload(request: Request, upload_id: UUID) -> Response:
    """Go on with an upload from `Upload-Offset`; its last byte makes it an attachment."""
    return await go_on(request, upload_id, DOOR)


@router.delete("/uploads/{upload_id}", status_code=204)
def abandon_upload(request: Request, upload_id: UUID) -> Response:
    """Give an upload up; nothing of it is kept."""
    return give_up(request, upload_id, DOOR)
