"""Notes, keys, checkpoints, policies and requests: one text for each value, and no other."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from app import tlog
from tests.tlog_world import (
    EU,
    LOG,
    LOG_PQ,
    ORIGIN,
    POLICY,
    WITNESS_EU_PQ,
    WITNESS_SG,
    Tree,
    ed25519,
    entries,
    signed,
)

VECTORS = Path(__file__).parents[1] / "vectors" / "tlog"
KEYS = [tlog.VerifierKey.parse(line) for line in (VECTORS / "notes/keys").read_text().splitlines()]


def files(folder: str) -> list[Path]:
    found = sorted((VECTORS / folder).iterdir())
    assert found
    return found


def names(paths: Iterable[Path]) -> list[str]:
    return [path.stem for path in paths]


ACCEPTED, REFUSED = files("notes/accepted"), files("notes/refused")


@pytest.mark.parametrize("path", ACCEPTED, ids=names(ACCEPTED))
def test_a_note_of_others_verifies_and_is_written_again_byte_for_byte(path: Path) -> None:
    note = tlog.Note.parse(path.read_bytes())

    assert note.serialised().encode() == path.read_bytes()
    assert tlog.verify_note(note, KEYS)


@pytest.mark.parametrize("path", files("notes/parsed"), ids=names(files("notes/parsed")))
def test_the_notes_of_the_specifications_are_written_again_byte_for_byte(path: Path) -> None:
    assert tlog.Note.parse(path.read_bytes()).serialised().encode() == path.read_bytes()


@pytest.mark.parametrize("path", REFUSED, ids=names(REFUSED))
def test_a_note_with_this_fault_is_refused(path: Path) -> None:
    with pytest.raises(tlog.NoteError):
        tlog.verify_note(tlog.Note.parse(path.read_bytes()), KEYS)


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.name)
def test_a_key_is_written_again_character_for_character(key: tlog.VerifierKey) -> None:
    assert tlog.VerifierKey.parse(key.text()) == key


@pytest.mark.parametrize("path", files("keys/refused"), ids=names(files("keys/refused")))
def test_a_key_with_this_fault_is_refused(path: Path) -> None:
    with pytest.raises(tlog.NoteError):
        tlog.VerifierKey.parse(path.read_bytes().decode())


GOOD, BAD = files("checkpoints/accepted"), files("checkpoints/refused")


@pytest.mark.parametrize("path", GOOD, ids=names(GOOD))
def test_a_checkpoint_is_written_again_byte_for_byte(path: Path) -> None:
    text = path.read_bytes().decode()

    assert tlog.Checkpoint.parse(text).text() == text


@pytest.mark.parametrize("path", BAD, ids=names(BAD))
def test_a_checkpoint_with_this_fault_is_refused(path: Path) -> None:
    with pytest.raises(tlog.CheckpointError):
        tlog.Checkpoint.parse(path.read_bytes().decode())


def test_extension_lines_pass_only_where_they_are_asked_for() -> None:
    text = (VECTORS / "checkpoints/refused/extension-line.txt").read_text()

    checkpoint = tlog.Checkpoint.parse(text, extensions=True)

    assert (checkpoint.extensions, checkpoint.text()) == (("further",), text)


def test_sixteen_signatures_and_more_are_accepted() -> None:
    tree = Tree(entries(3))
    signers = [
        tlog.Signer.cosigner_ed25519(f"witness{i}.example", ed25519(str(i))) for i in range(32)
    ]
    note = signed(tree, 3, LOG, LOG_PQ, *signers)

    parsed = tlog.Note.parse(note.serialised().encode())

    assert len(tlog.verify_note(parsed, [LOG.vkey, *(one.vkey for one in signers)])) == 33


@pytest.mark.parametrize("character", ["\t", "\0", "\r", "\x1f"])
def test_a_control_character_is_refused_though_it_is_signed(character: str) -> None:
    text = f"one{character}two\n"

    with pytest.raises(tlog.NoteError, match="control character"):
        tlog.Note.parse(f"{text}\n{LOG.sign(text, 5).line()}")


def test_a_note_beyond_the_limit_is_refused_before_it_is_taken_apart() -> None:
    with pytest.raises(tlog.NoteError, match="more than"):
        tlog.Note.parse(b"a" * (tlog.MAX_NOTE_BYTES + 1))


def test_two_known_keys_of_one_name_and_id_are_not_told_apart() -> None:
    note = signed(Tree(entries(3)), 3, LOG)
    twin = object.__new__(tlog.VerifierKey)
    for field, value in (*vars(LOG.vkey).items(), ("public", b"a" * 32)):
        object.__setattr__(twin, field, value)

    with pytest.raises(tlog.NoteError, match="two keys"):
        tlog.verify_note(note, [LOG.vkey, twin])


@pytest.mark.parametrize("name", ["", "a b", "a\u00a0b", "a\u2028b", "a\u3000b", "a+b", "a\x1fb"])
def test_a_key_has_no_name_that_a_line_could_be_cut_at(name: str) -> None:
    with pytest.raises(tlog.NoteError, match="name"):
        tlog.check_key_name(name)
    with pytest.raises(tlog.NoteError, match="name"):
        tlog.NoteSignature(name, b"abcd", b"signature")


def test_a_signature_is_a_key_s_by_name_and_id() -> None:
    note = signed(Tree(entries(3)), 3, LOG)
    (made,) = note.signatures
    key = LOG.vkey

    for other in (
        tlog.NoteSignature(made.name, b"abcd", made.signature),
        tlog.NoteSignature("other.example", made.key_id, made.signature),
    ):
        assert not key.made(other)
        with pytest.raises(tlog.NoteError, match="not a signature of"):
            key.check(note.text, other)


def test_a_signature_is_added_once() -> None:
    note = signed(Tree(entries(3)), 3, LOG)
    cosigned = note.with_signatures([WITNESS_SG.sign(note.text, 5)])

    again = cosigned.with_signatures([WITNESS_SG.sign(note.text, 5), *note.signatures])

    assert (len(cosigned.signatures), again) == (2, cosigned)


RIGHT, WRONG = files("policies/accepted"), files("policies/refused")


@pytest.mark.parametrize("path", RIGHT, ids=names(RIGHT))
def test_a_policy_means_the_same_when_it_is_written_again(path: Path) -> None:
    policy = tlog.TrustPolicy.parse(path.read_bytes())

    assert tlog.TrustPolicy.parse(policy.text()) == policy


@pytest.mark.parametrize("path", WRONG, ids=names(WRONG))
def test_a_policy_with_this_fault_is_refused(path: Path) -> None:
    with pytest.raises(tlog.PolicyError):
        tlog.TrustPolicy.parse(path.read_bytes())


@pytest.mark.parametrize(
    ("cosigned", "met"),
    [
        ("X1 X2 Y1", True),
        ("X2 X3 Y3", True),
        ("X1 X2 X3 Y1 Y2 Y3", True),
        ("X1 Y1", False),
        ("X1 X2 X3", False),
        ("Y1 Y2 Y3", False),
        ("", False),
    ],
)
def test_the_quorum_of_the_specification_s_example(cosigned: str, met: bool) -> None:
    policy = tlog.TrustPolicy.parse(
        (VECTORS / "policies/accepted/example-of-tlog-policy.txt").read_bytes()
    )
    keys = {one.vkey for one in policy.witnesses if one.name in cosigned.split()}

    assert policy.met_by(keys) is met


def test_a_policy_accepts_what_a_listed_log_and_the_quorum_signed() -> None:
    note = signed(Tree(entries(3)), 3, LOG, LOG_PQ, WITNESS_SG, WITNESS_EU_PQ)

    checkpoint, verified = POLICY.accept(note)

    assert (checkpoint.origin, checkpoint.size) == (ORIGIN, 3)
    assert [one.key for one in verified] == [LOG.vkey, WITNESS_SG.vkey, WITNESS_EU_PQ.vkey]


@pytest.mark.parametrize(
    "signers",
    [(WITNESS_SG, WITNESS_EU_PQ), (LOG, WITNESS_SG), (LOG,), (LOG_PQ, WITNESS_SG, WITNESS_EU_PQ)],
    ids=["not-by-the-log", "not-by-all-witnesses", "not-witnessed", "by-an-unlisted-log-key"],
)
def test_a_policy_refuses_what_is_not_signed_by_all(signers: tuple[tlog.Signer, ...]) -> None:
    with pytest.raises(tlog.PolicyError):
        POLICY.accept(signed(Tree(entries(3)), 3, *signers))


def test_a_policy_refuses_another_log_though_its_key_signed() -> None:
    signers = (LOG, WITNESS_SG, WITNESS_EU_PQ)

    with pytest.raises(tlog.PolicyError, match="lists no log"):
        POLICY.accept(signed(Tree(entries(3)), 3, *signers, origin="other.example/log"))


def test_a_witness_s_key_does_not_stand_in_for_the_log_s() -> None:
    masked = tlog.Signer.cosigner_ed25519(ORIGIN, ed25519("log"))

    with pytest.raises(tlog.PolicyError):
        POLICY.accept(signed(Tree(entries(3)), 3, masked, WITNESS_SG, WITNESS_EU_PQ))


REQUEST = (VECTORS / "requests/example-of-tlog-witness.txt").read_bytes()


def test_the_specification_s_request_is_written_again_byte_for_byte() -> None:
    request = tlog.AddCheckpoint.parse(REQUEST)

    assert (request.old_size, len(request.proof)) == (20852014, 4)
    assert tlog.Note.parse(request.checkpoint).text.startswith("example.com/behind-the-sofa\n")
    assert request.serialised() == REQUEST


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"old 0\n",
        b"old 0",
        REQUEST.replace(b"old 2", b"old 02"),
        REQUEST.replace(b"old 2", b"old +2"),
        REQUEST.replace(b"old 2", b"old  2"),
        REQUEST.replace(b"old 2", b"Old 2"),
        REQUEST.replace(b"old 20852014\n", b""),
        REQUEST.replace(b"PlRN", b"PlR"),
        REQUEST.replace(b"kaw=", b"kax="),
        REQUEST.replace(b"kaw=\n", b"kaw=\r\n"),
        REQUEST.replace(b"kaw=\n", b"kaw= \n"),
        b"old 1\n" + b"PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n" * 64 + b"\nc\n",
        b"old 9223372036854775808\n\nc\n",
        b"old 0\n\n" + b"a" * tlog.MAX_REQUEST_BYTES,
    ],
)
def test_a_malformed_request_is_refused(body: bytes) -> None:
    with pytest.raises(tlog.RequestError):
        tlog.AddCheckpoint.parse(body)


def test_sixty_three_hashes_are_the_longest_proof() -> None:
    request = tlog.AddCheckpoint(1, (b"a" * 32,) * 63, "c\n")

    assert tlog.AddCheckpoint.parse(request.serialised()) == request


@pytest.mark.parametrize(
    "body",
    [b"5", b"05\n", b"9223372036854775808\n", b"5\n\n", b" 5\n", b"+5\n", b"\n", b"", b"five\n"],
)
def test_a_size_in_a_witness_s_answer_has_one_spelling(body: bytes) -> None:
    assert tlog.parse_conflict(b"5\n") == 5
    with pytest.raises(tlog.RequestError):
        tlog.parse_conflict(body)


def test_of_a_witness_s_answer_the_known_and_valid_lines_are_taken() -> None:
    note = signed(Tree(entries(3)), 3, LOG)
    good, other = WITNESS_SG.sign(note.text, 7), WITNESS_EU_PQ.sign(note.text, 7)
    answer = (other.line() + good.line()).encode()

    assert tlog.parse_cosignatures(answer, note, [WITNESS_SG.vkey]) == (good,)
    with pytest.raises(tlog.NoteError, match="no cosignature"):
        tlog.parse_cosignatures(other.line().encode(), note, [WITNESS_SG.vkey])


def test_a_witness_s_answer_to_another_checkpoint_is_refused() -> None:
    tree = Tree(entries(4))
    answer = WITNESS_SG.sign(signed(tree, 4, LOG).text, 7).line().encode()

    with pytest.raises(tlog.NoteError, match="does not verify"):
        tlog.parse_cosignatures(answer, signed(tree, 3, LOG), [WITNESS_SG.vkey])


def test_the_names_of_keys_are_told_apart_by_every_character() -> None:
    assert tlog.Signer.cosigner_ed25519(EU, ed25519("eu")).vkey.key_id != (
        tlog.Signer.cosigner_ed25519(EU + "x", ed25519("eu")).vkey.key_id
    )
