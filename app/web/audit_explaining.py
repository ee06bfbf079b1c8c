"""The explanation of somebody's access to a record, at a moment, for auditors."""

from collections.abc import Mapping
from functools import partial
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import Response

from app import audit
from app.audit import ExplainAccess, Explained
from app.core.errors import Invalid, Problem
from app.edge import ForAuditors, SignedInActor, TheGate, TheServices, Working
from app.web.forms import parse
from app.web.pages import redraw_with, render

router = APIRouter(prefix="/audit/explanation", dependencies=[ForAuditors])

PAGE = "audit/explanation.html"


@router.get("")
def explanation_page(
    request: Request, work: Working, gate: TheGate, services: TheServices, actor: SignedInActor
) -> Response:
    typed = {name: value.strip() for name, value in request.query_params.items() if value.strip()}
    if not typed:
        return render(request, PAGE, {"typed": {}, "errors": {}})
    redraw_with(request, partial(_again, request, typed))
    explained = audit.explain_access(work, gate, actor, parse(ExplainAccess, typed))
    link = f"{services.settings.base_url}/audit/explanation?{_query(typed, explained)}"
    context = {"typed": typed, "errors": {}, "explained": explained, "link": link}
    return render(request, PAGE, context)


def _query(typed: Mapping[str, str], explained: Explained) -> str:
    """Name the moment, so that the link gives this very answer again."""
    person = explained.explanation and explained.explanation.person
    named = {"person": str(person)} if person else {}
    moment = explained.at.isoformat()
    return urlencode({**typed, **named, "moment": moment, "action": explained.action})


def _again(request: Request, typed: Mapping[str, str], status: int, problem: Problem) -> Response:
    """Draw the form again with what was typed, and say beside each field what to do."""
    fields = dict(problem.fields) if isinstance(problem, Invalid) else {}
    context: dict[str, Any] = {"typed": typed, "errors": fields or {"": str(problem)}}
    return render(request, PAGE, context, status=status)
