"""What people may do in offices: admit somebody, review the log, confirm a change.

An office is not kept like an audience: what counts is whose it is, and whom an act is about. So
everybody is asked about their own and other organisations and parties, themselves and others.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

from app.access import PUBLIC, Office, OfficeAction, PolicySet, PolicyText, Profile
from app.impact.deciding import Progress
from app.impact.worlds import Worlds, boundaries

OTHER = "another"  # no slug or code of anybody's: those are kept as they were given
_ACTS = frozenset({"office", "people", *OfficeAction})

Acts = tuple[tuple[str, ...], tuple[str, ...]]


def office_acts(worlds: Worlds, progress: Progress | None = None) -> list[Acts]:
    """Give for each pair of facts the acts of office gained, and those lost, in some office.

    They are asked for now and for each moment to come at which the facts change by themselves.
    """
    policies = (worlds.before.policies, worlds.after.policies)
    texts = [_texts(one) for one in policies]
    told, same = " ".join(sorted(texts[0] | texts[1])), texts[0] == texts[1]
    known: dict[tuple[Profile, Profile], Acts] = {}
    found: list[Acts] = []
    for number, pair in enumerate(worlds.pairs):
        facts = _what_counts(told, pair)
        if facts not in known:
            alike = same and facts[0] == facts[1]
            known[facts] = ((), ()) if alike else _compared(policies, facts, worlds.now)
        found.append(known[facts])
        if progress is not None:
            progress(number + 1, len(worlds.pairs))
    return found


def _compared(
    policies: tuple[PolicySet, PolicySet], pair: tuple[Profile, Profile], now: datetime
) -> Acts:
    offices = list(_offices(pair))
    moments = sorted({now, *(one for facts in pair for one in boundaries(facts, now))})
    gained: list[str] = []
    lost: list[str] = []
    for action in OfficeAction:
        before, after = (
            {
                (moment, office)
                for moment in moments
                for office, answer in zip(
                    offices, each.decide_offices(facts, action, offices, moment), strict=True
                )
                if facts.person and answer.allowed
            }
            for each, facts in zip(policies, pair, strict=True)
        )
        gained += [str(action)] if after - before else []
        lost += [str(action)] if {one for one in before - after if one[0] == now} else []
    return tuple(gained), tuple(lost)


def _offices(pair: Sequence[Profile]) -> Iterator[Office]:
    """Give their organisations and parties, and others, with no one, themselves or another."""
    own = [one for one in dict.fromkeys(pair) if one != PUBLIC]
    places = dict.fromkeys(
        place
        for one in own
        for place in (
            (one.party, one.organisation),
            (one.party, OTHER),
            (one.party, ""),
            (OTHER, OTHER),
            (OTHER, ""),
        )
    )
    people = dict.fromkeys(["", OTHER, *(one.person for one in own)])
    for party, organisation in places:
        for person in people:
            yield Office(party, organisation, person)


def _what_counts(told: str, pair: tuple[Profile, Profile]) -> tuple[Profile, Profile]:
    """Leave out what no policy on offices speaks of, so that many people are asked for once."""
    before, after = (_spared(one, told) if one.person else one for one in pair)
    return before, after


def _spared(facts: Profile, told: str) -> Profile:
    return replace(
        facts,
        person="somebody",
        clearance=facts.clearance if "clearance" in told else None,
        groups=facts.groups if "groups" in told else frozenset(),
        accepted=facts.accepted if "accepted" in told else frozenset(),
    )


def _texts(policies: PolicySet) -> frozenset[str]:
    return frozenset(one.text for one in policies.policies.values() if _is_of_offices(one))


def _is_of_offices(policy: PolicyText) -> bool:
    return not policy.actions or not _ACTS.isdisjoint(policy.actions)
