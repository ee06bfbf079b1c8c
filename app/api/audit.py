"""The auditors' questions: which there are, and their answers."""

from typing import Annotated

from fastapi import Query, Request, Response

from app import audit
from app.api.answers import link_pages, nouns
from app.audit import Answer, QuestionFilter, QuestionName, QuestionView
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
