"""A copy by its number: where a leaked page leads back to."""

from functools import partial
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from app import audit
from app.core.errors import Invalid, NotFound, Problem
from app.edge import ForAuditors, SignedInActor, TheGate, Working
from app.web.audit_log import names_of_subjects
from app.web.log_words import actor_words, subject_words
from app.web.pages import redraw_with, render

router = APIRouter(prefix="/audit/copies", dependencies=[ForAuditors])


@router.get("")
def copies_page(
    request: Request, work: Working, gate: TheGate, actor: SignedInActor, number: str = ""
) -> Response:
    asked = number.strip()[:100]
    context: dict[str, Any] = {"asked": asked, "copy": None, "error": "", "missing": False}
    redraw_with(request, partial(_again, request, context), also=NotFound)
    if asked:
        copy = audit.copy(work, gate, actor, asked)
        context |= {
            "copy": copy,
            "who": actor_words(copy.entry),
            "subject": subject_words(copy.entry.subject, names_of_subjects(work, [copy.entry])),
        }
    return render(request, "audit/copies.html", context)


def _again(request: Request, context: dict[str, Any], status: int, problem: Problem) -> Response:
    """Draw the form again: beside the field what to do, or that there is no such copy."""
    error = problem.fields.get("number", "") if isinstance(problem, Invalid) else ""
    told = {"error": error, "missing": isinstance(problem, NotFound)}
    return render(request, "audit/copies.html", context | told, status=status)
