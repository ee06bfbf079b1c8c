"""What becomes of a change that a form asks for: shown, saved, or proposed to a second person."""

from collections.abc import Mapping
from typing import Any

from fastapi import Request
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from app.proposals import Going, Outcome, Step
from app.web.change_words import gainers, lead_of, rows_of, title_of
from app.web.forms import parse, texts
from app.web.pages import render


def going_of(form: FormData) -> Going:
    """Give how far a form goes: the first time it is sent, it asks what the change would do."""
    typed = texts(form, "step", "why")
    return parse(Going, {"step": typed["step"] or Step.LOOK, "why": typed["why"]})


def answer(
    request: Request, outcome: Outcome, typed: Mapping[str, Any], *, back: str, done: str
) -> Response:
    """Answer with where a change leads.

    Args:
        outcome: what became of it.
        typed: the fields of the form, to be sent again with the next step.
        back: the page that the form stands on.
        done: the page to see once it is saved; `{key}` is that of what was changed.
    """
    if outcome.state == "saved":
        key = outcome.subject.partition(":")[2]
        return RedirectResponse(done.format(key=key), 303)
    if outcome.state == "waits":
        return RedirectResponse(f"/proposals/{outcome.proposal_id}?done=proposed", 303)
    (change,) = outcome.worked_out.changes
    context = {
        "title": title_of(change),
        "rows": rows_of(change),
        "lead": lead_of(outcome.worked_out),
        "people": gainers(outcome.worked_out),
        "worked": outcome.worked_out,
        "confirmers": outcome.confirmers,
        "action": request.url.path,
        "fields": _fields(typed),
        "back": back,
    }
    return render(request, "proposals/change.html", context)


def _fields(typed: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Give what was typed as fields, a list as one field for each."""
    return [
        (name, one)
        for name, value in typed.items()
        for one in ([value] if isinstance(value, str) else value)
    ]
