"""Proof files hold all that is needed offline, and lead nowhere else than they say."""

import pytest

from app import tlog
from tests.tlog_world import LOG, POLICY, WITNESS_EU_PQ, WITNESS_SG, Tree, entries, signed

TREE = Tree(entries(1000))
NOTE = signed(TREE, 1000, LOG, WITNESS_SG, WITNESS_EU_PQ)
PROOF = tlog.InclusionProof(
    index=700,
    proof=tuple(tlog.inclusion_proof(700, 1000, TREE)),
    checkpoint=NOTE.serialised(),
    extra=b"about it",
)
TEXT = PROOF.serialised()


def test_a_proof_file_is_written_as_specified_and_read_again() -> None:
    head, _, checkpoint = TEXT.partition("\n\n")

    assert head.split("\n")[:3] == ["c2sp.org/tlog-proof@v1", "extra YWJvdXQgaXQ=", "index 700"]
    assert checkpoint == NOTE.serialised()
    assert tlog.InclusionProof.parse(TEXT.encode()) == PROOF


@pytest.mark.parametrize("extra", [None, b""], ids=["none", "empty"])
def test_no_extra_data_and_empty_extra_data_are_told_apart(extra: bytes | None) -> None:
    proof = tlog.InclusionProof(PROOF.index, PROOF.proof, PROOF.checkpoint, extra)

    assert tlog.InclusionProof.parse(proof.serialised()) == proof


def test_a_proof_of_the_only_entry_has_no_hashes() -> None:
    note = signed(TREE, 1, LOG, WITNESS_SG, WITNESS_EU_PQ)
    proof = tlog.InclusionProof(0, (), note.serialised())

    tlog.InclusionProof.parse(proof.serialised()).check(TREE.leaves[0], POLICY)


def test_a_proof_leads_from_its_entry_to_what_the_policy_accepts() -> None:
    checkpoint, verified = tlog.InclusionProof.parse(TEXT).check(TREE.leaves[700], POLICY)

    assert (checkpoint.size, len(verified)) == (1000, 3)
    with pytest.raises(tlog.ProofError):
        PROOF.check(TREE.leaves[701], POLICY)


def test_a_proof_to_what_nobody_witnessed_is_refused() -> None:
    lonely = signed(TREE, 1000, LOG).serialised()

    with pytest.raises(tlog.PolicyError):
        tlog.InclusionProof(PROOF.index, PROOF.proof, lonely).check(TREE.leaves[700], POLICY)


@pytest.mark.parametrize(
    "text",
    [
        "",
        TEXT.replace("@v1", "@v2"),
        TEXT.replace("c2sp.org/tlog-proof@v1\n", ""),
        TEXT.replace("index 700\n", ""),
        TEXT.replace("index 700", "index 0700"),
        TEXT.replace("index 700", "index  700"),
        TEXT.replace("index 700", "Index 700"),
        TEXT.replace("extra YWJvdXQgaXQ=", "extra YWJvdXQgaXQ"),
        TEXT.replace("extra YWJvdXQgaXQ=", "extra YWJvdXQgaXR="),
        TEXT.replace("extra YWJvdXQgaXQ=\nindex 700\n", "index 700\nextra YWJvdXQgaXQ=\n"),
        TEXT.replace("extra YWJvdXQgaXQ=\n", "extra YWJvdXQgaXQ=\n" * 2),
        TEXT.replace("\n\n", "\n", 1),
        TEXT.replace("\n\n", "\n\n\n", 1),
        TEXT.replace("\n", "\r\n"),
        TEXT + "\n",
        TEXT.replace(
            "\n\n", "\n" + "YWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWFhYWE=\n" * 64 + "\n", 1
        ),
    ],
)
def test_a_malformed_proof_file_is_refused(text: str) -> None:
    with pytest.raises(tlog.TlogError):
        tlog.InclusionProof.parse(text)
