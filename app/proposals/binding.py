"""Which policies bind: those by which nobody gains, or that a second person confirmed.

Whoever may write the files of policies cannot bring them into force alone: another set is weighed
against the one that decides, over the whole store, before it decides anything.
"""

from app import impact
from app.access import Gate, PoliciesWait, PolicySet, kept_policies
from app.core.errors import Conflict, Problem
from app.core.work import Work
from app.impact import Impact
from app.proposals import policy_queries
from app.proposals.views import PolicyWording

WAITS = (
    "The policies in the folder wait for a second person, who confirms them on the page of proposed"
    " changes. Those before them stay in force."
)
SOMEBODY_GAINS = (
    "By the policies in the folder somebody gains ({}), and nobody has confirmed them. Propose them"
    " with `entente policy propose`. Those before them stay in force."
)


def weigh_policies(work: Work, gate: Gate, found: PolicySet) -> None:
    """Let a set bind in place of the one in force, or say why it does not.

    A confirmation is of going from the one set to the other, and lasts as long as a proposal waits:
    it brings nothing back much later, when other people would gain other records by it.

    Raises:
        PoliciesWait: somebody gains by it, and no second person has confirmed it.
    """
    before, after = gate.keeper.current.version, found.version
    session, since = work.session, work.now - gate.keeper.approvals.lapse_after
    if policy_queries.policies_confirmed(session, before, after, since):
        return
    if policy_queries.policies_proposed(session, before, after, work.now):
        raise PoliciesWait(WAITS)
    gained = impact.of_policies(work, gate, found)
    if gained.anybody_gains:
        raise PoliciesWait(SOMEBODY_GAINS.format(gained.in_short))


def policies_confirmed(work: Work, gate: Gate, found: PolicySet) -> bool:
    """Tell whether a second person let this set bind in place of the one in force."""
    since = work.now - gate.keeper.approvals.lapse_after
    before = gate.keeper.current.version
    return policy_queries.policies_confirmed(work.session, before, found.version, since)


def wordings(work: Work, version: str, before: str) -> tuple[PolicyWording, ...]:
    """Give the texts of the policies in which two kept sets differ; none where one is not kept."""
    try:
        old, new = (kept_policies(work.session, one).policies for one in (before, version))
    except Problem:
        return ()
    either = {**old, **new}
    texts = {
        id_: tuple(each[id_].text if id_ in each else "" for each in (old, new)) for id_ in either
    }
    return tuple(
        PolicyWording(id_, either[id_].explain, was, becomes)
        for id_, (was, becomes) in sorted(texts.items())
        if was != becomes
    )


def anew(work: Work, gate: Gate, version: str, before: str) -> Impact:
    """Work out again what a proposed set would do.

    Raises:
        Conflict: another set is in force than when it was proposed, or it is not kept whole.
    """
    if gate.keeper.current.version != before:
        raise Conflict("Other policies came into force since this was proposed. Propose it anew.")
    try:
        found = kept_policies(work.session, version)
    except Problem as problem:
        raise Conflict("What was proposed is not kept whole. Propose it anew.") from problem
    return impact.of_policies(work, gate, found)
