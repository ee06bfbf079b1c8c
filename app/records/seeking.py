"""What a request for access must know of records: which is meant, its terms, what may answer."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select, text

from app.access import Action, Actor, Area, Gate, Scope, State, audiences
from app.core.ids import RecordId, VersionId
from app.core.work import Work
from app.records import queries
from app.records.languages import LANGUAGES, configuration, segment
from app.records.models import PortionRow, RecordRow, VersionRow
from app.records.parts import audience_ids_of


@dataclass(frozen=True)
class KnownRecord:
    """A released record that somebody may know of."""

    record_id: RecordId
    reference: str
    originator: str
    area: Area


@dataclass(frozen=True)
class Match:
    """A released record that may answer what somebody seeks: for its originator only."""

    record_id: RecordId
    originator: str


def known_record(work: Work, gate: Gate, actor: Actor, reference: str) -> KnownRecord | None:
    """Find a released record by its reference among those whose title the actor may read."""
    scope = gate.scope(work, actor)
    row = work.session.execute(
        select(VersionRow.record_id, VersionRow.originator, VersionRow.area)
        .join(RecordRow, RecordRow.id == VersionRow.record_id)
        .where(
            RecordRow.reference == reference,
            VersionRow.state == State.RELEASED,
            scope.holds(VersionRow.audience_id),
        )
    ).first()
    if row is None:
        return None
    return KnownRecord(RecordId(row.record_id), reference, row.originator, Area(row.area))


def terms_of(work: Work, record_id: RecordId) -> frozenset[str]:
    """Give the terms of use that must be accepted to read all of a record's released version.

    For who may know of the record: what it is about, and how it is marked, is not told.
    """
    known = queries.every_part(work.session, record_id)
    released = {part.version_id for part in known if part.state is State.RELEASED}
    ids = {id_ for version in released for id_ in audience_ids_of(known, VersionId(version))}
    facts = audiences(work.session, ids).values()
    return frozenset(slug for one in facts for slug in one.label.terms)


def matches(
    work: Work, sought: str, reference: str, sight: Scope, *, share: float, most: int
) -> list[Match]:
    """Find released records out of sight that may answer what is sought, whoever holds them.

    For nobody who asks: the answer goes to each record's originator, and to nobody else.

    Args:
        sight: what the requester may read, which they need not ask for.
        share: of the words sought, how many a record must have, from 0 to 1; two at least.
        most: how many records of one originator are told of.
    """
    languages = sorted(LANGUAGES)
    rows = work.session.execute(
        text("SELECT * FROM entente_match(:a, :r, :s, :l, :c, :share, :most)"),
        {
            "a": segment(sought).lower(),
            "r": reference,
            "s": sight.released_sight,
            "l": languages,
            "c": [configuration(language) for language in languages],
            "share": share,
            "most": most,
        },
    )
    return [Match(RecordId(row.record_id), row.originator) for row in rows]


def titles_to_grant(
    work: Work, gate: Gate, actor: Actor, record_ids: Collection[RecordId]
) -> dict[RecordId, tuple[str, str]]:
    """Give reference and title of the released records that the actor may grant."""
    scope = gate.scope(work, actor, Action.GRANT)
    rows = work.session.execute(
        select(VersionRow.record_id, RecordRow.reference, PortionRow.heading)
        .join(RecordRow, RecordRow.id == VersionRow.record_id)
        .join(PortionRow, PortionRow.version_id == VersionRow.id)
        .where(
            VersionRow.record_id.in_(record_ids),
            VersionRow.state == State.RELEASED,
            PortionRow.role == "title",
            scope.holds(VersionRow.audience_id),
        )
    )
    return {RecordId(row.record_id): (row.reference, row.heading) for row in rows}
