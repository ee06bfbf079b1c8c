"""The workbench's home: how the log stands, and the questions that can be asked of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from app import audit, parties
from app.audit import QuestionName, QuestionView
from app.edge import SignedInActor, TheGate, TheServices, Working
from app.web.log_standing import sentence_of, warnings_of
from app.web.pages import render

router = APIRouter(prefix="/audit")

GROUPS: Final = (
    (
        "Who opened what",
        (
            *(QuestionName.RECORD_OPENED, QuestionName.PERSON_OPENED),
            *(QuestionName.ORGANISATION_OPENED, QuestionName.COULD_READ),
            QuestionName.PERSON_COULD,
        ),
    ),
    (
        "What deserves a closer look",
        (
            *(QuestionName.REFUSED, QuestionName.UNUSUAL),
            *(QuestionName.BULK, QuestionName.AFTER_LEAVING),
        ),
    ),
    (
        "How the portal is run",
        (
            *(QuestionName.RELEASES, QuestionName.REQUESTS),
            *(QuestionName.LABELS_CHANGED, QuestionName.ADMINISTRATION),
        ),
    ),
)
# What is typed or chosen on the home page already; everything else is a filter of the answer.
FIELDS: Final = {
    QuestionName.RECORD_OPENED: ("record",),
    QuestionName.PERSON_OPENED: ("person",),
    QuestionName.ORGANISATION_OPENED: ("organisation",),
    QuestionName.COULD_READ: ("record", "day"),
    QuestionName.PERSON_COULD: ("person", "moment"),
}


@dataclass(frozen=True)
class Group:
    """Questions that belong together."""

    title: str
    questions: Sequence[tuple[QuestionView, tuple[str, ...]]]


@router.get("")
def home_page(
    request: Request, work: Working, gate: TheGate, services: TheServices, actor: SignedInActor
) -> Response:
    state = audit.log_state(work, gate, actor, services.log.policy())
    now, party = services.clock(), actor.profile.party
    context = {
        "groups": groups(),
        "organisations": [(one.slug, one.name) for one in parties.organisations(work.session)],
        "sentence": sentence_of(state, now, party) if state else "The log has not begun yet.",
        "warnings": list(warnings_of(state, now)) if state else [],
    }
    return render(request, "audit/home.html", context)


def groups() -> list[Group]:
    """Give all questions in their groups, each with the fields that it is asked with."""
    known = {one.name: one for one in audit.questions()}
    return [
        Group(title, [(known[name], FIELDS.get(name, ())) for name in names if name in known])
        for title, names in GROUPS
    ]
