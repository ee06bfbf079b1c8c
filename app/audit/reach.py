"""What a person could read at a moment, over the whole store: decided again, from what was kept.

Records are asked about by the audiences that their titles had in their states of then, which are
few however many records there are. Whatever was ever granted to the person is looked at record by
record, since what was granted is no part of an audience that is kept.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from app import parties
from app.access import (
    PUBLIC,
    Action,
    Audience,
    Decision,
    InForce,
    PolicySet,
    Profile,
    State,
    decide_many,
    policies_in_force,
)
from app.audit.explaining_then import TICK, Asked, Case, facts_of, past_at
from app.audit.queries import references
from app.core.ids import AudienceId, PersonId, RecordId

Title = tuple[int, str]


@dataclass(frozen=True)
class Reached:
    """A title that the person could read: whose it was, how it was marked, and what let them."""

    owner: str
    originator: str
    markings: tuple[str, ...]
    state: str
    why: str


@dataclass(frozen=True)
class ReachedRecord:
    """A record that concerned the auditor's party, by its number."""

    record: RecordId
    reference: str
    title: Reached


@dataclass(frozen=True)
class Reach:
    """What the person could read: how many records of each kind of title, and the means to name.

    `by_title` counts records by what let the person in first; `granted` are those that somebody
    ever granted them, by number, the greatest first.
    """

    moment: datetime
    party: str
    party_of: Mapping[str, str]
    own: bool
    by_title: Mapping[Reached, int]
    granted: Sequence[ReachedRecord]
    titles: Mapping[Title, Reached]
    without: Sequence[UUID]

    def is_ours(self, title: Reached) -> bool:
        """Tell whether a record of this title concerned the auditor's party."""
        return self.party in {self.party_of.get(title.owner), self.party_of.get(title.originator)}

    @property
    def told(self) -> dict[Reached, int]:
        """Count what the auditor learns of: of another party's person only what was theirs."""
        counted = dict(self.by_title)
        for one in self.granted:
            counted[one.title] = counted.get(one.title, 0) + 1
        return {title: n for title, n in counted.items() if self.own or self.is_ours(title)}

    @property
    def ours_count(self) -> int:
        """Count the records that concerned the auditor's party."""
        return sum(n for title, n in self.told.items() if self.is_ours(title))


def reach(
    session: Session,
    current: PolicySet,
    *,
    party: str,
    party_of: Mapping[str, str],
    person: PersonId,
    moment: datetime,
) -> Reach | None:
    """Tell what a person could read; None when there was no such person, or nothing to be told.

    Args:
        current: the policies in force now.
        party: whose auditor asks.
        party_of: the party of each organisation.

    Raises:
        Unavailable: the policies of that moment are not kept whole.
    """
    sets = policies_in_force(session, current, moment, moment + TICK)
    standing = parties.standing_at(session, person, moment)
    profile = (standing or PUBLIC).at(moment)
    own = standing is not None and profile.party == party
    told_of = party_of if own else {slug: of for slug, of in party_of.items() if of == party}
    without = _ever_granted(session, person, moment, told_of)
    shapes = session.execute(
        text("SELECT * FROM entente_shapes_then(:moment, :without)"),
        {"moment": moment, "without": without},
    ).all()
    asked = {title for row in shapes for title in zip(row.title_ids, row.states, strict=True)}
    titles = _reached(session, sets[-1], profile, asked, moment)
    counted: dict[Reached, int] = {}
    for row in shapes:
        first = first_of(titles, row.title_ids, row.states)
        if first is not None:
            counted[first] = counted.get(first, 0) + row.records
    granted = _granted(session, sets, person, profile, without, moment)
    found = Reach(moment, party, party_of, own, counted, granted, titles, without)
    return found if standing is not None and (own or found.told) else None


def numbered(session: Session, found: Reach, before: str, most: int) -> list[ReachedRecord]:
    """Give those of the auditor's party by number, the greatest first, below one of them."""
    pairs = [title for title, one in found.titles.items() if found.is_ours(one)]
    rows = session.execute(
        text("SELECT * FROM entente_numbered_then(:at, :ids, :states, :without, :before, :most)"),
        {
            "at": found.moment,
            "ids": [id_ for id_, _ in pairs],
            "states": [state for _, state in pairs],
            "without": found.without,
            "before": before,
            "most": most,
        },
    )
    every = [
        ReachedRecord(RecordId(row.record_id), row.reference, first)
        for row in rows
        if (first := first_of(found.titles, row.title_ids, row.states)) is not None
    ]
    every += [
        one
        for one in found.granted
        if found.is_ours(one.title) and (not before or one.reference < before)
    ]
    return sorted(every, key=lambda one: one.reference, reverse=True)[:most]


def first_of(
    titles: Mapping[Title, Reached], ids: Sequence[int], states: Sequence[str]
) -> Reached | None:
    """Give the first of a record's titles that could be read, in the order in which they stood."""
    pairs = zip(ids, states, strict=True)
    return next((titles[one] for one in pairs if one in titles), None)


def _reached(
    session: Session, in_force: InForce, profile: Profile, asked: set[Title], moment: datetime
) -> dict[Title, Reached]:
    """Decide about every title at once, and give those that could be read."""
    order = sorted(asked)
    facts = facts_of(session, {AudienceId(id_) for id_, _ in order})
    then = [
        replace(facts[AudienceId(id_)], state=State(state), grants=frozenset())
        for id_, state in order
    ]
    policies = in_force.policies
    decided = decide_many(policies, Action.READ, [profile], then, moment)
    may = decided.allowed(0)
    return {
        title: _told(policies, then[place], decided.decision(0, place), moment)
        for place, title in enumerate(order)
        if may >> place & 1
    }


def _told(policies: PolicySet, audience: Audience, decision: Decision, moment: datetime) -> Reached:
    markings = audience.label.at(moment).markings
    return Reached(
        owner=audience.owner,
        originator=audience.originator,
        markings=tuple(map(policies.schemes.text, markings)),
        state=str(audience.state),
        why=" ".join(policies.policies[id_].explain for id_ in decision.policies),
    )


def _ever_granted(
    session: Session, person: PersonId, moment: datetime, of: Mapping[str, str]
) -> list[UUID]:
    """Give the records that one of these organisations ever granted to the person by then."""
    rows = session.execute(
        text(
            "SELECT DISTINCT record_id FROM grants WHERE person_id = :person"
            " AND granted_at <= :moment AND originator = ANY (:of)"
        ),
        {"person": person, "moment": moment, "of": sorted(of)},
    )
    return sorted(row.record_id for row in rows)


def _granted(
    session: Session,
    sets: Sequence[InForce],
    person: PersonId,
    profile: Profile,
    records: Sequence[UUID],
    moment: datetime,
) -> tuple[ReachedRecord, ...]:
    """Look at each record with its grants of then; give those that could be read."""
    known = references(session, records)
    found = list(_each(session, sets, person, profile, records, moment))
    told = [ReachedRecord(record, known.get(record, ""), title) for record, title in found]
    return tuple(sorted(told, key=lambda one: one.reference, reverse=True))


def _each(
    session: Session,
    sets: Sequence[InForce],
    person: PersonId,
    profile: Profile,
    records: Sequence[UUID],
    moment: datetime,
) -> Iterator[tuple[RecordId, Reached]]:
    policies = sets[-1].policies
    for record in map(RecordId, records):
        asked = Asked(person, record, moment, Action.READ)
        stood = Case(asked, sets[-1], profile, past_at(session, record, moment, sets)).stood()
        if stood is not None and stood.allowed:
            (decision,) = policies.decide(profile, Action.READ, [stood.title], moment)
            yield record, _told(policies, stood.title, decision, moment)
