"""The commands about keys, as they are typed, and that each act leaves its entries."""

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import app
from app.vault import Cost, FolderBlobs, LocalKeys
from tests import complete
from tests.lifecycle_world import attached
from tests.records_world import ARRANGEMENT
from tests.vault_world import Vault
from tests.world import World

NAME = "Infocomm Media Development Authority"
Run = Callable[..., str]


@pytest.fixture
def vault(world: World) -> Vault:
    """The keys and blobs that the commands find in the data folder."""
    made = Vault(world.folder / "other")
    folder = world.folder / "data"
    made.keys = LocalKeys(
        folder / "keys" / "organisations.json",
        "open",
        now=world.clock,
        cost=Cost(memory_kib=8, passes=1, lanes=1),
    )
    made.key = made.keys.create_key("imda")
    made.blobs = FolderBlobs(folder / "blobs")  # type: ignore[assignment]
    return made


@pytest.fixture
def run(world: World, vault: Vault, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command on the world's database; gives what it said."""
    monkeypatch.setenv("ENTENTE_DATABASE_URL", world.database.application_url)
    monkeypatch.setenv("ENTENTE_DATA_DIR", str(world.folder / "data"))
    monkeypatch.setenv("ENTENTE_KEY_PASSPHRASE", "open")
    monkeypatch.setenv("ENTENTE_ARRANGEMENT", ARRANGEMENT)
    monkeypatch.setenv("COLUMNS", "200")

    def invoke(*words: str, typed: str = "", code: int = 0) -> str:
        result = CliRunner().invoke(app, ["keys", *words], input=typed)
        assert result.exit_code == code, (result.output, result.exception)
        return result.output

    return invoke


def test_rotating_and_what_status_says_of_it(world: World, vault: Vault, run: Run) -> None:
    for _ in range(2):
        attached(world, vault)
    own = attached(world, vault, high=True)
    said = run("status")
    assert vault.key.id in said and f"attachment {own}" in said
    assert "2 attachments wrapped anew" in run("rotate", "imda")
    said = run("status")
    assert "current" in said and "older" in said and "wait" not in said
    assert "Made the key" in run("rotate", "--all")
    run("rotate", code=2)
    run("rotate", "imda", "--all", code=2)
    run("rotate", "nobody", code=1)
    told = world.told("attachment.rewrapped") + world.told("key.rotated")
    assert {entry["door"] for entry in told} == {"cli"}
    assert not any(map(complete.faults, told))


def test_destroying_by_two_people(world: World, vault: Vault, run: Run) -> None:
    file = attached(world, vault, high=True, out=True)
    asking = ("destroy", "--attachment", str(file), "--reason", "Sent by mistake", "--by")
    run(*asking, "ida@imda.example", "--yes", code=1)
    run(*asking, "sys@imda.example", typed="Another name\n", code=1)
    assert world.told("key.destruction-asked") == []
    said = run(*asking, "sys@imda.example", typed=f"{NAME}\n")
    request = said.partition("--agree ")[2].split()[0]
    assert "1 attachments of ENT-" in said
    assert request in (listed := run("status")) and "Sent by mistake" in listed
    run("destroy", "--agree", request, "--by", "sys@imda.example", "--yes", code=1)
    run("destroy", "--agree", request, "--by", "emil@eu-ai-office.example", "--yes", code=1)

    said = run("destroy", "--agree", request, "--by", "ivan@imda.example", typed=f"{NAME}\n")

    assert "Destroyed: 1 keys, and with them 1 attachments." in said
    (proof,) = world.told("key.destroyed")
    assert proof["id"] in run("status")
    run("destroy", "--agree", request, "--by", "ivan@imda.example", "--yes")
    assert len(world.told("key.destroyed")) == 1
    run(*asking, "sys@imda.example", "--yes", code=1)  # there is nothing left of it


def test_a_request_is_withdrawn_and_what_is_wrong_is_said(
    world: World, vault: Vault, run: Run
) -> None:
    attached(world, vault)
    by = ("--by", "sys@imda.example", "--reason", "Sent by mistake", "--yes")
    said = run("destroy", vault.key.id, *by)
    request = said.partition("--agree ")[2].split()[0]
    run("destroy", "--withdraw", request, "--by", "iris@imda.example")
    run("destroy", "--withdraw", request, "--by", "iris@imda.example", code=1)
    run("destroy", "--agree", request, "--by", "ivan@imda.example", "--yes", code=1)
    run("destroy", "--agree", "no identifier", "--by", "ivan@imda.example", code=2)
    run("destroy", *by, code=2)
    run("destroy", vault.key.id, "--organisation", "imda", *by, code=2)
    run("destroy", "key_nobody", *by, code=1)
    run("destroy", "--organisation", "dtc", *by, code=1)
    assert world.told("key.destroyed") == []


def test_a_key_that_came_back_is_shouted_about(
    world: World, vault: Vault, run: Run, tmp_path: Path
) -> None:
    attached(world, vault)
    file = world.folder / "data" / "keys" / "organisations.json"
    before = file.read_bytes()
    said = run(
        *("destroy", "--organisation", "imda", "--by", "sys@imda.example"),
        *("--reason", "It left", "--yes"),
    )
    request = said.partition("--agree ")[2].split()[0]
    agreeing = ("destroy", "--agree", request, "--by", "ivan@imda.example", "--yes")
    run(*agreeing)
    file.write_bytes(before)
    assert "DESTROYED, AND THERE AGAIN" in run("status", code=1)
    run(*agreeing)
    run("status")
