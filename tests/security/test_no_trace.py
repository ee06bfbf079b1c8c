"""A part out of sight whose gap was not chosen changes not one byte of what is served."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text

from app import records
from app.core.database import Database
from app.core.ids import RecordId
from tests.api_world import Api, make_api
from tests.records_world import release

RED = {"markings": "TLP:RED", "release_to": "org:imda"}
OPEN = {"markings": "TLP:GREEN", "release_to": "community"}
CHANGES = re.compile(
    rb'csrf_token" value="[^"]+"|"X-CSRF-Token": "[^"]+"|name="csrf-token" content="[^"]+"'
    rb'|nonce="[^"]+"|"at":"[^"]+"'
)


@pytest.fixture(scope="module")
def api(
    module_peopled_database: Database, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Api]:
    made = make_api(module_peopled_database, tmp_path_factory.mktemp("api"))
    yield made
    made.portal.world.close()


def released(api: Api, *, gap: bool) -> RecordId:
    hidden: dict[str, Any] = {"marking": RED, "gap": gap}
    content: dict[str, Any] = {
        "kind": "evaluation_report",
        "title": "A test",
        "marking": OPEN,
        "summary": "What was found.",
        "summary_marking": RED,
        "summary_gap": gap,
        "fields": {"model": "M", "method": "M", "limitations": "L", "results": "a | b\n1 | 2"},
        "tables": {"results": hidden},
        "sections": [
            {"heading": "One", "body": "Seen[^1].\n\n[^1]: A note."},
            {"heading": "Hidden heading", "body": "Hidden words[^1].\n\n[^1]: N.", **hidden},
            {"heading": "Hidden too", "body": "Hidden words.", **hidden},
            {"heading": "", "body": "Seen, without a heading."},
            {"heading": "Four", "body": "Seen."},
            {"heading": "", "body": "Seen again, without a heading."},
        ],
    }
    draft = api.portal.draft("ida", **content)
    release(api.portal.world, draft.version_id, by="iris")
    return draft.record_id


def revised(api: Api, record_id: RecordId) -> None:
    world = api.portal.world
    with world.work() as work:
        draft = records.revise(work, world.gate, world.actor(work, "ida"), record_id)
    release(api.portal.world, draft.version_id, by="iris")


def served(api: Api, record_id: RecordId) -> list[bytes]:
    """All that a reader outside is served of the record, without what differs at every answer."""
    client, page = api.client("uma"), api.client()
    page.cookies.set("entente", api.portal.cookie("uma"))
    answers = [
        client.get(f"/api/v1/records/{record_id}"),
        client.get(f"/api/v1/records/{record_id}/versions/1"),
        client.get(f"/api/v1/records/{record_id}/difference", params={"from": 1, "to": 2}),
        client.get("/api/v1/records", params={"q": "hidden words"}),
        page.get(f"/records/{record_id}"),
        page.get(f"/records/{record_id}/versions/1"),
        page.get(f"/records/{record_id}/compare?from=1&to=2"),
        page.get("/records?q=Hidden+words"),
    ]
    assert [answer.status_code for answer in answers] == [200] * len(answers)
    headers = ("content-length", "etag", "cache-control", "link", "content-type")
    return [
        CHANGES.sub(b"", answer.content)
        + repr([answer.headers.get(name) for name in headers]).encode()
        for answer in answers
    ]


def test_not_a_byte_tells_of_what_is_hidden_without_a_gap(api: Api) -> None:
    record_id = released(api, gap=False)
    revised(api, record_id)
    with_hidden = served(api, record_id)
    assert b"Seen again" in with_hidden[4]
    assert not [answer for answer in with_hidden if b"Hidden heading" in answer]
    assert not [answer for answer in with_hidden if b"not shown to you" in answer]
    with api.portal.world.owner() as session:
        session.execute(text("SET LOCAL session_replication_role = replica"))
        gone = session.execute(
            text(
                "DELETE FROM portions p USING audiences a WHERE a.id = p.audience_id"
                " AND p.record_id = :record AND 'TLP:RED' = ANY (a.markings)"
            ),
            {"record": record_id},
        )
        assert gone.rowcount == 8  # type: ignore[attr-defined]
    for before, after in zip(with_hidden, served(api, record_id), strict=True):
        assert after.decode().splitlines() == before.decode().splitlines()


def test_a_gap_says_that_something_is_left_out_and_nothing_else(api: Api) -> None:
    record_id = released(api, gap=True)
    told = api.client("uma").get(f"/api/v1/records/{record_id}").json()
    assert [part["role"] for part in told["portions"]] == [
        "title",
        "gap",
        "fields",
        "gap",
        "section",
        "gap",
        "section",
        "section",
        "section",
    ]
    gaps = [part for part in told["portions"] if part["role"] == "gap"]
    bare = {name: value for name, value in gaps[0].items() if name not in ("id", "role")}
    assert all(one | {"id": "", "role": ""} == bare | {"id": "", "role": ""} for one in gaps)
    assert not bare["heading"] and not bare["body"] and not bare["fields"]
    assert not bare["marking"]["text"] and not bare["marking"]["release_to"]
    with api.portal.world.owner() as session:
        ids = set(map(str, session.scalars(text("SELECT id FROM portions"))))
    assert not ids & {part["id"] for part in gaps}
    page = api.client()
    page.cookies.set("entente", api.portal.cookie("uma"))
    html = page.get(f"/records/{record_id}").text
    assert html.count("A part is not shown to you.") == 3
    assert "Hidden" not in html


def test_no_gap_is_told_of_a_version_whose_title_is_out_of_sight(api: Api) -> None:
    """The function itself refuses: whoever could call it with another's scope learns nothing."""
    record_id = released(api, gap=True)
    world = api.portal.world
    asked = text(
        "SELECT * FROM entente_gaps(ARRAY(SELECT id FROM versions WHERE record_id = :record)"
        " || :version, decode('0e', 'hex'))"
    )
    with world.owner() as session:
        version = session.scalar(
            text("SELECT id FROM versions WHERE record_id = :record"), {"record": record_id}
        )
    with world.work() as work:
        rows = work.session.execute(asked, {"record": record_id, "version": version}).all()
    assert rows == []
