"""Records: find, read, compare, revise, withdraw."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Query, Request, Response

from app import records, release
from app.api.answers import link_pages, nouns
from app.core.ids import RecordId, VersionId
from app.edge import SignedInActor, TheGate, Visitor, Working
from app.records import (
    DifferenceView,
    DraftView,
    FacetValue,
    RecordLine,
    RecordView,
    Search,
    WhyView,
)
from app.release import AudiencePreview, DecisionView, ViewedAs, Withdrawal

router = nouns("records", "/records")


@dataclass(frozen=True)
class Records:
    """A page of records, the exact number of all found, and exact counts by dimension."""

    items: list[RecordLine]
    total: int
    facets: dict[str, tuple[FacetValue, ...]]


@router.get("")
def find_records(
    request: Request,
    response: Response,
    work: Working,
    gate: TheGate,
    actor: Visitor,
    search: Annotated[Search, Query()],
) -> Records:
    """Find released records that you may read; neighbouring pages stand in `Link`."""
    found = records.find(work, gate, actor, search)
    link_pages(request, response, found.page)
    return Records(list(found.page.items), found.total, dict(found.facets))


@router.get("/{record_id}")
def read_record(work: Working, gate: TheGate, actor: Visitor, record_id: RecordId) -> RecordView:
    """Read the newest version that you may read, in the parts that you may see."""
    return records.read(work, gate, actor, record_id)


@router.get("/{record_id}/versions/{number}")
def read_version(
    work: Working, gate: TheGate, actor: Visitor, record_id: RecordId, number: int
) -> RecordView:
    """Read one version."""
    return records.read_version(work, gate, actor, record_id, number)


@router.get("/{record_id}/versions/{number}/audience")
def preview_version(
    work: Working, gate: TheGate, actor: SignedInActor, record_id: RecordId, number: int
) -> AudiencePreview:
    """Show who exactly can read each part of a version, to those who prepare, decide or own it."""
    version_id = records.version_numbered(work, gate, actor, record_id, number)
    return release.preview(work, gate, actor, version_id)


@router.get("/{record_id}/versions/{number}/as/{whom}")
def view_version_as(
    work: Working, gate: TheGate, actor: SignedInActor, record_id: RecordId, number: int, whom: str
) -> ViewedAs:
    """Show a version as `person:<id>` or `org:<slug>` of its exact audience would see it."""
    return release.view_as(work, gate, actor, record_id, number, whom)


@router.get("/{record_id}/why")
def explain_reading(work: Working, gate: TheGate, actor: Visitor, record_id: RecordId) -> WhyView:
    """Explain why you can read what you see of a record: the policies, and each requirement."""
    return records.why(work, gate, actor, record_id)


@router.get("/{record_id}/difference")
def compare_versions(
    work: Working,
    gate: TheGate,
    actor: Visitor,
    record_id: RecordId,
    old: Annotated[int, Query(alias="from")],
    new: Annotated[int, Query(alias="to")],
) -> DifferenceView:
    """Compare two versions in the parts that you may see of each."""
    return records.compare(work, gate, actor, record_id, old, new)


@router.get("/{record_id}/decisions")
def list_decisions(
    work: Working, gate: TheGate, actor: SignedInActor, record_id: RecordId
) -> tuple[DecisionView, ...]:
    """List the decisions on a record that you may see, with their signatures."""
    return release.history(work, gate, actor, record_id)


@router.post("/{record_id}/revision", status_code=201)
def revise_record(
    work: Working, gate: TheGate, actor: SignedInActor, record_id: RecordId
) -> DraftView:
    """Begin the draft of the next version."""
    return records.revise(work, gate, actor, record_id)


@router.post("/{record_id}/versions/{version_id}/withdrawal", status_code=201)
def withdraw_version(
    work: Working, gate: TheGate, actor: SignedInActor, version_id: VersionId, asked: Withdrawal
) -> DecisionView:
    """Take a released version back, with a reason; `recall` asks its takers to delete copies."""
    return release.withdraw(
        work,
        gate,
        actor,
        version_id,
        comment=asked.comment,
        successor=asked.successor,
        recall=asked.recall,
        due_on=asked.due_on,
    )
