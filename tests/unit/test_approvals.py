"""How many approvals a release needs and when it is due; a wrong file does not load."""

import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from app.access import PolicyError, Urgency
from app.access.approvals import FILE, load_approvals
from tests.strategies import POLICIES, SCHEMES

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the shipped file, to be broken."""
    shutil.copy(POLICIES / FILE, tmp_path / FILE)
    return tmp_path


def test_what_asks_for_a_second_factor_asks_for_two_people() -> None:
    approvals = load_approvals(POLICIES, SCHEMES)
    for scheme in SCHEMES.by_id.values():
        for marking in scheme.markings:
            count = approvals.needed(SCHEMES, [marking])
            assert count == (2 if SCHEMES.needs_step_up(marking) else 1), marking
    mixed = [SCHEMES.parse(text) for text in ("TLP:GREEN", "RESTRICTED")]
    assert approvals.needed(SCHEMES, mixed) == 2
    assert approvals.needed(SCHEMES, []) == 1


def test_a_marking_may_ask_for_more(folder: Path) -> None:
    file = folder / FILE
    file.write_text(
        file.read_text().replace("[urgency]", '"sg:restricted:sensitive-high" = 3\n[urgency]')
    )
    approvals = load_approvals(folder, SCHEMES)
    assert approvals.needed(SCHEMES, [SCHEMES.parse("RESTRICTED \\ SENSITIVE HIGH")]) == 3
    assert approvals.needed(SCHEMES, [SCHEMES.parse("RESTRICTED \\ SENSITIVE NORMAL")]) == 2


def test_due_is_the_end_of_the_day_that_it_is_needed_by() -> None:
    approvals = load_approvals(POLICIES, SCHEMES)
    assert approvals.due_at(NOON, None) == NOON + timedelta(days=5)
    due = approvals.due_at(NOON, date(2026, 3, 4))
    assert due == datetime(2026, 3, 5, tzinfo=UTC)
    moments = [due - timedelta(hours=49), due - timedelta(hours=48), due]
    told = [approvals.urgency_of(due, moment) for moment in moments]
    assert told == [Urgency.NONE, Urgency.URGENT, Urgency.OVERDUE]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda said: said.replace("others = 1", "others = 3"), "must not be less"),
        (lambda said: said.replace("step_up = 2", "step_up = 0"), "step_up"),
        (lambda said: said.replace("step_up = 2", ""), "step_up"),
        (lambda said: said + "\nmood = 1", "mood"),
        (lambda said: said.replace("[urgency]", '"eu:no-such" = 2\n[urgency]'), "no marking"),
        (lambda said: said.replace("others = 1", 'others = "1"'), "others"),
        (lambda said: said + "\n[", "not TOML"),
    ],
)
def test_a_wrong_file_does_not_load(folder: Path, change: Callable[[str], str], told: str) -> None:
    file = folder / FILE
    file.write_text(change(file.read_text()))
    with pytest.raises(PolicyError, match=told):
        load_approvals(folder, SCHEMES)
    file.unlink()
    with pytest.raises(PolicyError, match="cannot be read"):
        load_approvals(folder, SCHEMES)
