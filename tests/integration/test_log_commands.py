"""The commands of whoever keeps the log, as they are typed."""

from collections.abc import Callable

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from app import log, tlog
from app.cli import app
from app.core.errors import Unavailable
from tests.log_world import step, verify, write
from tests.world import World

Run = Callable[..., str]


@pytest.fixture
def run(world: World, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a command on the world's database and with its keys; gives what it said."""
    monkeypatch.setenv("ENTENTE_DATABASE_URL", world.database.application_url)
    monkeypatch.setenv("ENTENTE_DATA_DIR", str(world.folder))
    monkeypatch.setenv("ENTENTE_KEY_PASSPHRASE", "open")
    monkeypatch.setenv("ENTENTE_LOG_ORIGIN", world.log.origin)

    def invoke(*words: str, done: bool = True) -> str:
        result = CliRunner().invoke(app, ["audit", *words])
        assert (result.exit_code == 0) is done, result.output
        return result.output

    return invoke


def test_keys_are_changed_and_each_change_is_on_the_log(world: World, run: Run) -> None:
    write(world)
    world.sequence()
    before = run("keys").splitlines()
    assert [tlog.VerifierKey.parse(line).name for line in before] == [
        "entente.example/log/2026"
    ] * 2
    run("rotate-keys")
    world.sequence()
    assert len(run("keys").splitlines()) == 4
    run("retire-keys")
    world.sequence()
    assert not set(run("keys").splitlines()) & set(before)
    (line, _) = run("keys", "--year", "2027").splitlines()
    assert tlog.VerifierKey.parse(line).name == "entente.example/log/2027"
    assert [told["door"] for told in world.told("log.key-added")] == ["cli"]
    assert [told["door"] for told in world.told("log.key-retired")] == ["cli"]
    world.sequence()
    assert verify(world) == len(world.entries())


@pytest.mark.parametrize("name", ["a name", "a+b", "line\nbreak"])
def test_a_name_that_no_key_can_bear_is_refused(name: str) -> None:
    with pytest.raises(Unavailable, match="ENTENTE_LOG_ORIGIN"):
        log.log_origin(name, "https://entente.example")
    assert log.log_origin(None, "https://entente.example/portal/") == "entente.example/portal/log"


def test_a_log_is_recovered_at_the_command_line(world: World, run: Run) -> None:
    write(world, 3)
    world.sequence()
    with world.owner() as session:
        session.execute(text("SET session_replication_role = replica"))
        session.execute(text("UPDATE journal SET \"transaction\" = '99999999'::xid8"))
    write(world, 2)
    with pytest.raises(log.RunsBehind):
        step(world)
    with world.work() as work:
        newest = log.checkpoint(work.session, 1, world.log.policy())
    (world.folder / "kept").write_text(newest)
    words = ("recover", "--reason", "The disk broke.", "--kept", str(world.folder / "kept"))
    assert "entente.example/log/2026-2" not in run(*words, done=False)  # nobody said yes
    assert "entente.example/log/2026-2 has begun" in run(*words, "--yes")
    world.sequence()
    (begun,) = [
        told["details"]
        for told in world.told("log.begun")
        if told["details"]["reason"] == "recovered"
    ]
    assert (begun["why"], begun["kept_checkpoint"]) == ("The disk broke.", newest)
    assert verify(world) == len(world.entries())
