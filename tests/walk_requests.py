"""Walks the doors of requests for access, of what can be asked for, of grants and terms of use."""

from datetime import date, timedelta
from typing import Any

from app.worker import attend_to_requests
from tests.api_world import draft_json
from tests.walk import Walk

OWN = {"markings": "TLP:AMBER", "release_to": ""}
STUB = {"title": "A study", "description": "", "markings": "TLP:GREEN", "release_to": "community"}
GRANTED = ["access.granted", "request.granted"]
LOOKED = ["request.read", "audience.previewed"]
NEED = "Phrenology of chatbots"


def _sent(walk: Walk, name: str, method: str, path: str, **options: Any) -> Any:
    """Ask by program without counting it as a step of the walk."""
    answer = walk.client(name, "/api/").request(method, f"/api/v1{path}", **options)
    assert answer.status_code < 300, answer.text
    return answer.json() if answer.content else None


def _held(walk: Walk) -> dict[str, str]:
    """Release a record for its own organisation; gives it with its reference."""
    made = _sent(walk, "ida", "POST", "/drafts", json=draft_json(title=NEED, marking=OWN))
    version = made["version_id"]
    _sent(walk, "ida", "POST", f"/drafts/{version}/submission", json={})
    seen = _sent(walk, "iris", "GET", f"/desk/{version}")["seen_hash"]
    _sent(walk, "iris", "POST", f"/desk/{version}/approval", json={"seen_hash": seen})
    shown = _sent(walk, "iris", "GET", f"/records/{made['record_id']}")
    return {"record_id": made["record_id"], "reference": shown["reference"]}


def _day(walk: Walk) -> str:
    day: date = (walk.api.portal.world.clock() + timedelta(days=9)).date()
    return day.isoformat()


def _needed(walk: Walk, record: dict[str, str]) -> dict[str, str]:
    """Describe a need that the record answers, and have it matched."""
    asked = {"sought": NEED, "purpose": "To learn.", "last_day": _day(walk), "area": "research"}
    made = _sent(walk, "bo", "POST", "/requests", json=asked)
    attend_to_requests(walk.api.portal.services)
    return {"request_id": made["line"]["id"], "record_id": record["record_id"]}


def on_pages(walk: Walk) -> None:
    """Walk the pages."""

    def post(name: str, door: str, leaves: list[str], fields: dict[str, str], **at: str) -> Any:
        data = walk.form(name, fields)
        return walk.ask(name, "POST", door, at=at, leaves=leaves, status=303, data=data)

    _terms_on_pages(walk, post)
    record = _held(walk)
    access, known = "/records/{record_id}/access", {"record_id": record["record_id"]}
    post("iris", access + "/list", ["listing.made"], STUB, **known)
    walk.ask("iris", "GET", access, at=known, leaves=["grants.listed"])
    walk.ask("uma", "GET", access, at=known, status=404, leaves=["grant.refused"])
    walk.ask("uma", "GET", "/requests/listed", leaves=["listings.listed"])
    walk.ask("uma", "GET", "/requests/new", leaves=[], params={"reference": record["reference"]})
    asked = {"purpose": "To learn.", "last_day": _day(walk), "markings": "TLP:AMBER"}
    fields = asked | {"reference": record["reference"]}
    made = []
    for name in ("uma", "uma", "bo"):
        sent = post(name, "/requests", ["request.made"], fields)
        made.append({"request_id": sent.headers["location"].split("/")[2].partition("?")[0]})
    walk.ask("uma", "GET", "/requests", leaves=["requests.listed"])
    one, (first, second, third) = "/requests/{request_id}", made
    walk.ask("uma", "GET", one, at=first, leaves=["request.read"])
    walk.ask("bo", "GET", one, at=first, status=404, leaves=["read.refused"])
    said = {"text": "Why?"}
    post("iris", one + "/return", ["request.returned"], said, **first)
    post("uma", one + "/answer", ["request.answered"], said, **first)
    walk.ask("iris", "GET", one + "/grant", at=first, leaves=LOOKED)
    post("iris", one + "/grant", GRANTED, {"last_day": _day(walk)}, **first)
    post("iris", one + "/refuse", ["request.declined"], said, **third)
    post("uma", one + "/withdraw", ["request.withdrawn"], {}, **second)
    grant = _sent(walk, "iris", "GET", f"/records/{record['record_id']}/access")["grants"][0]
    ended = known | {"grant_id": grant["id"]}
    post("iris", access + "/grants/{grant_id}/end", ["access.ended"], {}, **ended)
    post("iris", access + "/unlist", ["listing.removed"], {}, **known)
    need = _needed(walk, record)
    post("iris", one + "/pass/{record_id}", ["match.passed"], {}, **need)


def _terms_on_pages(walk: Walk, post: Any) -> None:
    issued = {"slug": "page-use", "title": "Use", "body": "For research."}
    post("iris", "/terms", ["terms.issued"], issued)
    accepted = {"version": "1", "next": "/records"}
    post("uma", "/terms/{slug}/accept", ["terms.accepted"], accepted, slug="page-use")
    refused, data = ["issue-terms.refused"], walk.form("uma", issued)
    walk.ask("uma", "POST", "/terms", leaves=refused, status=403, data=data)


def by_program(walk: Walk) -> None:
    """Walk the API."""
    door, issued = "/api/v1/terms", {"slug": "api-use", "title": "Use", "body": "For research."}
    walk.ask("iris", "POST", door, status=201, leaves=["terms.issued"], json=issued)
    at, accepted = {"slug": "api-use"}, ["terms.accepted"]
    door += "/{slug}/acceptance"
    walk.ask("uma", "POST", door, at=at, status=201, leaves=accepted, json={"version": 1})
    record = _held(walk)
    access, known = "/api/v1/records/{record_id}/access", {"record_id": record["record_id"]}
    listing, made = access + "/listing", ["listing.made"]
    walk.ask("iris", "PUT", listing, at=known, status=204, leaves=made, json=STUB)
    walk.ask("uma", "GET", "/api/v1/listings", leaves=["listings.listed"])
    asked = {"purpose": "To learn.", "last_day": _day(walk), "reference": record["reference"]}
    door, ids = "/api/v1/requests", []
    for name in ("uma", "uma", "bo"):
        left = ["request.made", "request.read"]
        sent = walk.ask(name, "POST", door, status=201, leaves=left, json=asked)
        ids.append({"request_id": sent.json()["line"]["id"]})
    walk.ask("uma", "GET", door, leaves=["requests.listed"])
    first, second, third = ids
    one, said = door + "/{request_id}", {"text": "Why?"}
    walk.ask("uma", "GET", one, at=first, leaves=["request.read"])
    day = {"last_day": _day(walk)}
    previewed = ["audience.previewed"]
    walk.ask("iris", "GET", one + "/audience", at=first, leaves=previewed, params=day)
    for name, step, left, at, json in (
        ("iris", "/return", ["request.returned"], first, said),
        ("uma", "/answer", ["request.answered"], first, said),
        ("iris", "/grant", GRANTED, first, day),
        ("iris", "/refusal", ["request.declined"], third, said),
        ("uma", "/withdrawal", ["request.withdrawn"], second, None),
    ):
        left = [*left, "request.read"]
        walk.ask(name, "POST", one + step, at=at, status=201, leaves=left, json=json)
    seen = walk.ask("iris", "GET", access, at=known, leaves=["grants.listed"])
    ended = known | {"grant_id": seen.json()["grants"][0]["id"]}
    door, gone = access + "/grants/{grant_id}", {"status": 204}
    walk.ask("iris", "DELETE", door, at=ended, leaves=["access.ended"], **gone)
    walk.ask("iris", "DELETE", listing, at=known, leaves=["listing.removed"], **gone)
    need, door = _needed(walk, record), one + "/matches/{record_id}"
    walk.ask("iris", "DELETE", door, at=need, leaves=["match.passed"], **gone)
