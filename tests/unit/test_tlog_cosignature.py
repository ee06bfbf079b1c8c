"""Cosignatures of both kinds sign exactly what the specification says, and nothing else."""

import struct

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PublicKey

from app import tlog
from tests.tlog_world import (
    AT,
    LOG,
    LOG_PQ,
    ORIGIN,
    SG,
    WITNESS_SG,
    WITNESS_SG_PQ,
    Tree,
    ed25519,
    entries,
    mldsa44,
    signed,
)

TREE = Tree(entries(5))
TEXT = tlog.Checkpoint(ORIGIN, 5, TREE.root(5)).text()
COSIGNERS = [WITNESS_SG, WITNESS_SG_PQ, LOG_PQ]


def test_an_ed25519_cosigner_signs_a_header_the_time_and_the_text() -> None:
    signature = WITNESS_SG.sign(TEXT, AT).signature

    message = f"cosignature/v1\ntime {AT}\n{TEXT}".encode()
    assert signature[:8] == struct.pack(">Q", AT)
    Ed25519PublicKey.from_public_bytes(WITNESS_SG.vkey.public).verify(signature[8:], message)


def test_an_mldsa44_cosigner_signs_the_names_the_time_and_the_whole_tree() -> None:
    signature = WITNESS_SG_PQ.sign(TEXT, AT).signature

    message = (
        b"subtree/v1\n\0"
        + bytes([len(SG)])
        + SG.encode()
        + AT.to_bytes(8, "big")
        + bytes([len(ORIGIN)])
        + ORIGIN.encode()
        + (0).to_bytes(8, "big")
        + (5).to_bytes(8, "big")
        + TREE.root(5)
    )
    assert (len(signature), signature[:8]) == (8 + 2420, AT.to_bytes(8, "big"))
    MLDSA44PublicKey.from_public_bytes(WITNESS_SG_PQ.vkey.public).verify(signature[8:], message)


def test_a_log_signs_the_text_alone() -> None:
    signature = LOG.sign(TEXT, AT).signature

    Ed25519PublicKey.from_public_bytes(LOG.vkey.public).verify(signature, TEXT.encode())


@pytest.mark.parametrize("signer", COSIGNERS, ids=["ed25519", "mldsa44", "log-mldsa44"])
def test_a_cosignature_goes_out_and_comes_back_with_its_time(signer: tlog.Signer) -> None:
    note = tlog.Note.parse(signed(TREE, 5, LOG, signer).serialised())

    assert tlog.verify_note(note, [signer.vkey]) == (tlog.Verified(signer.vkey, AT),)


@pytest.mark.parametrize("signer", COSIGNERS, ids=["ed25519", "mldsa44", "log-mldsa44"])
def test_a_changed_time_does_not_verify(signer: tlog.Signer) -> None:
    made = signer.sign(TEXT, AT)
    later = struct.pack(">Q", AT + 1) + made.signature[8:]
    note = tlog.Note(TEXT, (tlog.NoteSignature(made.name, made.key_id, later),))

    with pytest.raises(tlog.NoteError, match="does not verify"):
        tlog.verify_note(note, [signer.vkey])


def test_a_time_beyond_the_limit_is_refused_though_it_is_signed() -> None:
    key, late = WITNESS_SG.vkey, 2**63
    made = ed25519("sg").sign(f"cosignature/v1\ntime {late}\n{TEXT}".encode())

    with pytest.raises(tlog.NoteError, match="below"):
        key.check(TEXT, tlog.NoteSignature(key.name, key.key_id, struct.pack(">Q", late) + made))


@pytest.mark.parametrize("signature", [b"a" * 8, b"a", b"\xff" * 72])
def test_a_time_that_is_cut_or_out_of_range_is_refused(signature: bytes) -> None:
    key = WITNESS_SG.vkey

    with pytest.raises(tlog.NoteError):
        key.check(TEXT, tlog.NoteSignature(key.name, key.key_id, signature))


def test_who_knows_only_ed25519_accepts_a_checkpoint_with_mldsa44_lines() -> None:
    note = tlog.Note.parse(signed(TREE, 5, LOG, LOG_PQ, WITNESS_SG_PQ, WITNESS_SG).serialised())

    verified = tlog.verify_note(note, [LOG.vkey, WITNESS_SG.vkey])

    assert [one.key.algorithm for one in verified] == [tlog.ED25519, tlog.COSIGNATURE_ED25519]


def test_a_log_s_signature_is_no_cosignature_under_the_same_key() -> None:
    masked = tlog.Signer.cosigner_ed25519(ORIGIN, ed25519("log")).vkey
    made = LOG.sign(TEXT, AT)

    with pytest.raises(tlog.NoteError):
        tlog.verify_note(tlog.Note(TEXT, (made,)), [masked])
    with pytest.raises(tlog.NoteError):
        masked.check(TEXT, tlog.NoteSignature(masked.name, masked.key_id, made.signature))


def test_an_mldsa44_cosignature_does_not_pass_to_another_cosigner() -> None:
    other = tlog.Signer.cosigner_mldsa44("other.example", mldsa44("sg")).vkey
    made = WITNESS_SG_PQ.sign(TEXT, AT).signature

    with pytest.raises(tlog.NoteError, match="does not verify"):
        other.check(TEXT, tlog.NoteSignature(other.name, other.key_id, made))


@pytest.mark.parametrize("signer", COSIGNERS, ids=["ed25519", "mldsa44", "log-mldsa44"])
def test_a_cosigner_signs_at_some_time(signer: tlog.Signer) -> None:
    with pytest.raises(tlog.NoteError):
        signer.sign(TEXT, 0)


def test_an_mldsa44_cosigner_signs_no_line_that_its_message_leaves_out() -> None:
    with pytest.raises(tlog.CheckpointError):
        WITNESS_SG_PQ.sign(TEXT + "further\n", AT)
    with pytest.raises(tlog.CheckpointError):
        WITNESS_SG_PQ.sign("no checkpoint\n", AT)


def test_names_longer_than_a_byte_can_say_are_refused() -> None:
    tlog.Signer.cosigner_mldsa44("n" * 255, mldsa44("x"))
    with pytest.raises(tlog.NoteError):
        tlog.Signer.cosigner_mldsa44("n" * 256, mldsa44("x"))
    with pytest.raises(tlog.NoteError):
        WITNESS_SG_PQ.sign(tlog.Checkpoint("o" * 256, 5, TREE.root(5)).text(), AT)
