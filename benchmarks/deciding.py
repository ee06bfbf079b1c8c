"""Measure how long it takes to decide about profiles that nobody decided about before.

    python -m benchmarks.deciding [RECORDS]        (2000 unless told)

first page    of a new profile over 2,000 audiences: decided, kept, and the 25 newest found; `cold`
              in a process that has just started, `warm` in one that has served others.
              Aim: under 250 ms
everybody     500 profiles x 2,000 audiences, every pair, in memory; `again` with what is remembered
serving       the median and the slowest page of two readers while nothing else happens, while new
              profiles sign in one after the other, and while other policies come into force

Times are of the wall, beside those of the process alone: another that works meanwhile shows.
"""

import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from app import records
from app.access import Action, Actor, Gate, PolicyKeeper, PolicySet, decide_many, intern_profile
from app.access.interning import all_audiences
from app.access.policy_set import assemble
from app.core.clock import utc_now
from app.core.database import Database
from app.core.work import Units, Work
from app.parties import candidates
from app.records import Search
from benchmarks.search import ORIGIN, POLICIES, Bench, NoJournal, seeded

TIMES = 5
AIM_MS = 250


@dataclass
class Newcomers:
    """Makes profiles that nobody has: each has accepted terms of use of its own."""

    made_count: int = 0

    def next(self, made: Bench, work: Work) -> Actor:
        """Let somebody in who sees half, with a profile that is new."""
        self.made_count += 1
        known = made.actor(work, "50%")
        terms = frozenset({f"of-a-benchmark-{self.made_count}"})
        profile = replace(known.profile, accepted=terms)
        return Actor(known.person, profile, intern_profile(work.session, profile, work.now))


def main() -> None:
    """Measure everything once."""
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000
    with tempfile.TemporaryDirectory() as folder, seeded(Path(folder), size) as made:
        newcomers = Newcomers()
        for _ in range(TIMES):
            with just_started(made) as fresh, told("first page, cold"):
                first_page(fresh, newcomers)
        for _ in range(TIMES):
            with told("first page, warm"):
                first_page(made, newcomers)
        everybody(made)
        serving(made, newcomers)


@contextmanager
def told(what: str) -> Iterator[None]:
    """Tell how long something took."""
    wall, process = time.perf_counter(), time.process_time()
    yield
    wall, process = time.perf_counter() - wall, time.process_time() - process
    print(f"{what:32} {wall * 1000:8.1f} ms  {process * 1000:8.1f} ms of the process")


@contextmanager
def just_started(made: Bench) -> Iterator[Bench]:
    """Give the same store to a process that remembers nothing."""
    url = made.units.engine.url.render_as_string(hide_password=False)
    engine = Database(url, url).application_engine()
    yield Bench(Units(engine, NoJournal(), utc_now), made.owner, Gate(PolicyKeeper(POLICIES)))
    engine.dispose()


def first_page(made: Bench, newcomers: Newcomers) -> None:
    """Show somebody new the 25 newest."""
    with made.units.begin(ORIGIN) as work:
        actor = newcomers.next(made, work)
        assert records.find(work, made.gate, actor, Search()).page.items


def everybody(made: Bench) -> None:
    """Decide about everybody at once."""
    policies = made.gate.keeper.current
    with made.units.begin(ORIGIN) as work:
        asked = list(all_audiences(work.session).values())
        people = candidates(work.session, policies.schemes, {})
    profiles = [one.profile for one in people]
    fresh = assemble(policies.policies.values(), policies.schema, policies.schemes)
    pairs = f"{len(profiles)} x {len(asked):,}"
    for again in ("", ", again"):
        with told(f"everybody, {pairs}{again}"):
            decide_many(fresh, Action.READ, profiles, asked, utc_now())


def serving(made: Bench, newcomers: Newcomers) -> None:
    """Read pages while others sign in, and while policies change."""
    first, other = made.gate.keeper.current, reworded(made.gate.keeper.current)

    def change() -> None:
        kept = made.gate.keeper.current
        made.gate.keeper.current = other if kept is first else first
        time.sleep(1)

    happenings: dict[str, Callable[[], None]] = {
        "nothing": lambda: time.sleep(0.2),
        "new profiles": lambda: first_page(made, newcomers),
        "other policies": change,
    }
    for what, happen in happenings.items():
        times = read_while(made, happen)
        print(
            f"serving, {what:23} {statistics.median(times):8.1f} ms, slowest {max(times):8.1f} ms"
            f", {len(times)} pages"
        )


def read_while(made: Bench, happen: Callable[[], None], seconds: float = 6) -> list[float]:
    """Give how many milliseconds pages took while something happened over and over."""
    times: list[float] = []
    until = time.perf_counter() + seconds

    def read(share: str) -> None:
        while time.perf_counter() < until:
            begun = time.perf_counter()
            with made.units.begin(ORIGIN) as work:
                records.find(work, made.gate, made.actor(work, share), Search())
            times.append((time.perf_counter() - begun) * 1000)

    readers = [threading.Thread(target=read, args=(share,)) for share in ("1%", "everything")]
    for reader in readers:
        reader.start()
    while time.perf_counter() < until:
        happen()
    for reader in readers:
        reader.join()
    return times


def reworded(policies: PolicySet) -> PolicySet:
    """Give policies that decide alike and are others: one explanation reads otherwise."""
    some, *rest = policies.policies.values()
    text = some.text.replace('@explain("', '@explain("In other words: ')
    return assemble([replace(some, text=text), *rest], policies.schema, policies.schemes)


if __name__ == "__main__":
    main()
