"""Walks the doors of conversations, by program and on pages."""

import re
from typing import Any

from tests.walk import Walk

REQUEST = {"kind": "information-request", "addressee": "imda", "due_on": "2126-03-01"}


def by_program(walk: Walk, at: dict[str, str]) -> None:
    """Ask every door of the API about a released version."""
    door = "/api/v1/versions/{version_id}/threads"
    said: dict[str, Any] = {"body": "Is this so?", **REQUEST}
    walk.ask("uma", "GET", door, at=at, leaves=[])
    begun = walk.ask(
        "uma", "POST", door, at=at, status=201, leaves=["conversation.begun"], json=said
    )
    one = {"thread_id": begun.json()["thread_id"]}
    walk.ask("iris", "GET", door, at=at, leaves=["conversation.read"])
    walk.ask("iris", "GET", "/api/v1/threads", leaves=["conversations.listed"])
    door = "/api/v1/threads/{thread_id}"
    walk.ask("iris", "GET", door, at=one, leaves=["conversation.read"])
    walk.ask("abel", "GET", door, at=one, status=404, leaves=["read.refused"])
    answer = {"body": "It is.", "answers": True}
    answered = ["conversation.answered"]
    sent = walk.ask(
        "iris", "POST", door + "/messages", at=one, status=201, leaves=answered, json=answer
    )
    message = one | {"message_id": sent.json()["message_id"]}
    door += "/messages/{message_id}/withdrawal"
    taken = ["conversation.message-withdrawn"]
    walk.ask("iris", "POST", door, at=message, status=204, leaves=taken)
    door = "/api/v1/threads/{thread_id}/resolution"
    walk.ask("uma", "POST", door, at=one, status=204, leaves=["conversation.resolved"])
    walk.ask("uma", "DELETE", door, at=one, status=204, leaves=["conversation.reopened"])


def on_pages(walk: Walk, at: dict[str, str]) -> None:
    """Ask every page about a released version."""
    door = "/versions/{version_id}/threads"
    walk.ask("uma", "GET", door + "/new", at=at, leaves=["conversation.prepared"])
    said = walk.form("uma", {"body": "Is this so?"})
    begun = walk.ask(
        "uma", "POST", door, at=at, status=303, leaves=["conversation.begun"], data=said
    )
    one = {"thread_id": begun.headers["location"].rsplit("/", 1)[1]}
    door = "/threads/{thread_id}"
    walk.ask("iris", "GET", door, at=one, leaves=["conversation.read"])
    walk.ask("uma", "GET", "/threads", leaves=["conversations.listed"])
    said = walk.form("iris", {"body": "It is."})
    events = ["conversation.continued"]
    walk.ask("iris", "POST", door + "/messages", at=one, status=303, leaves=events, data=said)
    page = walk.ask("iris", "GET", door, at=one, leaves=["conversation.read"]).text
    message = one | {"message_id": re.findall(r"messages/([0-9a-f-]{36})/withdraw", page)[0]}
    for name, path, event in (
        ("iris", "/messages/{message_id}/withdraw", "conversation.message-withdrawn"),
        ("uma", "/resolve", "conversation.resolved"),
        ("uma", "/reopen", "conversation.reopened"),
    ):
        data = walk.form(name)
        walk.ask(name, "POST", door + path, at=message, status=303, leaves=[event], data=data)
