"""Uploads of the editor that go on after a break: tus 1.0.0, from our own pages only."""

from collections.abc import Mapping
from functools import partial
from typing import Final
from urllib.parse import parse_qs
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import Response

from app import parties
from app.core.ids import VersionId
from app.core.work import Work
from app.edge import (
    Door,
    capabilities,
    check_same_site,
    create,
    give_up,
    go_on,
    services_of,
    tell,
)
from app.identity import Asking, check_csrf
from app.records import MarkingInput
from app.web.choices import choices
from app.web.draft_forms import ATTACHED, Typed, marking_of

router = APIRouter()
# The other fields of the form, as a form is encoded: they are judged before a byte comes.
FIELDS: Final = "fields"
MOST_FIELDS: Final = 5_000


def _from_our_page(request: Request, asking: Asking) -> None:
    check_same_site(request)
    check_csrf(asking, request.headers.get("x-csrf-token", ""))


def _marking(
    request: Request, work: Work, asking: Asking, metadata: Mapping[str, str]
) -> MarkingInput | None:
    fields = parse_qs(metadata.get(FIELDS, ""), max_num_fields=MOST_FIELDS)
    typed = Typed({name: tuple(values) for name, values in fields.items()})
    if not typed.own(ATTACHED):
        return None
    profile = asking.actor.profile
    offered = choices(work, services_of(request).gate, profile.party, own=profile.organisation)
    find_person = partial(parties.person_by_email, work.session)
    return marking_of(typed, ATTACHED, offered.zone, find_person)


DOOR = Door("", _from_our_page, _marking)


@router.options("/drafts/{version_id}/uploads")
def uploads_spoken(request: Request) -> Response:
    return capabilities(request)


@router.post("/drafts/{version_id}/uploads")
async def begin_upload(request: Request, version_id: VersionId) -> Response:
    return await create(request, version_id, DOOR)


@router.head("/uploads/{upload_id}")
def see_upload(request: Request, upload_id: UUID) -> Response:
    return tell(request, upload_id, DOOR)


@router.patch("/uploads/{upload_id}")
async def extend_upload(request: Request, upload_id: UUID) -> Response:
    return await go_on(request, upload_id, DOOR)


@router.delete("/uploads/{upload_id}")
def abandon_upload(request: Request, upload_id: UUID) -> Response:
    return give_up(request, upload_id, DOOR)
