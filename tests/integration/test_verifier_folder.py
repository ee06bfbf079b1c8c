"""What the verifier says of a log in a folder: proved, or what is wrong and from where on."""

from pathlib import Path
from shutil import rmtree

import pytest

from app.tlog import (
    TILE_WIDTH,
    Note,
    Signer,
    TrustPolicy,
    bundles_of,
    encode_bundle,
    leaf_hash,
    tiles_of,
)
from app.verifier import Asked, FolderSource, Kept, Kind, Proved, Trust, Wrong, sentence, verify
from tests.published_log import LOG_SIGNER, ORIGIN, WITNESSES, Published, entries, private

SIZE = 1000
PINNED = Trust.given([LOG_SIGNER.vkey])
SIZES = (1, 2, 255, 256, 257, 511, 512, 1000)


@pytest.fixture
def log(tmp_path: Path) -> Published:
    """A folder to publish into."""
    return Published(tmp_path / "log")


def ask(log: Published, **changes: object) -> Asked:
    """What an auditor with a pinned key asks."""
    asked: dict[str, object] = {"kept": Kept(log.folder.parent / "state"), "trust": PINNED}
    return Asked(**(asked | changes))  # type: ignore[arg-type]


def prove(log: Published, **changes: object) -> Proved:
    """Verify the folder."""
    (proved,) = verify(FolderSource(log.folder), ask(log, **changes))
    return proved


def wrong(log: Published, **changes: object) -> Wrong:
    """Verify the folder, which is not as it must be."""
    with pytest.raises(Wrong) as caught:
        prove(log, **changes)
    return caught.value


def put_entries(log: Published, kept: list[bytes], size: int = SIZE) -> None:
    """Write other entries into the bundles of a log of `size`, without touching its hashes."""
    for bundle in bundles_of(size):
        start = bundle.index * TILE_WIDTH
        there = kept[start : start + bundle.width]
        if there:
            log.write(bundle.path(), encode_bundle(there))
        else:
            (log.folder / bundle.path()).unlink()


@pytest.mark.parametrize("size", SIZES)
def test_a_sound_log_is_proved(log: Published, size: int) -> None:
    log.publish(entries(size))
    proved = prove(log)
    assert (proved.origin, proved.size) == (ORIGIN, size)
    assert [witness.name for witness in proved.witnesses] == ["EU", "SG"]


def test_one_sentence_says_what_is_proved(log: Published) -> None:
    log.publish(entries(SIZE))
    assert sentence([prove(log)]) == (
        "1,000 entries, complete and unaltered, 1 Jan 2026 08:00 to 2 Jan 2026 00:39 UTC;"
        " signed by entente.example/log/2026 (by the key that was given);"
        " witnessed by EU and SG at 24 Nov 2026 06:00 UTC."
    )


@pytest.mark.parametrize("index", [0, 1, 255, 256, 700, 999])
def test_a_changed_entry_is_named(log: Published, index: int) -> None:
    made = entries(SIZE)
    log.publish(made)
    put_entries(log, log.rewrite_entry(made, index, organisation="nobody"))
    found = wrong(log)
    assert (found.kind, found.first) == (Kind.CHANGED, index)
    assert f"Entry {index} was changed after it was signed." in found.detail


@pytest.mark.parametrize("index", [0, 1, 255, 256, 700, 998])
def test_a_removed_entry_is_named(log: Published, index: int) -> None:
    made = entries(SIZE)
    log.publish(made)
    put_entries(log, made[:index] + made[index + 1 :])
    found = wrong(log)
    assert (found.kind, found.first) == (Kind.REMOVED, index)
    assert f"Entry {index} was removed" in found.detail


@pytest.mark.parametrize(("one", "other"), [(0, 1), (5, 200), (254, 255), (998, 999)])
def test_reordered_entries_are_named(log: Published, one: int, other: int) -> None:
    made = entries(SIZE)
    log.publish(made)
    made[one], made[other] = made[other], made[one]
    put_entries(log, made)
    found = wrong(log)
    assert (found.kind, found.first) == (Kind.REORDERED, one)
    assert "another order" in found.detail


def test_an_entry_slipped_in_is_named(log: Published) -> None:
    made = entries(SIZE)
    log.publish(made)
    put_entries(log, [*made[:300], b'{"type":"record.read"}', *made[300:]])
    found = wrong(log)
    assert (found.kind, found.first) == (Kind.INSERTED, 300)


def test_an_entry_after_the_last_is_named(log: Published) -> None:
    made = entries(SIZE)
    log.publish(made)
    last = list(bundles_of(SIZE))[-1]
    log.write(last.path(), encode_bundle([*made[768:], b"{}"]))
    found = wrong(log)
    assert (found.kind, found.first) == (Kind.INSERTED, SIZE)


@pytest.mark.parametrize("left", [0, 256, 700, 768, 999])
def test_a_truncated_log_is_named(log: Published, left: int) -> None:
    made = entries(SIZE)
    log.publish(made)
    put_entries(log, made[:left])
    found = wrong(log)
    assert (found.kind, found.first) == (Kind.CUT_OFF, left)
    assert "cut off" in found.detail
    assert "1,000" in found.detail


def test_a_log_cut_off_with_its_hashes_is_named(log: Published) -> None:
    made = entries(SIZE)
    log.publish(made)
    put_entries(log, made[:512])
    for tile in tiles_of(SIZE):
        if tile.level == 0 and tile.index >= 2:
            (log.folder / tile.path()).unlink()
    found = wrong(log)
    assert (found.kind, found.first) == (Kind.CUT_OFF, 512)
    assert "Nothing is proved of those before it." in found.detail


def test_entries_changed_with_their_hashes_are_found_among_256(log: Published) -> None:
    made = entries(SIZE)
    log.publish(made)
    altered = log.rewrite_entry(made, 300, organisation="nobody")
    put_entries(log, altered)
    level_0 = [leaf_hash(entry) for entry in altered]
    log.write("tile/0/001", b"".join(level_0[256:512]))
    found = wrong(log)
    assert (found.kind, found.first) == (Kind.REWRITTEN, 256)
    assert "among the entries up to 511" in found.detail


def test_tiles_that_do_not_lead_to_the_root_vouch_for_nothing(log: Published) -> None:
    made = entries(SIZE)
    log.publish(made)
    put_entries(log, log.rewrite_entry(made, 5, organisation="nobody"))
    tops = bytearray((log.folder / "tile/1/000.p/3").read_bytes())
    tops[:32] = Published(log.folder.parent / "other").publish(entries(256)).text.encode()[:32]
    log.write("tile/1/000.p/3", bytes(tops))
    found = wrong(log)
    assert (found.kind, found.first) == (Kind.REWRITTEN, 0)
    assert "unaltered" not in found.detail


def test_a_log_rewritten_throughout_is_not_proved(log: Published) -> None:
    made = entries(SIZE)
    note = log.publish(made)
    log.publish(log.rewrite_entry(made, 300, organisation="nobody"))
    log.write("checkpoint", note.serialised().encode())
    found = wrong(log)
    assert (found.kind, found.first) == (Kind.REWRITTEN, 0)


def test_an_older_checkpoint_narrows_what_was_rewritten(log: Published) -> None:
    made = entries(SIZE)
    older = log.publish(made[:290])
    rmtree(log.folder)
    note = log.publish(made)
    log.publish(log.rewrite_entry(made, 300, organisation="nobody"))
    log.write("checkpoint", note.serialised().encode())
    found = wrong(log, checkpoints=(older,))
    assert (found.kind, found.first) == (Kind.REWRITTEN, 290)


@pytest.mark.parametrize("path", [tile.path() for tile in tiles_of(SIZE)])
def test_a_damaged_tile_of_hashes_is_told_apart_from_entries(log: Published, path: str) -> None:
    log.publish(entries(SIZE))
    data = bytearray((log.folder / path).read_bytes())
    data[40] ^= 1
    log.write(path, bytes(data))
    found = wrong(log)
    assert found.kind is Kind.HASHES
    assert path in found.detail


def test_a_missing_tile_of_hashes_is_told(log: Published) -> None:
    log.publish(entries(SIZE))
    (log.folder / "tile/0/002").unlink()
    found = wrong(log)
    assert (found.kind, found.first) == (Kind.HASHES, 512)


def test_a_rolled_back_log_is_told(log: Published) -> None:
    made = entries(SIZE)
    log.publish(made)
    prove(log)
    rmtree(log.folder)
    log.publish(made[:900])
    found = wrong(log)
    assert (found.kind, found.first) == (Kind.ROLLED_BACK, 900)
    assert "rolled back" in found.detail


def test_a_log_that_was_rolled_back_and_grew_again_is_told(log: Published) -> None:
    made = entries(SIZE)
    log.publish(made)
    prove(log)
    log.publish(log.rewrite_entry(made, 950, organisation="nobody"))
    found = wrong(log)
    assert (found.kind, found.first) == (Kind.REGROWN, 0)
    assert "grew again" in found.detail


def test_a_split_view_is_told_and_its_evidence_kept(log: Published) -> None:
    made = entries(SIZE)
    log.publish(made[:600])
    seen = prove(log)
    older = log.publish(made[:300])
    other = [*made[:400], *entries(600, seed=7)]
    shown = log.publish(other)
    found = wrong(log, checkpoints=(older,))
    assert seen.size == 600
    assert (found.kind, found.first) == (Kind.SPLIT_VIEW, 300)
    assert "Two views of one log" in found.detail
    (evidence,) = (log.folder.parent / "state").rglob("contradiction-*")
    assert evidence.read_text() == shown.serialised()


def test_a_log_that_grew_is_proved_again_and_the_newest_is_kept(log: Published) -> None:
    made = entries(SIZE)
    log.publish(made[:600])
    prove(log)
    note = log.publish(made)
    prove(log)
    assert Kept(log.folder.parent / "state").checkpoint(ORIGIN) == note


def test_what_is_not_proved_is_not_kept(log: Published) -> None:
    made = entries(SIZE)
    log.publish(made)
    put_entries(log, log.rewrite_entry(made, 3, organisation="nobody"))
    wrong(log)
    assert Kept(log.folder.parent / "state").checkpoint(ORIGIN) is None


def test_a_log_of_another_key_is_not_believed(log: Published) -> None:
    log.signer = Signer.ed25519(ORIGIN, private(9))
    log.publish(entries(3))
    found = wrong(log)
    assert found.kind is Kind.KEY
    assert "Nothing is proved" in found.detail


def test_a_checkpoint_with_a_broken_signature_is_not_believed(log: Published) -> None:
    note = log.publish(entries(3))
    forged = Note(note.text.replace(ORIGIN + "\n3", ORIGIN + "\n2"), note.signatures)
    log.write("checkpoint", forged.serialised().encode())
    assert wrong(log).kind is Kind.KEY


def test_an_older_checkpoint_that_nobody_signed_is_not_believed(log: Published) -> None:
    made = entries(SIZE)
    stranger = Published(log.folder, signer=Signer.ed25519(ORIGIN, private(9)))
    forged = stranger.publish(made[:10])
    log.publish(made)
    assert wrong(log, checkpoints=(forged,)).kind is Kind.KEY


def test_the_first_use_of_a_key_is_said_and_the_key_kept(log: Published) -> None:
    made = entries(SIZE)
    log.publish(made)
    assert "trust on first use" in prove(log, trust=None).trust
    assert "first seen, and never compared" in prove(log, trust=None).trust
    log.signer = Signer.ed25519(ORIGIN, private(9))
    log.publish(made)
    assert wrong(log, trust=None).kind is Kind.KEY


def test_a_missing_co_signature_is_told(log: Published) -> None:
    log.witnesses = {"SG": WITNESSES["SG"]}
    log.publish(entries(3))
    found = wrong(log)
    assert found.kind is Kind.WITNESSES
    assert "asks for parties, and SG signed it" in found.detail


def test_the_given_policy_goes_before_the_logs_own(log: Published) -> None:
    log.witnesses = {}
    log.publish(entries(3))
    log.write("policy", b"quorum none\n")
    assert prove(log).witnesses == ()
    assert wrong(log, policy=TrustPolicy.parse(log.policy())).kind is Kind.WITNESSES


def test_a_forged_co_signature_is_told(log: Published) -> None:
    note = log.publish(entries(3))
    other = WITNESSES["SG"].sign("another\n1\n" + "A" * 43 + "=\n", 1)
    log.write("checkpoint", Note(note.text, (note.signatures[0], other)).serialised().encode())
    assert wrong(log).kind is Kind.KEY


def test_a_full_tile_stands_in_for_a_partial_one(log: Published) -> None:
    made = entries(300)
    grown = log.publish(made)
    note = Published(log.folder.parent / "older").publish(made[:200])
    log.write("checkpoint", note.serialised().encode())
    assert grown.text != note.text
    assert prove(log).size == 200
