"""After a backup was restored an auditor who saw more goes on, if they accept what was lost."""

from pathlib import Path

import pytest

from app.tlog import Note, Signer
from app.verifier import Asked, Kept, Kind, Wrong, sentence, verify
from app.verifier.sources import FolderSource
from tests.published_log import ORIGIN, Published, entries, private

NEXT = "entente.example/log/2027"


def chain(tmp_path: Path, end: Note, reason: str, **more: int) -> FolderSource:
    origin = f"{NEXT}-{reason}"
    details = {"previous_checkpoint": end.serialised(), "reason": reason, **more}
    first: dict[str, object] = {"type": "log.begun", "subject": "log:2", "details": details}
    made = Published(tmp_path / f"new-{reason}", Signer.ed25519(origin, private(1)))
    made.origin = origin
    made.publish(entries(20, seed=5, first=first))
    return FolderSource(made.folder, {1: tmp_path / "restored"})


def asked(tmp_path: Path, accept: bool) -> Asked:
    return Asked(kept=Kept(tmp_path / "state"), accept_recovery=accept)


@pytest.mark.parametrize("reason", ["recovered", "new-year"])
def test_what_a_recovery_lost_is_told_and_accepted_only_when_asked(
    tmp_path: Path, reason: str
) -> None:
    seen = Published(tmp_path / "seen")
    seen.publish(entries(300))
    verify(FolderSource(seen.folder), asked(tmp_path, accept=False))
    source = chain(tmp_path, Published(tmp_path / "restored").publish(entries(200)), reason)
    for accept in (False, reason != "recovered"):
        with pytest.raises(Wrong) as caught:
            verify(source, asked(tmp_path, accept))
        assert caught.value.kind is Kind.ROLLED_BACK
        assert ("--accept-recovery" in str(caught.value)) is (reason == "recovered")
    if reason == "recovered":
        told = sentence(verify(source, asked(tmp_path, accept=True)))
        assert f"lost 100 entries of {ORIGIN}, from entry 200 on up to the 300" in told
        assert list((tmp_path / "state").glob("*/lost-300-*"))
        assert "lost" not in sentence(verify(source, asked(tmp_path, accept=False)))


def test_a_restored_log_alone_is_never_accepted(tmp_path: Path) -> None:
    seen = Published(tmp_path / "seen")
    seen.publish(entries(300))
    verify(FolderSource(seen.folder), asked(tmp_path, accept=False))
    less = Published(tmp_path / "restored")
    less.publish(entries(200))
    with pytest.raises(Wrong) as caught:
        verify(FolderSource(less.folder), asked(tmp_path, accept=True))
    assert caught.value.kind is Kind.ROLLED_BACK


@pytest.mark.parametrize(
    ("carries", "shows", "told", "holds"),
    [
        (200, 150, None, True),
        (150, 200, 200, True),
        (150, 200, 180, False),
        (150, 200, None, False),
    ],
)
def test_the_checkpoint_shown_need_not_be_the_carried_one_but_must_lead_to_it(
    tmp_path: Path, carries: int, shows: int, told: int | None, holds: bool
) -> None:
    made = Published(tmp_path / "restored")
    notes = {size: made.publish(entries(size)) for size in (150, 200)}
    (tmp_path / "restored" / "checkpoint").write_text(notes[shows].serialised())
    size = {} if told is None else {"previous_size": told}
    source = chain(tmp_path, notes[carries], "recovered", **size)
    if holds:
        older, _ = verify(source, asked(tmp_path, accept=False))
        assert older.size == 200
        return
    with pytest.raises(Wrong) as caught:
        verify(source, asked(tmp_path, accept=False))
    assert caught.value.kind is Kind.CHAIN
