"""What is done with a proposal: made, confirmed by a second person, declined or taken back.

What is worked out is worked out first, and what is written is written last: a transaction that has
written holds the log's places back.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from app import notices, parties
from app.access import Actor, Gate, Office, OfficeAction, OfficePermit, Subject
from app.core.errors import Conflict, Forbidden, Refused
from app.core.ids import PersonId, ProposalId, new_id
from app.core.journal import Detail
from app.core.work import Work
from app.impact import Impact
from app.notices import Kind
from app.proposals import queries
from app.proposals.changes import ProposalKind, ProposedChange
from app.proposals.commands import Confirm, Decline
from app.proposals.deciding import confirmers, enter, enter_as_second
from app.proposals.models import ProposalRow
from app.proposals.rules import who_gains
from app.proposals.working_out import hash_of, to_keep, work_out, work_out_policies

DECIDED = "This is decided already, or has lapsed. Open it again to see what became of it."
LOOK_AGAIN = "What this would do is not what you were shown any more. Look at it again."
NOWHERE = Office("\N{EMPTY SET}")  # no party's


def propose(
    work: Work,
    gate: Gate,
    actor: Actor,
    kind: ProposalKind,
    changes: Sequence[ProposedChange],
    impact: Impact,
    *,
    why: str = "",
) -> ProposalId:
    """Have other policies wait for a second person, and tell whoever may confirm them.

    Changes of parties are proposed by those who ask for them: see `app.proposals.asking`.

    Raises:
        Forbidden: policies are not the actor's to propose.
        Conflict: the same waits already.
    """
    if kind != "policies":
        raise TypeError("changes of parties are asked for, and proposed by that")
    permit = gate.decide_office(
        work, actor, OfficeAction.PROPOSE_POLICIES, Office(actor.profile.party)
    )
    plain = [one.as_json() for one in changes]
    kept, gaining = to_keep(impact, {}), who_gains(impact, {})
    return keep(work, gate, permit, kind, Office(""), plain, kept, gaining, why)


def keep(
    work: Work,
    gate: Gate,
    permit: OfficePermit,
    kind: ProposalKind,
    office: Office,
    changes: Sequence[dict[str, Any]],
    kept: dict[str, Any],
    gaining: frozenset[PersonId],
    why: str,
) -> ProposalId:
    """Keep a proposal that was worked out, and tell whoever may confirm it.

    Raises:
        Conflict: the same waits already.
    """
    if queries.like(work.session, work.now, changes) is not None:
        raise Conflict("Just this is proposed already, and waits for a second person.")
    proposer = PersonId(UUID(permit.entry.actor))
    told = confirmers(work, gate, office, proposer, gaining)
    _forget_lapsed(work)
    row = ProposalRow(
        id=new_id(),
        kind=kind,
        party=office.party,
        organisation=office.organisation,
        changes=list(changes),
        impact=kept,
        why=why,
        proposed_by=proposer,
        proposed_at=work.now,
        lapses_at=work.now + gate.keeper.approvals.lapse_after,
        decided_by=None,
        decided_at=None,
        decision=None,
        reason="",
    )
    work.session.add(row)
    work.session.flush()
    _record(work, gate, permit, row, "change.proposed", {"gaining": len(gaining)})
    path = f"/proposals/{row.id}"
    day = {"day": row.lapses_at.date().isoformat()}
    notices.tell(work, Kind.CHANGE_WAITS, told, path=path, said=day, key=f"change:{row.id}")
    return ProposalId(row.id)


def confirm(
    work: Work, gate: Gate, actor: Actor, proposal_id: ProposalId, command: Confirm
) -> None:
    """Let what another person proposed bind, as the second person.

    What it would do is worked out anew; it must be what the actor was shown.

    Raises:
        Refused: there is no such proposal, or none that the actor may know of.
        Forbidden: the actor proposed it, gains by it, or is no other person for certain.
        Conflict: it is decided or has lapsed, no longer fits what is kept, or would do something
            else than the actor was shown.
    """
    row = open_proposal(work, gate, actor, proposal_id)[0]
    _check_waits(row, work)
    changes = [
        parties.from_plain(work.session, one) for one in row.changes if row.kind == "parties"
    ]
    if changes:
        parties.lock(work.session)
    for change in changes:
        parties.check_fits(work.session, change)
    if row.kind == "policies":
        worked = work_out_policies(work, gate, row)
    else:
        worked = work_out(work, gate, changes)
    proposer = PersonId(row.proposed_by)
    permit = enter_as_second(work, gate, actor, office_of(row), proposer, worked.gaining)
    if hash_of(worked).hex() != command.seen_hash_hex:
        raise Conflict(LOOK_AGAIN)
    row = _taken(work, row)
    schemes = gate.keeper.current.schemes
    told: dict[str, Detail] = {"proposal": str(row.id), "proposed_by": str(row.proposed_by)}
    made = [parties.carry_out(work, schemes, permit, change, details=told) for change in changes]
    ids = dict(zip(worked.admitted, map(_person, made), strict=False))
    row.impact = to_keep(worked.impact, worked.offices, ids)
    _decide(work, row, "confirmed", actor.person)
    _forget(row, made)
    _record(work, gate, permit, row, "change.confirmed", {"proposed_by": str(proposer)})
    _tell(work, row, [proposer])


def decline(
    work: Work, gate: Gate, actor: Actor, proposal_id: ProposalId, command: Decline
) -> None:
    """Refuse what another person proposed, with a reason.

    Raises:
        Refused: there is no such proposal, or none that the actor may know of.
        Forbidden: the actor proposed it, or may not decide on it.
        Conflict: it is decided already, or has lapsed.
    """
    row = open_proposal(work, gate, actor, proposal_id)[0]
    proposer = PersonId(row.proposed_by)
    permit = enter_as_second(work, gate, actor, office_of(row), proposer, ())
    row = _taken(work, row)
    row.reason = command.reason
    _decide(work, row, "declined", actor.person)
    _forget(row)
    _record(work, gate, permit, row, "change.declined", {"proposed_by": str(proposer)})
    _tell(work, row, [proposer])


def take_back(work: Work, gate: Gate, actor: Actor, proposal_id: ProposalId) -> None:
    """Take back what one proposed oneself.

    Raises:
        Refused: there is no such proposal, or none that the actor may know of.
        Forbidden: somebody else proposed it.
        Conflict: it is decided already, or has lapsed.
    """
    row, permit = open_proposal(work, gate, actor, proposal_id)
    if row.proposed_by != actor.person:
        denied = replace(permit.entry, type="confirm-change.refused", decision="deny")
        raise Forbidden("Only who proposed it takes it back. You can decline it.", event=denied)
    row = _taken(work, row)
    _decide(work, row, "taken-back", actor.person)
    _forget(row)
    _record(work, gate, permit, row, "change.taken-back", {})
    notices.settle(work, f"/proposals/{row.id}")


def confirmed(session: Session, kind: str, key: str) -> bool:
    """Tell whether a second person confirmed a change of this kind and key."""
    return queries.is_confirmed(session, kind, key)


def open_proposal(
    work: Work, gate: Gate, actor: Actor, proposal_id: ProposalId
) -> tuple[ProposalRow, OfficePermit]:
    """Give a proposal to whoever made it, or may be the second person for such a change.

    Raises:
        Refused: there is no such proposal, or it is not theirs to know of: both look alike.
    """
    row = queries.proposal(work.session, proposal_id)
    own = row is not None and row.proposed_by == actor.person
    try:
        if row is not None and own and row.kind == "policies":
            own_office = Office(actor.profile.party)
            action = OfficeAction.PROPOSE_POLICIES
            return row, gate.decide_office(work, actor, action, own_office)
        permit = enter(work, gate, actor, NOWHERE if row is None else office_of(row))
    except Forbidden as refusal:
        raise Refused(refusal.event) from refusal
    if row is None:
        raise TypeError("nobody confirms changes of no party")
    return row, permit


def office_of(row: ProposalRow) -> Office:
    """Give whose office a proposal is under."""
    return Office(row.party, row.organisation)


def waits(row: ProposalRow, work: Work) -> bool:
    """Tell whether a proposal can still be decided on."""
    return row.decision is None and work.now < row.lapses_at


def _check_waits(row: ProposalRow, work: Work) -> None:
    if not waits(row, work):
        raise Conflict(DECIDED)


def _taken(work: Work, row: ProposalRow) -> ProposalRow:
    """Take the row to decide on it, unless somebody else just did."""
    taken = queries.take(work.session, ProposalId(row.id))
    if taken is None:
        raise Conflict(DECIDED)
    _check_waits(taken, work)
    return taken


def _decide(work: Work, row: ProposalRow, decision: str, by: PersonId | None) -> None:
    row.decision, row.decided_by, row.decided_at = decision, by, work.now


def _forget(row: ProposalRow, made: Sequence[str] = ()) -> None:
    """Keep of who was to be admitted neither name nor address; made: whom they became."""
    kept = []
    for place, change in enumerate(row.changes):
        if change["kind"] == "person" and change["before"] is None:
            after = {key: value for key, value in change["after"].items() if key != "name"}
            key = made[place].partition(":")[2] if made else ""
            change = {**change, "key": key, "after": after}
        kept.append(change)
    row.changes = kept


def _forget_lapsed(work: Work) -> None:
    for row in queries.lapsed(work.session, work.now):
        _decide(work, row, "lapsed", None)
        _forget(row)


def _person(subject: str) -> PersonId:
    return PersonId(UUID(subject.partition(":")[2]))


def _record(
    work: Work,
    gate: Gate,
    permit: OfficePermit,
    row: ProposalRow,
    event: str,
    told: Mapping[str, Detail],
) -> None:
    subject = Subject("proposal", row.id)
    about = [f"{change['kind']}:{_public_key(change)}" for change in row.changes]
    details: dict[str, Detail] = {"kind": row.kind, "changes": about, **told}
    concerns = {row.organisation} - {""}
    gate.record_office(
        work, permit, event=event, details=details, subject=subject, concerns=concerns
    )


def _public_key(change: Mapping[str, Any]) -> str:
    """Name what changes for the log, which holds no address."""
    admits = change["kind"] == "person" and change["before"] is None
    return "" if admits and "@" in change["key"] else change["key"]


def _tell(work: Work, row: ProposalRow, people: Sequence[PersonId]) -> None:
    """Tell who proposed it what became of it; for everybody else it waits no more."""
    path = f"/proposals/{row.id}"
    notices.settle(work, path)
    said = {"answer": "confirmed" if row.decision == "confirmed" else "declined"}
    notices.tell(work, Kind.CHANGE_DECIDED, people, path=path, said=said)
