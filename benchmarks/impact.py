"""How long it takes to work out what a change would do, over a seeded store.

Usage: python -m benchmarks.impact 10000 [100000 ...]

Policies: a forbid and a permit are taken out, so that people gain and lose. People: one whose
clearance falls, and everybody of one organisation whose agreement is cut to one area.
"""

import resource
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from app import identity, impact, parties
from app.access import Area, PolicySet
from app.access.policy_set import assemble
from app.core.work import Work
from app.impact import Impact
from benchmarks.search import ORIGIN, Bench, seeded

WITHOUT = {"tlp-amber", "read-released-to-group"}


def main() -> None:
    """Measure each size that was asked for."""
    for size in map(int, sys.argv[1:] or ["10000"]):
        with tempfile.TemporaryDirectory() as folder, seeded(Path(folder), size) as made:
            print(f"\n{size:,} records")
            told("other policies", made, lambda work: of_policies(made, work))
            told("other policies, again", made, lambda work: of_policies(made, work))
            told("one person", made, lambda work: of_people(made, work, whole=False))
            told("an organisation", made, lambda work: of_people(made, work, whole=True))


def told(what: str, made: Bench, work_out: Callable[[Work], Impact]) -> None:
    """Work something out, and tell how long it took and how much it found."""
    begun = time.perf_counter()
    with made.units.begin(ORIGIN) as work:
        found = work_out(work)
    seconds = time.perf_counter() - begun
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(
        f"{what:24} {seconds:7.2f} s  {len(found.people):4} people  {memory:5} MiB at most\n"
        f"{'':24} gained {found.records_gained_count:,}, lost {found.records_lost_count:,}"
        f" records, public gained {found.public_gained_count:,}; {len(found.opened)} cases opened"
    )


def of_policies(made: Bench, work: Work) -> Impact:
    """Take two policies away."""
    return impact.of_policies(work, made.gate, _without(made.gate.keeper.current))


def of_people(made: Bench, work: Work, *, whole: bool) -> Impact:
    """Take a clearance from one person, or areas from all of an organisation."""
    enrolled = identity.enrolled_assurances(work.session)
    people = parties.candidates(work.session, made.gate.keeper.current.schemes, enrolled)
    slug = people[0].profile.organisation
    those = [one for one in people if one.profile.organisation == slug] if whole else people[:1]
    after = {}
    for one in those:
        agreement = one.profile.agreement
        assert agreement is not None
        cut = replace(agreement, areas=frozenset({Area.RESEARCH}))
        facts = {"agreement": cut} if whole else {"clearance": None}
        after[one.person] = replace(one.profile, **facts)
    return impact.of_people(work, made.gate, after)


def _without(current: PolicySet) -> PolicySet:
    kept = [policy for policy in current.policies.values() if policy.id not in WITHOUT]
    return assemble(kept, current.schema, current.schemes, current.tests)


if __name__ == "__main__":
    main()
