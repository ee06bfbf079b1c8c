"""Submission: a draft is frozen, and waits for a second person."""

from dataclasses import replace
from datetime import date
from typing import Any

from app import records
from app.access import Action, Actor, Gate, State, audiences, intern_audience
from app.core.ids import AudienceId, VersionId
from app.core.work import Work
from app.records import VersionFacts
from app.release import decisions, queries, rules
from app.release.consents import ask_originators
from app.release.decisions import Draft
from app.release.errors import ChangedMeanwhile
from app.release.procedure import pass_gate, record_override, take_up
from app.release.telling import tell_deciding
from app.release.views import DecisionView


def submit(
    work: Work,
    gate: Gate,
    actor: Actor,
    version_id: VersionId,
    comment: str = "",
    override: str = "",
    needed_by: date | None = None,
    needed_why: str = "",
) -> DecisionView:
    """Freeze a draft of the actor's organisation and ask for its release.

    Args:
        override: why what was found in its files does not hold it back, where something does.
        needed_by: the day, in UTC, at whose end the decision is due; `needed_why` says why.

    Raises:
        Refused: the actor may not submit every part of it, or there is none.
        Invalid: it lacks something; says what, field by field.
        BeingInspected: a file is still being inspected.
        ChangedMeanwhile: somebody changed it at the same moment.
    """
    case = take_up(work, gate, actor, Action.SUBMIT, version_id)
    facts = case.facts
    reason = rules.check_inspected(case.files, override)
    needed = rules.check_needed_by(needed_by, needed_why, work.now)
    permit = pass_gate(work, gate, actor, case, "record.submitted")
    record_override(work, gate, actor, case, reason)
    records.freeze(work, gate, permit, version_id, decisions.person_of(actor))
    # Only now does nothing move any more: what came between the look and this was not submitted.
    if records.content_hash(work, version_id) != case.content_hash:
        raise ChangedMeanwhile("This draft was changed meanwhile. Look at it again, then submit.")
    submitted_id = _submitted_title(work, gate, facts)
    gate.admit(work, permit, [submitted_id])
    draft = Draft(facts, "submit", case.content_hash, comment.strip(), submitted_id)
    about = _about(work, gate, facts) | {"override": reason} | needed
    written = decisions.write(work, actor, draft, about=about)
    tell_deciding(work, gate, case, [decisions.person_of(actor)])
    ask_originators(work, case)
    return written


def was_submitted(work: Work, gate: Gate, actor: Actor, version_id: VersionId) -> bool:
    """Tell whether a version was ever submitted, also where it was given back since."""
    scopes = [gate.scope(work, actor, Action.READ)]
    return bool(queries.last_submissions(work.session, scopes, [version_id]))


def _submitted_title(work: Work, gate: Gate, facts: VersionFacts) -> AudienceId:
    """Give the audience of the title as submitted: whoever decides sees the submission."""
    title = audiences(work.session, [facts.audience_id])[facts.audience_id]
    submitted = replace(title, state=State.SUBMITTED)
    return intern_audience(work.session, gate.keeper.current.schemes, submitted, work.now)


def _about(work: Work, gate: Gate, facts: VersionFacts) -> dict[str, Any]:
    """What the desk shows of a submission, fixed with it."""
    known = audiences(work.session, facts.audience_ids).values()
    marked = {marking for audience in known for marking in audience.label.at(work.now).markings}
    return {
        "markings": sorted(map(gate.keeper.current.schemes.text, marked)),
        "title": facts.title,
        "writers": sorted(map(str, facts.writers)),
        "batch": str(facts.batch_id or ""),
    }
