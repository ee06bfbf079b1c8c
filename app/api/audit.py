"""The auditors' questions and their answers; a copy by its number."""

from typing import Annotated

from fastapi import Query, Request, Response

from app import audit
from app.api.answers import link_pages, nouns
from app.audit import (
    Answer,
    CopyView,
    ExplainAccess,
    Explained,
    QuestionFilter,
    QuestionName,
    QuestionView,
)
from app.edge import ForAuditors, SignedInActor, TheGate, TheServices, Working

router = nouns("audit", prefix="/audit")


@router.get("/questions")
def list_questions() -> list[QuestionView]:
    """List the questions that auditors can ask of the log."""
    return audit.questions()


@router.get("/questions/{name}", dependencies=[ForAuditors])
def ask_question(
    request: Request,
    response: Response,
    work: Working,
    gate: TheGate,
    actor: SignedInActor,
    services: TheServices,
    name: QuestionName,
    asked: Annotated[QuestionFilter, Query()],
) -> Answer:
    """Answer a question, as of a signed size of the log, with a page of its table."""
    answer = audit.answer(work, gate, actor, name, asked, thresholds=services.thresholds)
    link_pages(request, response, answer.rows, answer.permalink_query)
    return answer


@router.get("/explanation", dependencies=[ForAuditors])
def explain_access(
    work: Working,
    gate: TheGate,
    actor: SignedInActor,
    asked: Annotated[ExplainAccess, Query()],
) -> Explained:
    """Explain whether a person could read a record at a moment, by the policies of then."""
    return audit.explain_access(work, gate, actor, asked)


@router.get("/copies/{number}", dependencies=[ForAuditors])
def find_copy(work: Working, gate: TheGate, actor: SignedInActor, number: str) -> CopyView:
    """Find the entry of a marked copy by the number that stands on each of its pages."""
    return audit.copy(work, gate, actor, number)
