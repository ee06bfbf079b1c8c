"""The tree's hashes and proofs, against the published tests of others and a slow oracle."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from app import tlog
from tests import tlog_oracle
from tests.tlog_world import Tree, entries

VECTORS = Path(__file__).parents[1] / "vectors" / "tlog"

# The eight inputs of Certificate Transparency's own tests, and the roots over the first n.
INPUTS = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]

# Accepted there with roots that are not hashes at all; here a hash has 32 bytes.
ROOTS_ARE_NOT_HASHES = "additional_sizes-are-equal-one-and-proof-is-empty.json"


def vectors(kind: str) -> list[Path]:
    found = sorted((VECTORS / kind).glob("*.json"))
    assert len(found) > 90
    return found


def raw(text: str | None) -> bytes:
    return base64.b64decode(text or "")


def read(path: Path) -> tuple[dict[str, Any], list[bytes]]:
    vector = json.loads(path.read_text())
    return vector, [raw(text) for text in vector["proof"] or []]


@pytest.mark.parametrize("size", range(len(ROOTS)))
def test_the_roots_are_those_of_the_published_tree(size: int) -> None:
    tree, grown = Tree(INPUTS), tlog.Frontier()
    for entry in INPUTS[:size]:
        grown.append(tlog.leaf_hash(entry))

    assert tree.root(size).hex() == grown.root().hex() == ROOTS[size]
    assert tlog_oracle.mth(INPUTS[:size]).hex() == ROOTS[size]


@pytest.mark.parametrize("path", vectors("inclusion"), ids=lambda path: path.stem)
def test_inclusion_as_in_the_published_tests(path: Path) -> None:
    vector, proof = read(path)

    def check() -> None:
        tlog.check_inclusion(
            raw(vector["leafHash"]),
            index=vector["leafIdx"],
            size=vector["treeSize"],
            proof=proof,
            root=raw(vector["root"]),
        )

    if vector["wantErr"]:
        with pytest.raises(tlog.ProofError):
            check()
    else:
        check()


@pytest.mark.parametrize("path", vectors("consistency"), ids=lambda path: path.stem)
def test_consistency_as_in_the_published_tests(path: Path) -> None:
    vector, proof = read(path)

    def check() -> None:
        tlog.check_consistency(
            old_size=vector["size1"],
            old_root=raw(vector["root1"]),
            size=vector["size2"],
            root=raw(vector["root2"]),
            proof=proof,
        )

    if vector["wantErr"] or path.name == ROOTS_ARE_NOT_HASHES:
        with pytest.raises(tlog.ProofError):
            check()
    else:
        check()


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8, 13, 31, 32, 33])
def test_all_proofs_of_a_small_tree_are_those_of_the_oracle(size: int) -> None:
    logged = entries(size)
    tree, root = Tree(logged), tlog_oracle.mth(logged)

    for index in range(size):
        proof = tlog.inclusion_proof(index, size, tree)
        assert proof == tlog_oracle.path(index, logged)
        tlog.check_inclusion(tree.leaves[index], index=index, size=size, proof=proof, root=root)
    for old in range(size + 1):
        proof = tlog.consistency_proof(old, size, tree)
        assert proof == tlog_oracle.proof(old, logged)
        old_root = tlog_oracle.mth(logged[:old])
        tlog.check_consistency(old_size=old, old_root=old_root, size=size, root=root, proof=proof)


def test_an_entry_cannot_be_passed_off_as_a_node() -> None:
    left, right = (tlog.leaf_hash(entry) for entry in entries(2))

    assert tlog.leaf_hash(left + right) != tlog.node_hash(left, right)


@pytest.mark.parametrize(("index", "size"), [(-1, 5), (5, 5), (6, 5), (0, 0)])
def test_there_is_no_proof_of_an_entry_outside_the_tree(index: int, size: int) -> None:
    tree = Tree(entries(5))

    with pytest.raises(tlog.ProofError):
        tlog.inclusion_proof(index, size, tree)
    with pytest.raises(tlog.ProofError):
        tlog.check_inclusion(tree.leaves[0], index=index, size=size, proof=[], root=tree.leaves[0])


def test_a_smaller_tree_does_not_continue_a_larger_one() -> None:
    tree = Tree(entries(5))

    with pytest.raises(tlog.ProofError):
        tlog.consistency_proof(5, 4, tree)
    with pytest.raises(tlog.ProofError, match="does not continue"):
        tlog.check_consistency(
            old_size=5, old_root=tree.root(5), size=4, root=tree.root(4), proof=[]
        )


def test_a_proof_does_not_climb_above_the_root() -> None:
    """Whoever may choose the root as well could let a proof lead to it from anywhere."""
    leaf, above = Tree(entries(2)).leaves

    with pytest.raises(tlog.ProofError, match="too long"):
        tlog.check_inclusion(leaf, index=0, size=1, proof=[above], root=tlog.node_hash(above, leaf))


def test_a_proof_of_growth_does_not_climb_above_the_roots() -> None:
    tree, above = Tree(entries(4)), b"a" * 32

    with pytest.raises(tlog.ProofError, match="too long"):
        tlog.check_consistency(
            old_size=3,
            old_root=tlog.node_hash(above, tree.root(3)),
            size=4,
            root=tlog.node_hash(above, tree.root(4)),
            proof=[*tlog.consistency_proof(3, 4, tree), above],
        )


def test_the_empty_tree_has_one_root() -> None:
    tree = Tree(entries(4))

    tlog.check_consistency(
        old_size=0, old_root=tlog.EMPTY_ROOT, size=4, root=tree.root(4), proof=[]
    )
    with pytest.raises(tlog.ProofError, match="empty tree"):
        tlog.check_consistency(old_size=0, old_root=b"a" * 32, size=4, root=b"b" * 32, proof=[])


def test_two_roots_of_one_size_are_a_fault() -> None:
    tree, other = Tree(entries(5)), Tree(entries(6)[1:])

    with pytest.raises(tlog.ProofError, match="two different roots"):
        tlog.check_consistency(
            old_size=5, old_root=tree.root(5), size=5, root=other.root(5), proof=[]
        )


def test_a_right_edge_is_taken_up_where_it_was_left() -> None:
    tree = Tree(entries(700))
    left = tlog.Frontier()
    left.extend(tree.leaves[:300])

    taken_up = tlog.Frontier.of(left.size, left.hashes)
    taken_up.extend(tree.leaves[300:])

    assert (taken_up.size, taken_up.root()) == (700, tree.root(700))
    assert tlog.frontier(300, tree).hashes == left.hashes


@pytest.mark.parametrize("hashes", [[], [b"a" * 32] * 2, [b"a" * 31]])
def test_a_right_edge_of_another_size_is_refused(hashes: list[bytes]) -> None:
    with pytest.raises(tlog.ProofError):
        tlog.Frontier.of(4, hashes)


def test_a_subtree_is_appended_only_where_one_begins() -> None:
    grown = tlog.Frontier()
    grown.append(b"a" * 32)

    with pytest.raises(tlog.ProofError):
        grown.append_subtree(1, b"b" * 32)
