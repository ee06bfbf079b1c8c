"""Works out what a change would do before it is made: person by person, record by record.

Nothing is estimated. Each distinct set of facts of a person is decided, before and after, for each
distinct audience, by the policies themselves; records are counted by their shapes. It writes
nothing, and takes seconds where the policies of a large store change: it is never called in a
transaction that has written.
"""

from collections.abc import Mapping
from dataclasses import replace

from app import parties
from app.access import Gate, PolicySet, Profile
from app.core.ids import PersonId
from app.core.work import Work
from app.impact import worlds
from app.impact.deciding import Progress
from app.impact.opened import opened_cases
from app.impact.store import compare
from app.impact.telling import tell
from app.impact.views import Impact
from app.impact.worlds import Worlds
from app.parties import PersonName


def of_policies(
    work: Work, gate: Gate, new: PolicySet, *, progress: Progress | None = None
) -> Impact:
    """Work out what it would do if these policies were in force instead of the present ones.

    `progress` is told from time to time how many of how many steps are done.
    """
    current = gate.keeper.current
    found = _impact(work, worlds.with_policies(work, current, new), {}, progress)
    return replace(found, opened=opened_cases(current, new))


def of_people(
    work: Work,
    gate: Gate,
    after: Mapping[PersonId, Profile | None],
    *,
    names: Mapping[PersonId, PersonName] | None = None,
    progress: Progress | None = None,
) -> Impact:
    """Work out what it would do if these people had these facts, under the policies in force.

    Args:
        work: the transaction; the facts of people are read as it sees them.
        gate: whose policies are in force.
        after: the facts that each would have; somebody who is not known yet under a fresh id. None
            for whoever could not sign in any more, and so do no more than the public.
        names: who those are who are not known yet.
        progress: is told from time to time how many of how many steps are done.
    """
    compared = worlds.with_facts(work, gate.keeper.current, after)
    return _impact(work, compared, names or {}, progress)


def _impact(
    work: Work,
    compared: Worlds,
    names: Mapping[PersonId, PersonName],
    progress: Progress | None,
) -> Impact:
    found = compare(work.session, compared, progress)
    known = parties.names(work.session, compared.compared)
    return tell(compared, found, {**names, **known})
