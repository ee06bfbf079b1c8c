"""Withdrawal of what was released: a tombstone with a reason remains."""

from app import records
from app.access import Action, Actor, Gate
from app.core.ids import VersionId
from app.core.work import Work
from app.release import decisions, rules
from app.release.decisions import Draft
from app.release.procedure import pass_gate, take_up
from app.release.views import DecisionView


def withdraw(
    work: Work, gate: Gate, actor: Actor, version_id: VersionId, *, comment: str
) -> DecisionView:
    """Take a released version back; who could read it learns that it was withdrawn, and why.

    Other versions of the record stay as they are.

    Raises:
        Refused: the actor may not withdraw every part of it, or there is none.
        Invalid: the reason is missing.
    """
    case = take_up(work, gate, actor, Action.WITHDRAW, version_id)
    facts = case.facts
    reason = rules.check_reason(comment)
    permit = pass_gate(work, gate, actor, case, "record.withdrawn")
    draft = Draft(facts, "withdraw", case.content_hash, reason, facts.audience_id)
    written = decisions.write(work, actor, draft, about={})
    records.withdraw(work, gate, permit, version_id, reason)
    return written
