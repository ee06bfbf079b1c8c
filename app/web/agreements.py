"""Pages for the authorities of a party: agreements of its organisations, members of groups."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request
from starlette.datastructures import FormData
from starlette.responses import Response

from app import parties, proposals
from app.access import Actor, Area, Gate
from app.core.errors import NotFound
from app.core.work import Work
from app.edge import SafeForm, SignedInActor, TheGate, Working
from app.labels import SchemeId
from app.parties import ChangeAgreement, ChangeGroup, FormGroup, GroupMembers
from app.web.forms import parse, texts
from app.web.pages import draw_again, redraw_with, render
from app.web.proposing import answer, going_of

router = APIRouter()
AGREEMENTS = "/organisation/agreements"


@router.get(AGREEMENTS)
def agreements_page(
    request: Request, work: Working, gate: TheGate, actor: SignedInActor
) -> Response:
    agreements = parties.agreements_page(work, gate, actor)
    done = request.query_params.get("done", "")
    context = {"agreements": agreements, "done": done}
    return render(request, "organisation/agreements.html", context)


@router.get(AGREEMENTS + "/{slug}")
def agreement_page(
    request: Request, work: Working, gate: TheGate, actor: SignedInActor, slug: str
) -> Response:
    return _agreement(request, work, gate, actor, slug)


@router.post(AGREEMENTS + "/{slug}")
def change_agreement(
    request: Request,
    work: Working,
    gate: TheGate,
    actor: SignedInActor,
    form: SafeForm,
    slug: str,
) -> Response:
    typed = {
        **texts(form, "title", "first_day", "last_day", "ceiling"),
        "areas": _all(form, "areas"),
    }
    redraw_with(request, draw_again(request, _agreement, slug, typed=typed))
    command, going = parse(ChangeAgreement, typed), going_of(form)
    outcome = proposals.change_agreement(work, gate, actor, slug, command, going)
    here = f"{AGREEMENTS}/{slug}"
    return answer(request, outcome, typed, back=here, done=f"{AGREEMENTS}?done={{key}}")


@router.get("/groups")
def groups_page(request: Request, work: Working, gate: TheGate, actor: SignedInActor) -> Response:
    return _groups(request, work, gate, actor)


@router.post("/groups")
def form_group(
    request: Request, work: Working, gate: TheGate, actor: SignedInActor, form: SafeForm
) -> Response:
    typed = _members(form, "slug", "name")
    redraw_with(request, draw_again(request, _groups, typed=typed))
    command, going = parse(FormGroup, _group(typed)), going_of(form)
    outcome = proposals.change_group(work, gate, actor, command.slug, command, going)
    return answer(request, outcome, typed, back="/groups#form", done="/groups/{key}?done=formed")


@router.get("/groups/{slug}")
def group_page(
    request: Request, work: Working, gate: TheGate, actor: SignedInActor, slug: str
) -> Response:
    return _one_group(request, work, gate, actor, slug)


@router.post("/groups/{slug}")
def change_group(
    request: Request,
    work: Working,
    gate: TheGate,
    actor: SignedInActor,
    form: SafeForm,
    slug: str,
) -> Response:
    typed = _members(form, "name")
    redraw_with(request, draw_again(request, _one_group, slug, typed=typed))
    command, going = parse(ChangeGroup, _group(typed)), going_of(form)
    outcome = proposals.change_group(work, gate, actor, slug, command, going)
    here = f"/groups/{slug}"
    return answer(request, outcome, typed, back=here, done=f"{here}?done=changed")


def _agreement(
    request: Request,
    work: Work,
    gate: Gate,
    actor: Actor,
    slug: str,
    *,
    status: int = 200,
    **more: Any,
) -> Response:
    everyone = parties.agreements_page(work, gate, actor)
    found = next((one for one in everyone if one.organisation.slug == slug), None)
    if found is None:
        raise NotFound
    known = {one.code: one.scheme for one in parties.parties(work.session)}
    schemes = gate.keeper.current.schemes
    markings = schemes.markings(SchemeId(known[found.organisation.party]))
    context = {
        "agreement": found,
        "ceilings": [schemes.text(one) for one in markings],
        "areas": list(Area),
    }
    return render(request, "organisation/agreement.html", context | more, status=status)


def _groups(
    request: Request, work: Work, gate: Gate, actor: Actor, *, status: int = 200, **more: Any
) -> Response:
    context = {"groups": parties.groups_page(work, gate, actor), **_choices(work, actor)}
    return render(request, "organisation/groups.html", context | more, status=status)


def _one_group(
    request: Request,
    work: Work,
    gate: Gate,
    actor: Actor,
    slug: str,
    *,
    status: int = 200,
    **more: Any,
) -> Response:
    everyone = parties.groups_page(work, gate, actor)
    group: GroupMembers | None = next((one for one in everyone if one.slug == slug), None)
    if group is None:
        raise NotFound
    done = request.query_params.get("done", "")
    context = {"group": group, "done": done, **_choices(work, actor)}
    return render(request, "organisation/group.html", context | more, status=status)


def _choices(work: Work, actor: Actor) -> dict[str, Any]:
    own = actor.profile.party
    return {"houses": [one for one in parties.organisations(work.session) if one.party == own]}


def _members(form: FormData, *names: str) -> dict[str, Any]:
    return {**texts(form, *names, "people"), "organisations": _all(form, "organisations")}


def _group(typed: Mapping[str, Any]) -> dict[str, Any]:
    """Give what a group is asked to be: people stand one on a line."""
    lines = (line.strip() for line in typed["people"].splitlines())
    return {**typed, "people": [line for line in lines if line]}


def _all(form: FormData, name: str) -> list[str]:
    return [one for one in form.getlist(name) if isinstance(one, str)]
