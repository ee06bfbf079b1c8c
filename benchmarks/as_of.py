"""How long it takes to tell who could read a record on a day, and what a person could read.

    python -m benchmarks.as_of [RECORDS [PEOPLE]]        (2000 records and 3000 people unless told)

Each is asked in a process that has loaded its policies and asked nothing yet, and again.
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import text

from app import parties
from app.audit.as_of import could_read
from app.audit.reach import numbered, reach
from app.core.ids import RecordId
from app.core.work import Work
from app.log import At
from benchmarks.search import ORIGIN, Bench, seeded

ROUNDS = 7
AIM_MS = 300
EVERYTHING = At(2**31 - 1, 0)


def main() -> None:
    """Measure, and print a line for each."""
    size, people = (*map(int, sys.argv[1:]), *(2_000, 3_000)[len(sys.argv) - 1 :])
    with (
        tempfile.TemporaryDirectory() as folder,
        seeded(Path(folder), size, profiles=people) as made,
    ):
        print(f"\n{size:,} records, {people:,} people")
        told("who could read a record", made, lambda work: whom(made, work))
        told("what a person could read", made, lambda work: what(made, work))


def told(label: str, made: Bench, ask: Callable[[Work], Any]) -> None:
    """Ask a few times, and tell how long the first took and the median of the others."""
    taken = []
    for _ in range(ROUNDS):
        with made.units.begin(ORIGIN) as work:
            begun = time.perf_counter()
            answer = ask(work)
            taken.append((time.perf_counter() - begun) * 1000)
    again = statistics.median(taken[1:])
    over = " !" if again > AIM_MS else ""
    print(f"{label:28} first {taken[0]:7.0f} ms, again {again:7.0f} ms{over}   {answer}")


def whom(made: Bench, work: Work) -> str:
    """Ask about a record that many could read."""
    with made.owner.connect() as connection:
        row = connection.execute(
            text("SELECT record_id, owner FROM versions ORDER BY record_id LIMIT 1")
        ).one()
    party = parties.parties_of(work.session, [row.owner])[row.owner]
    found = could_read(
        work.session,
        made.gate.keeper.current,
        party=party,
        record_id=RecordId(row.record_id),
        day=work.now.date(),
        until=work.now,
        at=EVERYTHING,
    )
    return f"{len(found.rows)} told, {found.others_count} others"


def what(made: Bench, work: Work) -> str:
    """Ask about a person of a party, and name a page of records."""
    organisations = {one.slug: one.party for one in parties.organisations(work.session)}
    person = parties.person_by_email(work.session, "p1@org1.example")
    assert person is not None
    found = reach(
        work.session,
        made.gate.keeper.current,
        party=organisations["org1"],
        party_of=organisations,
        person=person,
        moment=work.now,
    )
    assert found is not None
    named = numbered(work.session, found, "", 51)
    return f"{sum(found.told.values()):,} records, {found.ours_count:,} ours, {len(named)} named"


if __name__ == "__main__":
    main()
