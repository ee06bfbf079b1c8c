"""The thresholds load strictly: what contradicts itself or says something unknown is refused."""

from pathlib import Path

import pytest

from app.audit import load_thresholds
from app.core.errors import Unavailable

SHIPPED = Path(__file__).parents[2] / "policies" / "alerts.toml"


def test_the_shipped_file_loads() -> None:
    thresholds = load_thresholds(SHIPPED.parent)
    assert thresholds.zone_of("SG") == "Asia/Singapore"
    assert thresholds.zone_of("XX") == "UTC"
    assert thresholds.hours_of["EU"].iso_days == (1, 2, 3, 4, 5)


@pytest.mark.parametrize(
    ("written", "instead", "told"),
    [
        ("factor = 5", "factor = 1", "volume.factor"),
        ("factor = 5", 'factor = "5"', "volume.factor"),
        ("least = 20", "", "volume.least"),
        ("files = 20", "files = 20\nfolders = 2", "bulk.folders"),
        ('zone = "Asia/Singapore"', 'zone = "Asia/Nowhere"', "no time zone"),
        ('zone = "Asia/Singapore"', 'zone = "x\'; DROP TABLE log_entries"', "no time zone"),
        ('zone = "Asia/Singapore"', 'zone = "../../etc/passwd"', "no time zone"),
        ('opens = "07:30"', 'opens = "21:00"', "close after they open"),
        ('opens = "07:30"', 'opens = "7:30"', "hours.0.opens"),
        ('days = ["Monday", ', 'days = ["Tuesday", ', "twice"),
        ('days = ["Monday", ', 'days = ["Mon", ', "hours.0.days.0"),
        ('party = "EU"', 'party = "SG"', "hours twice"),
        ("version", "vers!on", "not TOML"),
    ],
)
def test_a_wrong_file_is_refused(tmp_path: Path, written: str, instead: str, told: str) -> None:
    text = SHIPPED.read_text()
    assert written in text
    (tmp_path / "alerts.toml").write_text(text.replace(written, instead, 1))
    with pytest.raises(Unavailable, match=told):
        load_thresholds(tmp_path)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match=r"alerts\.toml cannot be read"):
        load_thresholds(tmp_path)
