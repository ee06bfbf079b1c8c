"""What is logged is complete: every type of event, every command, every step of the worker.

The routes are held by the walks (test_every_route.py, test_every_page.py), entry by entry, to what
`tests/complete.py` asks of each. Here the same is asked of the commands, whose list is read from
the command line itself, and the numbers in an entry are held against what was served.
"""

import inspect
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import pytest
import typer
from sqlalchemy import text
from typer.testing import CliRunner

from app import worker
from app.cli import app
from app.core.database import Database
from app.core.errors import Unavailable
from app.core.ids import EntryId
from app.core.journal import Event
from app.core.work import Work
from app.log import DatabaseJournal
from app.parties.stock import kept
from app.web.log_words import EVENT_WORDS
from tests import complete
from tests.api_world import Api, draft_json, make_api
from tests.import_world import Bundle
from tests.inspection_world import inspect_for_real
from tests.past_world import toml
from tests.world import World, make_world

# Shows and changes nothing that is protected, and why.
NOTHING_PROTECTED: Final = {
    "migrate": "makes tables; runs as their owner, before there is a journal",
    "policy check": "reads the policy files, which every signed-in person may read",
    "policy test": "the same",
    "audit keys": "prints public keys",
    "keys status": "tells identifiers and counts of keys, to whoever holds the machine",
    "audit verify": "reads what is published, by its routes, or a folder; asks no database",
    "audit verify-statement": "checks a statement that somebody was given, and what is published",
    "audit witness": "signs with a party's own key what is published; asks no portal",
}
# Held to their events elsewhere: what they run is walked or tested there.
ELSEWHERE: Final = {
    "audit archive": "tests/integration/test_archiving.py",
    "audit recover": "tests/integration/test_log_commands.py",
    "audit retire-keys": "tests/integration/test_log_commands.py",
    "audit rotate-keys": "tests/integration/test_log_commands.py",
    "bench seed": "tests/integration/test_search_plans.py",
    "doctor": "tests/integration/test_doctor.py",
    "demo": "tests/integration/test_demo.py",
    "policy explain": "tests/integration/test_explaining.py",
    "policy impact": "tests/integration/test_policies_binding.py",
    "policy propose": "tests/integration/test_policies_binding.py",
    "keys destroy": "tests/integration/test_key_destruction.py",
    "keys rotate": "tests/integration/test_key_rotation.py",
    "serve": "the walks of all routes",
    "worker": "test_a_step_of_the_worker_leaves_no_other_events, below",
}
LOADED: Final = "policies.loaded"


def commands(command: Any, name: tuple[str, ...] = ()) -> Iterator[str]:
    """Every command that the command line has, by its full name."""
    if not hasattr(command, "list_commands"):
        yield " ".join(name)
        return
    context = command.make_context("entente", [], resilient_parsing=True)
    for one in command.list_commands(context):
        found = command.get_command(context, one)
        assert found is not None
        yield from commands(found, (*name, one))


@pytest.fixture(scope="module")
def world(
    module_peopled_database: Database, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    made = make_world(module_peopled_database, tmp_path_factory.mktemp("commands"))
    yield made
    made.close()


Run = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def run(world: World, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command on the world's database; gives the entries that it left."""
    monkeypatch.setenv("ENTENTE_DATABASE_URL", world.database.application_url)
    monkeypatch.setenv("ENTENTE_DATA_DIR", str(world.folder / "data"))
    monkeypatch.setenv("ENTENTE_KEY_PASSPHRASE", "open")

    def invoke(*words: str, typed: str = "", done: bool = True) -> list[dict[str, Any]]:
        before = len(world.entries())
        result = CliRunner().invoke(app, words, input=typed)
        assert (result.exit_code == 0) is done, result.output
        first, *entries = world.entries()[before:]
        assert first["type"] == LOADED
        assert not any(map(complete.faults, entries)), entries
        return entries

    return invoke


def types(entries: list[dict[str, Any]]) -> list[str]:
    """The types of entries, in their order."""
    return [entry["type"] for entry in entries]


def declared(world: World, folder: Path, name: str = "Another name") -> str:
    """A file that declares the world with one change to everything that can change."""
    with world.work() as work:
        stock = kept(work.session)
    for key in [("party", "SG"), ("organisation", "dtc"), ("group", "testers")]:
        stock[key] = {**stock[key], "name": name}  # type: ignore[index]
    stock["agreement", "dtc"] = {**stock["agreement", "dtc"], "areas": ["trends"]}
    stock["person", "ines@imda.example"] = {
        **stock["person", "ines@imda.example"],
        "active": False,
    }
    file = folder / "parties.toml"
    file.write_text(toml(stock))
    return str(file)


def apply_parties(world: World, run: Run, folder: Path) -> None:
    changed = ["party.changed", "organisation.changed", "agreement.changed"]
    entries = run("parties", "apply", declared(world, folder))
    assert types(entries) == [*changed, "person.suspended", "group.changed"]


def set_password(world: World, run: Run, folder: Path) -> None:
    words = ("people", "set-password", "uma@uni-eu.example")
    assert types(run(*words, typed="four words nobody guesses\n")) == ["password.set"]


def manifest(folder: Path) -> str:
    """A manifest of one file."""
    bundle = Bundle(folder)
    bundle.put("a.md", "# Title\n\nText.")
    bundle.add("a.md", title="One")
    return str(bundle.write())


def import_records(world: World, run: Run, folder: Path) -> None:
    marked = ("--marking", "TLP:GREEN", "--release-to", "community", "--submit")
    entries = run("import", manifest(folder), "--as", "ida@imda.example", *marked)
    assert types(entries) == [
        *("record.drafted", "batch.listed", "record.submitted", "batch.imported")
    ]
    batch = entries[-1]["subject"].removeprefix("batch:")
    entries = run("release", "--batch", batch, "--as", "iris@imda.example")
    assert types(entries) == ["batch.listed", "audience.previewed", "record.released"]
    assert {entry["record"] for entry in entries[1:]} != {""}


def erase_person(world: World, run: Run, folder: Path) -> None:
    reason = ("--reason", "Asked for it after leaving")
    entries = run("people", "erase", "ivan@imda.example", "--as", "olga@imda.example", *reason)
    assert types(entries) == ["person.erased"]


def export_log(world: World, run: Run, folder: Path) -> None:
    world.sequence()
    for form in ("ocsf", "csv", "evidence", "tiles"):
        words = ("--to", str(folder / form), "--format", form, "--as", "abel@imda.example")
        assert types(run("audit", "export", *words)) == ["log.exported"]
        assert (folder / form).exists()
        others = ("--to", str(folder / "no"), "--format", form, "--as", "uma@uni-eu.example")
        (refused,) = types(run("audit", "export", *others, done=False))
        assert refused in ("review-log.refused", "verify-log.refused")
        assert list(folder.glob("no*")) == []


# What runs a command and holds it to its events.
STEPS: Final[Mapping[str, Callable[[World, Run, Path], None]]] = {
    "parties apply": apply_parties,
    "people set-password": set_password,
    "import": import_records,
    "release": import_records,
    "people erase": erase_person,
    "audit export": export_log,
}


def test_every_command_is_known() -> None:
    found = set(commands(typer.main.get_command(app)))
    assert "import" in found
    assert found - set(NOTHING_PROTECTED) - set(ELSEWHERE) - set(STEPS) == set()


@pytest.mark.parametrize("step", dict.fromkeys(STEPS.values()), ids=lambda step: step.__name__)
def test_each_command_leaves_one_entry_for_each_act(
    world: World, run: Run, tmp_path: Path, step: Callable[[World, Run, Path], None]
) -> None:
    step(world, run, tmp_path)


@pytest.mark.parametrize(
    "words", [("parties", "apply", "{declared}"), ("people", "set-password", "uma@uni-eu.example")]
)
def test_a_command_changes_nothing_that_the_journal_cannot_hold(
    world: World,
    run: Run,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
) -> None:
    whole = DatabaseJournal.append

    def broken(self: DatabaseJournal, work: Work, event: Event) -> EntryId:
        if event.type != LOADED:
            raise Unavailable("The journal does not answer.")
        return whole(self, work, event)

    file, before = declared(world, tmp_path, "A third name"), held(world)
    monkeypatch.setattr(DatabaseJournal, "append", broken)
    typed = "another four words that nobody guesses\n"
    assert run(*(one.format(declared=file) for one in words), typed=typed, done=False) == []
    assert held(world) == before


def held(world: World) -> list[str]:
    """What the two commands write."""
    with world.owner() as session:
        rows = session.scalars(
            text(
                "SELECT name FROM parties UNION ALL SELECT password_hash FROM credentials"
                " UNION ALL SELECT id::text FROM standings ORDER BY 1"
            )
        )
        return list(rows)


# Each step of the worker, and the events that it may leave; what it pushes: tests of the push.
WORKER_STEPS: Final = {
    "once": frozenset[str](),
    "watch": frozenset({"alert.raised", "statement.made"}),
    "inspect": frozenset({"inspection.begun", "attachment.inspected"}),
    "tell": frozenset({"notices.mailed"}),
    "attend_to_requests": frozenset({"match.found", "request.escalated"}),
    "attend_to_reviews": frozenset({"person.lapsed"}),
}
NO_STEPS: Final = {"run", "mailer_of"}


def test_every_step_of_the_worker_is_known() -> None:
    found = {
        name
        for name, one in inspect.getmembers(worker, inspect.isfunction)
        if one.__module__ == worker.__name__ and not name.startswith("_")
    }
    assert "once" in found
    assert found - NO_STEPS - set(WORKER_STEPS) == set()


@pytest.mark.parametrize("step", WORKER_STEPS)
def test_a_step_of_the_worker_leaves_no_other_events(api: Api, step: str) -> None:
    world = api.portal.world
    api.client("uma").get("/api/v1/records")
    inspect_for_real(world.database)
    api.portal.draft("ida", files={"a.txt": b"text"})
    world.sequence()
    before = len(world.entries())
    arguments = {"watch": (None,), "tell": (None,)}.get(step, ())
    getattr(worker, step)(api.portal.services, *arguments)
    entries = world.entries()[before:]
    assert set(types(entries)) <= WORKER_STEPS[step]
    assert not any(map(complete.faults, entries)), entries


@pytest.fixture
def api(peopled_database: Database, tmp_path: Path) -> Iterator[Api]:
    made = make_api(peopled_database, tmp_path)
    yield made
    made.portal.world.close()


def said(value: Any) -> int:
    """The bytes of the texts in a part of an answer."""
    if isinstance(value, str):
        return len(value.encode())
    return sum(map(said, value.values() if isinstance(value, dict) else value))


def test_the_bytes_of_a_reading_are_those_of_what_was_shown(api: Api) -> None:
    given = draft_json(title="Zwei Wörter — 研究", fields={"practice": "Paare."})
    draft = api.client("ida").post("/api/v1/drafts", json=given).json()
    world = api.portal.world
    api.client("ida").get(f"/api/v1/records/{draft['record_id']}")
    (entry,) = world.told("record.read")
    texts = [given["title"], given["summary"], given["fields"], given["sections"]]
    assert entry["served_bytes"] == sum(map(said, texts))
    api.client("ida").get("/api/v1/drafts")
    (listed,) = world.told("drafts.listed")
    assert listed["served_bytes"] == said(given["title"]) + said(given["summary"])


@pytest.mark.parametrize(
    ("asked", "status", "served_bytes"),
    [({}, 200, 5), ({"Range": "bytes=1-2"}, 206, 2), ({"Range": "bytes=9-"}, 416, 0)],
)
def test_the_bytes_of_a_download_are_those_that_were_sent(
    api: Api, asked: dict[str, str], status: int, served_bytes: int
) -> None:
    ida = api.client("ida")
    draft = ida.post("/api/v1/drafts", json=draft_json()).json()
    path = f"/api/v1/drafts/{draft['version_id']}/attachments"
    file = ida.put(path, params={"name": "a.txt"}, content=b"bytes").json()
    answer = ida.get(f"/api/v1/attachments/{file['id']}", headers=asked)
    (entry,) = api.portal.world.told("attachment.downloaded")
    assert (answer.status_code, entry["served_bytes"]) == (status, served_bytes)
    assert entry["record"] == draft["record_id"]


def test_a_list_names_the_markings_of_what_it_shows_and_whose_it_is(api: Api) -> None:
    given = draft_json(originator="eu-ai-office")
    api.client("ida").post("/api/v1/drafts", json=given)
    api.client("ida").get("/api/v1/drafts")
    (listed,) = api.portal.world.told("drafts.listed")
    assert listed["markings"] == ["TLP:GREEN"]
    assert listed["organisations"] == ["eu-ai-office", "imda"]


def test_a_refusal_names_record_markings_and_policies(api: Api) -> None:
    draft = api.client("ida").post("/api/v1/drafts", json=draft_json()).json()
    api.client("bo").get(f"/api/v1/records/{draft['record_id']}")
    (entry,) = api.portal.world.told("read.refused")
    assert entry["record"] == draft["record_id"]
    assert entry["markings"] == ["TLP:GREEN"]
    assert entry["agreement"] == "biz-sg:2025-01-26"


def test_every_type_of_event_has_words_and_says_what_it_must_tell() -> None:
    groups = (
        *(complete.CONTENT, complete.LISTS, complete.CHANGES, complete.OWN, complete.OPERATOR),
        *(complete.IDENTIFIERS, complete.OFFICES, complete.NOT_OF_RECORDS),
    )
    known = set().union(*groups)
    assert sum(map(len, groups)) == len(known), "a type stands in two groups"
    assert {one for one in EVENT_WORDS if not one.endswith(complete.DENIED)} - known == set()
