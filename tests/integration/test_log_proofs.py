"""Any entry is proved, at any place of the log from which it was asked."""

from uuid import UUID

import pytest
from sqlalchemy import text

from app import log, tlog
from app.core.errors import Invalid, NotFound, Unavailable
from app.core.ids import new_id
from app.core.work import Units
from tests.log_world import DOOR, keep, write
from tests.world import World


def ids(world: World) -> list[UUID]:
    """The entries of the log, in order."""
    with world.owner() as session:
        return list(session.scalars(text("SELECT entry_id FROM log_entries ORDER BY log, index")))


def check(proof: log.EntryProof) -> None:
    """Check a proof as anybody would who trusts the checkpoint."""
    checkpoint = tlog.Checkpoint.parse(tlog.Note.parse(proof.checkpoint_note).text)
    assert checkpoint.size == proof.size
    tlog.check_inclusion(
        proof.leaf_hash,
        index=proof.index,
        size=proof.size,
        proof=list(proof.proof),
        root=checkpoint.root,
    )
    read = tlog.InclusionProof.parse(proof.text())
    assert (read.index, read.proof, read.checkpoint) == (
        proof.index,
        proof.proof,
        proof.checkpoint_note,
    )


def test_every_entry_is_proved_at_every_place(world: World) -> None:
    sizes = []
    for count in (1, 254, 1, 1, 300):
        write(world, count)
        sizes.append(world.sequence())
    entries = ids(world)
    assert sizes == [2, 256, 257, 258, 558]
    with world.work() as work:
        for size in sizes:
            for index in {0, 1, 100, 255, 256, 257, 400, 557, size - 1}:
                asked = (work.session, entries[index], log.At(1, size))
                if index >= size:
                    with pytest.raises(NotFound):
                        log.proof_of(*asked)
                    continue
                proof = log.proof_of(*asked)
                assert (proof.log, proof.index, proof.size) == (1, index, size)
                check(proof)
        with pytest.raises(NotFound):
            log.proof_of(work.session, entries[0], log.At(1, 300))  # nothing was signed there
        with pytest.raises(NotFound):
            log.proof_of(work.session, new_id())
        check(log.proof_of(work.session, entries[3], log.At(2, 0)))  # of a later log: its own whole


def test_without_a_place_in_mind_the_published_checkpoint_proves(world: World) -> None:
    kept = keep(world, "sg", "eu")
    write(world, 5)
    world.sequence()
    kept.ask_all()
    write(world, 5)
    world.sequence()
    entries = ids(world)
    policy = world.log.policy()
    with world.work() as work:
        witnessed = log.proof_of(work.session, entries[2], policy=policy)
        newer = log.proof_of(work.session, entries[8], policy=policy)
    check(witnessed)
    check(newer)
    assert witnessed.size == 6
    assert len(tlog.Note.parse(witnessed.checkpoint_note).signatures) == 6
    assert newer.size == 11  # not witnessed yet: the log's own signature alone


def test_what_is_not_signed_yet_is_not_proved(world: World) -> None:
    world.sequence()
    write(world)
    while len(ids(world)) < 2:
        with world.units.begin(DOOR) as work:
            log.sequence(work, world.log)
    with pytest.raises(Unavailable), world.work() as work:
        log.proof_of(work.session, ids(world)[1])


def test_what_no_checkpoint_will_ever_cover_says_what_vouches_for_it(world: World) -> None:
    world.sequence()
    write(world)
    while len(ids(world)) < 2:
        with world.units.begin(DOOR) as work:
            log.sequence(work, world.log)
    engine = world.database.owner_engine()
    with Units(engine, world.units.journal, world.clock).begin(DOOR) as work:
        log.recover(work, world.log, reason="The disk broke.")
    engine.dispose()
    world.sequence()
    with pytest.raises(log.EndedUnsigned) as caught, world.work() as work:
        log.proof_of(work.session, ids(world)[1])
    assert "ended unsigned" in str(caught.value)
    assert "the first entry of log 2" in str(caught.value)


@pytest.mark.parametrize(
    "spelled", ["", "1", "1.", ".1", "0.1", "01.1", "1.01", "1.-1", "1.1 ", "٢.1"]
)
def test_a_place_has_one_spelling(spelled: str) -> None:
    with pytest.raises(Invalid):
        log.At.parse(spelled)
    assert log.At.parse(log.At(2, 18204).text()) == log.At(2, 18204)
