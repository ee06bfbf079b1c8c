"""Every page leaves its events, and a form that was not made for its session changes nothing."""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC
from typing import Any

import pytest

from app.core.database import Database
from app.records import DraftInput
from app.web.draft_forms import typed_from
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
from tests.portal import PASSWORD
from tests.walk import Walk, make_walk

# The same for everybody, or nothing but a form.
GIVES_NOTHING_AWAY = {
    ("GET", "/static"),
    ("GET", "/sign-in"),
    ("GET", "/help"),
    ("GET", "/parties"),
    ("GET", "/policies"),
    ("GET", "/policies/history"),
    ("GET", "/policies/schemes"),
    ("GET", "/policies/{policy_id}"),
    ("GET", "/desk/away"),
    ("GET", "/drafts/new"),
    ("GET", "/terms"),
    ("GET", "/terms/{slug}"),
    ("GET", "/account"),
    ("POST", "/drafts/{version_id}/preview"),
    ("OPTIONS", "/drafts/{version_id}/uploads"),
}
# Held step by step in tests/browser/test_signing_in.py and tests/integration/test_identity_*.py.
ONE_STEP_OF_MANY = {
    ("GET", "/sign-in/code"),
    ("POST", "/sign-in/code"),
    ("GET", "/sign-in/new-password"),
    ("POST", "/sign-in/new-password"),
    ("POST", "/account/password"),
    ("POST", "/account/second-factor"),
    ("POST", "/account/second-factor/confirm"),
    ("POST", "/account/sessions/{session}/end"),
    ("POST", "/desk/batches/{batch_id}/approve"),
    ("POST", "/desk/together"),
}


@pytest.fixture(scope="module")
def walk(
    module_peopled_database: Database, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Walk]:
    made = make_walk(module_peopled_database, tmp_path_factory.mktemp("pages"))
    yield made
    made.api.portal.world.close()


def post(walk: Walk, name: str, door: str, leaves: list[str], **options: Any) -> Any:
    """Send a form of this person's session; a page that worked sends on."""
    data = walk.form(name, options.pop("fields", {}))
    status = options.pop("status", 303)
    return walk.ask(name, "POST", door, leaves=leaves, status=status, data=data, **options)


def typed(**changes: Any) -> dict[str, Any]:
    """The fields of the editor for a draft."""
    draft = DraftInput(**draft_json(**changes))
    return {key: list(values) for key, values in typed_from(draft, {}, UTC).values.items()}


def test_every_page_leaves_its_events(walk: Walk) -> None:
    at = writing(walk)
    deciding(walk, at)
    reading(walk, at)
    reviewing(walk)
    walk_reviewing.on_pages(walk)
    walk_membership.on_pages(walk)
    walk_originators.on_pages(walk)
    walk_notices.on_pages(walk)
    walk_requests.on_pages(walk)
    walk.ask("bo", "GET", "/calendar", leaves=["calendar.shown"])
    running_an_organisation(walk)
    walk_proposals.on_pages(walk)
    coming_and_going(walk)
    others = ("/api/", "/log/", "/logs/", "/healthz", "/readyz", "/metrics", "/.well-known/")
    doors = {door for door in walk.doors() if not door[1].startswith(others)}
    assert ("GET", "/records/{record_id}") in doors
    assert doors - walk.asked - GIVES_NOTHING_AWAY - ONE_STEP_OF_MANY == set()


def begun(walk: Walk, title: str, **changes: Any) -> dict[str, str]:
    """Start a draft on its page."""
    fields = typed(title=title, **changes)
    sent = post(walk, "ida", "/drafts/new", ["record.drafted"], fields=fields)
    return {"version_id": re.findall(r"[0-9a-f-]{36}", sent.headers["location"])[0]}


def submitted(walk: Walk, title: str, **changes: Any) -> dict[str, str]:
    """Start a draft and submit it on its pages."""
    at = begun(walk, title, **changes)
    post(walk, "ida", "/drafts/{version_id}/submit", ["record.submitted"], at=at)
    return at


def writing(walk: Walk) -> dict[str, str]:
    for _, door in sorted(GIVES_NOTHING_AWAY):
        if door.startswith(("/help", "/part", "/pol", "/drafts/new", "/account", "/sign-in")):
            at = {"policy_id": "eyes-only"}
            walk.ask("ida" if door != "/sign-in" else None, "GET", door, at=at, leaves=[])
    at = begun(walk, "Walked")
    one = "/drafts/{version_id}"
    walk.ask("ida", "GET", one, at=at, leaves=["draft.read"])
    changed = typed(title="Walked on") | {"edition": "1"}
    post(walk, "ida", one, ["draft.amended"], at=at, fields=changed)
    changed |= {"edition": "2"}
    post(walk, "ida", one + "/autosave", ["draft.amended"], at=at, fields=changed, status=200)
    preview = {"part": "summary"}
    shown = {"summary": "*x*"}
    post(walk, "ida", one + "/preview", [], at=at, params=preview, fields=shown, status=200)
    taking_over(walk, at, changed)
    walk.ask("ida", "GET", "/drafts", leaves=["drafts.listed"])
    attaching(walk, at)
    viewing(walk, at)
    uploading(walk, at)
    walk.ask("ida", "GET", one + "/audience", at=at, leaves=["draft.read", "audience.previewed"])
    thrown = begun(walk, "Thrown away")
    post(walk, "ida", one + "/discard", ["draft.discarded"], at=thrown)
    post(walk, "ida", one + "/submit", ["record.submitted"], at=at)
    return at


def taking_over(walk: Walk, at: dict[str, str], changed: Mapping[str, str]) -> None:
    one = "/drafts/{version_id}"
    pasted = {"html": "<p>x</p>", "part": "summary"}
    post(walk, "ida", "/drafts/paste", [], fields=pasted, status=200)
    walk.ask("ida", "GET", one + "/paste", at=at, leaves=["draft.read"])
    taken = {"text": "# A\n\nB"}
    post(walk, "ida", one + "/paste", ["draft.read", "draft.amended"], at=at, fields=taken)
    read = ["draft.read", "audience.previewed"]
    post(walk, "ida", one + "/as", read, at=at, fields=changed, status=200)
    as_one = {**changed, "whom": "org:imda"}
    for leaves in (["record.viewed-as"], []):  # told once, not at every keystroke
        post(walk, "ida", one + "/as/seen", leaves, at=at, fields=as_one, status=200)
    post(walk, "ida", one + "/again", ["draft.read"], at=at, fields=changed, status=200)


def attaching(walk: Walk, at: dict[str, str]) -> None:
    door = "/drafts/{version_id}/attachments"
    files = {"file": ("a.txt", b"bytes", "text/plain")}
    added = ["attachment.begun", "attachment.added"]
    for _ in range(2):
        post(walk, "ida", door, added, at=at, files=files)
    page = walk.client("ida", "/").get("/drafts/{version_id}".format(**at)).text
    first, second = list(dict.fromkeys(re.findall(r"attachments/([0-9a-f-]{36})", page)))[:2]
    one = door + "/{attachment_id}"
    file = at | {"attachment_id": first}
    walk.ask("ida", "GET", one, at=file, leaves=["draft.read"])
    own = {
        "attached.own": "yes",
        "attached.level.tlp": "TLP:GREEN",
        "attached.release_to": "org:uni-eu",
    }
    post(walk, "ida", one, ["attachment.relabelled"], at=file, fields=own)
    other = at | {"attachment_id": second}
    walk.ask("ida", "GET", door, at=at, params={"waiting": 0}, status=204, leaves=[])
    walk.ask("ida", "GET", door, at=at, params={"waiting": 1}, leaves=["draft.read"])
    chosen, events = {"leaves": "original"}, ["attachment.original-chosen"]
    post(walk, "ida", one + "/leaves", events, at=other, fields=chosen)
    post(walk, "ida", one + "/inspect", ["inspection.asked"], at=other)
    post(walk, "ida", one + "/remove", ["attachment.removed"], at=other)
    shown = ["attachment.downloaded"]
    walk.ask("ida", "GET", "/attachments/{attachment_id}", at=file, leaves=shown)


def viewing(walk: Walk, at: dict[str, str]) -> None:
    """A file page by page; its picture stands in the page, so that one look is one entry."""
    files = {"file": ("b.pdf", pdf("One", "Two"), "application/pdf")}
    added = ["attachment.begun", "attachment.added"]
    post(walk, "ida", "/drafts/{version_id}/attachments", added, at=at, files=files)
    page = walk.client("ida", "/").get("/drafts/{version_id}".format(**at)).text
    file = re.findall(r"attachments/([0-9a-f-]{36})", page)[-1]
    found_to_be(walk.api.portal.world, file, "application/pdf", 2)
    door, at = "/attachments/{attachment_id}/pages", {"attachment_id": file, "page": "2"}
    walk.ask("ida", "GET", door, at=at, status=303, leaves=[])
    walk.ask("ida", "GET", f"{door}/{{page}}", at=at, leaves=["attachment.page-viewed"])
    walk.ask("bo", "GET", f"{door}/{{page}}", at=at, status=404, leaves=["read.refused"])
    walk.ask("ida", "GET", "/attachments/{attachment_id}", at=at, leaves=["attachment.downloaded"])


def uploading(walk: Walk, at: dict[str, str]) -> None:
    """An upload that may break, as the editor's script sends it."""
    sent = {"X-CSRF-Token": walk.form("ida")["csrf_token"], "Tus-Resumable": "1.0.0"}
    piece = sent | {"Content-Type": "application/offset+octet-stream"}

    def begun() -> dict[str, str]:
        door, leaves = "/drafts/{version_id}/uploads", ["attachment.begun"]
        headers = sent | {"Upload-Length": "6"}
        answer = walk.ask("ida", "POST", door, at=at, status=201, leaves=leaves, headers=headers)
        return {"upload_id": answer.headers["location"].rsplit("/", 1)[1]}

    one, other, door = begun(), begun(), "/uploads/{upload_id}"
    for offset, added in ((0, []), (3, ["attachment.added"])):
        headers, leaves = piece | {"Upload-Offset": str(offset)}, ["attachment.continued", *added]
        wanted: dict[str, Any] = {"at": one, "status": 204, "leaves": leaves, "headers": headers}
        walk.ask("ida", "PATCH", door, content=b"abc", **wanted)
    walk.ask("ida", "HEAD", door, at=one, leaves=[], headers=sent)
    gone = ["attachment.abandoned"]
    walk.ask("ida", "DELETE", door, at=other, status=204, leaves=gone, headers=sent)


def deciding(walk: Walk, at: dict[str, str]) -> None:
    looking = ["record.read", "audience.previewed"]
    one = "/desk/{version_id}"
    for verb, event in (("return", "record.returned"), ("refuse", "record.refused")):
        other = submitted(walk, f"To {verb}")
        post(walk, "iris", f"{one}/{verb}", [event], at=other, fields={"comment": "Shorter."})
    foreign = submitted(walk, "Another's", originator="eu-ai-office")
    page = walk.ask(
        "emil", "GET", one, at=foreign, leaves=["record.reviewed", "audience.previewed"]
    )
    agreed = {"seen_hash": seen_in(page)}
    post(walk, "emil", one + "/consent", ["record.consented"], at=foreign, fields=agreed)
    walk.ask("iris", "GET", "/desk", leaves=["desk.listed", "desk.listed", "submissions.listed"])
    agreed = {"seen_hash": seen_in(walk.ask("iris", "GET", one, at=at, leaves=looking))}
    released = ["audience.previewed", "record.released"]
    walk_deciding.looked_at_together(walk, at["version_id"])
    post(walk, "iris", one + "/approve", released, at=at, fields=agreed)
    walk_deciding.on_pages(walk, at)


def seen_in(page: Any) -> str:
    """The hash of what a review page showed."""
    return str(re.findall(r'name="seen_hash" value="([0-9a-f]{64})"', page.text)[0])


def reading(walk: Walk, at: dict[str, str]) -> None:
    walk.ask("uma", "GET", "/", leaves=["records.listed"])
    found = walk.ask("uma", "GET", "/records", leaves=["records.listed"])
    record = {"record_id": re.findall(r'href="/records/([0-9a-f-]{36})"', found.text)[0]}
    one = "/records/{record_id}"
    page = walk.ask("uma", "GET", one, at=record, leaves=["record.read"])
    version = one + "/versions/{number}"
    walk.ask("uma", "GET", version, at=record | {"number": 1}, leaves=["record.read"])
    walk.ask("uma", "GET", one + "/why", at=record, leaves=["record.explained"])
    file = {"attachment_id": re.findall(r'href="/attachments/([0-9a-f-]{36})"', page.text)[-1]}
    taken = ["attachment.downloaded"]
    walk.ask("uma", "GET", "/attachments/{attachment_id}", at=file, leaves=taken)
    walk_speaking.on_pages(walk, at)
    walk.ask("uma", "GET", one, at=record, leaves=["record.read", "conversation.read"])
    post(walk, "ida", one + "/revise", ["record.read", "record.revised"], at=record)
    numbers = {"from": 1, "to": 2}
    walk.ask("ida", "GET", one + "/compare", at=record, params=numbers, leaves=["record.compared"])
    number = {"version": 1}
    looked = ["record.read", "audience.previewed"]
    walk.ask("iris", "GET", one + "/withdraw", at=record, params=number, leaves=looked)
    fields = {**walk_recalling.RECALLED, "version_id": at["version_id"]}
    post(
        walk,
        "iris",
        one + "/withdraw",
        ["record.withdrawn"],
        at=record,
        params=number,
        fields=fields,
    )
    walk.ask("uma", "GET", one, at=record, leaves=["tombstone.read"])
    walk_recalling.on_pages(walk, at)


def explaining(walk: Walk, entry: dict[str, str]) -> None:
    told, refused = ["access.explained"], ["review-log.refused"]
    door, asked = "/audit/explanation", {"person": "public", "record": "ENT-2026-000001"}
    walk.ask("abel", "GET", door, leaves=[])
    walk.ask("abel", "GET", door, params=asked, leaves=told)
    walk.ask("abel", "GET", door, params={"person": "public"}, status=422, leaves=[])
    walk.ask("uma", "GET", door, params=asked, status=403, leaves=refused)
    door = "/audit/entries/{entry_id}/explanation"
    walk.ask("abel", "GET", door, at=entry, leaves=told)
    walk.ask("uma", "GET", door, at=entry, status=403, leaves=refused)


def reviewing(walk: Walk) -> None:
    walk.api.portal.world.sequence()
    for door in ("/audit", "/audit/proof"):
        walk.ask("abel", "GET", door, leaves=["log.reviewed"])
    page = walk.ask("abel", "GET", "/audit/log", leaves=["log.reviewed"])
    entry = {"entry_id": re.findall(r'href="/audit/entries/([0-9a-f-]{36})"', page.text)[0]}
    one = "/audit/entries/{entry_id}"
    for door in (one, f"{one}.json", f"{one}.tlog-proof"):
        walk.ask("abel", "GET", door, at=entry, leaves=["log.reviewed"])
    explaining(walk, entry)
    door, number = "/audit/copies", {"number": "C-2222-2222"}
    walk.ask("abel", "GET", door, leaves=[])
    walk.ask("abel", "GET", door, params=number, status=404, leaves=["log.reviewed"])
    walk.ask("uma", "GET", door, params=number, status=403, leaves=["review-log.refused"])
    question = {"name": "refused"}
    door = "/audit/questions/{name}"
    walk.ask("abel", "GET", door, at=question, leaves=["log.reviewed"])
    walk.ask("uma", "GET", door, at=question, status=403, leaves=["review-log.refused"])
    missing, wrong = {"name": "record-opened"}, {"at": "x"}
    walk.ask("abel", "GET", door, at=missing, status=422, leaves=[])
    for asked in ({}, wrong, {"decision": "x"}):
        refused = ["review-log.refused"]
        walk.ask("uma", "GET", door, at=missing, params=asked, status=403, leaves=refused)
    walk.ask("uma", "GET", "/audit/log", params={"decision": "x"}, status=403, leaves=refused)
    for ending in (".csv", ".json", ".pdf"):
        walk.ask("abel", "GET", door + ending, at=question, leaves=["log.exported"])
    walk.ask("uma", "GET", "/account/acts", leaves=["log.reviewed"])
    walk.ask("uma", "GET", "/audit", status=403, leaves=["review-log.refused"])
    for file in ("log.ocsf.jsonl", "log.csv", "evidence.zip"):
        door, at = "/audit/export/{file}", {"file": file}
        walk.ask("abel", "GET", door, at=at, leaves=["log.exported"])
        walk.ask("uma", "GET", door, at=at, status=403, leaves=["review-log.refused"])


def running_an_organisation(walk: Walk) -> None:
    walk.ask("olga", "GET", "/organisation", leaves=["organisation.shown"])
    person = {"email": "nina@imda.example", "name": "Nina"}
    door = "/organisation/people"
    post(walk, "olga", door, ["person.admitted"], fields=person)
    page = walk.client("olga", "/").get("/organisation").text
    at = {"person_id": re.findall(r'people/([0-9a-f-]{36})">Nina', page)[0]}
    one = door + "/{person_id}"
    walk.ask("olga", "GET", one, at=at, leaves=["organisation.shown"])
    given = ["password.given", "organisation.shown"]
    post(walk, "olga", one + "/password", given, at=at, status=200)
    for verb, events, fields in (
        ("/roles", ["person.roles-assigned"], {"roles": []}),
        ("/clearance", ["person.clearance-set"], {"clearance": ""}),
        ("/second-factor/reset", ["second-factor.reset"], {}),
        ("/sessions/end", ["sessions.ended"], {}),
        ("/suspend", ["person.suspended", "sessions.ended"], {}),
        ("/resume", ["person.resumed"], {}),
    ):
        post(walk, "olga", one + verb, events, at=at, fields=fields)


def coming_and_going(walk: Walk) -> None:
    made = post(
        walk, "bo", "/account/api-clients", ["api-client.created"], status=200, fields={"name": "x"}
    )
    client = {"client_id": re.findall(r"client-[0-9a-f]+", made.text)[0]}
    door = "/account/api-clients/{client_id}/revoke"
    post(walk, "bo", door, ["api-client.revoked"], at=client)
    form = {"email": "bo@biz-sg.example", "password": PASSWORD}
    door = "/sign-in"
    walk.ask(None, "POST", door, status=303, leaves=["person.signed-in"], data=form)
    wrong = form | {"password": "wrong"}
    walk.ask(None, "POST", door, status=401, leaves=["sign-in.refused"], data=wrong)
    post(walk, "bo", "/sign-out", ["person.signed-out"])


FORMS = [
    "/drafts/new",
    "/drafts/{id}",
    "/drafts/{id}/autosave",
    "/drafts/paste",
    "/drafts/{id}/paste",
    "/drafts/{id}/as",
    "/drafts/{id}/as/seen",
    "/drafts/{id}/again",
    "/drafts/{id}/submit",
    "/drafts/{id}/discard",
    "/records/{id}/revise",
    "/records/{id}/withdraw?version=1",
    "/versions/{id}/threads",
    "/threads/{id}/messages",
    "/threads/{id}/resolve",
    "/desk/{id}/approve",
    "/desk/{id}/consent",
    "/desk/{id}/decline",
    "/records/{id}/parts/{id}/quote",
    "/records/{id}/files/{id}/attach",
    "/desk/{id}/return",
    "/desk/{id}/refuse",
    "/desk/batches/{id}/approve",
    "/audit/reviews",
    "/audit/reviews/{id}/items/1",
    "/audit/reviews/{id}/sign-off",
    "/audit/alerts/{id}/acknowledge",
    "/organisation/people",
    "/organisation/people/{id}/suspend",
    "/organisation/people/{id}/roles",
    "/account/password",
    "/account/second-factor",
    "/account/api-clients",
    "/account/sessions/{id}/end",
    "/notices/settings",
    "/notices/following",
    "/notices/feed",
    "/notices/{id}/read",
]
# These work without a session, whose token they could carry; another site cannot send them.
OPEN_FORMS = ["/sign-in", "/sign-out"]


@pytest.mark.parametrize("door", FORMS)
@pytest.mark.parametrize("token", ["", "0" * 64, None], ids=["none", "forged", "another's"])
def test_a_form_of_another_session_changes_nothing(
    walk: Walk, door: str, token: str | None
) -> None:
    given = walk.form("uma")["csrf_token"] if token is None else token
    before = walk.count()
    path = door.format(id="01900000-0000-7000-8000-000000000000")
    answer = walk.client("ida", door).post(path, data={"csrf_token": given})
    assert answer.status_code == 403
    assert walk.events_since(before) == []


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil"}])
@pytest.mark.parametrize("door", FORMS + OPEN_FORMS)
def test_a_form_sent_by_another_site_changes_nothing(
    walk: Walk, door: str, headers: dict[str, str]
) -> None:
    before = walk.count()
    path = door.format(id="01900000-0000-7000-8000-000000000000")
    answer = walk.client("ida", door).post(path, data=walk.form("ida"), headers=headers)
    assert answer.status_code == 403
    assert walk.events_since(before) == []
