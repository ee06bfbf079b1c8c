"""Every SELECT of the records domain but search; each takes the scope that it lists in.

A transaction may have opened more to row-level security than one scope holds, so each query states
its scope. Rows leave the session as they are read: what a statement changes later, in the database,
does not change under whoever holds them.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    and_,
    any_,
    bindparam,
    case,
    column,
    exists,
    func,
    not_,
    select,
    text,
)
from sqlalchemy import Row as RowOf
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import UUID as PG_UUID
from sqlalchemy.orm import Session, defer

from app.access import Scope, State, audiences, held
from app.core.database import Base
from app.core.ids import AttachmentId, AudienceId, BatchId, PortionId, RecordId, VersionId
from app.records.models import (
    AttachmentRow,
    PortionRow,
    RecordRow,
    TombstoneRow,
    VersionRow,
)
from app.records.rules import Place

_TITLED = (
    select(VersionRow, RecordRow.reference, RecordRow.created_at, PortionRow.heading)
    .join(RecordRow, RecordRow.id == VersionRow.record_id)
    .join(PortionRow, and_(PortionRow.version_id == VersionRow.id, PortionRow.role == "title"))
)
# As `rules.order_of`: a table of the fields that is a portion of its own follows the fields.
_BEFORE_SECTIONS = case((PortionRow.role == "fields", 2), else_=PortionRow.position)
_ASKED = bindparam("versions", type_=ARRAY(PG_UUID))
# What every page of a record asks is made once: a statement that is made anew costs more than it
# takes the database to answer.
_IN_SIGHT = _TITLED.where(held(VersionRow.audience_id), held(PortionRow.audience_id))
_OF_RECORD = _IN_SIGHT.where(VersionRow.record_id == bindparam("record")).order_by(
    VersionRow.number.desc()
)
_OF_ID = _IN_SIGHT.where(VersionRow.id == bindparam("version"))
_PORTIONS = (
    select(PortionRow)
    .options(defer(PortionRow.words, raiseload=True))
    .where(PortionRow.version_id == any_(_ASKED))
    .order_by(PortionRow.version_id, _BEFORE_SECTIONS, PortionRow.position)
)
_PORTIONS_HELD = _PORTIONS.where(held(PortionRow.audience_id))
_ATTACHMENTS = (
    select(AttachmentRow)
    .where(AttachmentRow.version_id == any_(_ASKED))
    .order_by(AttachmentRow.version_id, AttachmentRow.position, AttachmentRow.id)
)
_ATTACHMENTS_HELD = _ATTACHMENTS.where(held(AttachmentRow.audience_id))
_GAPS = text("SELECT version_id, role, place FROM entente_gaps(:asked, :sight)")
_PLACES = (
    select(
        VersionRow.record_id,
        VersionRow.number,
        VersionRow.state,
        VersionRow.audience_id.label("title_audience_id"),
        RecordRow.reference,
        PortionRow.id,
        PortionRow.role,
        PortionRow.heading,
        PortionRow.body,
        PortionRow.audience_id,
    )
    .join(RecordRow, RecordRow.id == VersionRow.record_id)
    .join(PortionRow, PortionRow.version_id == VersionRow.id)
    .where(
        VersionRow.id == bindparam("version"),
        held(VersionRow.audience_id),
        held(PortionRow.audience_id),
    )
    .order_by(_BEFORE_SECTIONS, PortionRow.position)
)
LONGEST_LIST = 500
_FIRST_SHOWN = (State.RELEASED, State.DRAFT, State.SUBMITTED, State.WITHDRAWN, State.SUPERSEDED)
Row = TypeVar("Row", bound=Base)


@dataclass(frozen=True)
class Version:
    """A version in sight, with what belongs to its record and the title that it has."""

    row: VersionRow
    reference: str
    began_at: datetime
    title: str

    @property
    def state(self) -> State:
        """Give the state as what it is."""
        return State(self.row.state)


@dataclass(frozen=True)
class PartsOfAudience:
    """How many parts of a version have an audience, in sight or not."""

    version_id: VersionId
    number: int
    state: State
    title_id: AudienceId
    audience_id: AudienceId
    parts_count: int


def versions_of_record(session: Session, scope: Scope, record_id: RecordId) -> list[Version]:
    """Give the versions of a record, newest first."""
    return _all(session, _OF_RECORD, {"record": record_id, **scope.told})


def shown_first(versions: Iterable[Version]) -> Version | None:
    """Give the version that a record's page shows; None where none is in sight."""
    return min(versions, key=lambda one: _FIRST_SHOWN.index(one.state), default=None)


def version(session: Session, scope: Scope, version_id: VersionId) -> Version | None:
    """Give one version."""
    found = _all(session, _OF_ID, {"version": version_id, **scope.told})
    return found[0] if found else None


def open_versions(session: Session, scope: Scope, owner: str) -> list[Version]:
    """Give the drafts and submissions of an organisation, those amended last first."""
    chosen = _versions(scope).where(
        VersionRow.owner == owner, VersionRow.state.in_([State.DRAFT, State.SUBMITTED])
    )
    newest = chosen.order_by(VersionRow.amended_at.desc(), VersionRow.id.desc())
    return _all(session, newest.limit(LONGEST_LIST))


def submitted_versions(session: Session, scope: Scope) -> list[Version]:
    """Give what is submitted and in sight as a whole, those that wait longest first."""
    chosen = _versions(scope).where(VersionRow.state == State.SUBMITTED, whole(scope))
    return _all(
        session, chosen.order_by(VersionRow.submitted_at, VersionRow.id).limit(LONGEST_LIST)
    )


def whole(scope: Scope) -> ColumnElement[bool]:
    """Give the filter for versions with no part out of sight: only those can be decided on."""
    names = [column("version_id", PG_UUID), column("number"), column("state"), column("title_id")]
    part = (
        func.entente_parts(VersionRow.record_id)
        .table_valued(*names, column("audience_id", Integer), column("parts_count"))
        .lateral("part")
    )
    hidden = select(part.c.audience_id).where(
        part.c.version_id == VersionRow.id, not_(scope.holds(part.c.audience_id))
    )
    return not_(exists(hidden))


def portions(
    session: Session, scope: Scope, version_ids: Collection[VersionId]
) -> Sequence[PortionRow]:
    """Give the portions of versions in their order."""
    asked = {"versions": list(version_ids), **scope.told}
    return _plain(session, session.scalars(_PORTIONS_HELD, asked))


def places(
    session: Session, scope: Scope, version_id: VersionId
) -> Sequence[RowOf[*tuple[Any, ...]]]:
    """Give the portions of a version beside what is its own: what can be spoken of."""
    return session.execute(_PLACES, {"version": version_id, **scope.told}).all()


def gaps(
    session: Session, scope: Scope, version_ids: Collection[VersionId]
) -> dict[UUID, list[Place]]:
    """Give by version the places of portions out of sight of which may be known that they are."""
    asked = {"asked": list(version_ids), "sight": scope.sight}
    rows = session.execute(_GAPS, asked)
    found: dict[UUID, list[Place]] = {}
    for row in rows:
        found.setdefault(row.version_id, []).append((row.role, row.place))
    return found


def portion(
    session: Session, scope: Scope, portion_id: PortionId
) -> tuple[PortionRow, Version] | None:
    """Give a portion of a version whose title is in sight too, and that version."""
    unread = defer(PortionRow.words, raiseload=True)
    chosen = (
        select(PortionRow)
        .options(unread)
        .where(PortionRow.id == portion_id, scope.holds(PortionRow.audience_id))
    )
    row = next(iter(_plain(session, session.scalars(chosen))), None)
    found = version(session, scope, VersionId(row.version_id)) if row else None
    return (row, found) if row and found else None


def in_sight(session: Session, scope: Scope, version_ids: Collection[UUID]) -> frozenset[VersionId]:
    """Give those of the versions whose title is in sight."""
    found = session.scalars(
        select(VersionRow.id).where(
            VersionRow.id.in_(version_ids), scope.holds(VersionRow.audience_id)
        )
    )
    return frozenset(map(VersionId, found))


def positions(session: Session, version_id: VersionId) -> Sequence[int]:
    """Give the positions of the portions of a draft, for an editor who sees it whole."""
    return session.scalars(
        select(PortionRow.position).where(PortionRow.version_id == version_id)
    ).all()


def attachments(
    session: Session, scope: Scope, version_ids: Collection[VersionId]
) -> Sequence[AttachmentRow]:
    """Give the attachments of versions in their order."""
    asked = {"versions": list(version_ids), **scope.told}
    return _plain(session, session.scalars(_ATTACHMENTS_HELD, asked))


def opened(
    session: Session, version_id: VersionId
) -> tuple[Version, Sequence[PortionRow], Sequence[AttachmentRow]] | None:
    """Give all that the gate has opened of a version to this transaction, by whatever scope."""
    found = _all(session, _TITLED.where(VersionRow.id == version_id))
    if not found:
        return None
    return (
        found[0],
        _plain(session, session.scalars(_PORTIONS, {"versions": [version_id]})),
        opened_attachments(session, version_id),
    )


def opened_attachments(session: Session, version_id: VersionId) -> Sequence[AttachmentRow]:
    """Give the attachments of a version that the gate has opened to this transaction."""
    return _plain(session, session.scalars(_ATTACHMENTS, {"versions": [version_id]}))


def attachment(
    session: Session, scope: Scope, attachment_id: AttachmentId
) -> tuple[AttachmentRow, str, int] | None:
    """Give an attachment, with its own originator and the number of its version."""
    found = session.execute(
        select(AttachmentRow, VersionRow.number)
        .join(VersionRow, VersionRow.id == AttachmentRow.version_id)
        .where(
            AttachmentRow.id == attachment_id,
            scope.holds(AttachmentRow.audience_id),
            scope.holds(VersionRow.audience_id),
        ),
    ).first()
    if found is None:
        return None
    row, number = found
    session.expunge(row)
    return row, originator_of(session, row), number


def originator_of(session: Session, part: AttachmentRow | PortionRow) -> str:
    """Give whose a part is: what comes from another record stays its originator's."""
    audience_id = AudienceId(part.audience_id)
    return audiences(session, [audience_id])[audience_id].originator


def tombstone(
    session: Session, scope: Scope, record_id: RecordId, number: int | None = None
) -> TombstoneRow | None:
    """Give what remains of one version of a record, or of that which was withdrawn last."""
    which = TombstoneRow.record_id == record_id
    if number is not None:
        which = and_(which, TombstoneRow.number == number)
    chosen = (
        select(TombstoneRow)
        .where(which, scope.holds(TombstoneRow.audience_id))
        .order_by(TombstoneRow.withdrawn_at.desc())
        .limit(1)
    )
    return next(iter(_plain(session, session.scalars(chosen))), None)


def tombstone_of_version(session: Session, version_id: VersionId) -> TombstoneRow | None:
    """Give what remains of a withdrawn version, for those who still see the version itself."""
    chosen = select(TombstoneRow).where(TombstoneRow.version_id == version_id)
    return next(iter(_plain(session, session.scalars(chosen))), None)


def every_part(session: Session, record_id: RecordId) -> list[PartsOfAudience]:
    """Give the audiences of all parts of all versions of a record, in sight or not."""
    rows = session.execute(text("SELECT * FROM entente_parts(:record)"), {"record": record_id})
    return [
        PartsOfAudience(
            version_id=VersionId(row.version_id),
            number=row.number,
            state=State(row.state),
            title_id=AudienceId(row.title_id),
            audience_id=AudienceId(row.audience_id),
            parts_count=row.parts_count,
        )
        for row in rows
    ]


def lock_version(
    session: Session, version_id: VersionId, states: Collection[State]
) -> VersionRow | None:
    """Hold a version in sight still until the transaction ends, if it is in one of these states."""
    chosen = (
        select(VersionRow)
        .where(VersionRow.id == version_id, VersionRow.state.in_(states))
        .with_for_update()
    )
    return next(iter(_plain(session, session.scalars(chosen))), None)


def versions_of_batch(session: Session, scope: Scope, batch_id: BatchId) -> list[VersionId]:
    """Give the versions that were imported together, in the order of their making."""
    found = session.scalars(
        select(VersionRow.id)
        .where(VersionRow.batch_id == batch_id, scope.holds(VersionRow.audience_id))
        .order_by(VersionRow.created_at, VersionRow.id)
    )
    return [VersionId(one) for one in found]


def audience_ids_of_parts(
    session: Session, scope: Scope, version_ids: Collection[VersionId]
) -> dict[VersionId, set[AudienceId]]:
    """Give the audiences of the parts in sight, version by version."""
    ids: dict[VersionId, set[AudienceId]] = {}
    for table in (PortionRow, AttachmentRow):
        for version_id, audience_id in session.execute(
            select(table.version_id, table.audience_id)
            .where(table.version_id.in_(version_ids), scope.holds(table.audience_id))
            .distinct()
        ):
            ids.setdefault(VersionId(version_id), set()).add(AudienceId(audience_id))
    return ids


def summaries(
    session: Session, scope: Scope, version_ids: Collection[VersionId]
) -> dict[UUID, str]:
    """Give the summaries in sight, by version."""
    rows = session.execute(
        select(PortionRow.version_id, PortionRow.body).where(
            PortionRow.version_id.in_(version_ids),
            PortionRow.role == "summary",
            scope.holds(PortionRow.audience_id),
        )
    )
    return {row.version_id: row.body for row in rows}


def _versions(scope: Scope) -> Select[VersionRow, str, datetime, str]:
    return _TITLED.where(scope.holds(VersionRow.audience_id), scope.holds(PortionRow.audience_id))


def _all(
    session: Session,
    chosen: Select[VersionRow, str, datetime, str],
    asked: Mapping[str, Any] | None = None,
) -> list[Version]:
    rows = session.execute(chosen, asked)
    found = [Version(row, reference, began, title) for row, reference, began, title in rows]
    _plain(session, [version.row for version in found])
    return found


def _plain(session: Session, rows: Iterable[Row]) -> list[Row]:
    kept = list(rows)
    for row in kept:
        session.expunge(row)
    return kept
