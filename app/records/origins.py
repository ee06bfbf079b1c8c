"""Where the parts of a record come from, and where an originator's own material went on."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text

from app.access import Action, Actor, Gate, Role, Scope, State, Subject, audiences
from app.core.ids import AudienceId, RecordId, VersionId
from app.core.work import Work
from app.records import content, queries
from app.records.deciding import part_name
from app.records.models import AttachmentRow, PortionRow
from app.records.showing import Showing
from app.records.sources import chain_of
from app.records.views import MarkingView


@dataclass(frozen=True)
class OriginStep:
    """A record on the way to the first originator; the nearest stands in the quotation itself.

    Of a record further up that the reader may not know of there is neither reference nor owner,
    and `record_id` is None where they may not open it.
    """

    reference: str
    number: int
    owner: str
    quoted_at: datetime | None
    record_id: RecordId | None


@dataclass(frozen=True)
class PartOrigin:
    """A part that comes from elsewhere: whose it is, and the way that it came, nearest first."""

    name: str
    originator: str
    marking: MarkingView
    steps: tuple[OriginStep, ...]


@dataclass(frozen=True)
class OnwardUse:
    """A version of another's record that carries material of this one, which was consented to."""

    record_id: RecordId
    reference: str
    number: int
    owner: str
    state: State
    released_at: datetime | None
    parts_count: int
    steps_count: int
    may_open: bool


@dataclass(frozen=True)
class OriginsView:
    """The chain of a record, as far as its reader may see it.

    `onward` is for release authorities of the originator, and None for everybody else.
    """

    id: RecordId
    version_id: VersionId
    reference: str
    version_number: int
    title: str
    owner: str
    originator: str
    banner: MarkingView
    parts: tuple[PartOrigin, ...]
    onward: tuple[OnwardUse, ...] | None


def origins(work: Work, gate: Gate, actor: Actor, record_id: RecordId) -> OriginsView:
    """Show the chain of a record's version that its page shows, having written so in the log.

    Raises:
        Refused: there is no such record, or nothing of it that the actor may read.
    """
    scope = gate.scope(work, actor)
    versions = queries.versions_of_record(work.session, scope, record_id)
    version = queries.shown_first(versions)
    if version is None:
        raise gate.refusal(work, actor, Action.READ, Subject("record", record_id))
    linked = _linked(work, scope, VersionId(version.row.id))
    title_id = AudienceId(version.row.audience_id)
    known = audiences(work.session, {title_id, *(AudienceId(one.audience_id) for one in linked)})
    gate.pass_through(
        work,
        actor,
        Action.READ,
        known,
        subject=Subject("record", record_id),
        event="origins.read",
        served_bytes=content.text_size(version.title, *map(_name, linked)),
        details={"version": version.row.number},
    )
    showing = Showing(gate, work, actor, known)
    steps = _steps(work, scope, [one.source_id for one in linked if one.source_id])
    return OriginsView(
        id=record_id,
        version_id=VersionId(version.row.id),
        reference=version.reference,
        version_number=version.row.number,
        title=version.title,
        owner=version.row.owner,
        originator=version.row.originator,
        banner=showing.banner(known),
        parts=tuple(
            PartOrigin(
                name=_name(one),
                originator=known[AudienceId(one.audience_id)].originator,
                marking=showing.marking(one.audience_id),
                steps=tuple(steps[one.source_id]),
            )
            for one in linked
            if one.source_id
        ),
        onward=_onward(work, scope, actor, record_id),
    )


def _linked(work: Work, scope: Scope, version_id: VersionId) -> list[PortionRow | AttachmentRow]:
    """Give the parts in sight that come from elsewhere."""
    every: list[PortionRow | AttachmentRow] = [
        *queries.portions(work.session, scope, [version_id]),
        *queries.attachments(work.session, scope, [version_id]),
    ]
    return [one for one in every if one.source_id is not None]


def _steps(work: Work, scope: Scope, ids: list[Any]) -> dict[Any, list[OriginStep]]:
    rows = chain_of(work.session, ids)
    readable = queries.in_sight(work.session, scope, [row.version_id for row in rows])
    found: dict[Any, list[OriginStep]] = {}
    for row in rows:
        found.setdefault(row.start, []).append(_step(row, readable))
    return found


def _step(row: Row[Any], readable: frozenset[VersionId]) -> OriginStep:
    may_open = VersionId(row.version_id) in readable
    if row.step and not may_open:
        return OriginStep("", 0, "", None, None)
    opens = RecordId(row.record_id) if may_open else None
    return OriginStep(row.reference, row.number, row.owner, row.quoted_at, opens)


def _onward(
    work: Work, scope: Scope, actor: Actor, record_id: RecordId
) -> tuple[OnwardUse, ...] | None:
    """Give where an organisation's own material went on, to its release authorities."""
    if Role.RELEASE_AUTHORITY not in actor.profile.roles:
        return None
    asked = text("SELECT * FROM entente_onward(:record, :own)")
    given = {"record": record_id, "own": actor.profile.organisation}
    rows = work.session.execute(asked, given).all()
    readable = queries.in_sight(work.session, scope, [row.version_id for row in rows])
    return tuple(
        OnwardUse(
            record_id=RecordId(row.record_id),
            reference=row.reference,
            number=row.number,
            owner=row.owner,
            state=State(row.state),
            released_at=row.released_at,
            parts_count=row.parts,
            steps_count=row.steps,
            may_open=VersionId(row.version_id) in readable,
        )
        for row in rows
    )


def _name(part: PortionRow | AttachmentRow) -> str:
    return part_name(part) if isinstance(part, PortionRow) else part.name
