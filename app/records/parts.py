"""From what a person typed to portions with audiences that this person may go on amending."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from uuid import UUID

from app.access import (
    Action,
    Actor,
    Audience,
    Gate,
    Role,
    State,
    Subject,
    audiences,
    explain,
    intern_audience,
)
from app.core.errors import Forbidden, Invalid
from app.core.ids import AudienceId, PersonId, RecordId, VersionId
from app.core.journal import Event
from app.core.work import Work
from app.records import rules
from app.records.commands import DraftInput
from app.records.facts import audience_of, in_state
from app.records.models import SourceRow
from app.records.queries import PartsOfAudience, Version, every_part, version
from app.records.sources import check_floors

WRITERS = frozenset({Role.CONTRIBUTOR, Role.RELEASE_AUTHORITY})


@dataclass(frozen=True)
class Plan:
    """The portions that a draft will have, each with its audience; the first is the title."""

    parts: tuple[tuple[rules.Part, AudienceId], ...]

    @property
    def title_id(self) -> AudienceId:
        """Give the audience of the title, which is the version's."""
        return self.parts[0][1]

    @property
    def audience_ids(self) -> frozenset[AudienceId]:
        """Give the audiences of all portions."""
        return frozenset(audience_id for _, audience_id in self.parts)


def plan(
    work: Work,
    gate: Gate,
    actor: Actor,
    command: DraftInput,
    *,
    owner: str,
    originator: str,
    links: Mapping[UUID, SourceRow] = MappingProxyType({}),
) -> Plan:
    """Read a draft, check its markings, and intern the audiences of its portions.

    Args:
        links: those that sections of the draft may carry; each is its own originator's.

    Raises:
        Invalid: something needs another look, or is marked so that its writer could not open it.
    """
    parts = rules.parts_of(gate.keeper.current.schemes, command)
    check_floors(
        gate.keeper.current.schemes,
        {part.path: (part.label, part.source_id) for part in parts},
        links,
        work.now,
    )
    asked = [
        audience_of(
            State.DRAFT,
            owner,
            links[part.source_id].originator if part.source_id else originator,
            command.area,
            part.label,
        )
        for part in parts
    ]
    paths = [part.path for part in parts]
    check_may_amend(work, gate, actor, dict(zip(paths, asked, strict=True)))
    return Plan(tuple(zip(parts, intern(work, gate, asked), strict=True)))


def check_may_amend(work: Work, gate: Gate, actor: Actor, asked: Mapping[str, Audience]) -> None:
    """Check that the actor could amend parts of these audiences again, by the path of each.

    Raises:
        Invalid: not all; beside each marking stands which requirement it does not meet.
    """
    current, profile = gate.keeper.current, actor.profile
    decisions = current.decide(profile, Action.AMEND, list(asked.values()), work.now)
    wrong: dict[str, str] = {}
    for (path, audience), decision in zip(asked.items(), decisions, strict=True):
        if not decision.allowed:
            told = explain(current, profile, Action.AMEND, audience, work.now)
            unmet = " ".join(one.detail for one in told.requirements if not one.met)
            wrong[f"{path}.markings"] = f"You could not open this draft again. {unmet}"
    if wrong:
        raise Invalid("You cannot write under this marking.", fields=wrong)


def intern(work: Work, gate: Gate, asked: Sequence[Audience]) -> list[AudienceId]:
    """Give the ids of audiences, in their order; each distinct one is looked up once."""
    schemes = gate.keeper.current.schemes
    known: dict[Audience, AudienceId] = {}
    for audience in asked:
        if audience not in known:
            known[audience] = intern_audience(work.session, schemes, audience, work.now)
    return [known[audience] for audience in asked]


def interned_in(
    work: Work, gate: Gate, ids: Iterable[AudienceId], state: State
) -> dict[AudienceId, AudienceId]:
    """Give for each audience the one that the same part has in another state."""
    known = audiences(work.session, ids)
    moved = [in_state(audience, state) for audience in known.values()]
    return dict(zip(known, intern(work, gate, moved), strict=True))


def audience_ids_of(
    known: Collection[PartsOfAudience], version_id: VersionId
) -> frozenset[AudienceId]:
    """Give the audiences of all parts of one version, in sight or not."""
    return frozenset(part.audience_id for part in known if part.version_id == version_id)


def amendable(
    work: Work, gate: Gate, actor: Actor, version_id: VersionId
) -> tuple[Version, frozenset[AudienceId]]:
    """Find a draft and the audiences of all of its parts: whoever amends it must see it whole.

    Raises:
        Refused: there is none that the actor may amend.
    """
    scope = gate.scope(work, actor, Action.AMEND)
    found = version(work.session, scope, version_id)
    if found is None:
        raise gate.refusal(work, actor, Action.AMEND, Subject("version", version_id))
    known = every_part(work.session, RecordId(found.row.record_id))
    return found, audience_ids_of(known, version_id)


def writer_of(actor: Actor) -> PersonId:
    """Give the person who writes.

    Raises:
        Forbidden: the actor has no role that writes.
    """
    if actor.person is not None and actor.profile.roles & WRITERS:
        return actor.person
    raise Forbidden(
        "Contributors and release authorities prepare records.",
        event=Event(
            type="draft.refused",
            actor=str(actor.person or ""),
            organisation=actor.profile.organisation,
            agreement=actor.agreement,
            organisations=actor.organisations,
            decision="deny",
        ),
    )
