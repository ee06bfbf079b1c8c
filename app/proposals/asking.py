"""Changes of who may do what, asked for: worked out first, then saved, proposed or only shown.

Nothing by which anybody gains is saved here: it waits for a second person. This is the only way in
which pages and programs change people, agreements and groups, but for ending access.
"""

from uuid import UUID

from app import parties
from app.access import Actor, Gate
from app.core.ids import PersonId, ProposalId
from app.core.work import Work
from app.parties import AdmitPerson, AssignRoles, ChangeAgreement, ChangeGroup, Plan, SetClearance
from app.proposals.commands import Going, Step
from app.proposals.deciding import confirmers
from app.proposals.service import keep
from app.proposals.views import Outcome, WorkedOut
from app.proposals.working_out import to_keep, work_out


def admit(work: Work, gate: Gate, actor: Actor, command: AdmitPerson, going: Going) -> Outcome:
    """Admit somebody to the actor's own organisation, or propose it.

    Raises:
        Forbidden: the actor does not administer their organisation.
        Invalid: the address is taken, the roles do not go together, or the clearance is too high.
    """
    return _go(work, gate, parties.plan_admission(work, gate, actor, command), going)


def assign_roles(
    work: Work,
    gate: Gate,
    actor: Actor,
    person_id: PersonId,
    command: AssignRoles,
    going: Going,
) -> Outcome:
    """Give a person exactly the roles of the command, or propose it.

    Raises:
        Forbidden: the person is not of the actor's organisation, or is the actor.
        Invalid: the roles do not go together, or one is not the actor's to give.
    """
    return _go(work, gate, parties.plan_roles(work, gate, actor, person_id, command), going)


def set_clearance(
    work: Work,
    gate: Gate,
    actor: Actor,
    person_id: PersonId,
    command: SetClearance,
    going: Going,
) -> Outcome:
    """Give a person the clearance of the command, or propose it.

    Raises:
        Forbidden: the person is not of the actor's organisation, or is the actor.
        Invalid: it is no marking of the party's scheme, or exceeds the agreement's ceiling.
    """
    return _go(work, gate, parties.plan_clearance(work, gate, actor, person_id, command), going)


def resume(work: Work, gate: Gate, actor: Actor, person_id: PersonId, going: Going) -> Outcome:
    """Let a suspended person take part again, as before, or propose it.

    Raises:
        Forbidden: the person is not of the actor's organisation, or is the actor.
        Conflict: they are not suspended.
    """
    return _go(work, gate, parties.plan_resumption(work, gate, actor, person_id), going)


def change_agreement(
    work: Work,
    gate: Gate,
    actor: Actor,
    slug: str,
    command: ChangeAgreement,
    going: Going,
) -> Outcome:
    """Have an organisation's agreement cover what the command says, or propose it.

    Raises:
        Forbidden: the actor does not administer an authority of the organisation's party.
        Invalid: the days are in the wrong order, or the ceiling is none of the party's scheme.
    """
    return _go(work, gate, parties.plan_agreement(work, gate, actor, slug, command), going)


def change_group(
    work: Work,
    gate: Gate,
    actor: Actor,
    slug: str,
    command: ChangeGroup,
    going: Going,
) -> Outcome:
    """Have a group hold whom the command names of the actor's party, or propose it.

    Raises:
        Forbidden: the actor does not administer an authority.
        NotFound: there is no such group.
        Invalid: a name is taken or not the actor's to change, or a member not of their party.
    """
    return _go(work, gate, parties.plan_group(work, gate, actor, slug, command), going)


def _go(work: Work, gate: Gate, plan: Plan, going: Going) -> Outcome:
    worked, step = work_out(work, gate, [plan.change]), going.step
    if step is Step.SHOW:
        return _show(work, gate, plan, worked)
    if worked.needs_second_person:
        if step is Step.PROPOSE:
            return _propose(work, gate, plan, worked, going.why)
        return _show(work, gate, plan, worked)
    if step is Step.LOOK and worked.losing:
        return _show(work, gate, plan, worked)
    schemes = gate.keeper.current.schemes
    subject = parties.carry_out(work, schemes, plan.permit, plan.change, about=plan.about)
    return Outcome("saved", worked, subject=subject)


def _show(work: Work, gate: Gate, plan: Plan, worked: WorkedOut) -> Outcome:
    named = _who_confirms(work, gate, plan, worked) if worked.needs_second_person else ()
    told = {
        "change": plan.change.kind,
        "gaining": len(worked.gaining),
        "losing": len(worked.losing),
    }
    gate.record_office(work, plan.permit, event="impact.shown", details=told)
    return Outcome("shown", worked, confirmers=named)


def _propose(work: Work, gate: Gate, plan: Plan, worked: WorkedOut, why: str) -> Outcome:
    made: ProposalId = keep(
        work,
        gate,
        plan.permit,
        "parties",
        plan.office,
        [parties.as_plain(work.session, plan.change)],
        to_keep(worked.impact, worked.offices),
        worked.gaining,
        why,
    )
    return Outcome("waits", worked, proposal_id=made)


def _who_confirms(
    work: Work, gate: Gate, plan: Plan, worked: WorkedOut
) -> tuple[parties.PersonName, ...]:
    proposer = PersonId(UUID(plan.permit.entry.actor))
    found = confirmers(work, gate, plan.office, proposer, worked.gaining)
    return tuple(parties.names(work.session, found).values())
