"""Rows of manifests that were imported, and the batches they came in."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from app import records
from app.core.ids import BatchId, new_id
from tests.records_world import draft_input, submit
from tests.world import World

ROW = bytes(32)


def test_a_row_that_was_imported_is_known_to_its_organisation(world: World) -> None:
    batch_id = BatchId(new_id())
    with world.work() as work:
        actor = world.actor(work, "ida")
        assert records.imported(work, actor, ROW) is None
        command = draft_input(kind="benchmark", fields={})
        made = records.draft(work, world.gate, actor, command, batch_id=batch_id)
        records.keep_import(work, actor, ROW, made.record_id, batch_id)
    with world.work() as work:
        assert records.imported(work, world.actor(work, "ivan"), ROW) == made.record_id
        assert records.imported(work, world.actor(work, "ella"), ROW) is None
    with pytest.raises(IntegrityError), world.work() as work:
        records.keep_import(work, world.actor(work, "ida"), ROW, made.record_id, batch_id)
    submit(world, made.version_id)  # without the fields that a benchmark has
    for name, seen in (("iris", [made.version_id]), ("ines", []), ("emil", [])):
        with world.work() as work:
            actor = world.actor(work, name)
            assert records.versions_of_batch(work, world.gate, actor, batch_id) == seen


def test_what_was_discarded_after_an_import_does_not_come_back(world: World) -> None:
    batch_id = BatchId(new_id())
    with world.work() as work:
        actor = world.actor(work, "ida")
        made = records.draft(work, world.gate, actor, draft_input(), batch_id=batch_id)
        records.keep_import(work, actor, ROW, made.record_id, batch_id)
    with world.work() as work:
        records.discard(work, world.gate, world.actor(work, "ida"), made.version_id)
    with world.owner() as session:
        assert session.scalar(text("SELECT count(*) FROM portions")) == 0
    with world.work() as work:
        assert records.imported(work, world.actor(work, "ida"), ROW) == made.record_id
