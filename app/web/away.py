"""While somebody is away: who stands in for them, from when and until when."""

from collections.abc import Mapping
from uuid import UUID

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from app import parties, release
from app.access import Actor, Gate
from app.core.work import Work
from app.edge import SafeForm, SignedInActor, TheGate, Working
from app.parties import NameDeputy
from app.web.forms import parse, texts
from app.web.pages import draw_again, redraw_with, render

router = APIRouter(prefix="/desk/away")
FIELDS = ("deputy", "since", "until", "reason")


@router.get("")
def away_page(
    request: Request, work: Working, gate: TheGate, actor: SignedInActor, done: str = ""
) -> Response:
    return _page(request, work, gate, actor, done=done)


@router.post("")
def name_deputy(
    request: Request, work: Working, gate: TheGate, actor: SignedInActor, form: SafeForm
) -> RedirectResponse:
    typed = texts(form, *FIELDS)
    redraw_with(request, draw_again(request, _page, typed=typed))
    command = parse(NameDeputy, {name: text for name, text in typed.items() if text})
    release.name_deputy(work, gate, actor, command)
    return RedirectResponse("/desk/away?done=named", 303)


@router.post("/{delegation_id}/revoke")
def revoke_deputy(
    work: Working, gate: TheGate, actor: SignedInActor, _: SafeForm, delegation_id: UUID
) -> RedirectResponse:
    release.revoke_deputy(work, gate, actor, delegation_id)
    return RedirectResponse("/desk/away?done=revoked", 303)


def _page(
    request: Request,
    work: Work,
    gate: Gate,
    actor: Actor,
    *,
    typed: Mapping[str, str] | None = None,
    errors: Mapping[str, str] | None = None,
    done: str = "",
    status: int = 200,
) -> Response:
    context = {
        "away": parties.away(work, gate, actor),
        "today": work.now.date().isoformat(),
        "typed": typed or {},
        "errors": errors or {},
        "done": done,
    }
    return render(request, "desk/away.html", context, status=status)
