"""The log tells every change of a marking or an audience: of what, from what, to what."""

from typing import Any

from app import records
from app.core.ids import VersionId
from tests.records_world import begin, draft_input, marking, section
from tests.world import World


def amend(world: World, version_id: VersionId, edition: int, **changes: Any) -> dict[str, Any]:
    """Amend a draft; gives the entry that tells of it."""
    with world.work() as work:
        actor, command = world.actor(work, "ida"), draft_input(**changes)
        records.amend(work, world.gate, actor, version_id, command, edition=edition)
    return world.entries()[-1]


def test_words_alone_change_no_label(world: World) -> None:
    made = begin(world)
    told = amend(world, made.version_id, 1, title="Other words")
    assert told["type"] == "draft.amended"
    assert "labels" not in told["details"]


def test_each_part_tells_from_what_to_what(world: World) -> None:
    made = begin(world, marking=marking("TLP:AMBER", "org:dtc"))
    told = amend(
        world,
        made.version_id,
        1,
        marking=marking("TLP:GREEN", "community", orcon=True),
        sections=[section("Method", own=marking("TLP:RED", "")), section("Results")],
    )
    assert told["type"] == "draft.relabelled"
    assert told["details"]["labels"] == [
        f"{part}: TLP:AMBER, to org:dtc becomes {after}"
        for part, after in (
            ("title", "TLP:GREEN, ORCON, to community"),
            ("summary", "TLP:GREEN, ORCON, to community"),
            ("fields", "TLP:GREEN, ORCON, to community"),
            ("section 1", "TLP:RED, to the owner and the originator only"),
            ("section 2", "TLP:GREEN, ORCON, to community"),
        )
    ]


def test_another_area_is_another_audience(world: World) -> None:
    made = begin(world)
    told = amend(world, made.version_id, 1, area="trends")
    assert told["details"]["labels"] == ["area: research becomes trends"]


def test_of_handling_notes_only_the_change_is_told(world: World) -> None:
    made = begin(world)
    noted = marking("TLP:AMBER", "org:eu-ai-office", handling="Ask Jane Doe")
    told = amend(world, made.version_id, 1, marking=noted)
    assert "Jane" not in str(told)
    assert "another handling note" in told["details"]["labels"][0]


def test_a_long_change_does_not_outgrow_an_entry(world: World) -> None:
    sections = [section(f"S{number}", own=marking("TLP:RED", "")) for number in range(60)]
    made = begin(world, sections=sections)
    others = "; ".join(f"org:{slug}" for slug in ("uni-eu", "dtc", "dg-connect", "eu-ai-office"))
    wider = [section(f"S{number}", own=marking("TLP:AMBER", others)) for number in range(60)]
    told = amend(world, made.version_id, 1, sections=wider)["details"]["labels"]
    assert len(told) == 31
    assert told[-1] == "and 30 more"
