"""The state of a version, moved by whoever holds the permit for it: the release domain.

The procedure around it - who may, four eyes, signatures - is that domain's. Moving a version
re-interns the audience of each of its parts, since the state decides who may read it.
"""

from dataclasses import dataclass
from datetime import datetime

from app.access import Action, Actor, Area, Audience, Gate, Permit, State
from app.core.ids import AudienceId, BatchId, PersonId, RecordId, VersionId
from app.core.work import Work
from app.records.kinds import Kind
from app.records.views import RecordLine


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
    """Give the facts of a version that the actor may do this to.

    Raises:
        Refused: they may not, or there is none.
    """
    raise NotImplementedError


def awaiting(work: Work, gate: Gate, actor: Actor, action: Action) -> list[RecordLine]:
    """List the submitted versions that the actor's role lets them approve or consent to."""
    raise NotImplementedError


def content_hash(work: Work, version_id: VersionId) -> bytes:
    """Give the SHA-256, 32 bytes, of everything that the version says and carries.

    It does not change with the state. All parts must be in sight, as they are behind the gate.
    """
    raise NotImplementedError


def audiences_after(
    work: Work, gate: Gate, actor: Actor, version_id: VersionId, state: State
) -> list[PartAudience]:
    """Give the audience that each part of a version would have in a state; nothing is kept."""
    raise NotImplementedError


def audiences_now(work: Work, gate: Gate, actor: Actor, record_id: RecordId) -> list[PartAudience]:
    """Give the audiences of the parts of the released version; empty when there is none."""
    raise NotImplementedError


def freeze(work: Work, gate: Gate, permit: Permit, version_id: VersionId, by: PersonId) -> None:
    """Submit a draft: from here on nothing in it changes."""
    raise NotImplementedError


def reopen(work: Work, gate: Gate, permit: Permit, version_id: VersionId) -> None:
    """Make a submitted version a draft again, as after a return or a refusal."""
    raise NotImplementedError


def publish(work: Work, gate: Gate, permit: Permit, version_id: VersionId, by: PersonId) -> None:
    """Release a submitted version; the one released before becomes superseded."""
    raise NotImplementedError


def withdraw(work: Work, gate: Gate, permit: Permit, version_id: VersionId, reason: str) -> None:
    """Take a version back; a tombstone with the reason remains for those who could read it."""
    raise NotImplementedError
