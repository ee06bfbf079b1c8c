"""Which cases other policies open: what may be done that could not be, in the store or not yet."""

from app.access import Action, Case, Office, OfficeAction, PolicySet, cases_of


def opened_cases(before: PolicySet, after: PolicySet) -> tuple[str, ...]:
    """Name the cases of either set that the first denies and the second allows.

    Each policy of a sound set decides a case that came with it, and any that is missing makes one
    of them fail: so that a store without such records does not hide what a change would open.
    """
    asked = {
        (one.profile, one.action, one.thing, one.now): one
        for one in (*cases_of(before), *cases_of(after))
    }
    found = (one for one in asked.values() if _allows(after, one) and not _allows(before, one))
    return tuple(dict.fromkeys(f"{one.file}: {one.name}" for one in found))


def _allows(policies: PolicySet, case: Case) -> bool:
    if isinstance(case.thing, Office):
        action = OfficeAction(case.action)
        return policies.decide_office(case.profile, action, case.thing, case.now).allowed
    (answer,) = policies.decide(case.profile, Action(case.action), [case.thing], case.now)
    return answer.allowed
