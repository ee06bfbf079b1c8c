"""Recalls: everybody who took a copy is asked, tells once and signed; nobody learns more by it."""

import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from app import identity
from app.core.database import Database
from app.core.ids import RecordId
from app.core.journal import Event
from app.release import recalls
from app.release.recalls.answering import JWS_TYPE
from app.release.recalls.evidence import JWS_TYPE as PACK_TYPE
from tests.api_world import Api, make_api
from tests.copies_world import PDF, found_to_be, pdf

AMBER = {"marking": "TLP:AMBER", "release_to": "org:uni-eu; org:dtc; org:eu-ai-office"}
ASKED = {"comment": "A table is wrong.", "recall": True, "due_on": "2126-03-31"}


@pytest.fixture(scope="module")
def api(
    module_peopled_database: Database, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Api]:
    made = make_api(module_peopled_database, tmp_path_factory.mktemp("portal"))
    people = ("bo", "dana", "eric", "ida", "iris", "ivan", "uma")
    made.tokens.update({name: made.token(name) for name in people})
    yield made
    made.portal.world.close()


def taken(api: Api, *names: str, **content: Any) -> tuple[RecordId, str]:
    """A released record whose one file these people took; given with its version."""
    record = api.portal.released(files={"tables.pdf": pdf("One")}, **(AMBER | content))
    shown = api.client("ivan").get(f"/api/v1/records/{record}").json()
    (file,) = shown["attachments"]
    found_to_be(api.portal.world, file["id"], PDF, 1)
    for name in names:
        assert api.client(name).get(f"/api/v1/attachments/{file['id']}").status_code == 200
    return record, shown["version_id"]


def withdraw(api: Api, record: RecordId, version: str, status: int = 201, **more: Any) -> Any:
    door = f"/api/v1/records/{record}/versions/{version}/withdrawal"
    answer = api.client("iris").post(door, json=ASKED | more)
    assert answer.status_code == status, answer.text
    return answer.json()


def recall_of(api: Api, version: str) -> str:
    with api.portal.world.owner() as session:
        asked = text("SELECT id FROM recalls WHERE version_id = :id")
        return str(session.scalar(asked, {"id": version}))


def see(api: Api, name: str, recall: str) -> Any:
    return api.client(name).get(f"/api/v1/recalls/{recall}")


def test_each_taker_has_one_task_and_sees_only_what_they_took(api: Api) -> None:
    record, version = taken(api, "uma", "uma", "eric")
    withdraw(api, record, version)
    recall = recall_of(api, version)
    whole = see(api, "iris", recall).json()["whole"]
    assert sorted(one["person"]["slug"] for one in whole["tasks"]) == ["eu-ai-office", "uni-eu"]
    (own,) = [one for one in whole["tasks"] if one["person"]["slug"] == "uni-eu"]
    assert [one["name"] for one in own["taken"]] == ["tables.pdf", "tables.pdf"]
    assert len({one["copy"] for one in own["taken"]}) == 2
    seen = see(api, "uma", recall).json()
    assert (seen["whole"], seen["mine"]["taken"]) == (None, own["taken"])
    assert "A table is wrong" not in json.dumps(seen)
    for stranger in ("bo", "dana"):
        assert see(api, stranger, recall).status_code == 404
    told = api.portal.world.told("read.refused")[-1]
    assert told["subject"] == f"recall:{recall}"
    assert ("imda" in told["organisations"], told["markings"]) == (True, ["TLP:AMBER"])
    missing = see(api, "bo", "01900000-0000-7000-8000-000000000000")
    assert missing.json() | {"instance": ""} == see(api, "bo", recall).json() | {"instance": ""}


def test_who_may_read_nothing_any_more_still_answers_for_what_they_took(api: Api) -> None:
    record, version = taken(api, "uma")
    withdraw(api, record, version)
    with api.portal.world.owner() as session:
        session.execute(
            text(
                "UPDATE agreements SET valid_until = valid_from + interval '1 s'"
                " WHERE organisation = 'uni-eu'"
            )
        )
    try:
        seen = see(api, "uma", recall_of(api, version))
        assert seen.json()["mine"]["taken"][0]["name"] == "tables.pdf"
        assert api.client("uma").get(f"/api/v1/records/{record}").status_code == 404
    finally:
        with api.portal.world.owner() as session:
            session.execute(
                text(
                    "UPDATE agreements SET valid_until = valid_from"
                    " + interval '10 years' WHERE organisation = 'uni-eu'"
                )
            )


def test_an_answer_is_signed_said_once_and_never_rewritten(api: Api) -> None:
    record, version = taken(api, "eric")
    withdraw(api, record, version)
    recall = recall_of(api, version)
    door, eric = f"/api/v1/recalls/{recall}/answer", api.client("eric")
    for wrong in (
        {"answer": "deleted"},
        {"answer": "deleted", "confirmed": True, "name": "Somebody Else"},
        {"answer": "not-deleted"},
    ):
        assert eric.post(door, json=wrong).status_code == 422
    assert (
        api.client("uma").post(door, json={"answer": "not-deleted", "why": "x"}).status_code == 404
    )
    name = see(api, "eric", recall).json()["mine"]["person"]["name"]
    said = {"answer": "deleted", "confirmed": True, "name": name}
    answer = eric.post(door, json=said)
    assert answer.status_code == 201, answer.text
    keys = api.portal.services.identity.keys
    signed = identity.verify_statement(keys, answer.json()["signature"], typ=JWS_TYPE)
    assert (signed["answer"], signed["recall"], signed["name"]) == ("deleted", recall, name)
    assert eric.post(door, json=said).status_code == 409
    for statement in (
        "UPDATE recall_tasks SET said = 'x' WHERE recall_id = :id",
        "DELETE FROM recall_tasks WHERE recall_id = :id",
    ):
        changed = pytest.raises(DBAPIError, match="never changed")
        with changed, api.portal.world.owner() as session:
            session.execute(text(statement), {"id": recall})


def test_the_owner_sees_n_of_m_and_reminds_once_a_day(api: Api) -> None:
    record, version = taken(api, "uma", "eric")
    withdraw(api, record, version)
    recall = recall_of(api, version)
    declined = {"answer": "not-deleted", "why": "It is in our archive."}
    assert api.client("uma").post(f"/api/v1/recalls/{recall}/answer", json=declined).is_success
    whole = see(api, "iris", recall).json()["whole"]
    assert [one["answer"] for one in whole["tasks"]].count("not-deleted") == 1
    door = f"/api/v1/recalls/{recall}/reminder"
    assert [api.client("iris").post(door).json()["count"] for _ in range(2)] == [1, 1]
    assert api.client("eric").post(door).status_code == 404
    with api.portal.world.owner() as session:
        asked = text("SELECT count(*) FROM notices WHERE path = :path AND kind = 'recall-task'")
        told = session.scalar(asked, {"path": f"/recalls/{recall}"})
    assert told == 3  # two takers at first, then one reminder


def test_the_evidence_is_signed_and_proves_itself(api: Api) -> None:
    record, version = taken(api, "uma")
    withdraw(api, record, version)
    recall = recall_of(api, version)
    api.portal.world.sequence()
    keys = api.portal.services.identity.keys
    pack = api.client("iris").get(f"/api/v1/recalls/{recall}/evidence").json()
    assert identity.verify_statement(keys, pack["signature"], typ=PACK_TYPE) == pack["statement"]
    client = api.client(None)
    client.cookies.set("entente", api.portal.cookie("iris"))
    bundle = client.get(f"/recalls/{recall}/evidence.zip")
    names = zipfile.ZipFile(io.BytesIO(bundle.content)).namelist()
    assert names[:2] == ["recall.json", "recall.pdf"]
    entries = {one.split("/")[1].split(".")[0] for one in names if one.startswith("entries/")}
    proofs = {one.split("/")[1].split(".")[0] for one in names if one.startswith("proofs/")}
    assert entries == proofs and pack["statement"]["withdrawal_entry"] in entries
    assert api.client("uma").get(f"/api/v1/recalls/{recall}/evidence").status_code == 404


def test_old_links_lead_to_what_took_its_place_for_who_may_read_it(api: Api) -> None:
    newer = api.portal.released(
        title="The corrected one", marking="TLP:AMBER", release_to="org:uni-eu"
    )
    reference = api.client("ivan").get(f"/api/v1/records/{newer}").json()["reference"]
    record, version = taken(api)
    wrong = withdraw(api, record, version, status=422, recall=False, successor="ENT-2026-0")
    assert "successor" in json.dumps(wrong)
    withdraw(api, record, version, recall=False, successor=reference)
    for address in (f"/api/v1/records/{record}", f"/api/v1/records/{record}/versions/1"):
        led = api.client("uma").get(address).json()["tombstone"]["successor"]
        assert (led["record_id"], led["reference"]) == (str(newer), reference)
        assert api.client("eric").get(address).json()["tombstone"]["successor"] is None
    assert recall_of(api, version) == "None"


def test_a_recall_needs_a_day_to_come(api: Api) -> None:
    record, version = taken(api)
    for day in (None, "2020-01-01"):
        assert "due_on" in json.dumps(withdraw(api, record, version, status=422, due_on=day))


def test_whoever_took_a_copy_while_it_was_withdrawn_is_found_later(api: Api) -> None:
    record, version = taken(api)
    withdraw(api, record, version)
    recall = recall_of(api, version)
    assert see(api, "iris", recall).json()["whole"]["tasks"] == []
    world = api.portal.world
    with world.owner() as session:
        asked = text("SELECT begun_at FROM recalls WHERE id = :id")
        begun = session.scalar(asked, {"id": recall})
    # What a download that was let through before writes, committed after.
    with world.work() as work:
        work.now = begun
        work.record(
            Event(
                "attachment.downloaded",
                subject=f"attachment:{version}",
                record=record,
                actor=str(world.people["uma"]),
                organisation="uni-eu",
                decision="allow",
                served_bytes=9,
                details={"version": 1, "form": "marked"},
            )
        )
    (task,) = see(api, "iris", recall).json()["whole"]["tasks"]
    assert task["person_id"] == str(world.people["uma"])


def test_row_security_hides_recalls_from_who_sees_no_withdrawn_version(api: Api) -> None:
    record, version = taken(api, "uma")
    withdraw(api, record, version)
    world = api.portal.world
    for name, seen in (("uma", False), ("iris", True)):
        with world.work() as work:
            world.gate.scope(work, world.actor(work, name))
            for table in ("recalls", "recall_tasks"):
                found = work.session.scalar(text(f"SELECT count(*) FROM {table}"))
                assert (table, bool(found)) == (table, seen)
    with world.work() as work:
        actor = world.actor(work, "uma")
        assert recalls.waiting_task_count(work, actor) >= 1
        due = recalls.due_tasks(work, actor, work.now.date().replace(year=2200))
        assert recall_of(api, version) in {str(one.recall_id) for one in due}


def test_asking_how_large_a_file_is_takes_nothing(api: Api) -> None:
    record, version = taken(api, "eric")
    (file,) = api.client("ivan").get(f"/api/v1/records/{record}").json()["attachments"]
    assert api.client("uma").head(f"/api/v1/attachments/{file['id']}").status_code == 200
    withdraw(api, record, version)
    whole = see(api, "iris", recall_of(api, version)).json()["whole"]
    assert [one["person"]["slug"] for one in whole["tasks"]] == ["eu-ai-office"]


def test_the_tables_take_no_answer_from_anybody_but_its_taker_and_none_twice(api: Api) -> None:
    record, version = taken(api, "eric")
    withdraw(api, record, version)
    recall, world = recall_of(api, version), api.portal.world
    answer = text(
        "SELECT entente_answer_recall(id, :whose, now(), 'not-deleted', 'x', 'y', id)"
        " FROM recall_tasks WHERE recall_id = :recall"
    )
    for name, kept in (("uma", False), ("eric", True), ("eric", False)):
        with world.owner() as session:
            told = {"whose": world.people[name], "recall": recall}
            assert session.scalar(answer, told) is kept
