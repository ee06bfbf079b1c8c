"""The text in the editor, as those who will read it will see it: beside it, while it is typed."""

from functools import partial

from fastapi import APIRouter, Request
from starlette.responses import Response

from app import parties, records, release
from app.access import Gate
from app.core.errors import Invalid, Problem
from app.core.ids import VersionId
from app.core.work import Work
from app.edge import (
    SafeForm,
    SignedInAsking,
    TheGate,
    Working,
    another_unit,
    services_of,
)
from app.identity import Asking
from app.release import ViewedAs
from app.web.choices import choices, names_of
from app.web.draft_forms import Typed, command_of, typed_of
from app.web.pages import redraw_with, render

router = APIRouter(prefix="/drafts/{version_id}/as")


@router.post("")
def see_as(
    request: Request,
    work: Working,
    gate: TheGate,
    asking: SignedInAsking,
    form: SafeForm,
    version_id: VersionId,
) -> Response:
    """Show what is typed as somebody would see it, and offer to choose whom."""
    typed = typed_of(form)
    redraw_with(request, partial(_page_again, request, version_id, typed))
    viewed = _viewed(work, gate, asking, version_id, typed) if typed.text("whom") else None
    return _page(request, work, gate, asking, version_id, typed, viewed)


@router.post("/seen")
def seen(
    request: Request,
    work: Working,
    gate: TheGate,
    asking: SignedInAsking,
    form: SafeForm,
    version_id: VersionId,
) -> Response:
    """Give what they would see alone, for the panel that follows what is typed."""
    redraw_with(request, lambda status, problem: _told(request, status, problem))
    viewed = _viewed(work, gate, asking, version_id, typed_of(form))
    return render(request, "drafts/seen.html", {"viewed": viewed, "names": names_of(work)})


def _viewed(
    work: Work, gate: Gate, asking: Asking, version_id: VersionId, typed: Typed
) -> ViewedAs:
    profile = asking.actor.profile
    zone = choices(work, gate, profile.party, own=profile.organisation).zone
    command = command_of(typed, zone, partial(parties.person_by_email, work.session))
    whom = typed.text("whom")
    return release.view_typed(work, gate, asking.actor, version_id, command, whom)


def _told(request: Request, status: int, problem: Problem) -> Response:
    """Say in the panel what has to be put right first; the text stays where it is."""
    wrong = list(problem.fields.values()) if isinstance(problem, Invalid) else []
    context = {"viewed": None, "wrong": wrong or [problem.detail or problem.title]}
    # An answer that is no success would not be put into the page.
    return render(request, "drafts/seen.html", context, status=200 if status == 422 else status)


def _page(
    request: Request,
    work: Work,
    gate: Gate,
    asking: Asking,
    version_id: VersionId,
    typed: Typed,
    viewed: ViewedAs | None,
    problem: Problem | None = None,
    status: int = 200,
) -> Response:
    draft = records.edit(work, gate, asking.actor, version_id)
    wrong = list(problem.fields.values()) if isinstance(problem, Invalid) else []
    context = {
        "draft": draft,
        "typed": typed,
        "viewed": viewed,
        "wrong": wrong or ([problem.detail or problem.title] if problem else []),
        "readers": release.preview(work, gate, asking.actor, version_id).groups[0].organisations,
        "names": names_of(work),
    }
    return render(request, "drafts/see_as.html", context, status=status)


def _page_again(
    request: Request, version_id: VersionId, typed: Typed, status: int, problem: Problem
) -> Response:
    gate = services_of(request).gate
    with another_unit(request) as (work, asking):
        return _page(request, work, gate, asking, version_id, typed, None, problem, status)
