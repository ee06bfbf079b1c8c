"""Withdrawal of what was released: a tombstone remains, and copies can be called back."""

from datetime import date

from app import notices, parties, records
from app.access import Action, Actor, Gate, Role
from app.core.errors import Invalid
from app.core.ids import RecordId, VersionId
from app.core.work import Work
from app.notices import Kind
from app.records import VersionFacts
from app.release import decisions, recalls, rules
from app.release.decisions import Draft, person_of
from app.release.procedure import pass_gate, take_up
from app.release.views import DecisionView


def withdraw(
    work: Work,
    gate: Gate,
    actor: Actor,
    version_id: VersionId,
    *,
    comment: str,
    successor: str = "",
    recall: bool = False,
    due_on: date | None = None,
) -> DecisionView:
    """Take a released version back; who could read it learns that it was withdrawn, and why.

    Other versions of the record stay as they are.

    Args:
        successor: the reference number of a released record that readers are led to instead.
        recall: everybody who took something of it is asked to delete it.
        due_on: the day, in UTC, by whose end they are asked to have confirmed that.

    Raises:
        Refused: the actor may not withdraw every part of it, or there is none.
        Invalid: the reason is missing, the successor is not in sight, or the day is not to come.
    """
    case = take_up(work, gate, actor, Action.WITHDRAW, version_id)
    facts = case.facts
    reason = rules.check_reason(comment)
    day = _day(recall, due_on, work.now.date())
    successor_id = _successor(work, gate, actor, facts, successor)
    permit = pass_gate(
        work, gate, actor, case, "record.withdrawn", recall=recall, successor=successor.strip()
    )
    entry_id, _ = work.appended[-1]
    draft = Draft(facts, "withdraw", case.content_hash, reason, facts.audience_id)
    written = decisions.write(work, actor, draft, about={})
    audience_id = records.withdraw(
        work, gate, permit, version_id, reason, successor_id=successor_id
    )
    if day is not None:
        recalls.begin(
            work,
            facts,
            audience_id=audience_id,
            person=person_of(actor),
            reason=reason,
            due_on=day,
            entry_id=entry_id,
        )
    _tell(work, actor, facts)
    return written


def _day(recall: bool, due_on: date | None, today: date) -> date | None:
    """Give the day of a recall, None where none is asked for.

    Raises:
        Invalid: there is none, or it has passed.
    """
    if not recall:
        return None
    if due_on is None or due_on < today:
        words = "Say by which day copies are to be deleted, like 2026-03-31: today or later."
        raise Invalid("A recall needs a day.", fields={"due_on": words})
    return due_on


def _successor(
    work: Work, gate: Gate, actor: Actor, facts: VersionFacts, reference: str
) -> RecordId | None:
    """Find the record that takes the place of another, by its reference number.

    Raises:
        Invalid: the actor sees no such released record, or it is the one that is withdrawn.
    """
    if not reference.strip():
        return None
    found = records.released_by_reference(work, gate.scope(work, actor), reference)
    if found is None or found.record_id == facts.record_id:
        words = "Write the reference number of another released record, like ENT-2026-000123."
        raise Invalid("There is no such record.", fields={"successor": words})
    return found.record_id


def _tell(work: Work, actor: Actor, facts: VersionFacts) -> None:
    """Tell who wrote it and who answers for it; readers find the tombstone where it stood."""
    people = set(facts.writers)
    for slug in {facts.owner, facts.originator}:
        people.update(parties.people_in(work.session, slug, Role.RELEASE_AUTHORITY))
    told = {one for one in people if one != actor.person}
    if told:
        notices.tell(
            work,
            Kind.WITHDRAWN,
            told,
            path=f"/records/{facts.record_id}",
            record_id=facts.record_id,
            audience_id=facts.audience_id,
            key=f"withdrawn:{facts.version_id}",
        )
