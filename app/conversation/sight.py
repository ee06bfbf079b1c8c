"""What somebody sees of a version to speak of, and whether others would see what they say."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from app import identity, parties, records
from app.access import (
    CONTENT_ROLES,
    Action,
    Actor,
    Assurance,
    Audience,
    Gate,
    Permit,
    PolicySet,
    Profile,
    Role,
    Scope,
    State,
    Subject,
    audiences,
)
from app.conversation import queries
from app.conversation.models import ThreadRow
from app.core.errors import Invalid
from app.core.ids import AudienceId, PersonId, PortionId, ThreadId, VersionId
from app.core.journal import Detail
from app.core.work import Work
from app.records import Place, Places

NOT_HERE = "Somebody you name cannot be told of this here. Check the addresses, or leave them out."


@dataclass(frozen=True)
class Sight:
    """A version as somebody sees it, by reading it or by being asked for consent to it."""

    work: Work
    gate: Gate
    actor: Actor
    person: PersonId
    scope: Scope
    places: Places

    def place(self, portion_id: PortionId | None) -> Place | None:
        """Give the portion of this id, if it is in sight."""
        return next((one for one in self.places.portions if one.portion_id == portion_id), None)

    def standing(self, portion_id: PortionId | None) -> frozenset[AudienceId]:
        """Give what else must be in sight of whoever sees a thread at this place."""
        place = self.place(portion_id)
        return frozenset({self.places.audience_id} | ({place.audience_id} if place else set()))

    def pass_gate(
        self, audience_ids: Collection[AudienceId], event: str, size: int = 0, **details: Detail
    ) -> Permit:
        """Pass the gate with what a thread and its place are for, and have it written."""
        return self.gate.pass_through(
            self.work,
            self.actor,
            self.scope.action,
            frozenset(audience_ids),
            subject=Subject("version", self.places.version_id, self.places.record_id),
            event=event,
            served_bytes=size,
            details={"version": self.places.number, **details},
        )

    def is_insider(self, audience: Audience) -> bool:
        """Tell whether the actor is one of the owner's or originator's own people."""
        roles = {Role.CONTRIBUTOR, Role.RELEASE_AUTHORITY} & self.actor.profile.roles
        return bool(roles) and self.actor.profile.organisation in (
            audience.owner,
            audience.originator,
        )


def see(work: Work, gate: Gate, actor: Actor, version_id: VersionId) -> Sight:
    """Find a version that the actor may speak of.

    Raises:
        Refused: there is none that they see, or they take no part in conversations.
    """
    if actor.person is None or not actor.profile.roles & CONTENT_ROLES:
        raise gate.refusal(work, actor, Action.READ, Subject("version", version_id))
    for scope in scopes(work, gate, actor):
        found = records.places(work, scope, version_id)
        if found is not None and found.portions:
            return Sight(work, gate, actor, actor.person, scope, found)
    raise gate.refusal(work, actor, Action.READ, Subject("version", version_id))


def see_thread(
    work: Work, gate: Gate, actor: Actor, thread_id: ThreadId
) -> tuple[Sight, ThreadRow]:
    """Find a thread that the actor sees, with the version that it stands at.

    Raises:
        Refused: there is none that they see; remembered as a refusal of that version.
    """
    row = queries.thread(work.session, scopes(work, gate, actor), thread_id)
    if row is None or actor.person is None:
        version_id = queries.version_of(work.session, thread_id) or thread_id
        raise gate.refusal(work, actor, Action.READ, Subject("version", version_id))
    return see(work, gate, actor, VersionId(row.version_id)), row


def scopes(work: Work, gate: Gate, actor: Actor) -> list[Scope]:
    """Give what the actor reads, and what they see because their consent to it is asked for."""
    found = [gate.scope(work, actor)]
    if Role.RELEASE_AUTHORITY in actor.profile.roles:
        found.append(gate.scope(work, actor, Action.CONSENT))
    return found


def people_named(
    sight: Sight,
    addresses: Collection[str],
    audience: Audience,
    audience_ids: Collection[AudienceId],
    beside: Collection[PersonId] = (),
) -> frozenset[PersonId]:
    """Give the people of these e-mail addresses, all of whom see what has these audiences.

    Who has no part in the record's preparation names only its owner's and originator's people,
    their own, and those `beside` them in the thread: who else sees it is not theirs to learn.

    Raises:
        Invalid: one is nobody's or does not; the words are the same, so that nothing is learnt.
    """
    named = {parties.person_by_email(sight.work.session, one.strip()) for one in addresses}
    known = {one for one in named if one is not None}
    whose = parties.names(sight.work.session, known)
    near = {audience.owner, audience.originator, sight.actor.profile.organisation}
    far = {one for one in known if whose[one].slug not in near} - set(beside)
    allowed = known if sight.is_insider(audience) else known - far
    if len(allowed) < len(named) or not known <= seeing(sight, known, audience_ids):
        raise Invalid("Nothing was said yet.", fields={"mentions": NOT_HERE})
    return frozenset(known - {sight.person})


def seeing(
    sight: Sight, people: Collection[PersonId], audience_ids: Collection[AudienceId]
) -> frozenset[PersonId]:
    """Give those of these people who see everything that has these audiences."""
    work, policies = sight.work, sight.gate.keeper.current
    asked = list(audiences(work.session, audience_ids).values())
    sure = identity.enrolled_assurances(work.session) if people else {}
    found = set()
    for person in people:
        strongest = sure.get(person, Assurance.PASSWORD)
        profile = parties.profile_of(work.session, policies.schemes, person, strongest)
        if profile is not None and _sees(policies, profile, asked, work.now):
            found.add(person)
    return frozenset(found)


def organisations_seeing(
    work: Work, gate: Gate, audience_ids: Collection[AudienceId]
) -> dict[str, list[PersonId]]:
    """Give the people who see what has these audiences, by organisation."""
    policies = gate.keeper.current
    asked = list(audiences(work.session, audience_ids).values())
    sure = identity.enrolled_assurances(work.session)
    found: dict[str, list[PersonId]] = {}
    for one in parties.candidates(work.session, policies.schemes, sure):
        if _sees(policies, one.profile, asked, work.now):
            found.setdefault(one.profile.organisation, []).append(one.person)
    return found


def _sees(policies: PolicySet, profile: Profile, asked: Sequence[Audience], now: datetime) -> bool:
    """Tell whether a profile reads all of these, or is asked for its consent to all of them."""
    submitted = any(one.state is State.SUBMITTED for one in asked)
    ways = (Action.READ, Action.CONSENT) if submitted else (Action.READ,)
    return any(
        all(one.allowed for one in policies.decide(profile, action, asked, now)) for action in ways
    )
