"""What is not visible cannot be inferred: not from one's own log, a preview, or an error."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app import release
from app.core.database import Database
from tests.api_world import Api, draft_json, make_api

HIDDEN = "OFFICIAL (CLOSED) \\ SENSITIVE NORMAL"
NEVER = "01900000-0000-7000-8000-000000000000"


@pytest.fixture(scope="module")
def api(
    module_peopled_database: Database, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Api]:
    made = make_api(module_peopled_database, tmp_path_factory.mktemp("api"))
    yield made
    made.portal.world.close()


def drafted(api: Api, **changes: Any) -> dict[str, Any]:
    return dict(api.client("ida").post("/api/v1/drafts", json=draft_json(**changes)).json())


def released(api: Api, **changes: Any) -> dict[str, Any]:
    draft = drafted(api, **changes)
    version = draft["version_id"]
    api.client("ida").post(f"/api/v1/drafts/{version}/submission", json={})
    desk = api.client("iris")
    seen = desk.get(f"/api/v1/desk/{version}").json()["seen_hash"]
    done = desk.post(f"/api/v1/desk/{version}/approval", json={"seen_hash": seen})
    assert done.status_code == 201, done.text
    return draft


def test_ones_own_log_does_not_tell_what_exists(api: Api) -> None:
    hidden = drafted(api)["record_id"]
    reader = api.client("carl")
    for record in (hidden, NEVER):
        assert reader.get(f"/api/v1/records/{record}").status_code == 404
    api.portal.world.sequence()
    told = reader.get("/api/v1/me/acts").json()
    refused = {one["subject"]: one for one in told if one["type"] == "read.refused"}
    for one in refused.values():
        for of_this_entry in ("id", "at", "subject", "leaf_hash_hex", "index"):
            del one[of_this_entry]
    assert refused[f"record:{hidden}"] == refused[f"record:{NEVER}"]


def test_auditors_still_see_whether_what_was_refused_exists(api: Api) -> None:
    hidden = drafted(api)["record_id"]
    assert api.client("bo").get(f"/api/v1/records/{hidden}").status_code == 404
    api.portal.world.sequence()
    asked = {"record": hidden, "type": "read.refused"}
    (entry,) = api.client("abel").get("/api/v1/log", params=asked).json()
    assert entry["details"]["exists"] is True


@pytest.mark.parametrize("reader", ["uma", "eric", "ines"])
def test_a_reader_does_not_learn_who_else_reads(api: Api, reader: str) -> None:
    version = released(api, marking={"markings": "TLP:GREEN", "release_to": "community; public"})[
        "version_id"
    ]
    client = api.client(reader)
    for door in ("/api/v1/drafts/{}/audience", "/api/v1/desk/{}"):
        assert client.get(door.format(version)).status_code == 404, door
        assert api.client("ivan").get(door.format(version)).status_code == 200, door


def test_errors_of_the_database_carry_no_content(api: Api) -> None:
    with pytest.raises(DBAPIError) as raised, api.portal.world.work() as work:
        work.session.execute(text("SELECT CAST(:what AS text) / 2"), {"what": "a secret sentence"})
    assert "a secret sentence" not in str(raised.value)


def test_the_log_names_an_address_that_was_looked_for_by_its_person(api: Api) -> None:
    auditor = api.client("abel")
    for email in ("uma@uni-eu.example", "nobody@nowhere.example"):
        assert auditor.get("/api/v1/log", params={"person": email}).status_code == 200
    with api.portal.world.owner() as session:
        kept = session.scalars(text("SELECT convert_from(entry, 'UTF8') FROM journal")).all()
    assert not [entry for entry in kept if "@" in entry]


def test_a_decision_tells_nothing_of_parts_out_of_sight(api: Api) -> None:
    hidden = {"markings": HIDDEN, "release_to": "org:imda"}
    draft = released(api, sections=[{"heading": "H", "body": "B", "marking": hidden}])
    path = f"/api/v1/records/{draft['record_id']}/decisions"
    world = api.portal.world
    with world.work() as work:
        whole = release.history(work, world.gate, world.actor(work, "ivan"), draft["record_id"])
    with world.owner() as session:
        lowered = text("UPDATE people SET clearance = :low WHERE id = :ivan RETURNING clearance")
        low = {"low": "OFFICIAL (OPEN) \\ NON-SENSITIVE", "ivan": world.people["ivan"]}
        session.execute(lowered, low)
    told = api.client("ivan").get(path)
    assert [one["kind"] for one in told.json()] == [one.kind for one in whole]
    assert "SENSITIVE NORMAL" not in told.text
    assert whole[-1].content_hash_hex not in told.text
    assert "SENSITIVE NORMAL" in str(whole[-1].statement)
