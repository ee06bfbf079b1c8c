"""The worlds that are compared: who everybody is, and under which policies, before and after."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from app import identity, parties
from app.access import PUBLIC, Assurance, Audience, PolicySet, Profile
from app.core.ids import PersonId
from app.core.work import Work


@dataclass(frozen=True)
class World:
    """The policies, and the facts of everybody who can sign in under them."""

    policies: PolicySet
    people: Mapping[PersonId, Profile]

    def of(self, person: PersonId) -> Profile:
        """Give the facts of somebody: whoever cannot sign in may do no more than the public."""
        return self.people.get(person, PUBLIC)


@dataclass(frozen=True)
class Worlds:
    """Two worlds at one moment, and who is compared in them."""

    before: World
    after: World
    compared: tuple[PersonId, ...]
    public: bool
    now: datetime

    @property
    def pairs(self) -> list[tuple[Profile, Profile]]:
        """Give the facts before and after of each who is compared, the public last if it is."""
        found = [(self.before.of(one), self.after.of(one)) for one in self.compared]
        return [*found, (PUBLIC, PUBLIC)] if self.public else found

    def met(self, pairs: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
        """Give what may be done before and after, in the order of `pairs`, by who can sign in.

        Whoever cannot sign in before or after has what the public has, and could have had it all
        along: so nobody gains by leaving, and nobody loses by coming.
        """
        found = list(pairs)
        for place, person in enumerate(self.compared):
            before, after = found[place]
            if person not in self.after.people:
                found[place] = before, before & after
            elif person not in self.before.people:
                found[place] = before & after, after
        return found


def with_policies(work: Work, current: PolicySet, new: PolicySet) -> Worlds:
    """Compare everybody under the policies in force with everybody under others.

    People are taken with the surest sign-in that each has set up; their clearances are read by the
    schemes of the policies that judge them.
    """
    enrolled = identity.enrolled_assurances(work.session)
    before, after = (
        World(
            policies,
            {
                one.person: one.profile
                for one in parties.candidates(work.session, policies.schemes, enrolled)
            },
        )
        for policies in (current, new)
    )
    everybody = tuple(dict.fromkeys([*before.people, *after.people]))
    return Worlds(before, after, everybody, public=True, now=work.now)


def with_facts(work: Work, current: PolicySet, after: Mapping[PersonId, Profile | None]) -> Worlds:
    """Compare some people as they are with what they would be.

    Whoever is not known yet is taken to sign in with a second factor, which everybody can set up;
    the others sign in as surely as they can now.
    """
    enrolled = identity.enrolled_assurances(work.session)
    candidates = parties.candidates(work.session, current.schemes, enrolled)
    known = {one.person: one.profile for one in candidates if one.person in after}
    existing = parties.names(work.session, list(after))
    become: dict[PersonId, Profile] = {}
    for person, profile in after.items():
        if profile is not None and profile.active:
            sure = Assurance.PASSWORD if person in existing else Assurance.MULTI_FACTOR
            become[person] = replace(
                profile, person=str(person), assurance=enrolled.get(person, sure)
            )
    return Worlds(
        World(current, known), World(current, become), tuple(after), public=False, now=work.now
    )


def at_best(profile: Profile, terms: frozenset[str]) -> Profile:
    """Give the facts of somebody who has accepted these terms and set up a second factor."""
    if not profile.person:
        return profile
    weak = profile.assurance is Assurance.PASSWORD
    assurance = Assurance.MULTI_FACTOR if weak else profile.assurance
    return replace(profile, accepted=profile.accepted | terms, assurance=assurance)


def boundaries(profile: Profile, now: datetime) -> set[datetime]:
    """Give the moments to come at which the facts of somebody change by themselves."""
    agreement = profile.agreement
    moments = {agreement.valid_from, agreement.valid_until} if agreement else set()
    moments |= {moment for one in profile.delegations for moment in (one.since, one.until)}
    return {moment for moment in moments if moment > now}


def turns(audience: Audience, now: datetime) -> set[datetime]:
    """Give the moments to come at which an audience changes by itself."""
    label = audience.label
    moments = {change.at for change in label.changes} | {one.until for one in audience.grants}
    if label.not_before is not None:
        moments.add(label.not_before)
    return {moment for moment in moments if moment > now}
