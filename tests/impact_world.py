"""Impact worked out the slow, obvious way: every person, every record, one question at a time."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import text

from app.access import PUBLIC, Action, Audience, PolicySet, Profile
from app.core.ids import PersonId
from app.impact import Impact
from tests.world import World

Parts = list[tuple[str, Audience]]


@dataclass(frozen=True)
class Held:
    """A released record: its reference, its title's audience, and each part with its audience."""

    reference: str
    title: Audience
    parts: Parts


def store(world: World) -> list[Held]:
    """Everything that is released, read row by row as the owner of the database."""
    with world.owner() as session:
        rows = session.execute(
            text(
                "SELECT r.reference, v.id, a.facts FROM versions v"
                " JOIN records r ON r.id = v.record_id JOIN audiences a ON a.id = v.audience_id"
                " WHERE v.state = 'released' ORDER BY r.reference"
            )
        ).all()
        return [
            Held(
                row.reference,
                Audience.from_json(row.facts),
                [
                    (str(part.id), Audience.from_json(part.facts))
                    for part in session.execute(
                        text(
                            "SELECT p.id, a.facts FROM portions p JOIN audiences a"
                            " ON a.id = p.audience_id WHERE p.version_id = :id UNION ALL"
                            " SELECT p.id, a.facts FROM attachments p JOIN audiences a"
                            " ON a.id = p.audience_id WHERE p.version_id = :id"
                        ),
                        {"id": row.id},
                    )
                ],
            )
            for row in rows
        ]


def reads(
    policies: PolicySet, profile: Profile, everything: list[Held], world: World
) -> list[set[str]]:
    """The parts that somebody reads of each record, with "title" for it itself."""
    asked = [one for held in everything for one in (held.title, *(part for _, part in held.parts))]
    answers = iter(policies.decide(profile, Action.READ, asked, world.clock()))
    found = []
    for held in everything:
        title = next(answers).allowed
        parts = {name for name, _ in held.parts if next(answers).allowed}
        found.append({"title", *parts} if title else set[str]())
    return found


def changes(before: set[str], after: set[str]) -> Iterator[str]:
    """What became of a record for somebody."""
    if "title" in before ^ after:
        yield "gained" if "title" in after else "lost"
        return
    if after - before:
        yield "more"
    if before - after:
        yield "less"


Counts = Mapping[PersonId | None, Mapping[str, int]]


def slow_counts(
    world: World,
    before: tuple[PolicySet, Mapping[PersonId, Profile]],
    after: tuple[PolicySet, Mapping[PersonId, Profile]],
) -> Counts:
    """For each person, None for the public, how many records are gained, lost, more and less."""
    found: dict[PersonId | None, Counter[str]] = {}
    everything = store(world)
    for person in [None, *dict.fromkeys([*before[1], *after[1]])]:
        one, two = (
            PUBLIC if person is None else people.get(person, PUBLIC)
            for people in (before[1], after[1])
        )
        counts: Counter[str] = Counter()
        both = (reads(before[0], one, everything, world), reads(after[0], two, everything, world))
        for was, becomes in zip(*both, strict=True):
            # Nobody gains by leaving, or loses by coming, what the public has.
            if person is not None and person not in after[1]:
                becomes &= was
            elif person is not None and person not in before[1]:
                was &= becomes
            counts.update(changes(was, becomes))
        if counts:
            found[person] = counts
    return found


def told_counts(impact: Impact) -> Counts:
    """The same of an impact; of the public only what is more or gained, and less or lost."""
    found = {
        one.person: {
            kind: count
            for kind, count in (
                ("gained", one.gained_count),
                ("lost", one.lost_count),
                ("more", one.more_count),
                ("less", one.less_count),
            )
            if count
        }
        for one in impact.people
    }
    return {person: counts for person, counts in found.items() if counts}
