"""What somebody can reach, for whoever may end it: numbers and markings, never a title."""

from collections import Counter
from collections.abc import Mapping
from typing import Final

from app import parties
from app.access import Action, Assurance, Audience, Gate, audiences
from app.core.ids import AudienceId, PersonId
from app.core.work import Work
from app.membership import queries
from app.membership.views import Counted, Hanging, Reach, Reached

MOST_SHOWN: Final = 500


def reach_of(work: Work, gate: Gate, person: PersonId) -> Reach:
    """Say what a person can read now, with the surest sign-in that there is; it opens no row.

    Whoever ends somebody's access reads none of it: they learn how much there is and how it is
    marked, with the reference numbers that the receipt is checked by.
    """
    schemes = gate.keeper.current.schemes
    them = parties.actor_for(work, schemes, person, Assurance.MULTI_FACTOR)
    ids = gate.may(work, them, Action.READ, queries.audience_ids(work.session))
    rows = queries.reach(work.session, [AudienceId(id_) for id_ in ids])
    facts = audiences(work.session, {AudienceId(row.audience_id) for row in rows})
    said = {id_: _markings(work, gate, one) for id_, one in facts.items()}
    lines = [
        Reached(
            reference=row.reference,
            number=row.number,
            state=row.state,
            markings=said[AudienceId(row.audience_id)],
            area=facts[AudienceId(row.audience_id)].area,
        )
        for row in rows
    ]
    return Reach(
        total=len(lines),
        by_marking=_counted(Counter(line.markings for line in lines)),
        by_area=_counted(Counter(line.area for line in lines)),
        shown=tuple(lines[:MOST_SHOWN]),
    )


def hanging_on(work: Work, person: PersonId) -> dict[str, tuple[Hanging, ...]]:
    """Give what hangs on a person, by kind."""
    found: dict[str, list[Hanging]] = {}
    for row in queries.hanging(work.session, person, work.now):
        found.setdefault(row.kind, []).append(Hanging(row.kind, row.reference, row.until))
    return {kind: tuple(things) for kind, things in found.items()}


def references(things: Mapping[str, tuple[Hanging, ...]], *kinds: str) -> dict[str, list[str]]:
    """Give the reference numbers of what hangs on somebody, by kind."""
    return {kind: [one.reference for one in things.get(kind, ())] for kind in kinds}


def _markings(work: Work, gate: Gate, audience: Audience) -> str:
    schemes = gate.keeper.current.schemes
    return " // ".join(schemes.text(one) for one in audience.label.at(work.now).markings)


def _counted(counts: Counter[str]) -> tuple[Counted, ...]:
    return tuple(Counted(name, count) for name, count in sorted(counts.items()))
