"""Text that comes from elsewhere: pasted into a draft, or taken over from a file."""

import re
from collections.abc import Mapping
from functools import partial
from typing import Final

from fastapi import APIRouter, Request
from starlette.datastructures import FormData, UploadFile
from starlette.responses import RedirectResponse, Response

from app import parties, records
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
from app.interop import LEFT_OUT, Pasted, Section, at_headings, from_clipboard, from_file
from app.web.choices import choices, emails_of
from app.web.draft_forms import Typed, command_of, markings_in, people_in, typed_from
from app.web.forms import texts
from app.web.pages import redraw_with, render
from app.web.rearranging import offer_of, with_sections

router = APIRouter(prefix="/drafts")

WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "comments": ("comment was left out", "comments were left out"),
    "deletions": ("tracked deletion was left out", "tracked deletions were left out"),
    "insertions": ("tracked insertion came along as text", "tracked insertions came along as text"),
    "hidden": ("piece of hidden text was left out", "pieces of hidden text were left out"),
    "pictures": ("picture was left out: attach it", "pictures were left out: attach them"),
    "links": ("link to a file was left out", "links to files were left out"),
}
_PART: Final = re.compile(r"summary|sections\.\d{1,4}")
_COUNTED: Final = re.compile(r"([a-z]+)\.(\d{1,5})")


@router.post("/paste")
def paste(request: Request, form: SafeForm, gate: TheGate, _: SignedInAsking) -> Response:
    """Give the Markdown of what was pasted into a field, and say what did not come along."""
    given = texts(form, "html", "part", "beside")
    levels = tuple(text for text in form.getlist("level") if isinstance(text, str))
    redraw_with(request, lambda status, problem: Response(problem.detail or "", status))
    pasted = from_clipboard(given["html"], beside=given["beside"])
    part = given["part"] if _PART.fullmatch(given["part"]) else ""
    field = part if part == "summary" else f"{part}.body"
    alone = Typed({field: (pasted.markdown,), "marking.level.": levels})
    offer = offer_of(alone, part, gate.keeper.current.schemes) if part else None
    context = {"pasted": pasted, "left_out": left_out(pasted.left_out), "part": part}
    return render(request, "drafts/pasted.html", context | {"offer": offer})


@router.get("/{version_id}/paste")
def paste_page(
    request: Request, work: Working, gate: TheGate, asking: SignedInAsking, version_id: VersionId
) -> Response:
    return _page(request, work, gate, asking, version_id)


@router.post("/{version_id}/paste")
def take_over(
    request: Request,
    work: Working,
    gate: TheGate,
    asking: SignedInAsking,
    form: SafeForm,
    version_id: VersionId,
) -> RedirectResponse:
    """Add the sections of a text to a draft, each marked as its title."""
    redraw_with(request, partial(_page_again, request, version_id, texts(form, "text")))
    pasted = _given(form)
    draft = records.edit(work, gate, asking.actor, version_id)
    profile = asking.actor.profile
    zone = choices(work, gate, profile.party, own=profile.organisation).zone
    stored = typed_from(draft.input, emails_of(work, people_in(markings_in(draft.input))), zone)
    typed = with_sections(stored, at_headings(pasted.markdown) or [Section("", pasted.markdown)])
    command = command_of(typed, zone, partial(parties.person_by_email, work.session))
    saved = records.amend(work, gate, asking.actor, version_id, command, edition=draft.edition)
    counted = "-".join(f"{name}.{count}" for name, count in pasted.left_out.items())
    place = f"sections.{len(draft.input.sections)}"
    address = f"/drafts/{version_id}?saved={saved.edition}&taken-over={counted or 'all'}#{place}"
    return RedirectResponse(address, 303)


def left_out(counts: Mapping[str, int]) -> list[str]:
    """Say in words what did not come along, kind by kind."""
    return [
        f"{counts[name]} {WORDS[name][counts[name] != 1]}" for name in LEFT_OUT if counts.get(name)
    ]


def told_in(address: str) -> list[str] | None:
    """Say in words what an address tells of a text that was taken over; None if of none."""
    if not address:
        return None
    return left_out({name: int(count) for name, count in _COUNTED.findall(address)})


def _given(form: FormData) -> Pasted:
    file, text = form.get("file"), form.get("text")
    if isinstance(file, UploadFile) and file.filename:
        try:
            pasted = from_file(file.file.read(), file.filename)
        except Problem as problem:
            raise Invalid(problem.detail, fields={"file": problem.detail or ""}) from problem
    else:
        pasted = Pasted(text.strip() if isinstance(text, str) else "", {})
    if not pasted.markdown:
        raise Invalid("There is no text.", fields={"text": "Paste a text here, or choose a file."})
    return pasted


def _page(
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
    fields = dict(problem.fields) if isinstance(problem, Invalid) else {}
    if problem is not None and not fields.keys() & {"text", "file"}:
        fields = {"text": " ".join(fields.values()) or problem.detail or problem.title}
    context = {"draft": draft, "typed": typed or {}, "errors": fields}
    return render(request, "drafts/paste.html", context, status=status)


def _page_again(
    request: Request, version_id: VersionId, typed: Mapping[str, str], status: int, problem: Problem
) -> Response:
    gate = services_of(request).gate
    with another_unit(request) as (work, asking):
        return _page(request, work, gate, asking, version_id, typed, problem, status)
