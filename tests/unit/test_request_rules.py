"""When answers are due: working days, the clock that stands, how far silence has come."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.errors import Unavailable
from app.requests import RequestRules, end_of, load_rules
from tests.world import POLICIES

RULES = load_rules(POLICIES)
FRIDAY = datetime(2026, 12, 18, 15, 30, tzinfo=UTC)
DAYS = st.integers(0, 700).map(lambda n: FRIDAY + timedelta(days=n, minutes=7 * n))


def test_weekends_and_holidays_do_not_count() -> None:
    assert RULES.later(FRIDAY, 1) == datetime(2026, 12, 21, 15, 30, tzinfo=UTC)
    assert RULES.later(FRIDAY, 5) == datetime(2026, 12, 28, 15, 30, tzinfo=UTC)  # past the 25th


def test_the_clock_stands_while_a_question_waits() -> None:
    due_at = RULES.due_at(FRIDAY)
    paused_at = RULES.later(FRIDAY, 4)
    answered_at = paused_at + timedelta(days=100)
    assert RULES.resumed(due_at, paused_at, answered_at) == RULES.later(answered_at, 6)
    assert RULES.resumed(due_at, due_at, answered_at) == RULES.later(answered_at, 1)


@settings(max_examples=60, deadline=None)
@given(DAYS)
def test_silence_is_told_further_exactly_when_it_has_lasted(due_at: datetime) -> None:
    further = RULES.escalated_at(due_at)
    assert RULES.silence(due_at, due_at - timedelta(microseconds=1)) == ""
    assert RULES.silence(due_at, due_at) == "overdue"
    assert RULES.silence(due_at, further) == "escalated"
    assert due_at <= RULES.longest_silence(further)
    before = further - timedelta(days=1)
    assert not due_at <= RULES.longest_silence(before) or not RULES.is_working(further.date())


def test_a_grant_ends_when_its_last_day_is_over() -> None:
    assert end_of(date(2026, 3, 31)) == datetime(2026, 4, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("changed", "told"),
    [("working_days = 10", "answer.working_days"), ('version = "1"', "version")],
)
def test_a_file_that_says_less_or_more_does_not_load(
    tmp_path: Path, changed: str, told: str
) -> None:
    said = (POLICIES / "requests.toml").read_text()
    for other in ("", f"{changed}\nunknown = 1"):
        (tmp_path / "requests.toml").write_text(said.replace(changed, other, 1))
        with pytest.raises(Unavailable, match=told if not other else "unknown"):
            load_rules(tmp_path)
    assert isinstance(RULES, RequestRules)
