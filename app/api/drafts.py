"""Drafts: begin, amend, mark, attach, preview, submit. `ETag` and `If-Match` carry the edition."""

from functools import partial
from typing import Annotated

from fastapi import Header, Request, Response

from app import records, release
from app.api.answers import nouns
from app.core.errors import Invalid
from app.core.ids import VersionId
from app.edge import (
    DIGEST,
    Received,
    SignedInActor,
    TheGate,
    Working,
    announced_bytes,
    attach_file,
    attach_received,
    digest_of,
    digest_written,
    receive_body,
)
from app.records import (
    AttachmentView,
    DraftInput,
    DraftView,
    MarkingInput,
    RecordLine,
)
from app.release import AudiencePreview, DecisionView, Remark
from app.vault import Sealing

router = nouns("drafts", "/drafts")
Edition = Annotated[str, Header(alias="If-Match", description="The edition, as `ETag` gave it.")]


@router.get("")
def list_drafts(work: Working, gate: TheGate, actor: SignedInActor) -> list[RecordLine]:
    """List the drafts and submissions of your organisation."""
    return records.drafts(work, gate, actor)


@router.post("", status_code=201)
def begin_draft(
    response: Response, work: Working, gate: TheGate, actor: SignedInActor, draft: DraftInput
) -> DraftView:
    """Begin a record."""
    begun = records.draft(work, gate, actor, draft)
    response.headers["Location"] = f"/api/v1/drafts/{begun.version_id}"
    return _tagged(response, begun)


@router.get("/{version_id}")
def open_draft(
    response: Response, work: Working, gate: TheGate, actor: SignedInActor, version_id: VersionId
) -> DraftView:
    """Open a draft; `input` is what amending takes back."""
    return _tagged(response, records.edit(work, gate, actor, version_id))


@router.put("/{version_id}")
def amend_draft(
    response: Response,
    work: Working,
    gate: TheGate,
    actor: SignedInActor,
    version_id: VersionId,
    draft: DraftInput,
    if_match: Edition,
) -> DraftView:
    """Put this in the place of the draft, unless somebody amended it since `If-Match`."""
    edition = _edition(if_match)
    amended = records.amend(work, gate, actor, version_id, draft, edition=edition)
    return _tagged(response, amended)


@router.delete("/{version_id}", status_code=204)
def discard_draft(
    work: Working, gate: TheGate, actor: SignedInActor, version_id: VersionId
) -> None:
    """Throw a draft away that was never submitted."""
    records.discard(work, gate, actor, version_id)


@router.get("/{version_id}/audience")
def preview_audience(
    work: Working, gate: TheGate, actor: SignedInActor, version_id: VersionId
) -> AudiencePreview:
    """Say who exactly will be able to read each part once it is released."""
    return release.preview(work, gate, actor, version_id)


@router.post("/{version_id}/submission", status_code=201)
def submit_draft(
    work: Working, gate: TheGate, actor: SignedInActor, version_id: VersionId, remark: Remark
) -> DecisionView:
    """Freeze a draft and ask for its release."""
    return release.submit(work, gate, actor, version_id, **dict(remark))


@router.put(
    "/{version_id}/attachments",
    status_code=201,
    openapi_extra={"requestBody": {"content": {"application/octet-stream": {}}, "required": True}},
)
async def attach(
    request: Request,
    response: Response,
    version_id: VersionId,
    name: str,
    marking: str = "",
    release_to: str = "",
    content_type: Annotated[str, Header()] = "application/octet-stream",
) -> AttachmentView:
    """Attach the request's body, sealed as it arrives; without a marking, marked as the title.

    With `Content-Digest: sha-256=:…:` another file is refused; `Entente-Digest` tells what came.
    """
    own = MarkingInput(markings=marking, release_to=release_to) if marking else None
    receive = partial(_receive, request, response, name, content_type)
    return await attach_file(
        request,
        version_id,
        receive,
        keep=partial(attach_received, request),
        marking=own,
        size_bytes=announced_bytes(request),
    )


async def _receive(
    request: Request, response: Response, name: str, media_type: str, sealing: Sealing
) -> Received:
    expected = digest_of(request.headers)
    sealed = await receive_body(request.stream(), sealing, expected_sha256=expected)
    response.headers[DIGEST] = digest_written(sealed.sha256)
    return Received(name, media_type, sealed, {}, {})


def _tagged(response: Response, draft: DraftView) -> DraftView:
    response.headers["ETag"] = f'"{draft.edition}"'
    return draft


def _edition(header: str) -> int:
    given = header.strip().removeprefix("W/").strip('"')
    if not given.isdigit():
        message = "Send the edition that you read, as ETag gave it."
        raise Invalid(message, fields={"if-match": message})
    return int(given)
