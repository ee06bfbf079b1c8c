"""Proposals as they are read: what waits for whom, and one of them, worked out anew."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from app import parties
from app.access import Actor, Gate, Office, OfficeAction, Subject
from app.core.errors import Conflict
from app.core.ids import PersonId, ProposalId
from app.core.work import Work
from app.impact import Impact
from app.parties import PersonName
from app.proposals import binding, queries
from app.proposals.deciding import confirmers, enter, why_not
from app.proposals.models import ProposalRow
from app.proposals.rules import who_gains
from app.proposals.saying import NOBODY, say
from app.proposals.service import office_of, open_proposal, waits
from app.proposals.views import (
    PolicyWording,
    ProposalSummary,
    ProposalsView,
    ProposalView,
    State,
    WorkedOut,
)
from app.proposals.working_out import as_kept, hash_of, work_out, work_out_policies


def proposals_page(work: Work, gate: Gate, actor: Actor) -> ProposalsView:
    """Show what waits for the actor, what they proposed, and what was decided lately.

    Raises:
        Forbidden: the actor neither runs an organisation nor may propose policies.
    """
    session, now, profile = work.session, work.now, actor.profile
    own = Office(profile.party, profile.organisation)
    if queries.runs_an_organisation(profile):
        permit = enter(work, gate, actor, own)
        concerning = queries.concerning(profile)
    else:
        permit = gate.decide_office(work, actor, OfficeAction.PROPOSE_POLICIES, own)
        concerning = queries.proposed_by(_person(actor))
    rows = queries.waiting(session, now, concerning)
    waiting = _summaries(work, actor, rows)
    decided = _summaries(work, actor, queries.decided(session, now, concerning))
    told = {"waiting": len(waiting), "decided": len(decided)}
    gate.record_office(work, permit, event="proposals.listed", details=told)
    return ProposalsView(
        waiting=tuple(one for one in waiting if not one.yours),
        own=tuple(one for one in waiting if one.yours),
        decided=decided,
    )


def waiting_count(work: Work, actor: Actor) -> int:
    """Count what waits for the actor as a second person, as their list of proposals has it."""
    if actor.person is None or not queries.runs_an_organisation(actor.profile):
        return 0
    whose = queries.concerning(actor.profile) & ~queries.proposed_by(actor.person)
    return queries.waiting_count(work.session, work.now, whose)


def show(work: Work, gate: Gate, actor: Actor, proposal_id: ProposalId) -> ProposalView:
    """Show a proposal: in words, with what it would do if it were confirmed now.

    Raises:
        Refused: there is no such proposal, or none that the actor may know of.
    """
    row, permit = open_proposal(work, gate, actor, proposal_id)
    proposer, office, is_open = PersonId(row.proposed_by), office_of(row), waits(row, work)
    anew = _anew(work, gate, row) if is_open else None
    outdated = is_open and anew is None
    worked = anew or as_kept(row, work)
    own = actor.person == proposer
    reason = why_not(work, gate, actor.person, proposer, worked.gaining)
    found = confirmers(work, gate, office, proposer, worked.gaining) if is_open else ()
    if not reason and actor.person not in found:
        reason = "Your roles do not include this."
    names = parties.names(work.session, {*found, proposer, *_decider(row)})
    gate.record_office(
        work,
        permit,
        event="proposal.read",
        subject=Subject("proposal", row.id),
        details={"gaining": len(worked.gaining), "losing": worked.impact.losing_count},
    )
    return ProposalView(
        id=proposal_id,
        kind=row.kind,  # type: ignore[arg-type]
        state=_state(row, is_open=is_open),
        worked_out=worked,
        why=row.why,
        proposed_by=names.get(proposer, NOBODY),
        proposed_at=row.proposed_at,
        lapses_at=row.lapses_at,
        decided_by=next((names.get(one, NOBODY) for one in _decider(row)), None),
        decided_at=row.decided_at,
        reason=row.reason,
        confirmers=tuple(names[one] for one in found if one in names),
        outdated=outdated,
        may_confirm=is_open and not outdated and not reason,
        may_decline=is_open and not own,
        may_take_back=is_open and own,
        why_not=reason if is_open else "",
        seen_hash_hex=hash_of(worked).hex(),
        wordings=_wordings(work, row),
    )


def _wordings(work: Work, row: ProposalRow) -> tuple[PolicyWording, ...]:
    if row.kind != "policies":
        return ()
    (change,) = row.changes
    return binding.wordings(work, change["key"], change["before"]["version"])


def _anew(work: Work, gate: Gate, row: ProposalRow) -> WorkedOut | None:
    """Work out again what it would do; None if what it begins from is not what is kept."""
    try:
        if row.kind == "policies":
            return work_out_policies(work, gate, row)
        changes = [parties.from_plain(work.session, one) for one in row.changes]
        for change in changes:
            parties.check_fits(work.session, change)
    except Conflict:
        return None
    return work_out(work, gate, changes)


def _summaries(
    work: Work, actor: Actor, rows: Sequence[ProposalRow]
) -> tuple[ProposalSummary, ...]:
    proposers = {PersonId(row.proposed_by) for row in rows}
    names: Mapping[PersonId, PersonName] = parties.names(work.session, proposers)
    changes = iter(say(work, [change for row in rows for change in row.changes]))
    return tuple(
        ProposalSummary(
            id=ProposalId(row.id),
            kind=row.kind,  # type: ignore[arg-type]
            changes=tuple(next(changes) for _ in row.changes),
            state=_state(row, is_open=waits(row, work)),
            proposed_by=names.get(PersonId(row.proposed_by), NOBODY).name,
            proposed_at=row.proposed_at,
            lapses_at=row.lapses_at,
            decided_at=row.decided_at,
            yours=row.proposed_by == actor.person,
            gaining_count=_gaining_count(row),
        )
        for row in rows
    )


def _gaining_count(row: ProposalRow) -> int:
    offices = {
        PersonId(UUID(one)): frozenset(roles) for one, roles in row.impact["offices"].items()
    }
    return len(who_gains(Impact.from_json(row.impact["impact"]), offices))


def _state(row: ProposalRow, *, is_open: bool) -> State:
    if is_open:
        return "waiting"
    return row.decision or "lapsed"  # type: ignore[return-value]


def _decider(row: ProposalRow) -> list[PersonId]:
    return [] if row.decided_by is None else [PersonId(row.decided_by)]


def _person(actor: Actor) -> PersonId:
    if actor.person is None:
        raise TypeError("the gate lets nobody in who is not signed in")
    return actor.person
