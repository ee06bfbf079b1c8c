"""One person, one record, one moment: decided by the policies of then, from what was kept of then.

Whoever is told nothing is answered by the same statements, whether there is such a record and such
a person or not: what more is looked up is looked up only for what is told.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from app import parties
from app.access import (
    PUBLIC,
    Action,
    Assurance,
    Audience,
    InForce,
    PolicySet,
    Profile,
    State,
    policies_in_force,
)
from app.audit import as_of_queries as queries
from app.audit.explained import Explanation, PolicyOrigin
from app.audit.judging import Telling, judged
from app.audit.past import PastVersion, versions_then
from app.audit.queries import references
from app.audit.sights import Past, there_in_order
from app.core.ids import AudienceId, PersonId, RecordId
from app.log import At

TICK: Final = timedelta(microseconds=1)
# Beyond every log: all that is on it.
ALL: Final = At(log=2**31 - 1, size=0)
AMENDED: Final = (
    "The draft was written in since: its markings then are not kept, and those of now are taken."
)
NOT_TOLD: Final = (
    "What another party keeps of its people and of its records is not told: only which requirement "
    "was met."
)


@dataclass(frozen=True)
class Asked:
    """Who (None for the public), which record, when, and to do what."""

    person: PersonId | None
    record: RecordId
    moment: datetime
    action: Action


@dataclass(frozen=True)
class Asker:
    """Whose auditor asks; None for whoever holds the machine, and so all that is kept, anyway."""

    party: str | None
    party_of: Mapping[str, str]

    def telling(self, profile: Profile, owners: frozenset[str]) -> Telling:
        """Give what may be told of a person and of a record that these organisations own."""
        if self.party is None:
            return Telling(of_person=True, of_record=True)
        ours = self.party in {self.party_of.get(slug) for slug in owners}
        return Telling(of_person=profile.party == self.party, of_record=ours)


def explanation(
    session: Session, current: PolicySet, asked: Asked, asker: Asker
) -> Explanation | None:
    """Explain what may be told; None for everything else, and for what there is not.

    Args:
        current: the policies in force now.

    Raises:
        Unavailable: the policies of that moment are not kept whole.
    """
    sets = policies_in_force(session, current, asked.moment, asked.moment + TICK)
    standing = parties.standing_at(session, asked.person or PersonId(asked.record), asked.moment)
    profile = PUBLIC if asked.person is None else standing
    past = past_at(session, asked.record, asked.moment, sets)
    case = Case(asked, sets[-1], profile and profile.at(asked.moment), past)
    read_by = queries.reads(session, asked.record, asked.moment, asked.moment, ALL)
    stood = case.stood()
    if case.profile is None or stood is None:
        return None
    telling = asker.telling(case.profile, case.owners)
    concerned = stood.allowed or asked.person in read_by
    # As the question who could read tells: what concerned somebody, and why one's own could not.
    if not (telling.everything or (concerned and (telling.of_person or telling.of_record))):
        return None
    return _told(session, case, stood, telling)


@dataclass(frozen=True)
class Stood:
    """The version that is explained, in its state of then, and whether its title was open."""

    version: PastVersion
    state: State
    title: Audience
    allowed: bool


@dataclass(frozen=True)
class Case:
    """What was kept of the moment; `profile` is None where there was no such person."""

    asked: Asked
    in_force: InForce
    profile: Profile | None
    past: Past

    @property
    def owners(self) -> frozenset[str]:
        kept = (version.kept for version in self.past.versions)
        return frozenset(slug for one in kept for slug in (one.owner, one.originator))

    def allowed(self, audiences: list[Audience], profile: Profile | None = None) -> list[bool]:
        asker, moment = profile or self.profile or PUBLIC, self.asked.moment
        decisions = self.in_force.policies.decide(asker, self.asked.action, audiences, moment)
        return [one.allowed for one in decisions]

    def stood(self) -> Stood | None:
        """Give the first version that was open, or else the first."""
        moment = self.asked.moment
        found = there_in_order(self.past, moment)
        titles = [self.past.part(one.kept.title, one, state, moment) for one, state in found]
        every = [
            Stood(version, state, title, allowed)
            for (version, state), title, allowed in zip(
                found, titles, self.allowed(titles), strict=True
            )
        ]
        return next((one for one in every if one.allowed), next(iter(every), None))


def past_at(session: Session, record: RecordId, moment: datetime, sets: Sequence[InForce]) -> Past:
    """Look up what was kept of a record, by the same statements whatever there is."""
    kept = queries.history(session, record)
    return Past(
        since=moment,
        until=moment + TICK,
        versions=versions_then(kept, queries.moves(session, record)),
        facts=facts_of(session, {part for version in kept for part in version.parts}),
        sets=sets,
        standings=(),
        grants=queries.grants(session, record),
    )


def facts_of(session: Session, ids: Iterable[AudienceId]) -> dict[AudienceId, Audience]:
    """Give the facts of audiences, having asked for them also where there are none."""
    rows = session.execute(
        text("SELECT id, facts FROM audiences WHERE id = ANY(:ids)"), {"ids": sorted(ids)}
    )
    return {AudienceId(row.id): Audience.from_json(row.facts) for row in rows}


def _told(session: Session, case: Case, stood: Stood, telling: Telling) -> Explanation:
    asked, profile, moment = case.asked, case.profile or PUBLIC, case.asked.moment
    person = asked.person
    names = parties.names(session, [person]) if person else {}
    of = parties.organisation_names(session, [profile.organisation])
    parts = [
        case.past.part(one, stood.version, stood.state, moment)
        for one in sorted(stood.version.kept.parts)
    ]
    open_count = sum(case.allowed(parts)) if stood.allowed else 0
    policies, label = case.in_force.policies, stood.title.label.at(moment)
    return Explanation(
        person=person,
        name=names[person].name if person in names else "Nobody signed in",
        organisation=profile.organisation,
        organisation_name=of.get(profile.organisation, profile.organisation),
        record=asked.record,
        reference=references(session, [asked.record]).get(asked.record, ""),
        owners=tuple(sorted(case.owners)),
        at=moment,
        version_number=stood.version.kept.number,
        state=str(stood.state),
        markings=tuple(map(policies.schemes.text, label.markings)) if telling.of_record else (),
        needs_second_factor=_needs_second_factor(case, stood, profile),
        parts_count=len(parts) if telling.of_record else None,
        parts_open_count=open_count if telling.of_record else None,
        judged=judged(policies, profile, asked.action, stood.title, moment, telling),
        policy_set=PolicyOrigin(policies.version, case.in_force.since),
        notes=tuple(_notes(case, stood, telling)),
    )


def _needs_second_factor(case: Case, stood: Stood, profile: Profile) -> bool:
    if not stood.allowed or not profile.person:
        return False
    (by_password,) = case.allowed([stood.title], replace(profile, assurance=Assurance.PASSWORD))
    return not by_password


def _notes(case: Case, stood: Stood, telling: Telling) -> Iterator[str]:
    if telling.of_record and stood.version.written_after(case.asked.moment):
        yield AMENDED
    if not telling.everything:
        yield NOT_TOLD
