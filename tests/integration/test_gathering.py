"""While something long is gathered, the entries of others get their places in the log."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app import audit
from app.access import OfficeAction, OfficePermit
from app.audit import LogFilter, Published, QuestionFilter, QuestionName, load_thresholds
from app.core.journal import Event
from tests.world import POLICIES, World

BASE_URL = "https://entente.example"


class Slow(io.BytesIO):
    """A file, while whose first bytes are written something else happens."""

    def __init__(self, meanwhile: Callable[[], None]) -> None:
        super().__init__()
        self.meanwhile = meanwhile

    def write(self, data: Any) -> int:
        self.meanwhile()
        return super().write(data)


@pytest.fixture
def meanwhile(world: World, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Somebody else's act, which gets its place at once; a gathering that holds it back fails."""
    monkeypatch.setattr("tests.world.MOST_SECONDS", 5)

    def act() -> None:
        with world.work() as work:
            work.record(Event("records.listed", actor=str(world.people["uma"])))
        world.sequence()

    act()
    return act


@pytest.mark.parametrize("verb", ["ocsf", "csv", "evidence"])
def test_an_export_holds_nobody_s_entry_back(
    world: World, meanwhile: Callable[[], None], verb: str
) -> None:
    more = [Published(world.log, BASE_URL)] if verb == "evidence" else []
    out = Slow(meanwhile)
    with world.work() as work:
        actor = world.actor(work, "abel")
        getattr(audit, f"export_{verb}")(work, world.gate, actor, LogFilter(), out, *more)
    assert len(world.told("records.listed")) > 1
    assert world.events()[-1][0] == "log.exported"


def test_a_whole_log_is_exported_and_holds_nobody_s_entry_back(
    world: World, meanwhile: Callable[[], None], tmp_path: Path
) -> None:
    published = Published(world.log, BASE_URL)
    with world.work() as work:
        actor = world.actor(work, "abel")
        audit.export_tiles(
            work, world.gate, actor, 1, tmp_path / "exported", published, lambda *_: meanwhile()
        )
    assert len(world.told("records.listed")) > 1
    assert world.events()[-1][0] == "log.exported"


def test_a_question_holds_nobody_s_entry_back(world: World, meanwhile: Callable[[], None]) -> None:
    thresholds, name = load_thresholds(POLICIES), QuestionName.REFUSED
    with world.work() as work:
        actor = world.actor(work, "abel")
        with audit.answer_whole(
            work, world.gate, actor, name, QuestionFilter(), thresholds=thresholds
        ) as whole:
            list(whole.rows)
            meanwhile()
    assert len(world.told("records.listed")) > 1
    assert world.events()[-1][0] == "log.exported"


def test_what_could_not_be_gathered_was_not_exported(
    world: World, meanwhile: Callable[[], None]
) -> None:
    def broken() -> None:
        raise OSError("The disk is full.")

    with pytest.raises(OSError, match="full"), world.work() as work:
        actor = world.actor(work, "abel")
        audit.export_csv(work, world.gate, actor, LogFilter(), Slow(broken))
    assert world.told("log.exported") == []


def test_only_the_gate_lets_into_an_office() -> None:
    with pytest.raises(TypeError):
        OfficePermit(Event(str(OfficeAction.REVIEW_LOG)), maker=object())
