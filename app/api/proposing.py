"""How programs ask for changes of who may do what, and what they are answered."""

from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import Depends, Query, Response

from app.core.ids import ProposalId
from app.impact import Impact
from app.parties import PersonName
from app.proposals import ChangeView, Going, Outcome, Step


@dataclass(frozen=True)
class OfficeGained:
    """Roles by which somebody would decide on others, and could not before."""

    name: str
    organisation: str
    roles: tuple[str, ...]


@dataclass(frozen=True)
class ChangeAnswer:
    """What became of a change: saved, waiting as a proposal, or only shown.

    `id` names what was changed, once it is saved.
    """

    state: Literal["saved", "waits", "shown"]
    id: str
    proposal_id: ProposalId | None
    needs_second_person: bool
    change: ChangeView
    impact: Impact
    offices: tuple[OfficeGained, ...]
    confirmers: tuple[PersonName, ...]


def how_far(
    show: Annotated[
        bool, Query(description="Only show what it would do; nothing is saved or proposed.")
    ] = False,
    why: Annotated[str, Query(description="Why, for whoever confirms it.", max_length=500)] = "",
) -> Going:
    """Give how far to go: without a word, to save it or to propose it."""
    return Going(step=Step.SHOW if show else Step.PROPOSE, why=why)


HowFar = Annotated[Going, Depends(how_far)]


def answered(answer: Response, outcome: Outcome) -> ChangeAnswer:
    """Tell what became of a change; 202 says that it waits, 200 that it was only shown."""
    if outcome.state != "saved":
        answer.status_code = 202 if outcome.state == "waits" else 200
    worked = outcome.worked_out
    (change,) = worked.changes
    return ChangeAnswer(
        state=outcome.state,
        id=outcome.subject.partition(":")[2],
        proposal_id=outcome.proposal_id,
        needs_second_person=worked.needs_second_person,
        change=change,
        impact=worked.impact,
        offices=tuple(
            OfficeGained(
                worked.names[person].name,
                worked.names[person].organisation,
                tuple(sorted(roles)),
            )
            for person, roles in worked.offices.items()
        ),
        confirmers=outcome.confirmers,
    )
