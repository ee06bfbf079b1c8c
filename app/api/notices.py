"""Notices: what you were told, what you follow, and how you want to be told."""

from dataclasses import dataclass
from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response

from app import notices
from app.api.answers import link_pages, nouns
from app.edge import SignedInActor, TheGate, TheServices, Working
from app.notices import Choose, Follow, NoticeView, SettingsView

router = nouns("notices", "/notices")


@dataclass(frozen=True)
class Following:
    """What you follow, by its id."""

    id: UUID


@dataclass(frozen=True)
class FeedToken:
    """The token of your feed, at `/notices.atom?token=`; it is shown this once."""

    token: str


@router.get("")
def list_notices(
    request: Request,
    response: Response,
    work: Working,
    gate: TheGate,
    actor: SignedInActor,
    cursor: Annotated[str, Query(max_length=500)] = "",
) -> list[NoticeView]:
    """List what you were told, the unread first; the next page stands in `Link`."""
    page = notices.inbox(work, gate, actor, cursor)
    link_pages(request, response, page)
    return list(page.items)


@router.post("/read", status_code=204)
def mark_all_notices_read(work: Working, actor: SignedInActor) -> None:
    """Note that you have read all of them."""
    notices.mark_all_read(work, actor)


@router.post("/{notice_id}/read", status_code=204)
def mark_notice_read(work: Working, actor: SignedInActor, notice_id: UUID) -> None:
    """Note that you have read one."""
    notices.open_notice(work, actor, notice_id)


@router.get("/settings")
def show_notice_settings(work: Working, gate: TheGate, actor: SignedInActor) -> SettingsView:
    """Show how you want to be told, and what you follow."""
    return notices.settings(work, gate, actor)


@router.put("/settings", status_code=204)
def choose_notice_settings(work: Working, actor: SignedInActor, chosen: Choose) -> None:
    """Choose how you want to be told."""
    notices.choose(work, actor, chosen)


@router.post("/following", status_code=201)
def follow(work: Working, gate: TheGate, actor: SignedInActor, what: Follow) -> Following:
    """Follow a record, an organisation, an area or a search: you are told of what is released."""
    return Following(notices.follow(work, gate, actor, what))


@router.delete("/following/{subscription_id}", status_code=204)
def leave(work: Working, actor: SignedInActor, subscription_id: UUID) -> None:
    """Follow this no longer."""
    notices.leave(work, actor, subscription_id)


@router.post("/feed", status_code=201)
def issue_feed(work: Working, services: TheServices, actor: SignedInActor) -> FeedToken:
    """Get the token of your feed; one that you had is worth nothing any more."""
    return FeedToken(notices.issue_feed(work, actor, services.identity.random_bytes))


@router.delete("/feed", status_code=204)
def revoke_feed(work: Working, actor: SignedInActor) -> None:
    """End your feed."""
    notices.revoke_feed(work, actor)
