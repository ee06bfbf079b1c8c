"""A log that an auditor has seen is not left behind by a new one that the same keys sign."""

from pathlib import Path

import pytest

from app.tlog import Note, Signer
from app.verifier import Asked, Kept, Kind, Wrong, verify
from app.verifier.sources import FolderSource
from tests.published_log import ORIGIN, Published, entries, private

NEXT = "entente.example/log/2027"


def begun(note: Note | None, number: int = 2) -> dict[str, object]:
    """What the first entry of a log says of the one before."""
    details = {"previous_checkpoint": note.serialised()} if note else {}
    return {"type": "log.begun", "subject": f"log:{number}", "details": details}


def publish(tmp_path: Path, origin: str, first: dict[str, object], seed: int = 1) -> Published:
    made = Published(tmp_path / origin.replace("/", "_"), Signer.ed25519(origin, private(seed)))
    made.origin = origin
    made.publish(entries(20, seed=len(origin), first=first))
    return made


def prove(tmp_path: Path, log: Published) -> None:
    verify(FolderSource(log.folder), Asked(kept=Kept(tmp_path / "state")))


@pytest.fixture
def old(tmp_path: Path) -> Published:
    """A log that was seen when it had 300 entries."""
    made = Published(tmp_path / "old")
    made.publish(entries(300))
    prove(tmp_path, made)
    return made


def test_a_new_log_that_follows_nothing_leaves_the_old_one_behind(
    tmp_path: Path, old: Published
) -> None:
    for _ in range(2):  # and is not believed the second time
        with pytest.raises(Wrong) as caught:
            prove(tmp_path, publish(tmp_path, NEXT, begun(None)))
        assert caught.value.kind is Kind.LEFT_BEHIND
        assert ORIGIN in str(caught.value)
    prove(tmp_path, publish(tmp_path, "other.example/log/2027", begun(None), seed=9))


def test_what_was_carried_on_is_all_that_was_seen(tmp_path: Path, old: Published) -> None:
    less = Published(tmp_path / "less").publish(entries(200))
    with pytest.raises(Wrong) as caught:
        prove(tmp_path, publish(tmp_path, NEXT, begun(less)))
    assert caught.value.kind is Kind.CHAIN


def test_logs_that_follow_each_other_are_proved_in_any_order(
    tmp_path: Path, old: Published
) -> None:
    end = old.publish(entries(310))
    second = publish(tmp_path, NEXT, begun(end))
    prove(tmp_path, second)
    signed = Note.parse((second.folder / "checkpoint").read_bytes())
    third = publish(tmp_path, "entente.example/log/2028", begun(signed, 3))
    prove(tmp_path, third)
    for log in (old, second, third, second):
        prove(tmp_path, log)
