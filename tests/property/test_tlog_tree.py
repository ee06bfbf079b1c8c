"""Trees of any size: the fast hashes and proofs are the slow oracle's, and no other passes."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app import tlog
from tests import tlog_oracle
from tests.tlog_world import Tree, entries

LOGGED = entries(1200)
TREE = Tree(LOGGED)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 1200), st.lists(st.integers(0, 400), max_size=5))
def test_a_tree_grown_in_any_steps_has_the_oracle_s_root(size: int, steps: list[int]) -> None:
    grown = tlog.Frontier()
    for step in [*steps, size]:
        grown.extend(TREE.leaves[grown.size : min(size, grown.size + step)])

    assert (grown.size, grown.root()) == (size, tlog_oracle.mth(LOGGED[:size]))


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 1200), st.data())
def test_proofs_are_the_oracle_s(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    old = data.draw(st.integers(0, size))

    assert tlog.inclusion_proof(index, size, TREE) == tlog_oracle.path(index, LOGGED[:size])
    assert tlog.consistency_proof(old, size, TREE) == tlog_oracle.proof(old, LOGGED[:size])


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 1200), st.data())
def test_a_proof_shows_no_other_place_size_or_entry(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    other_index = data.draw(st.integers(0, 1199).filter(lambda other: other != index))
    proof, root = tlog.inclusion_proof(index, size, TREE), TREE.root(size)
    leaf, other = TREE.leaves[index], TREE.leaves[other_index]

    tlog.check_inclusion(leaf, index=index, size=size, proof=proof, root=root)
    with pytest.raises(tlog.ProofError):
        tlog.check_inclusion(leaf, index=other_index, size=size, proof=proof, root=root)
    with pytest.raises(tlog.ProofError):
        tlog.check_inclusion(other, index=index, size=size, proof=proof, root=root)
    for wrong in (proof[:-1], [*proof, root], [root, *proof]) if proof else ([root],):
        with pytest.raises(tlog.ProofError):
            tlog.check_inclusion(leaf, index=index, size=size, proof=wrong, root=root)


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 1199), st.data())
def test_a_rewritten_log_is_not_consistent(old: int, data: st.DataObject) -> None:
    size = data.draw(st.integers(old + 1, 1200))
    rewritten = data.draw(st.integers(0, old - 1))
    logged = [b"other" if i == rewritten else entry for i, entry in enumerate(LOGGED[:size])]
    forged = Tree(logged)

    with pytest.raises(tlog.ProofError):
        tlog.check_consistency(
            old_size=old,
            old_root=TREE.root(old),
            size=size,
            root=forged.root(size),
            proof=tlog.consistency_proof(old, size, forged),
        )


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**55 - 1), st.integers(-1, 7), st.integers(1, 256))
def test_paths_of_tiles_go_out_and_come_back(index: int, level: int, width: int) -> None:
    tile = tlog.Tile(level, index, width)

    assert tlog.Tile.parse(tile.path()) == tile


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="tile/0123456789xp.entris", max_size=30).map("tile/".__add__))
def test_whatever_is_read_as_a_path_is_written_so(path: str) -> None:
    try:
        tile = tlog.Tile.parse(path)
    except tlog.TileError:
        return
    assert tile.path() == path
