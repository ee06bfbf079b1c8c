"""A version as somebody else would see it: for those who prepare it, decide on it or own it.

Nothing is asked as the other person: no session, no permit and no row of visibility is theirs. The
parts are those in the actor's own scope; what the other would see of them is decided from facts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from app.access import Action, Actor, Area, Audience, Gate, Profile, State, Subject, audiences
from app.core.ids import AudienceId, RecordId, VersionId
from app.core.work import Work
from app.records import content, grants, queries
from app.records.facts import in_state
from app.records.gaps import with_gaps
from app.records.kinds import Kind
from app.records.models import AttachmentRow, PortionRow
from app.records.parts import WRITERS as PREPARING
from app.records.parts import audience_ids_of
from app.records.queries import Version
from app.records.showing import Showing, audience_ids_in
from app.records.sight import Eyes
from app.records.views import RecordView, SeenAs, VersionLine

_UNRELEASED = frozenset({State.DRAFT, State.SUBMITTED})


def seen_as(
    work: Work,
    gate: Gate,
    actor: Actor,
    version_id: VersionId,
    profiles: Sequence[Profile],
    *,
    whom: str,
    state: State | None = None,
    at: datetime | None = None,
) -> SeenAs:
    """Show a version as `profiles` would see it in a state, having written in the log who looked.

    What is not released yet is shown as it would be when it is. Only those who see the version
    whole may look: what a part hides from them would else pass for what it hides from the others.

    Args:
        profiles: one for a person; for an organisation those of all its people who would read.
        whom: `person:` and an id, or `org:` and a slug, for the log.
        state: what the version's state is taken to be; None for its own, or released.
        at: the moment at which they would look, None for now.

    Raises:
        Refused: the actor neither prepares, decides on nor owns it, or does not see it whole.
    """
    sight = sight_of(work, gate, actor, version_id)
    state = state or (State.RELEASED if sight.version.state in _UNRELEASED else sight.version.state)
    imagined = imagined_in(work, sight, state)
    eyes = Eyes(gate.keeper.current, tuple(profiles), at or work.now)
    seen = Seen.by(eyes, imagined, AudienceId(sight.version.row.audience_id))
    portions = [part for part in sight.portions if part.audience_id in seen.by_some]
    attachments = [part for part in sight.attachments if part.audience_id in seen.by_some]
    shown = content.shown(sight.version, portions, attachments, sight.facts)
    gate.pass_through(
        work,
        actor,
        sight.action,
        frozenset(sight.facts),
        subject=Subject("record", sight.version.row.record_id),
        event="record.viewed-as",
        served_bytes=shown.size_bytes,
        details={**shown.told, "as": whom},
    )
    showing = Showing(gate, work, actor, imagined, eyes)
    if not portions:
        return SeenAs(None)
    record = record_of(work, showing, eyes, sight, state, portions, attachments)
    return SeenAs(record, only_some_of(portions, attachments, seen))


@dataclass(frozen=True)
class Sight:
    """A version that the actor sees whole, by the act that lets them."""

    action: Action
    version: Version
    versions: Sequence[Version]
    portions: Sequence[PortionRow]
    attachments: Sequence[AttachmentRow]
    facts: Mapping[AudienceId, Audience]


def sight_of(work: Work, gate: Gate, actor: Actor, version_id: VersionId) -> Sight:
    """Find the version as one who prepares or owns it, or as one who has to consent to it."""
    for action in (Action.READ, Action.CONSENT):
        scope = gate.scope(work, actor, action)
        version = queries.version(work.session, scope, version_id)
        if version is None or not _concerned(actor, version):
            continue
        portions = queries.portions(work.session, scope, [version_id])
        attachments = queries.attachments(work.session, scope, [version_id])
        ids = audience_ids_in(portions, attachments)
        record_id = RecordId(version.row.record_id)
        if audience_ids_of(queries.every_part(work.session, record_id), version_id) == ids:
            versions = queries.versions_of_record(work.session, scope, record_id)
            facts = audiences(work.session, ids)
            return Sight(action, version, versions, portions, attachments, facts)
    raise gate.refusal(work, actor, Action.READ, Subject("version", version_id))


def imagined_in(work: Work, sight: Sight, state: State) -> dict[AudienceId, Audience]:
    """Give the facts of the parts in that state; what is to be released takes over the grants."""
    then = {id_: in_state(one, state) for id_, one in sight.facts.items()}
    if sight.version.state not in _UNRELEASED or state is not State.RELEASED:
        return then
    held = grants.in_force(work.session, RecordId(sight.version.row.record_id), work.now)
    return {id_: grants.with_grants(one, held) for id_, one in then.items()}


def _concerned(actor: Actor, version: Version) -> bool:
    """Tell whether the actor works on the record for its owner or its originator."""
    own = actor.profile.organisation in (version.row.owner, version.row.originator)
    return own and bool(actor.profile.roles & PREPARING)


@dataclass(frozen=True)
class Seen:
    """The audiences that somebody of those who look sees, and those that only some of them see."""

    by_some: frozenset[int]
    only_some: frozenset[int]

    @classmethod
    def by(cls, eyes: Eyes, facts: Mapping[AudienceId, Audience], title: AudienceId) -> "Seen":
        """Decide; of those who may not read the title, nobody sees anything."""
        readers = eyes.who_may(Action.READ, facts[title])
        some = readers.some_may(Action.READ, facts.values())
        every = readers.all_may(Action.READ, facts.values())
        seen = frozenset(id_ for id_, one in facts.items() if one in some)
        return cls(seen, frozenset(id_ for id_ in seen if facts[id_] not in every))


def record_of(
    work: Work,
    showing: Showing,
    eyes: Eyes,
    sight: Sight,
    state: State,
    portions: Sequence[PortionRow],
    attachments: Sequence[AttachmentRow],
) -> RecordView:
    version = sight.version
    row = version.row
    return RecordView(
        id=RecordId(row.record_id),
        version_id=VersionId(row.id),
        reference=version.reference,
        version_number=row.number,
        state=state,
        kind=Kind(row.kind),
        area=Area(row.area),
        language=row.language,
        owner=row.owner,
        originator=row.originator,
        title=version.title,
        banner=showing.banner(audience_ids_in(portions, attachments)),
        portions=with_gaps(
            VersionId(row.id),
            [
                ((part.role, part.position), showing.portion(part, Kind(row.kind)))
                for part in portions
            ],
            [
                (part.role, part.position)
                for part in sight.portions
                if part.gap and part not in portions
            ],
        ),
        attachments=showing.attachments(attachments),
        versions=_lines(work, showing, eyes, sight, state),
        created_at=row.created_at,
        submitted_at=row.submitted_at,
        released_at=row.released_at,
        change_note=row.change_note,
        review_by=row.review_by,
    )


def _lines(
    work: Work, showing: Showing, eyes: Eyes, sight: Sight, state: State
) -> tuple[VersionLine, ...]:
    """List the versions whose titles they would see, once this one is in its state."""
    if not sight.versions:
        return ()
    looked_at = sight.version.row.id
    titles = {one.row.id: AudienceId(one.row.audience_id) for one in sight.versions}
    facts = audiences(work.session, titles.values())
    states = {
        one.row.id: _state_then(one, state, looked_at=one.row.id == looked_at)
        for one in sight.versions
    }
    then = {id_: in_state(facts[titles[id_]], states[id_]) for id_ in titles}
    then[looked_at] = showing.audiences[titles[looked_at]]
    seen = eyes.some_may(Action.READ, then.values())
    return tuple(
        VersionLine(
            number=one.row.number,
            state=states[one.row.id],
            released_at=one.row.released_at,
            change_note=one.row.change_note,
            title=one.title,
        )
        for one in sight.versions
        if then[one.row.id] in seen
    )


def _state_then(version: Version, state: State, *, looked_at: bool) -> State:
    if looked_at:
        return state
    return (
        State.SUPERSEDED
        if state is State.RELEASED and version.state is State.RELEASED
        else version.state
    )


def only_some_of(
    portions: Sequence[PortionRow], attachments: Sequence[AttachmentRow], seen: Seen
) -> frozenset[UUID]:
    parts = [(part.id, part.audience_id) for part in portions]
    parts += [(part.id, part.audience_id) for part in attachments]
    return frozenset(id_ for id_, audience_id in parts if audience_id in seen.only_some)
