"""More administrators for the small world, and how one proposes and another confirms."""

from typing import Any

from sqlalchemy import insert

from app import proposals
from app.core.ids import PersonId, ProposalId, new_id
from app.parties import SetClearance, note_standings
from app.parties.models import PersonRow
from app.proposals import Confirm, Decline, Going, Outcome, ProposalView, Step
from tests.world import World

# Olga runs imda, as in every world; Otto too, Dora runs another authority of the same party.
ADMINISTRATORS = [("otto", "imda"), ("dora", "dtc"), ("berta", "biz-sg"), ("elke", "eu-ai-office")]
LOOK, SAVE, PROPOSE = (Going(step=step) for step in (Step.LOOK, Step.SAVE, Step.PROPOSE))


def add_person(
    world: World, name: str, organisation: str, *roles: str, clearance: str | None = None
) -> PersonId:
    """Somebody more, in a transaction of its own."""
    with world.work() as work:
        person = world.people[name] = PersonId(new_id())
        facts: dict[str, Any] = {
            "email": f"{name}@{organisation}.example",
            "name": name.title(),
            "organisation": organisation,
            "roles": list(roles),
            "clearance": clearance,
            "active": True,
        }
        work.session.execute(
            insert(PersonRow).values(id=person, admitted_at=world.clock(), **facts)
        )
        note_standings(work, world.schemes, [person])
    return person


def add_administrators(world: World) -> None:
    """The administrators beside Olga."""
    for name, organisation in ADMINISTRATORS:
        add_person(world, name, organisation, "organisation_administrator")


def clear(
    world: World, whom: str, clearance: str, going: Going = PROPOSE, by: str = "olga"
) -> Outcome:
    """Ask for another clearance of somebody."""
    with world.work() as work:
        actor, command = world.actor(work, by), SetClearance(clearance=clearance)
        person = world.people[whom]
        return proposals.set_clearance(work, world.gate, actor, person, command, going)


def proposed(outcome: Outcome) -> ProposalId:
    """The proposal that a change became."""
    assert outcome.state == "waits" and outcome.proposal_id is not None
    return outcome.proposal_id


def show(world: World, proposal: ProposalId, by: str) -> ProposalView:
    """What somebody is shown of a proposal."""
    with world.work() as work:
        return proposals.show(work, world.gate, world.actor(work, by), proposal)


def confirm(world: World, proposal: ProposalId, by: str) -> None:
    """Look at a proposal and confirm it."""
    seen = show(world, proposal, by).seen_hash_hex
    with world.work() as work:
        shown = Confirm(seen_hash_hex=seen)
        proposals.confirm(work, world.gate, world.actor(work, by), proposal, shown)


def decline(world: World, proposal: ProposalId, by: str) -> None:
    """Decline a proposal."""
    with world.work() as work:
        reason = Decline(reason="Not now.")
        proposals.decline(work, world.gate, world.actor(work, by), proposal, reason)


def take_back(world: World, proposal: ProposalId, by: str) -> None:
    """Take a proposal back."""
    with world.work() as work:
        proposals.take_back(work, world.gate, world.actor(work, by), proposal)
