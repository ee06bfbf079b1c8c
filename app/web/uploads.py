"""Attachments of a draft: files sealed as they arrive, marked anew, taken off."""

from functools import partial

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from app import parties, records
from app.access import Gate
from app.core.errors import NotFound, Problem
from app.core.ids import AttachmentId, VersionId
from app.core.work import Work
from app.edge import (
    DraftFindings,
    Received,
    SafeForm,
    SignedInActor,
    SignedInAsking,
    TheGate,
    Working,
    another_unit,
    attach_file,
    attach_received,
    check_same_site,
    receive_form,
    services_of,
)
from app.identity import Asking, check_csrf
from app.labels import parse_label, parse_releasability
from app.records import AttachingFacts, AttachmentView, ChooseForm, MarkingInput, OpenedReports
from app.web.choices import choices, emails_of
from app.web.draft_forms import ATTACHED, Typed, marking_of, of_attachment, people_in, typed_of
from app.web.forms import errors_of, parse, texts
from app.web.pages import redraw_with, render

router = APIRouter(prefix="/drafts/{version_id}/attachments")


@router.post("")
async def upload(request: Request, version_id: VersionId) -> RedirectResponse:
    """Take a file: judged in one transaction, sealed while it arrives, kept in another.

    The form is read as it streams, so that its token is checked when all of it has come: until
    then nothing but a temporary blob exists.
    """
    check_same_site(request)
    receive = partial(receive_form, request, file_field="file")
    await attach_file(request, version_id, receive, keep=partial(_attach, request))
    return _back(version_id)


@router.get("/{attachment_id}")
def marking_page(
    request: Request,
    opened: DraftFindings,
    work: Working,
    gate: TheGate,
    asking: SignedInAsking,
    version_id: VersionId,
    attachment_id: AttachmentId,
) -> Response:
    return _marking(request, work, gate, asking, version_id, attachment_id, opened)


@router.post("/{attachment_id}")
def relabel(
    request: Request,
    work: Working,
    asking: SignedInAsking,
    form: SafeForm,
    version_id: VersionId,
    attachment_id: AttachmentId,
) -> RedirectResponse:
    typed = typed_of(form)
    redraw_with(request, partial(_marking_again, request, version_id, attachment_id, typed))
    _relabel(request, work, asking, attachment_id, typed)
    return _back(version_id)


@router.get("")
def attachment_list(
    request: Request,
    work: Working,
    gate: TheGate,
    actor: SignedInActor,
    version_id: VersionId,
    waiting: int,
) -> Response:
    """Give the list anew once an inspection has ended, and nothing while as many are awaited."""
    if records.waiting_count(work, gate, actor, version_id) == waiting:
        return Response(status_code=204)
    draft = records.edit(work, gate, actor, version_id)
    return render(request, "drafts/attachment_list.html", {"draft": draft})


@router.post("/{attachment_id}/leaves")
def choose(
    work: Working,
    gate: TheGate,
    actor: SignedInActor,
    form: SafeForm,
    version_id: VersionId,
    attachment_id: AttachmentId,
) -> RedirectResponse:
    command = parse(ChooseForm, texts(form, "leaves"))
    records.choose_form(work, gate, actor, attachment_id, command.leaves)
    return _back(version_id)


@router.post("/{attachment_id}/inspect")
def inspect_again(
    work: Working,
    gate: TheGate,
    actor: SignedInActor,
    _: SafeForm,
    version_id: VersionId,
    attachment_id: AttachmentId,
) -> RedirectResponse:
    records.inspect_again(work, gate, actor, attachment_id)
    return _back(version_id)


@router.post("/{attachment_id}/remove")
def detach(
    work: Working,
    gate: TheGate,
    actor: SignedInActor,
    _: SafeForm,
    version_id: VersionId,
    attachment_id: AttachmentId,
) -> RedirectResponse:
    records.detach(work, gate, actor, attachment_id)
    return _back(version_id)


def _attach(
    request: Request, work: Work, asking: Asking, facts: AttachingFacts, received: Received
) -> AttachmentView:
    check_csrf(asking, received.fields.get("csrf_token", ""))
    attached = attach_received(request, work, asking, facts, received)
    typed = Typed(received.values)
    if typed.own(ATTACHED):
        _relabel(request, work, asking, attached.id, typed)
    return attached


def _relabel(
    request: Request, work: Work, asking: Asking, attachment_id: AttachmentId, typed: Typed
) -> None:
    services, profile = services_of(request), asking.actor.profile
    offered = choices(work, services.gate, profile.party, own=profile.organisation)
    find_person = partial(parties.person_by_email, work.session)
    records.relabel(
        work,
        services.gate,
        asking.actor,
        attachment_id,
        marking_of(typed, ATTACHED, offered.zone, find_person),
        arrangement=services.settings.arrangement,
        keys=services.keys,
    )


def _marking(
    request: Request,
    work: Work,
    gate: Gate,
    asking: Asking,
    version_id: VersionId,
    attachment_id: AttachmentId,
    opened: OpenedReports,
    typed: Typed | None = None,
    problem: Problem | None = None,
    status: int = 200,
) -> Response:
    draft = records.edit(work, gate, asking.actor, version_id, opened)
    attachment = next((one for one in draft.attachments if one.id == attachment_id), None)
    if attachment is None:
        raise NotFound
    profile = asking.actor.profile
    offered = choices(work, gate, profile.party, own=profile.organisation)
    marking = _input_of(gate, attachment)
    emails = emails_of(work, people_in([marking]))
    context = {
        "draft": draft,
        "attachment": attachment,
        "typed": typed or of_attachment(marking, emails, offered.zone),
        "choices": offered,
        "names": offered.names,
        "errors": errors_of(problem, _attached),
    }
    return render(request, "drafts/attachment.html", context, status=status)


def _marking_again(
    request: Request,
    version_id: VersionId,
    attachment_id: AttachmentId,
    typed: Typed,
    status: int,
    problem: Problem,
) -> Response:
    gate = services_of(request).gate
    with another_unit(request) as (work, asking):
        return _marking(
            request, work, gate, asking, version_id, attachment_id, {}, typed, problem, status
        )


def _input_of(gate: Gate, attachment: AttachmentView) -> MarkingInput:
    """Give the marking of an attachment as its writer typed it."""
    view, schemes = attachment.marking, gate.keeper.current.schemes
    written = "; ".join([*(tag.text for tag in view.tags), *view.caveats])
    releasability = parse_releasability(view.release_to)
    label = parse_label(schemes, written, releasability=releasability)
    return records.marking_input_of(schemes, label)


def _back(version_id: VersionId) -> RedirectResponse:
    return RedirectResponse(f"/drafts/{version_id}#attachments", 303)


def _attached(name: str) -> str:
    """Give the field of a page that the domain calls by the marking."""
    return name.replace("marking.", f"{ATTACHED}.", 1)
