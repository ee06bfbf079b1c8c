"""Conversations on pages: threads begin at a record, and each has a page of its own."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from app import conversation
from app.access import Actor, Gate
from app.conversation import Say, StartThread
from app.core.errors import Conflict, Problem
from app.core.ids import MessageId, PortionId, ThreadId, VersionId
from app.core.work import Work
from app.edge import SafeForm, SignedInActor, TheGate, Working, another_unit, services_of
from app.web.choices import names_of
from app.web.forms import errors_of, parse, texts
from app.web.pages import draw_again, redraw_with, render

router = APIRouter()
START_FIELDS = (*StartThread.model_fields,)


@router.get("/threads")
def list_page(request: Request, work: Working, gate: TheGate, actor: SignedInActor) -> Response:
    threads = conversation.open_threads(work, gate, actor)
    return render(request, "threads/list.html", {"threads": threads, "names": names_of(work)})


@router.get("/versions/{version_id}/threads/new")
def start_page(
    request: Request,
    work: Working,
    gate: TheGate,
    actor: SignedInActor,
    version_id: VersionId,
    portion: PortionId | None = None,
) -> Response:
    return _start(request, work, gate, actor, version_id, {"portion_id": str(portion or "")})


@router.post("/versions/{version_id}/threads")
def start(
    request: Request,
    work: Working,
    gate: TheGate,
    actor: SignedInActor,
    form: SafeForm,
    version_id: VersionId,
) -> RedirectResponse:
    typed = texts(form, *START_FIELDS)
    redraw_with(request, partial(_start_again, request, version_id, typed))
    thread_id = conversation.start(work, gate, actor, version_id, parse(StartThread, typed))
    return RedirectResponse(f"/threads/{thread_id}", 303)


@router.get("/threads/{thread_id}")
def thread_page(
    request: Request, work: Working, gate: TheGate, actor: SignedInActor, thread_id: ThreadId
) -> Response:
    return _thread(request, work, gate, actor, thread_id)


@router.post("/threads/{thread_id}/messages")
def say(
    request: Request,
    work: Working,
    gate: TheGate,
    actor: SignedInActor,
    form: SafeForm,
    thread_id: ThreadId,
) -> RedirectResponse:
    typed = texts(form, *Say.model_fields)
    redraw_with(request, draw_again(request, _thread, thread_id, typed=typed), also=Conflict)
    conversation.say(work, gate, actor, thread_id, parse(Say, typed))
    return RedirectResponse(f"/threads/{thread_id}", 303)


@router.post("/threads/{thread_id}/resolve")
def resolve(
    work: Working, gate: TheGate, actor: SignedInActor, _: SafeForm, thread_id: ThreadId
) -> RedirectResponse:
    conversation.resolve(work, gate, actor, thread_id)
    return RedirectResponse(f"/threads/{thread_id}", 303)


@router.post("/threads/{thread_id}/reopen")
def reopen(
    work: Working, gate: TheGate, actor: SignedInActor, _: SafeForm, thread_id: ThreadId
) -> RedirectResponse:
    conversation.reopen(work, gate, actor, thread_id)
    return RedirectResponse(f"/threads/{thread_id}", 303)


@router.post("/threads/{thread_id}/messages/{message_id}/withdraw")
def withdraw_message(
    work: Working,
    gate: TheGate,
    actor: SignedInActor,
    _: SafeForm,
    thread_id: ThreadId,
    message_id: MessageId,
) -> RedirectResponse:
    conversation.withdraw_message(work, gate, actor, thread_id, message_id)
    return RedirectResponse(f"/threads/{thread_id}", 303)


def _start(
    request: Request,
    work: Work,
    gate: Gate,
    actor: Actor,
    version_id: VersionId,
    typed: Mapping[str, str],
    *,
    errors: Mapping[str, str] | None = None,
    status: int = 200,
) -> Response:
    portion_id = parse(StartThread, {"body": "-", "portion_id": typed["portion_id"]}).portion_id
    at = conversation.about_to_start(work, gate, actor, version_id, portion_id)
    context = {"at": at, "typed": typed, "errors": errors or {}, "names": names_of(work)}
    return render(request, "threads/start.html", context, status=status)


def _start_again(
    request: Request,
    version_id: VersionId,
    typed: Mapping[str, str],
    status: int,
    problem: Problem,
) -> Response:
    gate, errors = services_of(request).gate, errors_of(problem)
    with another_unit(request) as (work, asking):
        actor = asking.actor
        return _start(request, work, gate, actor, version_id, typed, errors=errors, status=status)


def _thread(
    request: Request,
    work: Work,
    gate: Gate,
    actor: Actor,
    thread_id: ThreadId,
    *,
    status: int = 200,
    **more: Any,
) -> Response:
    thread = conversation.thread(work, gate, actor, thread_id)
    context = {"thread": thread, "names": names_of(work), "typed": {}, "errors": {}} | more
    return render(request, "threads/thread.html", context, status=status)
