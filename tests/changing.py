"""Changes of people made at once, as if a second person had confirmed them: for other tests."""

from app import parties
from app.access import Actor, Gate
from app.core.ids import PersonId
from app.core.work import Work
from app.parties import AdmitPerson, AssignRoles, PersonView, Plan, SetClearance
from app.parties.models import PersonRow
from app.parties.queries import person_view


def admit(work: Work, gate: Gate, actor: Actor, command: AdmitPerson) -> PersonView:
    """Admit somebody."""
    return _made(work, gate, parties.plan_admission(work, gate, actor, command))


def resume(work: Work, gate: Gate, actor: Actor, person: PersonId) -> PersonView:
    """Let somebody take part again."""
    return _made(work, gate, parties.plan_resumption(work, gate, actor, person))


def assign_roles(
    work: Work, gate: Gate, actor: Actor, person: PersonId, command: AssignRoles
) -> PersonView:
    """Give somebody exactly these roles."""
    return _made(work, gate, parties.plan_roles(work, gate, actor, person, command))


def set_clearance(
    work: Work, gate: Gate, actor: Actor, person: PersonId, command: SetClearance
) -> PersonView:
    """Give somebody a clearance."""
    return _made(work, gate, parties.plan_clearance(work, gate, actor, person, command))


def _made(work: Work, gate: Gate, plan: Plan) -> PersonView:
    schemes = gate.keeper.current.schemes
    made = parties.carry_out(work, schemes, plan.permit, plan.change, about=plan.about)
    key = made.partition(":")[2]
    return person_view(work.session.get_one(PersonRow, key, populate_existing=True))
