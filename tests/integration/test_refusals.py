"""A denial concerns whose the thing is: their auditors find it, whoever asked."""

import pytest

from app import records
from app.access import Area
from app.core.errors import Refused
from app.core.ids import RecordId, new_id
from app.records import DraftInput, Kind, MarkingInput
from tests.world import World


def test_a_denial_names_the_organisations_whose_record_it_is(world: World) -> None:
    command = DraftInput(
        kind=Kind.TREND,
        area=Area.TRENDS,
        title="Ours",
        marking=MarkingInput(markings="TLP:AMBER"),
        originator="dtc",
    )
    with world.work() as work:
        drafted = records.draft(work, world.gate, world.actor(work, "ida"), command)

    _read(world, drafted.record_id)
    _read(world, RecordId(new_id()))

    assert _denials(world) == [(["dtc", "imda", "uni-eu"], True), (["uni-eu"], False)]


def _read(world: World, record_id: RecordId) -> None:
    with pytest.raises(Refused), world.work() as work:
        records.read(work, world.gate, world.actor(work, "uma"), record_id)


def _denials(world: World) -> list[tuple[list[str], bool]]:
    told = world.told("read.refused")
    return [(entry["organisations"], entry["details"]["exists"]) for entry in told]
