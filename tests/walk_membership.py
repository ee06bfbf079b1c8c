"""Walks the doors of exact audiences, of leaving and of reviews of access."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from unittest.mock import patch

from sqlalchemy import text

from app.membership import ReviewRules
from tests.walk import Walk

VIEWED = ["audience.previewed", "record.viewed-as"]


def by_program(walk: Walk) -> None:
    """Ask every door of the API about a draft, about somebody who leaves, and about a review."""
    at = _drafted(walk)
    one = "/api/v1/records/{record_id}/versions/{number}"
    walk.ask("ida", "GET", one + "/audience", at=at, leaves=["audience.previewed"])
    walk.ask("ida", "GET", one + "/as/{whom}", at=at, leaves=VIEWED)
    walk.ask("uma", "GET", one + "/as/{whom}", at=at, status=404, leaves=["read.refused"])
    leaver, office = _leaver(walk, "Lena"), "/api/v1/organisation"
    door = office + "/people/{person_id}/leaving"
    walk.ask("olga", "GET", door, at=leaver, leaves=["person.reach-shown"])
    walk.ask("ines", "GET", door, at=leaver, status=403, leaves=["suspend.refused"])
    why, left = {"reason": "Leaves."}, ["person.left"]
    ended = walk.ask("olga", "POST", door, at=leaver, status=201, leaves=left, json=why)
    receipt = {"leaving_id": ended.json()["id"]}
    walk.ask("olga", "GET", office + "/leavings/{leaving_id}", at=receipt, leaves=["leaving.shown"])
    with _next_period(walk):
        walk.ask("olga", "GET", office + "/review", leaves=["access-review.shown"])
        walk.ask("ines", "GET", office + "/review", status=403, leaves=["review-access.refused"])
        answer: dict[str, Any] = {"people": [_id(walk, "ines")], "answer": "kept"}
        kept = ["person.kept"]
        walk.ask("olga", "POST", office + "/review/answers", status=204, leaves=kept, json=answer)
        covered = ["access-review.reported"]
        walk.ask("abel", "GET", office + "/review/coverage", leaves=covered)


def on_pages(walk: Walk) -> None:
    """Ask every page about a draft, about somebody who leaves, and about a review."""
    at = _drafted(walk)
    one = "/records/{record_id}/versions/{number}"
    walk.ask("ida", "GET", one + "/audience", at=at, leaves=["record.read", VIEWED[0]])
    walk.ask("ida", "GET", one + "/as/{whom}", at=at, leaves=VIEWED)
    walk.ask("uma", "GET", one + "/as/{whom}", at=at, status=404, leaves=["read.refused"])
    leaver, door = _leaver(walk, "Lara"), "/organisation/people/{person_id}/leaving"
    walk.ask("olga", "GET", door, at=leaver, leaves=["person.reach-shown"])
    data, left = walk.form("olga", {"reason": "Leaves.", "heir": ""}), ["person.left"]
    sent = walk.ask("olga", "POST", door, at=leaver, status=303, leaves=left, data=data)
    receipt = {"leaving_id": sent.headers["location"].rsplit("/", 1)[1]}
    door = "/organisation/leavings/{leaving_id}"
    walk.ask("olga", "GET", door, at=receipt, leaves=["leaving.shown"])
    walk.ask("uma", "GET", door, at=receipt, status=403, leaves=["suspend.refused"])
    file = door + "/receipt.json"
    signed = walk.ask("olga", "GET", file, at=receipt, leaves=["leaving.shown"]).json()
    assert (
        signed["signature"].count(".") == 2 and signed["facts"]["leaving"] == receipt["leaving_id"]
    )
    walk.ask("uma", "GET", file, at=receipt, status=403, leaves=["suspend.refused"])
    with _next_period(walk):
        walk.ask("olga", "GET", "/organisation/review", leaves=["access-review.shown"])
        data = walk.form("olga", {"people": [_id(walk, "ines")], "answer": "kept"})
        kept = ["person.kept"]
        walk.ask("olga", "POST", "/organisation/review", status=303, leaves=kept, data=data)
        covered = ["access-review.reported"]
        walk.ask("olga", "GET", "/organisation/review/coverage", leaves=covered)


def _id(walk: Walk, name: str) -> str:
    return str(walk.api.portal.world.people[name])


def _drafted(walk: Walk) -> dict[str, str]:
    made = walk.api.portal.draft("ida", title="For whom", marking="TLP:GREEN", release_to="org:dtc")
    number = str(made.version_number)
    return {"record_id": str(made.record_id), "number": number, "whom": "org:dtc"}


def _leaver(walk: Walk, name: str) -> dict[str, str]:
    """Admit somebody who is to leave again."""
    person = {"email": f"{name.lower()}@imda.example", "name": name}
    made = walk.client("olga", "/api/v1").post("/api/v1/organisation/people", json=person)
    return {"person_id": made.json()["id"]}


@contextmanager
def _next_period(walk: Walk) -> Iterator[None]:
    """Let everybody have been admitted a year ago, so that the review of this period is of them."""
    world = walk.api.portal.world
    admitted = text("UPDATE people SET admitted_at = :at")
    with world.owner() as session:
        session.execute(admitted, {"at": world.clock() - timedelta(days=400)})
    with patch.object(ReviewRules, "period", return_value=world.clock().date()):
        yield
    with world.owner() as session:
        session.execute(admitted, {"at": world.clock()})
