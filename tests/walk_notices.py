"""Walks the doors of notices: what each leaves, and what opens without a session."""

import re
from typing import Any

from app import notices
from app.core.mail import Mail
from app.notices import Kind
from tests.notices_world import WORKER, tell
from tests.notices_world import post as posting
from tests.walk import Walk

FOLLOWED = {"subject": "area", "value": "research"}
CHOSEN = {"rhythm": "at-once", "channels": {"withdrawn": "mail"}}


class Keeps:
    """Stands for a mail server."""

    def __init__(self) -> None:
        self.taken: list[Mail] = []

    def send(self, mail: Mail) -> None:
        """Take a message."""
        self.taken.append(mail)


def told(walk: Walk) -> dict[str, str]:
    """Tell somebody something; gives the notice."""
    world = walk.api.portal.world
    tell(world, "bo", kind=Kind.WITHDRAWN)
    with world.work() as work:
        (notice, *_) = notices.inbox(work, world.gate, world.actor(work, "bo")).items
    return {"notice_id": str(notice.id)}


def token_to_stop(walk: Walk) -> dict[str, str]:
    """Mail somebody something; gives the token that ends it."""
    world, keeps = walk.api.portal.world, Keeps()
    tell(world, "bo", kind=Kind.WITHDRAWN)
    posted = posting(world, keeps)
    while notices.mail_next(world.units, world.gate, posted, origin=WORKER):
        pass
    found = [re.findall(r"/unsubscribe/([\w-]+)", one.text) for one in keeps.taken]
    return {"token": next(token for (token,) in found)}


def on_pages(walk: Walk) -> None:
    """Walk the pages."""
    at = told(walk)
    walk.ask("bo", "GET", "/notices", leaves=["notices.listed"])
    walk.ask("bo", "GET", "/notices/{notice_id}", at=at, status=303, leaves=[])
    walk.ask("bo", "GET", "/notices/settings", leaves=[])
    _post(walk, "/notices/{notice_id}/read", [], at=at)
    _post(walk, "/notices/read", [])
    _post(walk, "/notices/settings", [], fields={"rhythm": "daily", "channel.withdrawn": "mail"})
    _post(walk, "/notices/settings", [], fields={"rhythm": "at-once"})
    _post(walk, "/notices/following", [], fields=FOLLOWED)
    page = walk.client("bo", "/").get("/notices/settings").text
    following = {"subscription_id": re.findall(r"following/([0-9a-f-]{36})/leave", page)[0]}
    _post(walk, "/notices/following/{subscription_id}/leave", [], at=following)
    made = _post(walk, "/notices/feed", ["feed.issued"], status=200)
    token = {"token": re.findall(r"notices\.atom\?token=([\w-]+)", made.text)[0]}
    walk.ask(None, "GET", "/notices.atom", params=token, leaves=["feed.read"])
    _post(walk, "/notices/feed/revoke", ["feed.revoked"])
    walk.ask(None, "GET", "/notices.atom", params=token, status=404, leaves=[])
    stop, door = token_to_stop(walk), "/notices/unsubscribe/{token}"
    for method in ("GET", "POST"):
        walk.ask(None, method, door, at=stop, leaves=[])
        walk.ask(None, method, door, at={"token": "guessed"}, status=404, leaves=[])


def by_program(walk: Walk) -> None:
    """Walk the doors of the API."""
    one, at = "/api/v1/notices", told(walk)
    walk.ask("bo", "GET", one, leaves=["notices.listed"])
    walk.ask("bo", "POST", one + "/{notice_id}/read", at=at, status=204, leaves=[])
    walk.ask("bo", "POST", one + "/read", status=204, leaves=[])
    walk.ask("bo", "PUT", one + "/settings", json=CHOSEN, status=204, leaves=[])
    made = walk.ask("bo", "POST", one + "/following", json=FOLLOWED, status=201, leaves=[])
    chosen = walk.ask("bo", "GET", one + "/settings", leaves=[]).json()
    assert [line["value"] for line in chosen["subscriptions"]] == ["research"]
    gone = {"subscription_id": made.json()["id"]}
    door = one + "/following/{subscription_id}"
    walk.ask("bo", "DELETE", door, at=gone, status=204, leaves=[])
    walk.ask("bo", "DELETE", door, at=gone, status=404, leaves=[])
    walk.ask("bo", "POST", one + "/feed", status=201, leaves=["feed.issued"])
    walk.ask("bo", "DELETE", one + "/feed", status=204, leaves=["feed.revoked"])


def _post(walk: Walk, door: str, leaves: list[str], **options: Any) -> Any:
    data = walk.form("bo", options.pop("fields", {}))
    status = options.pop("status", 303)
    return walk.ask("bo", "POST", door, leaves=leaves, status=status, data=data, **options)
