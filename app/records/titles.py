"""What a reader is told beside the records' own lists: titles in sight, and what they follow.

Nothing is written in the log here: whoever shows a title has that written, with `gate.show`.
"""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Row, literal, select
from sqlalchemy.dialects.postgresql import distinct_on

from app.access import Actor, Area, Gate, Scope, State, audiences
from app.core.ids import AudienceId, PersonId, RecordId, VersionId
from app.core.work import Work
from app.labels import Label
from app.records.models import PortionRow, RecordRow, TombstoneRow, VersionRow
from app.records.showing import Showing
from app.records.views import MarkingView


@dataclass(frozen=True)
class TitleInSight:
    """The newest title of a record that a reader sees; of a tombstone, only its reference."""

    record_id: RecordId
    version_id: VersionId
    reference: str
    title: str
    audience_id: AudienceId
    label: Label
    marking: MarkingView


@dataclass(frozen=True)
class ReleasedInSight:
    """What a follower's choice rests on; `makers` wrote, submitted or released it themselves."""

    version_id: VersionId
    record_id: RecordId
    originator: str
    area: Area
    makers: frozenset[PersonId]


def titles_in_sight(
    work: Work, gate: Gate, actor: Actor, scope: Scope, record_ids: Collection[RecordId]
) -> dict[RecordId, TitleInSight]:
    """Give for each record the newest title in a scope; a record without one is left out."""
    if not record_ids:
        return {}
    found = _titles(work, scope, record_ids)
    found += _remains(work, scope, set(record_ids) - {row.record_id for row in found})
    facts = audiences(work.session, {AudienceId(row.audience_id) for row in found})
    showing = Showing(gate, work, actor, facts)
    return {
        RecordId(row.record_id): TitleInSight(
            RecordId(row.record_id),
            VersionId(row.version_id),
            row.reference,
            row.title,
            AudienceId(row.audience_id),
            facts[AudienceId(row.audience_id)].label,
            showing.marking(row.audience_id),
        )
        for row in found
    }


def _titles(
    work: Work, scope: Scope, record_ids: Collection[RecordId]
) -> list[Row[UUID, UUID, str, str, int]]:
    rows = work.session.execute(
        select(
            VersionRow.record_id,
            VersionRow.id.label("version_id"),
            RecordRow.reference,
            PortionRow.heading.label("title"),
            VersionRow.audience_id,
        )
        .ext(distinct_on(VersionRow.record_id))
        .join(RecordRow, RecordRow.id == VersionRow.record_id)
        .join(PortionRow, PortionRow.version_id == VersionRow.id)
        .where(
            VersionRow.record_id.in_(record_ids),
            PortionRow.role == "title",
            scope.holds(VersionRow.audience_id),
            scope.holds(PortionRow.audience_id),
        )
        .order_by(VersionRow.record_id, VersionRow.number.desc())
    )
    return list(rows)


def _remains(
    work: Work, scope: Scope, record_ids: Collection[UUID]
) -> list[Row[UUID, UUID, str, str, int]]:
    rows = work.session.execute(
        select(
            TombstoneRow.record_id,
            TombstoneRow.version_id,
            TombstoneRow.reference,
            literal("").label("title"),
            TombstoneRow.audience_id,
        )
        .ext(distinct_on(TombstoneRow.record_id))
        .where(TombstoneRow.record_id.in_(record_ids), scope.holds(TombstoneRow.audience_id))
        .order_by(TombstoneRow.record_id, TombstoneRow.withdrawn_at.desc())
    )
    return list(rows)


def released_in_sight(
    work: Work, scope: Scope, version_ids: Collection[VersionId]
) -> list[ReleasedInSight]:
    """Give those of these versions that are released and in a scope."""
    rows = work.session.execute(
        select(
            VersionRow.id,
            VersionRow.record_id,
            VersionRow.originator,
            VersionRow.area,
            VersionRow.writers,
            VersionRow.submitted_by,
            VersionRow.released_by,
        ).where(
            VersionRow.id.in_(version_ids),
            VersionRow.state == State.RELEASED,
            scope.holds_released(VersionRow.audience_id),
        )
    )
    return [
        ReleasedInSight(
            VersionId(row.id),
            RecordId(row.record_id),
            row.originator,
            Area(row.area),
            frozenset(
                PersonId(one) for one in (*row.writers, row.submitted_by, row.released_by) if one
            ),
        )
        for row in rows
    ]
