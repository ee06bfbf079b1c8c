"""Pages of notices: what one was told, what one follows and chose, the feed, and an end to mail."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from starlette.responses import RedirectResponse, Response

from app import notices, parties
from app.access import Area
from app.core.errors import NotFound
from app.core.work import Work
from app.edge import SafeForm, SignedInActor, TheGate, TheServices, Working, services_of
from app.notices import Channel, Choose, Follow, Kind, NoticeView, Rhythm
from app.web.atom import ATOM, atom
from app.web.forms import local_path, parse, texts
from app.web.pages import render
from app.web.presenting import label, moment

router = APIRouter()

LONGEST_TOKEN = 200


@dataclass(frozen=True)
class Day:
    """The notices of a day that are read, or that are not."""

    unread: bool
    text: str
    notices: Sequence[NoticeView]


@router.get("/notices")
def notices_page(
    request: Request,
    work: Working,
    gate: TheGate,
    actor: SignedInActor,
    page: Annotated[str, Query(max_length=500)] = "",
) -> Response:
    found = notices.inbox(work, gate, actor, page)
    context = {"days": _days(found.items, actor.profile.party), "next": found.next_cursor}
    return render(request, "notices/notices.html", context | {"unread": _unread(found.items)})


@router.get("/notices/settings")
def settings_page(request: Request, work: Working, gate: TheGate, actor: SignedInActor) -> Response:
    shown = notices.settings(work, gate, actor)
    return render(request, "notices/settings.html", _settings(request, work) | {"chosen": shown})


@router.post("/notices/settings")
def choose(work: Working, actor: SignedInActor, form: SafeForm) -> RedirectResponse:
    channels = {kind: form.get(f"channel.{kind.value}") for kind in Kind}
    sent = {kind: channel for kind, channel in channels.items() if channel is not None}
    asked = {**texts(form, "rhythm"), "channels": sent}
    notices.choose(work, actor, parse(Choose, asked))
    return _done("chosen")


@router.post("/notices/read")
def mark_all_read(work: Working, actor: SignedInActor, _: SafeForm) -> RedirectResponse:
    notices.mark_all_read(work, actor)
    return RedirectResponse("/notices", 303)


@router.post("/notices/following")
def follow(work: Working, gate: TheGate, actor: SignedInActor, form: SafeForm) -> RedirectResponse:
    notices.follow(work, gate, actor, parse(Follow, texts(form, "subject", "value", "name")))
    return _done("followed")


@router.post("/notices/following/{subscription_id}/leave")
def leave(
    work: Working, actor: SignedInActor, _: SafeForm, subscription_id: UUID
) -> RedirectResponse:
    notices.leave(work, actor, subscription_id)
    return _done("left")


@router.post("/notices/feed")
def issue_feed(
    request: Request,
    work: Working,
    gate: TheGate,
    services: TheServices,
    actor: SignedInActor,
    _: SafeForm,
) -> Response:
    token = notices.issue_feed(work, actor, services.identity.random_bytes)
    # The address is shown this once: it is in no other address that could be opened again.
    address = f"{services.settings.base_url}/notices.atom?token={token}"
    context = _settings(request, work) | {"chosen": notices.settings(work, gate, actor)}
    return render(request, "notices/settings.html", context | {"feed_address": address})


@router.post("/notices/feed/revoke")
def revoke_feed(work: Working, actor: SignedInActor, _: SafeForm) -> RedirectResponse:
    notices.revoke_feed(work, actor)
    return _done("feed-ended")


@router.get("/notices.atom")
def feed(
    request: Request,
    work: Working,
    services: TheServices,
    token: Annotated[str, Query(max_length=LONGEST_TOKEN)] = "",
) -> Response:
    known = request.headers.get("if-none-match", "").removeprefix("W/").strip('"')
    view = notices.feed(work, services.gate, services.ceiling, token, known)
    headers = {"ETag": f'"{view.tag}"', "X-Robots-Tag": "noindex"}
    if view.tag == known:
        return Response(status_code=304, headers=headers)
    return Response(atom(view, services.settings.base_url), headers=headers, media_type=ATOM)


@router.get("/notices/unsubscribe/{token}")
def unsubscribe_page(request: Request, work: Working, token: str) -> Response:
    if not notices.knows_token(work, token[:LONGEST_TOKEN]):
        raise NotFound
    return render(request, "notices/unsubscribe.html", {"done": False})


@router.post("/notices/unsubscribe/{token}")
def unsubscribe(request: Request, work: Working, token: str) -> Response:
    """End the mail; asked for by mail programs too, which follow no redirect (RFC 8058)."""
    if not notices.unsubscribe(work, token[:LONGEST_TOKEN]):
        raise NotFound
    return render(request, "notices/unsubscribe.html", {"done": True})


@router.get("/notices/{notice_id}")
def open_notice(work: Working, actor: SignedInActor, notice_id: UUID) -> RedirectResponse:
    return RedirectResponse(local_path(notices.open_notice(work, actor, notice_id)), 303)


@router.post("/notices/{notice_id}/read")
def mark_read(
    work: Working, actor: SignedInActor, _: SafeForm, notice_id: UUID
) -> RedirectResponse:
    notices.open_notice(work, actor, notice_id)
    return RedirectResponse("/notices", 303)


def _days(found: Sequence[NoticeView], party: str) -> list[Day]:
    def key(one: NoticeView) -> tuple[bool, str]:
        return one.read_at is None, moment(one.made_at, party).text.rsplit(",", 1)[0]

    return [Day(unread, day, list(told)) for (unread, day), told in groupby(found, key)]


def _unread(found: Sequence[NoticeView]) -> bool:
    return any(one.read_at is None for one in found)


def _settings(request: Request, work: Work) -> dict[str, object]:
    return {
        "areas": [(area.value, label(area)) for area in Area],
        "organisations": [(one.slug, one.name) for one in parties.organisations(work.session)],
        "rhythms": list(Rhythm),
        "channels": list(Channel),
        "done": request.query_params.get("done", ""),
        "has_mail": services_of(request).settings.smtp_url is not None,
    }


def _done(what: str) -> RedirectResponse:
    return RedirectResponse(f"/notices/settings?done={what}", 303)
