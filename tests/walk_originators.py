"""Walks the doors of originator control: what is quoted and carried on, consents and the chain."""

from typing import Any

from tests.api_world import draft_json
from tests.walk import Walk

CLEAR = {"markings": "TLP:CLEAR", "release_to": "public"}
QUOTED = ["portion.quoted", "draft.amended"]
CARRIED = ["attachment.downloaded", "attachment.begun", "attachment.added"]
DECLINED = {"comment": "It is out of date."}


def _sent(walk: Walk, name: str, method: str, path: str, **options: Any) -> Any:
    """Ask by program without counting it as a step of the walk."""
    answer = walk.client(name, "/api/").request(method, f"/api/v1{path}", **options)
    assert answer.status_code < 300, answer.text
    return answer.json()


def _drafted(walk: Walk, **changes: Any) -> dict[str, str]:
    made = _sent(walk, "ida", "POST", "/drafts", json=draft_json(**changes))
    return {"version_id": made["version_id"], "record_id": made["record_id"]}


def _source(walk: Walk) -> dict[str, str]:
    """Release a record with a file; gives it with one of its sections and its file."""
    at = _drafted(walk, title="A source", marking=CLEAR)
    one = f"/drafts/{at['version_id']}"
    file = _sent(walk, "ida", "PUT", one + "/attachments?name=a.txt", content=b"bytes")
    _sent(walk, "ida", "POST", one + "/submission", json={})
    desk = f"/desk/{at['version_id']}"
    seen = {"seen_hash": _sent(walk, "iris", "GET", desk)["seen_hash"]}
    _sent(walk, "iris", "POST", desk + "/approval", json=seen)
    shown = _sent(walk, "uma", "GET", f"/records/{at['record_id']}")
    part = next(one["id"] for one in shown["portions"] if one["role"] == "section")
    return {"record_id": at["record_id"], "part": part, "file": file["id"]}


def _foreign(walk: Walk) -> dict[str, str]:
    """Submit what is another organisation's information."""
    at = _drafted(walk, title="Another's own", originator="eu-ai-office")
    _sent(walk, "ida", "POST", f"/drafts/{at['version_id']}/submission", json={})
    return at


def on_pages(walk: Walk) -> None:
    """Walk the pages."""
    source, draft = _source(walk), _drafted(walk, title="Quoting", marking=CLEAR)
    record = "/records/{record_id}"
    part = {"record_id": source["record_id"], "part_id": source["part"]}
    chosen: dict[str, Any] = {
        "data": walk.form("ida", {"draft": draft["version_id"]}),
        "status": 303,
    }
    door = record + "/parts/{part_id}/quote"
    walk.ask("ida", "GET", door, at=part, leaves=["drafts.listed"])
    walk.ask("ida", "POST", door, at=part, leaves=QUOTED, **chosen)
    door, file = record + "/files/{part_id}/attach", part | {"part_id": source["file"]}
    walk.ask("ida", "POST", door, at=file, leaves=CARRIED, **chosen)
    walk.ask("uma", "GET", record + "/origins", at=part, leaves=["origins.read"])
    foreign, one = _foreign(walk), "/desk/{version_id}"
    walk.ask("emil", "GET", one + "/consent", at=foreign, leaves=["record.reviewed"])
    refused = ["consent.refused"]
    walk.ask("iris", "GET", one + "/consent", at=foreign, status=404, leaves=refused)
    reason: dict[str, Any] = {"data": walk.form("emil", DECLINED), "status": 303}
    walk.ask("emil", "POST", one + "/decline", at=foreign, leaves=["record.declined"], **reason)


def by_program(walk: Walk) -> None:
    """Walk the API."""
    source, draft = _source(walk), _drafted(walk, title="Quoting", marking=CLEAR)
    one = "/api/v1/drafts/{version_id}"
    for door, leaves, part in (
        ("/quotations", QUOTED, "part"),
        ("/carried-files", CARRIED, "file"),
    ):
        json = {"part": source[part]}
        walk.ask("ida", "POST", one + door, at=draft, status=201, leaves=leaves, json=json)
    door = "/api/v1/records/{record_id}/origins"
    walk.ask("uma", "GET", door, at=source, leaves=["origins.read"])
    foreign, one = _foreign(walk), "/api/v1/desk/{version_id}"
    walk.ask("emil", "GET", one + "/consent", at=foreign, leaves=["record.reviewed"])
    refused = ["consent.refused"]
    walk.ask("iris", "GET", one + "/consent", at=foreign, status=404, leaves=refused)
    leaves = ["record.declined"]
    walk.ask("emil", "POST", one + "/decline", at=foreign, status=201, leaves=leaves, json=DECLINED)
