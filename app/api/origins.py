"""Originator control: quoting, carrying files on, the chain of a record, consents and declines."""

from uuid import UUID

from fastapi import Request, Response
from pydantic import BaseModel, ConfigDict

from app import records, release
from app.api.answers import nouns
from app.core.ids import AttachmentId, PortionId, RecordId, VersionId
from app.edge import SignedInActor, TheGate, Visitor, Working, carry_file
from app.records import AttachmentView, DraftView, OriginsView
from app.release import ConsentView, DecisionView, Reason

router = nouns("origins", "")


class Quoted(BaseModel):
    """Which part of a record is quoted or carried on, by its id."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    part: UUID


@router.post("/drafts/{version_id}/quotations", status_code=201)
def quote_part(
    response: Response,
    work: Working,
    gate: TheGate,
    actor: SignedInActor,
    version_id: VersionId,
    quoted: Quoted,
) -> DraftView:
    """Quote a part of a record that you may read, as the last section of a draft of yours."""
    draft = records.quote(work, gate, actor, version_id, PortionId(quoted.part))
    response.headers["ETag"] = f'"{draft.edition}"'
    return draft


@router.post("/drafts/{version_id}/carried-files", status_code=201)
def carry_on(request: Request, version_id: VersionId, quoted: Quoted) -> AttachmentView:
    """Attach a file of a record to a draft of yours; it stays its originator's."""
    return carry_file(request, version_id, AttachmentId(quoted.part))


@router.get("/records/{record_id}/origins")
def read_origins(work: Working, gate: TheGate, actor: Visitor, record_id: RecordId) -> OriginsView:
    """Read where the parts of a record come from, and where your own material went on."""
    return records.origins(work, gate, actor, record_id)


@router.get("/desk/{version_id}/consent")
def review_own_parts(
    work: Working, gate: TheGate, actor: SignedInActor, version_id: VersionId
) -> ConsentView:
    """Read the parts of a submission that are your organisation's; `seen_hash` goes back."""
    return release.consent_view(work, gate, actor, version_id)


@router.post("/desk/{version_id}/decline", status_code=201)
def decline_own_parts(
    work: Working, gate: TheGate, actor: SignedInActor, version_id: VersionId, reason: Reason
) -> DecisionView:
    """Decline that your organisation's parts go on, with a reason; it is a draft again."""
    return release.decline(work, gate, actor, version_id, comment=reason.comment)
