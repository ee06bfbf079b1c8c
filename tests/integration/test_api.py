"""The API from end to end: what an official, a reader and an auditor do by program."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core.database import Database
from tests.api_world import Api, draft_json, make_api


@pytest.fixture(scope="module")
def api(
    module_peopled_database: Database, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Api]:
    made = make_api(module_peopled_database, tmp_path_factory.mktemp("api"))
    yield made
    made.portal.world.close()


def begin(client: TestClient, **changes: Any) -> dict[str, Any]:
    answer = client.post("/api/v1/drafts", json=draft_json(**changes))
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def release(api: Api, draft: dict[str, Any], author: str = "ida", by: str = "iris") -> None:
    version = draft["version_id"]
    sent = api.client(author).post(f"/api/v1/drafts/{version}/submission", json={})
    assert sent.status_code == 201, sent.text
    desk = api.client(by)
    seen = desk.get(f"/api/v1/desk/{version}").json()["seen_hash"]
    done = desk.post(f"/api/v1/desk/{version}/approval", json={"seen_hash": seen})
    assert done.status_code == 201, done.text


def test_from_draft_to_the_right_readers_and_nobody_else(api: Api) -> None:
    writer = api.client("ida")
    draft = begin(writer)
    path = f"/api/v1/drafts/{draft['version_id']}"
    attached = writer.put(
        f"{path}/attachments", params={"name": "results.csv"}, content=b"a,b\n1,2\n" * 1000
    )
    assert attached.status_code == 201, attached.text
    audience = writer.get(f"{path}/audience").json()
    assert audience["counts"] == {"imda": 3, "uni-eu": 1}
    release(api, draft)

    record = f"/api/v1/records/{draft['record_id']}"
    read = api.client("uma").get(record)
    assert read.status_code == 200
    assert [part["role"] for part in read.json()["portions"]] == [
        "title",
        "summary",
        "fields",
        "section",
    ]
    file = f"/api/v1/attachments/{read.json()['attachments'][0]['id']}"
    whole = api.client("uma").get(file)
    assert whole.content == b"a,b\n1,2\n" * 1000
    part = api.client("uma").get(file, headers={"Range": "bytes=4-6"})
    assert (part.status_code, part.content) == (206, b"1,2")
    assert api.client("uma").get(file, headers={"Range": "bytes=9999-"}).status_code == 416

    missing = record.replace(draft["record_id"], "01900000-0000-7000-8000-000000000000")
    for name in ("bo", "abel", None):
        refused = api.client(name).get(record)
        absent = api.client(name).get(missing)
        assert (refused.status_code, refused.content) == (404, absent.content)
        assert dict(refused.headers) == dict(absent.headers)
        assert api.client(name).get(file).status_code == 404
        found = api.client(name).get("/api/v1/records", params={"q": "pairs"}).json()
        assert found["total"] == 0
        assert found["items"] == []

    api.portal.world.sequence()
    log = api.client("abel").get("/api/v1/log", params={"record": draft["record_id"]}).json()
    acts = [(entry["type"], entry["actor_name"]) for entry in log]
    assert ("record.read", "Uma") in acts
    assert ("read.refused", "Bo") in acts


def test_nobody_approves_their_own_and_a_changed_hash_is_refused(api: Api) -> None:
    draft = begin(api.client("ivan"), title="My own")
    version = draft["version_id"]
    api.client("ivan").post(f"/api/v1/drafts/{version}/submission", json={})
    seen = api.client("ivan").get(f"/api/v1/desk/{version}").json()["seen_hash"]
    own = api.client("ivan").post(f"/api/v1/desk/{version}/approval", json={"seen_hash": seen})
    assert own.status_code == 403
    other = api.client("iris").post(
        f"/api/v1/desk/{version}/approval", json={"seen_hash": "0" * 64}
    )
    assert other.status_code == 409


def test_the_second_of_two_editors_is_told_and_nothing_is_lost(api: Api) -> None:
    draft = begin(api.client("ida"), title="First")
    path = f"/api/v1/drafts/{draft['version_id']}"
    opened = api.client("ivan").get(path)
    edition = {"If-Match": opened.headers["ETag"]}
    first = api.client("ida").put(path, json=draft_json(title="Ida's"), headers=edition)
    assert first.status_code == 200
    assert first.headers["ETag"] != opened.headers["ETag"]

    second = api.client("ivan").put(path, json=draft_json(title="Ivan's"), headers=edition)
    assert second.status_code == 409
    assert second.json()["current"]["input"]["title"] == "Ida's"
    again = {"If-Match": f'"{second.json()["current"]["edition"]}"'}
    saved = api.client("ivan").put(path, json=draft_json(title="Ivan's"), headers=again)
    assert saved.status_code == 200


def test_pages_are_linked_and_counts_are_exact(api: Api) -> None:
    for number in range(3):
        release(api, begin(api.client("ida"), title=f"Paged {number}"))
    reader = api.client("uma")
    first = reader.get("/api/v1/records", params={"q": "paged"})
    assert first.json()["total"] == 3
    assert first.json()["facets"]["kind"] == [
        {"value": "best_practice", "count": 3, "selected": False}
    ]


def test_withdrawal_leaves_a_tombstone_for_who_could_read(api: Api) -> None:
    draft = begin(api.client("ida"), title="To be withdrawn")
    release(api, draft)
    record = f"/api/v1/records/{draft['record_id']}"
    withdrawal = f"{record}/versions/{draft['version_id']}/withdrawal"
    assert api.client("iris").post(withdrawal, json={"comment": ""}).status_code == 422
    done = api.client("iris").post(withdrawal, json={"comment": "Superseded by better data."})
    assert done.status_code == 201
    left = api.client("uma").get(record).json()
    assert left["tombstone"]["reason"] == "Superseded by better data."
    assert left["portions"] == []
    assert api.client("bo").get(record).status_code == 404


def test_the_log_is_for_auditors(api: Api) -> None:
    assert api.client("ida").get("/api/v1/log").status_code == 403
    assert api.client(None).get("/api/v1/log").status_code == 401
    assert api.client("aude").get("/api/v1/log").status_code == 200
    api.portal.world.sequence()
    own = api.client("ida").get("/api/v1/me/acts")
    assert {entry["actor_name"] for entry in own.json()} == {"Ida"}


def test_an_administrator_runs_their_organisation_and_no_other(api: Api) -> None:
    office = api.client("olga")
    people = office.get("/api/v1/organisation").json()["people"]
    assert {"ida", "ivan"} <= {one["email"].split("@")[0] for one in people}
    body = {"email": "new@imda.example", "name": "New", "roles": []}
    admitted = office.post("/api/v1/organisation/people", json=body)
    assert admitted.status_code == 201, admitted.text
    person = admitted.json()["id"]
    path = f"/api/v1/organisation/people/{person}"
    assert office.post(f"{path}/suspension").status_code == 204
    assert office.delete(f"{path}/suspension").json()["state"] == "saved"
    waits = office.put(f"{path}/roles", json={"roles": ["organisation_administrator"]})
    assert (waits.status_code, waits.json()["state"]) == (202, "waits")
    other = api.portal.world.people["uma"]
    assert office.post(f"/api/v1/organisation/people/{other}/suspension").status_code == 403
    assert api.client("ida").get("/api/v1/organisation").status_code == 403


def test_who_asks_and_what_can_be_written(api: Api) -> None:
    me = api.client("uma").get("/api/v1/me").json()
    assert (me["organisation"], me["party"], me["roles"]) == ("uni-eu", "EU", ["reader"])
    schemes = {one["id"]: one for one in api.client(None).get("/api/v1/markings").json()}
    assert set(schemes) == {"tlp", "eu", "sg"}
    levels = {one["text"]: one for one in schemes["eu"]["markings"]}
    assert levels["SENSITIVE"]["equivalents"] == {"sg": "OFFICIAL (CLOSED) \\ SENSITIVE NORMAL"}
    assert not levels["SECRET UE/EU SECRET"]["admitted"]


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": "client_credentials"}, 401, "invalid_client"),
    ],
)
def test_a_token_is_refused_in_oauths_words(
    api: Api, form: dict[str, str], status: int, error: str
) -> None:
    answer = api.client(None).post("/api/v1/token", data=form)
    assert (answer.status_code, answer.json()["error"]) == (status, error)


def test_a_revoked_token_opens_nothing(api: Api) -> None:
    token = api.token("uma")
    client = TestClient(api.portal.app, headers={"Authorization": f"Bearer {token}"})
    assert client.get("/api/v1/me").status_code == 200
    assert client.post("/api/v1/token/revocation", data={"token": token}).status_code == 200
    assert client.get("/api/v1/me").status_code == 401


def test_health_says_what_answers(api: Api) -> None:
    assert api.client(None).get("/healthz").json() == {"status": "alive"}
    ready = api.client(None).get("/readyz")
    assert ready.status_code == 200
    parts = {check["part"] for check in ready.json()["checks"]}
    assert parts == {"database", "store", "keys", "policies", "log"}


def test_the_description_is_whole(api: Api) -> None:
    described = api.client(None).get("/api/openapi.json").json()
    operations = [op for path in described["paths"].values() for op in path.values()]
    names = [op["operationId"] for op in operations]
    assert len(names) == len(set(names)) > 30
    assert not {"Permit", "Envelope", "Binding", "OpenedAttachment"} & set(
        described["components"]["schemas"]
    )


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(body=JSON, q=st.text(max_size=30), cursor=st.text(max_size=20))
def test_junk_is_refused_and_never_breaks_anything(
    api: Api, body: Any, q: str, cursor: str
) -> None:
    client = api.client("ida")
    answers = [
        client.post("/api/v1/drafts", json=body),
        client.get("/api/v1/records", params={"q": q, "cursor": cursor}),
        client.get("/api/v1/log", params={"cursor": cursor, "person": q}),
        client.get(f"/api/v1/records/{q.encode().hex() or '0'}"),
    ]
    assert all(answer.status_code < 500 for answer in answers), [a.text for a in answers]
