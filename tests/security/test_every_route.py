"""Every route that returns or changes something protected passes the gate and leaves its events.

The walk knows every route: one that it does not ask, and that is not listed as giving nothing
away, fails it. What is refused must not differ from what does not exist. When the journal cannot
be written, nothing is served.
"""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest

from app.audit import QuestionName
from app.core.database import Database
from app.core.errors import Unavailable
from app.core.ids import EntryId
from app.core.journal import Event
from app.core.work import Work
from tests import (
    walk_deciding,
    walk_membership,
    walk_notices,
    walk_originators,
    walk_proposals,
    walk_recalling,
    walk_requests,
    walk_reviewing,
    walk_speaking,
)
from tests.api_world import draft_json
from tests.copies_world import found_to_be, pdf
from tests.walk import Walk, make_walk

NOTHING = "01900000-0000-7000-8000-000000000000"

# What these answer is the same for everybody, or is the asker's own doing.
GIVES_NOTHING_AWAY = {
    ("GET", "/api/v1/terms"),
    ("GET", "/api/v1/terms/{slug}"),
    ("GET", "/api/openapi.json"),
    ("GET", "/static"),
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/metrics"),
    ("GET", "/api/v1/markings"),
    ("GET", "/api/v1/parties"),
    ("GET", "/api/v1/me"),
    ("GET", "/api/v1/signing-keys"),
    ("GET", "/.well-known/jwks.json"),
    ("GET", "/api/v1/deputies"),
    # A unit of work for each: held in tests/integration/test_release_approvals.py.
    ("POST", "/api/v1/desk/approvals"),
    ("GET", "/api/v1/audit/questions"),
}


@pytest.fixture(scope="module")
def walk(
    module_peopled_database: Database, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Walk]:
    made = make_walk(module_peopled_database, tmp_path_factory.mktemp("walk"))
    yield made
    made.api.portal.world.close()


def submitted(walk: Walk, file: bytes = b"", **changes: object) -> dict[str, str]:
    """Draft and submit by program, with a file where there is one."""
    draft = walk.ask(
        "ida",
        "POST",
        "/api/v1/drafts",
        status=201,
        leaves=["record.drafted"],
        json=draft_json(**changes),
    ).json()
    at = {"version_id": draft["version_id"], "record_id": draft["record_id"]}
    if file:
        params, added = {"name": "a.csv"}, ["attachment.begun", "attachment.added"]
        path = "/api/v1/drafts/{version_id}/attachments"
        sent: dict[str, Any] = {"params": params, "content": file, "leaves": added, "status": 201}
        at["attachment_id"] = walk.ask("ida", "PUT", path, at=at, **sent).json()["id"]
        found_to_be(walk.api.portal.world, at["attachment_id"], "text/csv", 0)
    path = "/api/v1/drafts/{version_id}/submission"
    walk.ask("ida", "POST", path, at=at, status=201, leaves=["record.submitted"], json={})
    return at


def seen(walk: Walk, name: str, at: dict[str, str], leaves: list[str]) -> dict[str, str]:
    """Review by program, and agree to what was seen."""
    found = walk.ask(name, "GET", "/api/v1/desk/{version_id}", at=at, leaves=leaves)
    return {"seen_hash": found.json()["seen_hash"]}


def test_every_door_of_the_api_leaves_its_events(walk: Walk) -> None:
    looking_up(walk)
    drafting(walk)
    at = releasing(walk)
    reading(walk, at)
    reviewing(walk)
    walk_reviewing.by_program(walk)
    walk_membership.by_program(walk)
    walk_originators.by_program(walk)
    walk_notices.by_program(walk)
    walk_requests.by_program(walk)
    walk.ask("bo", "GET", "/api/v1/calendar", leaves=["calendar.shown"])
    verifying(walk)
    running_an_organisation(walk)
    walk_proposals.by_program(walk)
    getting_tokens(walk)
    doors = {
        door
        for door in walk.doors()
        if door[1].startswith(("/api/", "/log/", "/logs/", "/healthz", "/readyz", "/metrics"))
    }
    assert ("GET", "/api/v1/records/{record_id}") in doors
    assert doors - walk.asked - GIVES_NOTHING_AWAY == set()


def looking_up(walk: Walk) -> None:
    """The policies are for everybody who is signed in; looking them up leaves nothing."""
    door = "/api/v1/policies"
    for one in (door, f"{door}/history", f"{door}/schemes", f"{door}/{{policy_id}}"):
        walk.ask("uma", "GET", one, at={"policy_id": "eyes-only"}, leaves=[])
        walk.ask(None, "GET", one, at={"policy_id": "eyes-only"}, status=401, leaves=[])


def drafting(walk: Walk) -> None:
    begun = walk.ask(
        "ida", "POST", "/api/v1/drafts", status=201, leaves=["record.drafted"], json=draft_json()
    )
    at = {"version_id": begun.json()["version_id"]}
    path = "/api/v1/drafts/{version_id}"
    opened = walk.ask("ida", "GET", path, at=at, leaves=["draft.read"])
    headers = {"If-Match": opened.headers["etag"]}
    json = draft_json(title="Amended")
    walk.ask("ida", "PUT", path, at=at, leaves=["draft.amended"], json=json, headers=headers)
    walk.ask("ida", "GET", "/api/v1/drafts", leaves=["drafts.listed"])
    walk.ask("ida", "GET", path + "/audience", at=at, leaves=["audience.previewed"])
    attached = walk.ask(
        "ida",
        "PUT",
        path + "/attachments",
        at=at,
        status=201,
        leaves=["attachment.begun", "attachment.added"],
        params={"name": "a.pdf"},
        content=pdf("One", "Two"),
    )
    file = {"attachment_id": attached.json()["id"]}
    marking = {"markings": "TLP:AMBER", "release_to": "org:uni-eu"}
    door = "/api/v1/attachments/{attachment_id}"
    walk.ask(
        "ida", "PUT", door + "/marking", at=file, leaves=["attachment.relabelled"], json=marking
    )
    walk.ask("ida", "GET", door, at=file, leaves=["attachment.downloaded"])
    walk.ask("ida", "HEAD", door, at=file, leaves=["attachment.downloaded"])
    found_to_be(walk.api.portal.world, file["attachment_id"], "application/pdf", 2)
    walk.ask("ida", "GET", door, at=file, leaves=["attachment.downloaded"])
    walk.ask("ida", "GET", door + "/pages", at=file, leaves=["attachment.pages-counted"])
    for one in ("/pages/{page}", "/pages/{page}.png"):
        two = file | {"page": "2"}
        walk.ask("ida", "GET", door + one, at=two, leaves=["attachment.page-viewed"])
        walk.ask("bo", "GET", door + one, at=two, status=404, leaves=["read.refused"])
    inspection = door + "/inspection"
    walk.ask("ida", "GET", inspection, at=file, leaves=["inspection.read"])
    walk.ask("bo", "GET", inspection, at=file, status=404, leaves=["amend.refused"])
    chosen, events = {"leaves": "original"}, ["attachment.original-chosen"]
    walk.ask("ida", "PUT", door + "/leaves", at=file, leaves=events, json=chosen)
    walk.ask("ida", "POST", inspection, at=file, status=202, leaves=["inspection.asked"])
    walk.ask("ida", "DELETE", door, at=file, status=204, leaves=["attachment.removed"])
    uploading(walk, at)
    walk.ask("ida", "DELETE", path, at=at, status=204, leaves=["draft.discarded"])


def uploading(walk: Walk, at: dict[str, str]) -> None:
    """An upload that may break, as a client of tus sends it."""
    sent = {"Tus-Resumable": "1.0.0", "Content-Type": "application/offset+octet-stream"}
    place = "/api/v1/drafts/{version_id}/uploads"
    walk.ask("ida", "OPTIONS", place, at=at, status=204, leaves=[])
    begun: dict[str, Any] = {"status": 201, "leaves": ["attachment.begun"]}
    length = sent | {"Upload-Length": "6"}
    ids = []
    for _ in range(2):
        answer = walk.ask("ida", "POST", place, at=at, headers=length, **begun)
        ids.append({"upload_id": answer.headers["location"].rsplit("/", 1)[1]})
    door = "/api/v1/uploads/{upload_id}"
    headers, added = sent | {"Upload-Offset": "0"}, ["attachment.continued", "attachment.added"]
    wanted: dict[str, Any] = {"at": ids[0], "status": 204, "leaves": added, "headers": headers}
    walk.ask("ida", "PATCH", door, content=b"abcdef", **wanted)
    walk.ask("ida", "HEAD", door, at=ids[0], leaves=[], headers=sent)
    gone = ["attachment.abandoned"]
    walk.ask("ida", "DELETE", door, at=ids[1], status=204, leaves=gone, headers=sent)


def releasing(walk: Walk) -> dict[str, str]:
    looking = ["record.read", "audience.previewed"]
    for verb, event in (("return", "record.returned"), ("refusal", "record.refused")):
        at = submitted(walk, title=f"For {verb}")
        door = "/api/v1/desk/{version_id}/" + verb
        reason = {"comment": "Shorter."}
        walk.ask("iris", "POST", door, at=at, status=201, leaves=[event], json=reason)

    foreign = submitted(walk, title="Another's", originator="eu-ai-office")
    agreed = seen(walk, "emil", foreign, ["record.reviewed", "audience.previewed"])
    door = "/api/v1/desk/{version_id}/consent"
    walk.ask("emil", "POST", door, at=foreign, status=201, leaves=["record.consented"], json=agreed)

    at = submitted(walk, title="Released", file=b"1,2")
    walk.ask(
        "iris", "GET", "/api/v1/desk", leaves=["desk.listed", "desk.listed", "submissions.listed"]
    )
    agreed = seen(walk, "iris", at, looking)
    released = ["audience.previewed", "record.released"]
    door = "/api/v1/desk/{version_id}/approval"
    walk.ask("iris", "POST", door, at=at, status=201, leaves=released, json=agreed)
    walk_deciding.by_program(walk, at)
    return at


def reading(walk: Walk, at: dict[str, str]) -> None:
    record = "/api/v1/records/{record_id}"
    walk.ask("uma", "GET", "/api/v1/records", leaves=["records.listed"])
    walk.ask("uma", "GET", "/api/v1/records", leaves=["records.searched"], params={"q": "pairs"})
    walk.ask("uma", "GET", record, at=at, leaves=["record.read"])
    version = record + "/versions/{number}"
    walk.ask("uma", "GET", version, at=at | {"number": 1}, leaves=["record.read"])
    walk.ask("ida", "GET", record + "/decisions", at=at, leaves=["decisions.read"])
    walk.ask("uma", "GET", record + "/why", at=at, leaves=["record.explained"])
    taken = {"attachment_id": at["attachment_id"]}
    door = "/api/v1/attachments/{attachment_id}"
    walk.ask("uma", "GET", door, at=taken, leaves=["attachment.downloaded"])
    walk_speaking.by_program(walk, at)
    revised = ["record.read", "record.revised"]
    walk.ask("ida", "POST", record + "/revision", at=at, status=201, leaves=revised)
    numbers = {"from": 1, "to": 2}
    door = record + "/difference"
    walk.ask("ida", "GET", door, at=at, leaves=["record.compared"], params=numbers)
    door = record + "/versions/{version_id}/withdrawal"
    reason = walk_recalling.RECALLED
    walk.ask("iris", "POST", door, at=at, status=201, leaves=["record.withdrawn"], json=reason)
    walk.ask("uma", "GET", record, at=at, leaves=["tombstone.read"])
    walk_recalling.by_program(walk, at)


def reviewing(walk: Walk) -> None:
    walk.api.portal.world.sequence()
    found = walk.ask("abel", "GET", "/api/v1/log", leaves=["log.reviewed"])
    entry = {"entry_id": found.json()[0]["id"]}
    one = "/api/v1/log/{entry_id}"
    walk.ask("abel", "GET", one, at=entry, leaves=["log.reviewed"])
    proof = walk.ask("abel", "GET", one + "/proof", at=entry, leaves=["log.reviewed"])
    assert proof.headers["content-type"].startswith("text/plain")
    assert proof.text.startswith("c2sp.org/tlog-proof@v1\n")
    refused = ["review-log.refused"]
    walk.ask("uma", "GET", one + "/proof", at=entry, status=403, leaves=refused)
    walk.ask("abel", "GET", one + "/explanation", at=entry, leaves=["access.explained"])
    walk.ask("uma", "GET", one + "/explanation", at=entry, status=403, leaves=refused)
    door, asked = "/api/v1/audit/explanation", {"person": "public", "record": NOTHING}
    walk.ask("abel", "GET", door, params=asked, leaves=["access.explained"])
    walk.ask("uma", "GET", door, params=asked, status=403, leaves=refused)
    door, number = "/api/v1/audit/copies/{number}", {"number": "C-2222-2222"}
    walk.ask("abel", "GET", door, at=number, status=404, leaves=["log.reviewed"])
    walk.ask("uma", "GET", door, at=number, status=403, leaves=refused)
    walk.ask("uma", "GET", "/api/v1/me/acts", leaves=["log.reviewed"])
    walk.ask("uma", "GET", "/api/v1/log", status=403, leaves=["review-log.refused"])
    asking_questions(walk)
    door = "/api/v1/audit/exports/{file}"
    for file in ("log.ocsf.jsonl", "log.csv", "evidence.zip"):
        walk.ask("abel", "GET", door, at={"file": file}, leaves=["log.exported"])
        refused = ["review-log.refused"]
        walk.ask("uma", "GET", door, at={"file": file}, status=403, leaves=refused)


def asking_questions(walk: Walk) -> None:
    door = "/api/v1/audit/questions/{name}"
    needed = {
        "record-opened": {"record": NOTHING},
        "could-read": {"record": NOTHING},
        "person-could-read": {"person": "uma@uni-eu.example"},
        "person-opened": {"person": "uma@uni-eu.example"},
    }
    for name in QuestionName:
        at, asked = {"name": name.value}, needed.get(name, {})
        found = walk.ask("abel", "GET", door, at=at, leaves=["log.reviewed"], params=asked)
        assert found.json()["question"] == name
        refused = ["review-log.refused"]
        walk.ask("uma", "GET", door, at=at, status=403, leaves=refused, params=asked)
        unread = {"decision": "x"}
        walk.ask("uma", "GET", door, at=at, status=403, leaves=refused, params=unread)


def verifying(walk: Walk) -> None:
    """What is published is for everybody, but the entries; each fetch of those is an event."""
    walk.api.portal.world.sequence()
    number = {"number": "1"}
    for name in ("checkpoint", "vkey", "keys", "policy"):
        walk.ask(None, "GET", f"/log/{name}", leaves=[])
        walk.ask(None, "GET", "/logs/{number}/" + name, at=number, leaves=[])
    tile = {"tile_path": "0/000.p/1", **number}
    bundle = {"tile_path": "000.p/1", **number}
    for log in ("/log", "/logs/{number}"):
        walk.ask(None, "GET", log + "/tile/{tile_path:path}", at=tile, leaves=[])
        door = log + "/tile/entries/{tile_path:path}"
        walk.ask("abel", "GET", door, at=bundle, leaves=["log.entries-read"])
        walk.ask("uma", "GET", door, at=bundle, status=403, leaves=["verify-log.refused"])
        walk.ask(None, "GET", door, at=bundle, status=401, leaves=[])


def running_an_organisation(walk: Walk) -> None:
    office = "/api/v1/organisation"
    walk.ask("olga", "GET", office, leaves=["organisation.shown"])
    admitted = walk.ask(
        "olga",
        "POST",
        office + "/people",
        status=201,
        leaves=["person.admitted"],
        json={"email": "nora@imda.example", "name": "Nora"},
    )
    at = {"person_id": admitted.json()["id"]}
    one = office + "/people/{person_id}"
    for method, door, status, events, json in (
        ("PUT", "/roles", 200, ["person.roles-assigned"], {"roles": []}),
        ("PUT", "/clearance", 200, ["person.clearance-set"], {"clearance": ""}),
        ("POST", "/password", 201, ["password.given"], None),
        ("DELETE", "/second-factor", 204, ["second-factor.reset"], None),
        ("DELETE", "/sessions", 204, ["sessions.ended"], None),
        ("POST", "/suspension", 204, ["person.suspended", "sessions.ended"], None),
        ("DELETE", "/suspension", 200, ["person.resumed"], None),
    ):
        walk.ask("olga", method, one + door, at=at, status=status, leaves=events, json=json)


def getting_tokens(walk: Walk) -> None:
    client_id, secret = walk.api.credentials("bo")
    form = {
        "grant_type": "client_credentials",
        "client_id": client_id,
        "client_secret": secret,
    }
    door = "/api/v1/token"
    token = walk.ask(None, "POST", door, leaves=["token.issued"], data=form).json()
    wrong = form | {"client_secret": "x"}
    walk.ask(None, "POST", door, status=401, leaves=["token.refused"], data=wrong)
    given = {"token": token["access_token"]}
    walk.ask(None, "POST", door + "/revocation", leaves=["token.revoked"], data=given)
    for method, door in sorted(GIVES_NOTHING_AWAY):
        if method == "GET" and door.startswith(("/api/v1", "/hea", "/.well")) and "{" not in door:
            walk.ask("uma", "GET", door, leaves=[])


READS = [
    "/api/v1/records/{record_id}",
    "/api/v1/records/{record_id}/versions/1",
    "/api/v1/records/{record_id}/difference?from=1&to=1",
    "/api/v1/records/{record_id}/decisions",
    "/api/v1/drafts/{version_id}",
    "/api/v1/drafts/{version_id}/audience",
    "/api/v1/desk/{version_id}",
    "/records/{record_id}",
    "/records/{record_id}/versions/1",
    "/records/{record_id}/compare?from=1&to=1",
    "/drafts/{version_id}",
    "/drafts/{version_id}/audience",
    "/desk/{version_id}",
]


@pytest.fixture(scope="module")
def hidden(walk: Walk) -> dict[str, str]:
    """A submission that nobody outside of its organisation may know of."""
    return submitted(walk, title="Hidden")


@pytest.mark.parametrize("name", ["uma", "abel", "ines"])
@pytest.mark.parametrize("door", READS)
def test_what_is_refused_looks_like_what_is_not_there(
    walk: Walk, hidden: dict[str, str], door: str, name: str
) -> None:
    client = walk.client(name, door)
    there = client.get(door.format(**hidden))
    nowhere = client.get(door.format(record_id=NOTHING, version_id=NOTHING))
    assert there.status_code in (200, 403, 404)
    assert there.status_code == nowhere.status_code
    assert there.content.replace(hidden["record_id"].encode(), NOTHING.encode()) == nowhere.content
    assert dict(there.headers) == dict(nowhere.headers)


@pytest.mark.parametrize("door", READS)
def test_nothing_is_served_that_the_journal_cannot_hold(
    walk: Walk, hidden: dict[str, str], door: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: object, work: Work, event: Event) -> EntryId:
        raise Unavailable("The journal does not answer.")

    client = walk.client("ida", door)
    monkeypatch.setattr("app.log.journal.DatabaseJournal.append", broken)
    answer = client.get(door.format(**hidden))
    assert answer.status_code == 503
    assert b"Hidden" not in answer.content


def test_the_journal_names_what_was_refused(walk: Walk, hidden: dict[str, str]) -> None:
    before = walk.count()
    walk.client("uma", "/api/").get(f"/api/v1/records/{hidden['record_id']}")
    assert walk.events_since(before) == ["read.refused"]
    assert UUID(hidden["record_id"])
