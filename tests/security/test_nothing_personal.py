"""No entry of the log holds a name, an address or a text that somebody typed; only commitments.

A name is typed into every field that takes a text, and is looked for in what is kept for ever.
"""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from app.core.database import Database
from tests.api_world import Api, draft_json, make_api

NAME = "Quirina Zwetschge"
EMAIL = "quirina@zwetschge.example"
TYPED = f"{NAME}, {EMAIL}"
FILTERS = {
    "type": NAME,
    "person": NAME,
    "organisation": NAME,
    "record": NAME,
    "marking": NAME,
}


@pytest.fixture
def api(peopled_database: Database, tmp_path: Path) -> Iterator[Api]:
    made = make_api(peopled_database, tmp_path)
    yield made
    made.portal.world.close()


def everything_typed(api: Api) -> None:
    """Type the name wherever the portal takes a text."""
    ida, iris, uma = api.client("ida"), api.client("iris"), api.client("uma")
    olga, abel = api.client("olga"), api.client("abel")
    given = draft_json(
        title=TYPED,
        summary=TYPED,
        fields={"practice": TYPED},
        sections=[{"heading": NAME, "body": TYPED}],
        change_note=TYPED,
    )
    drafted = []
    for _ in range(3):
        made = ida.post("/api/v1/drafts", json=given).json()
        name = {"name": f"{NAME}.txt"}
        ida.put(f"/api/v1/drafts/{made['version_id']}/attachments", params=name, content=b"x")
        ida.post(f"/api/v1/drafts/{made['version_id']}/submission", json={})
        drafted.append(made)
    for made, verb in zip(drafted, ("return", "refusal", "approval"), strict=True):
        seen = iris.get(f"/api/v1/desk/{made['version_id']}").json()["seen_hash"]
        body = {"seen_hash": seen} if verb == "approval" else {"comment": TYPED}
        assert iris.post(f"/api/v1/desk/{made['version_id']}/{verb}", json=body).status_code == 201
    record = drafted[-1]["record_id"]
    for asked in ({"q": TYPED}, {"originator": NAME}, {"marking": NAME}, {"q": NAME, "kind": ""}):
        uma.get("/api/v1/records", params=asked)
    uma.get(f"/api/v1/records/{record}")
    path = f"/api/v1/records/{record}/versions/{drafted[-1]['version_id']}/withdrawal"
    assert iris.post(path, json={"comment": TYPED}).status_code == 201
    person = {"email": EMAIL, "name": NAME}
    assert olga.post("/api/v1/organisation/people", json=person).status_code == 201
    looking(api, abel)


def looking(api: Api, abel: Any) -> None:
    """Ask the log for the name, in every way in which it can be asked."""
    api.portal.world.sequence()
    questions = [one["name"] for one in abel.get("/api/v1/audit/questions").json()]
    assert len(questions) == 13
    for name, value in FILTERS.items():
        for path in ("/api/v1/log", "/api/v1/audit/exports/log.csv"):
            abel.get(path, params={name: value})
        for question in questions:
            abel.get(f"/api/v1/audit/questions/{question}", params={name: value})
    for path in ("/api/v1/log", "/api/v1/audit/exports/log.ocsf.jsonl"):
        assert abel.get(path, params={"person": EMAIL}).status_code == 200
    for question in questions:
        abel.get(f"/api/v1/audit/questions/{question}", params={"person": EMAIL})
    for record in (NAME, "ENT-2026-000001"):
        asked = {"person": EMAIL, "record": record}
        abel.get("/api/v1/audit/explanation", params=asked)
    client = api.client()
    client.post("/sign-in", data={"email": EMAIL, "password": NAME})
    token = {"grant_type": "client_credentials", "client_id": NAME, "client_secret": EMAIL}
    client.post("/api/v1/token", data=token)


def test_no_entry_holds_a_name_or_an_address_or_what_was_typed(api: Api) -> None:
    everything_typed(api)
    entries = api.portal.world.entries()
    assert len({entry["type"] for entry in entries}) > 15
    for entry in entries:
        told = json.dumps(entry, ensure_ascii=False).lower()
        for word in ("quirina", "zwetschge", "@", ".txt"):
            assert word not in told, entry


def test_what_was_typed_stands_beside_and_opens_its_commitment(api: Api) -> None:
    everything_typed(api)
    by_id = {entry["id"]: entry for entry in api.portal.world.entries()}
    with api.portal.world.owner() as session:
        rows = session.execute(text("SELECT entry_id, name, value, salt FROM journal_texts")).all()
    assert {row.name for row in rows} >= {"query", "originator", "marking", "person", "record"}
    for row in rows:
        opened = hashlib.sha256(bytes(row.salt) + row.value.encode()).hexdigest()
        assert by_id[str(row.entry_id)]["details"][f"{row.name}_commitment"] == opened
        assert row.name not in by_id[str(row.entry_id)]["details"]
    assert len({bytes(row.salt) for row in rows}) == len(rows)


def test_an_auditor_still_reads_what_was_searched_for(api: Api) -> None:
    api.client("ida").get("/api/v1/records", params={"q": "red teaming"})
    api.portal.world.sequence()
    found = api.client("abel").get("/api/v1/log", params={"type": "records.searched"}).json()
    assert found[0]["details"]["query"] == "red teaming"
    assert "query_commitment" not in found[0]["details"]
