"""What a decision on a version looks at: its facts, its hash, and who will be able to read it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from app.access import Action, Actor, Area, Audience, Gate, Scope, State, Subject, audiences
from app.core.errors import NotFound
from app.core.ids import AudienceId, BatchId, PersonId, RecordId, VersionId
from app.core.work import Work
from app.records import content, grants, queries
from app.records.facts import in_state
from app.records.kinds import Kind
from app.records.listing import lines
from app.records.models import AttachmentRow, PortionRow
from app.records.parts import audience_ids_of
from app.records.queries import Version
from app.records.showing import audience_ids_in
from app.records.views import RecordLine

_ROLE_NAMES = {"title": "Title", "summary": "Summary", "fields": "Details"}


@dataclass(frozen=True)
class VersionFacts:
    """What a decision on a version looks at; `audience_ids` are those of all of its parts.

    Pass the gate with `audience_ids`: nobody decides on what they do not see whole.
    """

    version_id: VersionId
    record_id: RecordId
    reference: str
    number: int
    state: State
    edition: int
    owner: str
    originator: str
    kind: Kind
    area: Area
    title: str
    audience_id: AudienceId
    audience_ids: frozenset[AudienceId]
    writers: frozenset[PersonId]
    submitted_by: PersonId | None
    submitted_at: datetime | None
    batch_id: BatchId | None


@dataclass(frozen=True)
class PartAudience:
    """A part by its name ("Title", a section's heading, a file's name) and who it is for."""

    name: str
    audience: Audience


def version_facts(
    work: Work, gate: Gate, actor: Actor, action: Action, version_id: VersionId
) -> VersionFacts:
    """Give the facts of a version that the actor may do this to, and so sees whole.

    Raises:
        Refused: they may not do it to every part of it, or there is none.
    """
    scope = gate.scope(work, actor, action)
    version = queries.version(work.session, scope, version_id)
    if version is None:
        raise gate.refusal(work, actor, action, Subject("version", version_id))
    row = version.row
    known = queries.every_part(work.session, RecordId(row.record_id))
    audience_ids = audience_ids_of(known, version_id)
    if not audience_ids <= set(scope.audience_ids):
        raise gate.refusal(work, actor, action, Subject("version", version_id))
    return VersionFacts(
        version_id=version_id,
        record_id=RecordId(row.record_id),
        reference=version.reference,
        number=row.number,
        state=version.state,
        edition=row.edition,
        owner=row.owner,
        originator=row.originator,
        kind=Kind(row.kind),
        area=Area(row.area),
        title=version.title,
        audience_id=AudienceId(row.audience_id),
        audience_ids=audience_ids,
        writers=frozenset(map(PersonId, row.writers)),
        submitted_by=PersonId(row.submitted_by) if row.submitted_by else None,
        submitted_at=row.submitted_at,
        batch_id=BatchId(row.batch_id) if row.batch_id else None,
    )


def version_numbered(
    work: Work, gate: Gate, actor: Actor, record_id: RecordId, number: int
) -> VersionId:
    """Give the id of a version that the actor may read or has to consent to.

    Raises:
        Refused: there is none.
    """
    for action in (Action.READ, Action.CONSENT):
        scope = gate.scope(work, actor, action)
        for one in queries.versions_of_record(work.session, scope, record_id):
            if one.row.number == number:
                return VersionId(one.row.id)
    raise gate.refusal(work, actor, Action.READ, Subject("record", record_id))


def awaiting(work: Work, gate: Gate, actor: Actor, action: Action) -> list[RecordLine]:
    """List the submitted versions that the actor's role lets them approve or consent to.

    Those that wait longest come first. Four eyes are the release domain's to judge.
    """
    scope = gate.scope(work, actor, action)
    found = queries.submitted_versions(work.session, scope)
    return lines(work, gate, actor, scope, found, event="desk.listed", action=str(action))


def content_hash(work: Work, version_id: VersionId) -> bytes:
    """Give the SHA-256, 32 bytes, of everything that the version says and carries.

    It does not change with the state, nor when keys are rotated. The gate must have opened every
    part of the version to this transaction, as `version_facts` does.

    Raises:
        NotFound: it has not; a hash of less would pass for that of the whole.
    """
    opened = queries.opened(work.session, version_id)
    if opened is None:
        raise NotFound
    version, portions, attachments = opened
    known = queries.every_part(work.session, RecordId(version.row.record_id))
    count = sum(part.parts_count for part in known if part.version_id == version_id)
    if count != len(portions) + len(attachments):
        raise NotFound
    facts = audiences(work.session, audience_ids_in(portions, attachments))
    return content.hash_of(version, portions, attachments, facts)


def audiences_after(
    work: Work,
    gate: Gate,
    actor: Actor,
    version_id: VersionId,
    state: State,
    *,
    action: Action = Action.READ,
) -> list[PartAudience]:
    """Give the audience that each part of a version would have in a state; nothing is kept.

    Only parts in the scope of `action` are named: it is that of the decision being prepared.

    Raises:
        Refused: there is no such version in that scope.
    """
    scope = gate.scope(work, actor, action)
    version = queries.version(work.session, scope, version_id)
    if version is None:
        raise gate.refusal(work, actor, action, Subject("version", version_id))
    held = grants.in_force(work.session, RecordId(version.row.record_id), work.now)
    granted = held if state is State.RELEASED else {}
    return [
        PartAudience(part.name, grants.with_grants(in_state(part.audience, state), granted))
        for part in _preview(work, gate, actor, scope, version)
    ]


def audiences_now(work: Work, gate: Gate, actor: Actor, record_id: RecordId) -> list[PartAudience]:
    """Give the audiences of the parts of the released version that the actor may read.

    Empty when there is none.
    """
    scope = gate.scope(work, actor)
    versions = queries.versions_of_record(work.session, scope, record_id)
    current = next((one for one in versions if one.state is State.RELEASED), None)
    return [] if current is None else _preview(work, gate, actor, scope, current)


def grantable(
    work: Work, gate: Gate, actor: Actor, record_id: RecordId
) -> tuple[VersionId, list[PartAudience]]:
    """Give the released version, and the audiences of its parts that are the actor's to grant.

    Raises:
        Refused: none is, or one is out of their sight: nobody grants what they do not see.
    """
    scope, sight = gate.scope(work, actor, Action.GRANT), gate.scope(work, actor)
    versions = queries.versions_of_record(work.session, scope, record_id)
    released = next((one for one in versions if one.state is State.RELEASED), None)
    if released is None:
        raise gate.refusal(work, actor, Action.GRANT, Subject("record", record_id))
    version_id = VersionId(released.row.id)
    every = audience_ids_of(queries.every_part(work.session, record_id), version_id)
    if not every & set(scope.audience_ids) <= set(sight.audience_ids):
        raise gate.refusal(work, actor, Action.GRANT, Subject("record", record_id))
    return version_id, _preview(work, gate, actor, scope, released)


def _preview(
    work: Work, gate: Gate, actor: Actor, scope: Scope, version: Version
) -> list[PartAudience]:
    portions, attachments = _parts(work, scope, version)
    ids = audience_ids_in(portions, attachments)
    facts = audiences(work.session, ids)
    named = [(part_name(part), part.audience_id) for part in portions]
    named += [(part.name, part.audience_id) for part in attachments]
    gate.pass_through(
        work,
        actor,
        scope.action,
        ids,
        subject=Subject("version", version.row.id, version.row.record_id),
        event="audience.previewed",
        served_bytes=content.text_size(*(name for name, _ in named)),
        details=content.shown(version, portions, attachments, facts).told,
    )
    return [PartAudience(name, facts[AudienceId(one)]) for name, one in named]


def _parts(
    work: Work, scope: Scope, version: Version
) -> tuple[Sequence[PortionRow], Sequence[AttachmentRow]]:
    ids = [VersionId(version.row.id)]
    portions = queries.portions(work.session, scope, ids)
    return portions, queries.attachments(work.session, scope, ids)


def part_name(part: PortionRow) -> str:
    """Name a portion as a person would: "Title", or a section's heading."""
    named = part.heading if part.role == "fields" else ""  # a table that is a part of its own
    return named or _ROLE_NAMES.get(part.role) or part.heading or "Section without heading"
