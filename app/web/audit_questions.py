"""The questions to the log: an answer on a page, and taken away as CSV, PDF or JSON."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from functools import partial
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from app import audit, parties
from app.access import Actor, Gate
from app.audit import ACTIONS, Answer, QuestionFilter, QuestionName, WholeAnswer
from app.core.errors import Invalid, Problem
from app.core.work import Work
from app.edge import (
    ForAuditors,
    Services,
    SignedInActor,
    SignedInAsking,
    TheGate,
    TheServices,
    Working,
    another_unit,
)
from app.web.answer_files import csv_of, json_of, report_of
from app.web.answers import QUESTIONS, cells, given, place_words, totals, ways
from app.web.charts import drawn
from app.web.forms import parse
from app.web.pages import redraw_with, render
from app.web.presenting import sentence
from app.web.printing import pdf
from app.web.taking_away import CSV, JSON, PDF, gathered, named

router = APIRouter(prefix="/audit/questions", dependencies=[ForAuditors])


@router.get("/{name}.csv")
def question_csv(
    request: Request, work: Working, services: TheServices, actor: SignedInActor, name: QuestionName
) -> Response:
    with _whole(request, work, services, actor, name) as whole:
        return gathered(csv_of(whole), f"entente-{name}.csv", CSV)


@router.get("/{name}.json")
def question_json(
    request: Request, work: Working, services: TheServices, actor: SignedInActor, name: QuestionName
) -> Response:
    with _whole(request, work, services, actor, name) as whole:
        return gathered(json_of(whole), f"entente-{name}.json", JSON)


@router.get("/{name}.pdf")
def question_pdf(
    request: Request,
    work: Working,
    services: TheServices,
    asking: SignedInAsking,
    name: QuestionName,
) -> Response:
    with _whole(request, work, services, asking.actor, name) as whole:
        link = services.settings.base_url + _href(whole.answer)
        data = report_of(whole, services.settings.arrangement, link, asking.name, work.now)
        made = pdf("report", data, made_at=work.now)
    return Response(made, media_type=PDF, headers=named(f"entente-{name}.pdf"))


@router.get("/{name}")
def question_page(
    request: Request,
    work: Working,
    gate: TheGate,
    services: TheServices,
    actor: SignedInActor,
    name: QuestionName,
) -> Response:
    redraw_with(request, partial(_ask_again, request, name))
    asked = parse(QuestionFilter, _typed(request))
    answer = audit.answer(work, gate, actor, name, asked, thresholds=services.thresholds)
    return render(request, "audit/question.html", _answered(request, work, services, actor, answer))


def _typed(request: Request) -> dict[str, str]:
    """Give what the address asks; what was left empty was not asked for."""
    return {name: value for name, value in request.query_params.items() if value.strip()}


def _whole(
    request: Request, work: Work, services: Services, actor: Actor, name: QuestionName
) -> AbstractContextManager[WholeAnswer]:
    asked = parse(QuestionFilter, _typed(request))
    gate: Gate = services.gate
    return audit.answer_whole(work, gate, actor, name, asked, thresholds=services.thresholds)


def _ask_again(request: Request, name: QuestionName, status: int, problem: Problem) -> Response:
    """Draw the question again with what was typed, and say beside each field what to do."""
    with another_unit(request) as (work, _):
        form = _form(work, name, _typed(request))
    errors = dict(problem.fields) if isinstance(problem, Invalid) else {}
    fields = {field: told for field, told in errors.items() if field in form["question"].filters}
    context = {**form, "errors": fields or {"": str(problem)}}
    return render(request, "audit/question.html", context, status=status)


def _form(work: Work, name: QuestionName, typed: Mapping[str, str]) -> dict[str, Any]:
    question = next(one for one in audit.questions() if one.name is name)
    return {
        "question": question,
        "typed": typed,
        "organisations": [(one.slug, one.name) for one in parties.organisations(work.session)],
        "actions": [(one, sentence(one)) for one in ACTIONS],
    }


def _answered(
    request: Request, work: Work, services: Services, actor: Actor, answer: Answer
) -> dict[str, Any]:
    party, columns = actor.profile.party, answer.columns
    typed = _typed(request)
    return {
        **_form(work, answer.question, _understood(answer, typed)),
        "answer": answer,
        "filters": given(answer.filters),
        "totals": totals(answer),
        "chart": drawn(answer.chart),
        "rows": [(cells(row, columns, party), ways(row, columns)) for row in answer.rows.items],
        "answered_at": place_words(answer.at, answer.at_time, party),
        "link": services.settings.base_url + _href(answer),
        "now_href": _href(answer, at="") if "at" in typed else "",
        "newest_href": _href(answer) if "cursor" in typed else "",
        "older_href": _href(answer, cursor=answer.rows.next_cursor or ""),
        "files": [(kind.upper(), _href(answer, f".{kind}")) for kind in ("csv", "pdf", "json")],
    }


def _understood(answer: Answer, typed: Mapping[str, str]) -> dict[str, str]:
    """Give what the fields of the form hold: what was typed, or how it was understood."""
    understood = {name: one.value for name, one in answer.filters.items()}
    if record := answer.filters.get("record"):
        understood["record"] = record.text if record.text.startswith("ENT-") else record.value
    if "person" in typed:
        understood["person"] = typed["person"]
    return understood


def _href(
    answer: Answer, ending: str = "", *, cursor: str | None = None, at: str | None = None
) -> str:
    """Give an address of this very answer; empty where there is no page to go on to."""
    if cursor == "":
        return ""
    query = answer.permalink_query
    if at is not None:
        query = "&".join(one for one in query.split("&") if not one.startswith("at="))
    if cursor:
        query = f"{query}&cursor={cursor}"
    return f"{QUESTIONS}/{answer.question}{ending}?{query}"
