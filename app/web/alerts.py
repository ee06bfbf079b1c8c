"""Pages for auditors: what was found, where it leads, and what came of it."""

from collections.abc import Mapping
from datetime import UTC
from functools import partial
from typing import Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from app.access import Actor, Gate
from app.audit import alerts
from app.core.errors import Invalid, Problem
from app.core.ids import AlertId
from app.core.work import Work
from app.edge import SafeForm, SignedInActor, TheGate, Working, another_unit, services_of
from app.web.forms import parse, texts
from app.web.pages import redraw_with, render

router = APIRouter(prefix="/audit/alerts")

# The question that shows all of what a finding rests on; what has none leads to the log itself.
QUESTIONS: Final[Mapping[alerts.AlertKind, str]] = {
    alerts.AlertKind.BULK_READING: "person-opened",
    alerts.AlertKind.OUT_OF_HOURS: "unusual",
    alerts.AlertKind.REFUSALS: "refused",
    alerts.AlertKind.AFTER_THE_END: "after-leaving",
    alerts.AlertKind.MANY_ROLES: "administration",
}
TYPES: Final[Mapping[alerts.AlertKind, str]] = {
    alerts.AlertKind.FAILED_SIGN_INS: "sign-in.refused",
    alerts.AlertKind.DAMAGED_ATTACHMENT: "attachment.damaged",
    alerts.AlertKind.LOG_BEGUN_ANEW: "log.begun",
    alerts.AlertKind.WITNESS_REFUSES: "log.witness-refused",
}
PROOF: Final = "/audit/proof"


@router.get("")
def alerts_page(request: Request, work: Working, gate: TheGate, actor: SignedInActor) -> Response:
    return _page(request, work, gate, actor)


@router.post("/{alert_id}/acknowledge")
def acknowledge(
    request: Request,
    work: Working,
    gate: TheGate,
    actor: SignedInActor,
    form: SafeForm,
    alert_id: AlertId,
) -> RedirectResponse:
    typed = texts(form, "note")
    redraw_with(request, partial(_again, request, alert_id, typed))
    alerts.acknowledge(work, gate, actor, alert_id, parse(alerts.Acknowledge, typed))
    return RedirectResponse("/audit/alerts", 303)


def leads_to(alert: alerts.AlertView) -> str:
    """Give the address of what a finding rests on, as of the place at which it was found."""
    if alert.first_at is None or alert.last_at is None:
        return PROOF
    days = {
        "from": alert.first_at.astimezone(UTC).date().isoformat(),
        "to": alert.last_at.astimezone(UTC).date().isoformat(),
    }
    person = {"person": alert.person} if alert.person else {}
    question = QUESTIONS.get(alert.kind)
    if question is not None:
        asked = {**days, **person, "at": alert.at}
        return f"/audit/questions/{question}?{urlencode(asked)}"
    about = {"record": str(alert.facts["subject"])} if "subject" in alert.facts else {}
    if alert.kind is alerts.AlertKind.FAILED_SIGN_INS:
        about = {"record": f"person:{alert.person}"}
    asked = {**days, "type": TYPES.get(alert.kind, ""), **about, "at": alert.at}
    return f"/audit/log?{urlencode({name: value for name, value in asked.items() if value})}"


def _page(
    request: Request,
    work: Work,
    gate: Gate,
    actor: Actor,
    *,
    typed: Mapping[str, Any] | None = None,
    errors: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    shown = alerts.alerts(work, gate, actor)
    context = {
        "alerts": shown,
        "leads_to": leads_to,
        "typed": typed or {},
        "errors": errors or {},
    }
    return render(request, "audit/alerts.html", context, status=status)


def _again(
    request: Request,
    alert_id: AlertId,
    typed: Mapping[str, Any],
    status: int,
    problem: Problem,
) -> Response:
    fields = problem.fields if isinstance(problem, Invalid) else {}
    errors = {
        f"note-{alert_id}" if name == "note" else "": text for name, text in fields.items()
    } or {"": problem.detail or problem.title}
    typed = {"alert": str(alert_id), **typed}
    with another_unit(request) as (work, asking):
        gate, actor = services_of(request).gate, asking.actor
        return _page(request, work, gate, actor, typed=typed, errors=errors, status=status)
