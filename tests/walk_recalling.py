"""Walks the doors of recalls: a version that uma took a file of is called back."""

import re
from typing import Any

from sqlalchemy import text

from tests.walk import Walk

RECALLED = {"comment": "Wrong.", "recall": "true", "due_on": "2126-03-01"}


def of_version(walk: Walk, version_id: str) -> dict[str, str]:
    """The recall of a version, as the owner of the tables sees it."""
    with walk.api.portal.world.owner() as session:
        asked = text("SELECT id FROM recalls WHERE version_id = :id")
        return {"recall_id": str(session.scalar(asked, {"id": version_id}))}


def by_program(walk: Walk, at: dict[str, str]) -> None:
    """Ask every door of the API about a version that was withdrawn and called back."""
    one = of_version(walk, at["version_id"])
    door = "/api/v1/recalls"
    walk.ask("uma", "GET", door, leaves=["recalls.listed"])
    walk.ask("iris", "GET", door, leaves=["recalls.listed"])
    door += "/{recall_id}"
    walk.ask("iris", "GET", door, at=one, leaves=["recall.read"])
    walk.ask("uma", "GET", door, at=one, leaves=["recall.task-read"])
    walk.ask("bo", "GET", door, at=one, status=404, leaves=["read.refused"])
    walk.ask("iris", "POST", door + "/reminder", at=one, leaves=["recall.reminded"])
    walk.ask("iris", "GET", door + "/evidence", at=one, leaves=["recall.exported"])
    said: dict[str, Any] = {"answer": "not-deleted", "why": "It never arrived."}
    declined = ["recall.declined"]
    walk.ask("uma", "POST", door + "/answer", at=one, status=201, leaves=declined, json=said)


def on_pages(walk: Walk, at: dict[str, str]) -> None:
    """Ask every page about a version that was withdrawn and called back."""
    one = of_version(walk, at["version_id"])
    walk.ask("uma", "GET", "/recalls", leaves=["recalls.listed"])
    door = "/recalls/{recall_id}"
    page = walk.ask("uma", "GET", door, at=one, leaves=["recall.task-read"]).text
    name = re.findall(r'id="name-hint" class="govuk-hint">\s*([^<]+?)\s*<', page)[0]
    fields = {"answer": "deleted", "confirmed": "true", "name": name}
    confirmed = ["recall.confirmed"]
    data = walk.form("uma", fields)
    walk.ask("uma", "POST", door + "/answer", at=one, status=303, leaves=confirmed, data=data)
    walk.ask("iris", "GET", door, at=one, leaves=["recall.read"])
    walk.ask("iris", "GET", door + "/evidence.zip", at=one, leaves=["recall.exported"])
    data, reminded = walk.form("iris"), ["recall.reminded"]
    walk.ask("iris", "POST", door + "/remind", at=one, status=303, leaves=reminded, data=data)
