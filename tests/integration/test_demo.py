"""The demonstration: loaded once, and something to see for every role."""

import csv
import hashlib
import json
import stat
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest
from pydantic import SecretStr
from rich.console import Console
from sqlalchemy import text

from app import identity, parties, records, release
from app.access import Action, Area, Assurance
from app.core.database import Database
from app.core.errors import Conflict
from app.core.settings import Settings
from app.core.work import Origin
from app.demo import load_demo
from app.demo.story import read_story
from app.edge import Services
from app.main import assemble
from app.records import Kind, RecordView, Search
from tests.inspection_world import inspect_for_real
from tests.world import make_world

RECORDS = Path(__file__).parents[2] / "app" / "demo" / "records"
ORIGIN = Origin(door="test")
QUIET = Console(quiet=True)


@pytest.fixture
def services(database: Database, tmp_path: Path) -> Iterator[Services]:
    settings = Settings(
        data_dir=tmp_path / "data",
        key_passphrase=SecretStr("open"),
        base_url="http://127.0.0.1:8000",
    )
    inspect_for_real(database)
    made = assemble(settings, database)
    yield made
    made.units.engine.dispose()


def rows() -> Iterator[tuple[Path, dict[str, str]]]:
    for manifest in sorted(RECORDS.glob("*/manifest.csv")):
        with manifest.open(encoding="utf-8", newline="") as file:
            yield from ((manifest.parent, row) for row in csv.DictReader(file))


def counts(services: Services) -> dict[str, int]:
    engine = services.database.owner_engine()
    tables = "records versions portions attachments decisions journal people api_clients sessions"
    with engine.connect() as connection:
        found = {
            table: connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()
            for table in tables.split()
        }
    engine.dispose()
    return found


def seen_by(services: Services, email: str, assurance: Assurance) -> dict[str, RecordView]:
    """What this person finds and reads, by title."""
    with services.units.begin(ORIGIN) as work:
        person = parties.person_by_email(work.session, email)
        assert person is not None
        actor = parties.actor_for(work, services.gate.keeper.current.schemes, person, assurance)
        found = records.find(work, services.gate, actor, Search())
        return {
            line.title: records.read(work, services.gate, actor, line.id)
            for line in found.page.items
        }


def test_the_manifests_are_those_of_the_files() -> None:
    listed = {(folder / row["path"]) for folder, row in rows()}
    attached = {
        folder / path for folder, row in rows() for path in row["attachments"].split(";") if path
    }
    assert listed | attached == set(RECORDS.rglob("*.*")) - set(RECORDS.rglob("manifest.csv"))
    for folder, row in rows():
        data = (folder / row["path"]).read_bytes()
        assert (len(data), hashlib.sha256(data).hexdigest()) == (
            int(row["bytes"]),
            row["sha256"],
        ), f"{folder.name}/{row['path']} was changed: correct its manifest"


def test_the_records_are_of_every_kind_and_area_and_the_story_knows_them() -> None:
    assert {row["kind"] for _, row in rows()} == set(Kind)
    assert {row["area"] for _, row in rows()} == set(Area)
    assert len({row["language"] for _, row in rows()}) >= 6
    names = {f"{folder.name}/{row['path']}" for folder, row in rows()}
    assert set(read_story().records) <= names


def test_it_loads_once_even_if_broken_off_and_gives_every_role_something_to_see(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    half = break_off(services, monkeypatch)
    file = load_demo(services, QUIET)

    accounts = {account["email"]: account for account in json.loads(file.read_text())}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    before = counts(services)
    assert before["people"] == half["people"] == len(accounts)
    assert before["records"] == half["records"] == len(list(rows()))
    with services.database.owner_engine().connect() as connection:
        states = Counter(connection.execute(text("SELECT state FROM versions")).scalars())
    assert states == {"draft": 2, "submitted": 2, "superseded": 1, "withdrawn": 2, "released": 15}

    written = file.read_bytes()
    assert load_demo(services, QUIET) == file
    assert (counts(services), file.read_bytes()) == (before, written)

    check_accounts(services, accounts)
    check_what_each_sees(services)
    check_the_desks(services)


def break_off(services: Services, monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """Stop the loading at a late step; gives what was there then."""

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("app.demo.story.Teller._withdraw", stop)
        with pytest.raises(KeyboardInterrupt):
            load_demo(services, QUIET)
    return counts(services)


def check_accounts(services: Services, accounts: dict[str, dict[str, str]]) -> None:
    """Everybody comes in by the password; who has a second factor, by its code."""
    for email in ("contributor@imda.example", "auditor@mddi.example", "reader@dg-connect.example"):
        account = accounts[email]
        command = identity.SignIn(email=email, password=account["password"])
        with services.units.begin(ORIGIN) as work:
            entered = identity.sign_in(work, services.identity, command)
        assert isinstance(entered, identity.SignedIn)
        assert (entered.waits_for == "second-factor") == ("totp_secret" in account)
        credentials = identity.ClientCredentials(
            client_id=account["api_client_id"], client_secret=account["api_client_secret"]
        )
        with services.units.begin(ORIGIN) as work:
            answer = identity.issue_token(work, services.identity, credentials)
        assert isinstance(answer, identity.TokenAnswer)
    assert sum("totp_secret" in account for account in accounts.values()) == 3
    pyotp.TOTP(accounts["reader@dg-connect.example"]["totp_secret"]).now()


def check_what_each_sees(services: Services) -> None:
    everything = seen_by(services, "reader@dg-connect.example", Assurance.MULTI_FACTOR)
    less_sure = seen_by(services, "reader@dg-connect.example", Assurance.PASSWORD)
    think_tank = seen_by(services, "analyst@think-tank-eu.example", Assurance.PASSWORD)
    business = seen_by(services, "engineer@business-sg.example", Assurance.PASSWORD)
    ended = seen_by(services, "consultant@consultancy-eu.example", Assurance.PASSWORD)

    incident = "Telling the other party of a serious incident: the first hour"
    threat = "Agree on a threat model before a joint test"
    refusal = "Refusal across ten languages: method of a joint test, with a worked example"
    assert incident in everything
    assert incident not in less_sure
    assert "Worked example" in {part.heading for part in everything[threat].portions}
    assert threat not in think_tank, "its agreement leaves joint testing out"
    assert "Worked example" not in {part.heading for part in business[threat].portions}
    assert "Failure cases" not in {part.heading for part in business[refusal].portions}
    assert [one.name for one in business[refusal].attachments] == [
        "refusal-results.csv",
        "refusal-protocol.pdf",
    ]
    assert set(think_tank) < set(everything)
    assert ended == {}
    size = everything["How many items does a safety benchmark need?"]
    assert [line.number for line in size.versions] == [2, 1]


def check_the_desks(services: Services) -> None:
    with services.units.begin(ORIGIN) as work:
        schemes = services.gate.keeper.current.schemes

        def desk(email: str) -> release.Desk:
            person = parties.person_by_email(work.session, email)
            assert person is not None
            actor = parties.actor_for(work, schemes, person, Assurance.MULTI_FACTOR)
            return release.desk(work, services.gate, actor)

        assert [line.action for line in desk("release.authority@imda.example").to_decide] == [
            Action.APPROVE
        ]
        assert len(desk("release.authority@dg-connect.example").to_consent) == 1


def test_it_does_not_mix_with_other_parties(database: Database, services: Services) -> None:
    make_world(database, services.settings.data_dir).close()
    with pytest.raises(Conflict, match="other parties"):
        load_demo(services, QUIET)
