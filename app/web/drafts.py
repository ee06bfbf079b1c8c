"""Pages for writing: the drafts of one's organisation, and the editor of one of them."""

from collections.abc import Mapping
from functools import partial

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from app import parties, records, release
from app.access import Gate
from app.core.errors import Invalid, Problem
from app.core.ids import VersionId
from app.core.work import Work
from app.edge import (
    SafeForm,
    SignedInActor,
    SignedInAsking,
    TheGate,
    Working,
    another_unit,
    services_of,
)
from app.identity import Asking
from app.records import DraftInput, DraftView, EditedMeanwhile
from app.release import DecisionView, Remark
from app.web.choices import choices, emails_of, names_of
from app.web.draft_forms import (
    Typed,
    command_of,
    markings_in,
    of_attachment,
    people_in,
    typed_from,
    typed_of,
)
from app.web.forms import parse, texts
from app.web.pages import redraw_with, render
from app.web.pasting import told_in
from app.web.presenting import result_item
from app.web.rearranging import offers, rearranged, section_in_hand, with_new_section

router = APIRouter(prefix="/drafts")


@router.get("")
def drafts_page(request: Request, work: Working, gate: TheGate, actor: SignedInActor) -> Response:
    lines = records.drafts(work, gate, actor)
    names = parties.organisation_names(work.session, {line.originator for line in lines})
    item = partial(result_item, names=names, party=actor.profile.party)
    drafted = [line for line in lines if line.state == "draft"]
    context = {
        "mine": [item(line, href=f"/drafts/{line.version_id}") for line in drafted if line.mine],
        "others": [
            item(line, href=f"/drafts/{line.version_id}") for line in drafted if not line.mine
        ],
        "submitted": [
            item(line, href=f"/desk/{line.version_id}") for line in lines if line not in drafted
        ],
    }
    return render(request, "drafts/list.html", context)


@router.get("/new")
def new_page(request: Request, work: Working, gate: TheGate, asking: SignedInAsking) -> Response:
    return _new(request, work, gate, asking, Typed({"language": ("en",)}))


@router.post("/new")
def begin(
    request: Request, work: Working, gate: TheGate, asking: SignedInAsking, form: SafeForm
) -> RedirectResponse:
    typed = typed_of(form)
    redraw_with(request, partial(_new_again, request, typed))
    draft = records.draft(work, gate, asking.actor, _command(work, gate, asking, typed))
    return _see(f"/drafts/{draft.version_id}")


@router.get("/{version_id}")
def editor_page(
    request: Request, work: Working, gate: TheGate, asking: SignedInAsking, version_id: VersionId
) -> Response:
    draft = records.edit(work, gate, asking.actor, version_id)
    return _editor(request, work, gate, asking, draft)


@router.post("/{version_id}")
def save(
    request: Request,
    work: Working,
    gate: TheGate,
    asking: SignedInAsking,
    form: SafeForm,
    version_id: VersionId,
) -> RedirectResponse:
    typed = rearranged(typed_of(form), gate.keeper.current.schemes)
    redraw_with(request, partial(_editor_again, request, version_id, typed))
    command = _command(work, gate, asking, typed)
    saved = records.amend(work, gate, asking.actor, version_id, command, edition=typed.edition)
    return _see(_next_place(saved, typed))


@router.post("/{version_id}/autosave")
def autosave(
    request: Request,
    work: Working,
    gate: TheGate,
    asking: SignedInAsking,
    form: SafeForm,
    version_id: VersionId,
) -> Response:
    typed = typed_of(form)
    redraw_with(request, lambda status, problem: Response(_told(problem), status))
    command = _command(work, gate, asking, typed)
    saved = records.amend(work, gate, asking.actor, version_id, command, edition=typed.edition)
    return render(request, "drafts/saved.html", {"draft": saved, "names": names_of(work)})


@router.post("/{version_id}/again")
def write_on(
    request: Request,
    work: Working,
    gate: TheGate,
    asking: SignedInAsking,
    form: SafeForm,
    version_id: VersionId,
) -> Response:
    """Put what was typed, and is not saved, back into the editor's fields."""
    draft = records.edit(work, gate, asking.actor, version_id)
    return _editor(request, work, gate, asking, draft, typed_of(form))


@router.post("/{version_id}/preview")
def preview_text(request: Request, form: SafeForm, part: str) -> Response:
    text = form.get(part)
    html = records.render(text if isinstance(text, str) else "", prefix="preview-")
    return render(request, "drafts/preview.html", {"html": html})


@router.get("/{version_id}/audience")
def audience_page(
    request: Request, work: Working, gate: TheGate, asking: SignedInAsking, version_id: VersionId
) -> Response:
    return _audience(request, work, gate, asking, version_id)


@router.post("/{version_id}/submit")
def submit(
    request: Request,
    work: Working,
    gate: TheGate,
    actor: SignedInActor,
    form: SafeForm,
    version_id: VersionId,
) -> RedirectResponse:
    typed = texts(form, "comment", "override", "needed_by", "needed_why")
    redraw_with(request, partial(_audience_again, request, version_id, typed))
    remark = parse(Remark, typed | {"needed_by": typed["needed_by"] or None})
    release.submit(work, gate, actor, version_id, **dict(remark))
    return _see(f"/desk/{version_id}")


@router.post("/{version_id}/discard")
def discard(
    work: Working, gate: TheGate, actor: SignedInActor, _: SafeForm, version_id: VersionId
) -> RedirectResponse:
    records.discard(work, gate, actor, version_id)
    return _see("/drafts")


def _command(work: Work, gate: Gate, asking: Asking, typed: Typed) -> DraftInput:
    profile = asking.actor.profile
    offered = choices(work, gate, profile.party, own=profile.organisation)
    return command_of(typed, offered.zone, partial(parties.person_by_email, work.session))


def _next_place(saved: DraftView, typed: Typed) -> str:
    """Give where to go after saving: on to the audience, or back to the section in hand."""
    if typed.text("audience"):
        return f"/drafts/{saved.version_id}/audience"
    again = f"/drafts/{saved.version_id}?saved={saved.edition}"
    if typed.text("add"):
        return f"{again}&add=yes#sections.{len(saved.input.sections)}.heading"
    place = section_in_hand(typed)
    return again if place is None else f"{again}#{place}"


def _new(
    request: Request,
    work: Work,
    gate: Gate,
    asking: Asking,
    typed: Typed,
    problem: Problem | None = None,
    status: int = 200,
) -> Response:
    profile = asking.actor.profile
    context = {
        "typed": typed,
        "choices": choices(work, gate, profile.party, own=profile.organisation),
        "kinds": records.KIND_LABELS.items(),
        "errors": _fields(problem),
    }
    return render(request, "drafts/new.html", context, status=status)


def _new_again(request: Request, typed: Typed, status: int, problem: Problem) -> Response:
    with another_unit(request) as (work, asking):
        return _new(request, work, services_of(request).gate, asking, typed, problem, status)


def _editor(
    request: Request,
    work: Work,
    gate: Gate,
    asking: Asking,
    draft: DraftView,
    typed: Typed | None = None,
    problem: Problem | None = None,
    status: int = 200,
) -> Response:
    profile = asking.actor.profile
    offered = choices(work, gate, profile.party, own=profile.organisation)
    emails = emails_of(work, people_in(markings_in(draft.input)))
    stored = typed_from(draft.input, emails, offered.zone)
    if request.query_params.get("add"):
        stored = with_new_section(stored)
    context = {
        "draft": draft,
        "typed": typed or stored,
        "edition": typed.edition if typed else draft.edition,
        "redrawn": typed is not None,
        "choices": offered,
        "names": offered.names,
        "fields": records.KIND_FIELDS[draft.input.kind],
        "uploading": of_attachment(draft.input.marking, emails, offered.zone),
        "errors": _fields(problem),
        "writer": asking.person,
        "largest_bytes": _largest_bytes(request, asking, draft),
        "sent_back": _sent_back(work, gate, asking, draft),
        "taken_over": told_in(request.query_params.get("taken-over", "")),
        "offers": offers(typed or stored, gate.keeper.current.schemes),
    }
    if typed and isinstance(problem, EditedMeanwhile):
        mine = _command(work, gate, asking, typed)
        differences = records.typed_differences(draft.input, mine)
        context |= {"edition": draft.edition, "meanwhile": problem, "differences": differences}
    return render(request, "drafts/editor.html", context, status=status)


def _largest_bytes(request: Request, asking: Asking, draft: DraftView) -> int:
    """Say how large a file may be that is marked as the title; it is judged when it comes."""
    services, profile = services_of(request), asking.actor.profile
    try:
        label = records.label_of(services.gate.keeper.current.schemes, draft.input.marking)
    except Invalid:
        return services.limits.largest_of(profile)
    return services.limits.largest_bytes(profile, label)


def _sent_back(work: Work, gate: Gate, asking: Asking, draft: DraftView) -> DecisionView | None:
    """Give the decision that made a draft of a submitted version again, if there is one."""
    decisions = release.history(work, gate, asking.actor, draft.record_id)
    last = next((one for one in reversed(decisions) if one.version_id == draft.version_id), None)
    return last if last and last.kind in ("return", "refuse") else None


def _editor_again(
    request: Request, version_id: VersionId, typed: Typed, status: int, problem: Problem
) -> Response:
    gate = services_of(request).gate
    with another_unit(request) as (work, asking):
        draft = (
            problem.current
            if isinstance(problem, EditedMeanwhile)
            else records.edit(work, gate, asking.actor, version_id)
        )
        return _editor(request, work, gate, asking, draft, typed, problem, status)


def _audience(
    request: Request,
    work: Work,
    gate: Gate,
    asking: Asking,
    version_id: VersionId,
    typed: Mapping[str, str] | None = None,
    problem: Problem | None = None,
    status: int = 200,
) -> Response:
    draft = records.edit(work, gate, asking.actor, version_id)
    context = {
        "draft": draft,
        "preview": release.preview(work, gate, asking.actor, version_id),
        "names": names_of(work),
        "typed": typed or {},
        "errors": _fields(problem),
    }
    return render(request, "drafts/audience.html", context, status=status)


def _audience_again(
    request: Request,
    version_id: VersionId,
    typed: Mapping[str, str],
    status: int,
    problem: Problem,
) -> Response:
    gate = services_of(request).gate
    with another_unit(request) as (work, asking):
        return _audience(request, work, gate, asking, version_id, typed, problem, status)


def _fields(problem: Problem | None) -> dict[str, str]:
    """Give what is wrong by field; what belongs to no field stands under an empty name."""
    if problem is None or isinstance(problem, EditedMeanwhile):
        return {}
    fields = problem.fields if isinstance(problem, Invalid) else {}
    return fields or {"": problem.detail or problem.title}


def _told(problem: Problem) -> str:
    return " ".join(_fields(problem).values()) or problem.detail or problem.title


def _see(address: str) -> RedirectResponse:
    return RedirectResponse(address, 303)
