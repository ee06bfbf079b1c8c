"""What changes by time alone: nothing runs in between, and everything is as it is when asked."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from app import records, release
from app.core.errors import Invalid, Refused
from app.core.ids import RecordId
from app.records import ChangeInput, Found, RecordView, Search, finding
from tests import release_world as steps
from tests.lifecycle_world import bytes_of
from tests.records_world import (
    BYTES,
    attach,
    begin,
    draft_input,
    marking,
    read,
    released,
    section,
)
from tests.records_world import (
    release as release_draft,
)
from tests.vault_world import Vault
from tests.world import NOON, World

DAY = timedelta(days=1)
SOON, LATER = NOON + 10 * DAY, NOON + 20 * DAY
TICK = timedelta(microseconds=1)
FALLING = (ChangeInput(at=SOON, to="TLP:GREEN"), ChangeInput(at=LATER))


def reads(world: World, name: str, record_id: RecordId) -> RecordView | None:
    try:
        return read(world, name, record_id)
    except Refused:
        return None


def find(world: World, name: str, **asked: object) -> Found:
    with world.work() as work:
        return finding.find(work, world.gate, world.actor(work, name), Search(**asked))


def marked(found: Found) -> dict[str, int]:
    return {one.value: one.count for one in found.facets["marking"] if one.count}


def test_an_embargo_lifts_by_itself(world: World) -> None:
    made = released(world, marking=marking(not_before=SOON))
    world.clock.now = SOON - TICK
    assert reads(world, "uma", made.record_id) is None
    world.clock.now = SOON
    assert reads(world, "uma", made.record_id)


def test_a_downgrade_passes_and_what_is_declassified_is_read_by_the_public(world: World) -> None:
    fallen = marking("SENSITIVE; TLP:AMBER", "org:dtc; community; public", changes=FALLING)
    made = released(world, marking=fallen)
    assert shown(world, "dana", made.record_id) == (
        "SENSITIVE // TLP:AMBER",
        ("DOWNGRADE ON 2026-03-12T12:00Z TO TLP:GREEN", "DECLASSIFY ON 2026-03-22T12:00Z"),
    )
    assert reads(world, "uma", made.record_id) is None
    assert marked(find(world, "dana")) == {"SENSITIVE": 1, "TLP:AMBER": 1}

    world.clock.now = SOON - TICK
    assert reads(world, "uma", made.record_id) is None
    world.clock.now = SOON
    assert shown(world, "uma", made.record_id) == (
        "SENSITIVE // TLP:GREEN",
        ("DECLASSIFY ON 2026-03-22T12:00Z",),
    )
    assert world.told("record.read")[-1]["markings"] == ["SENSITIVE", "TLP:GREEN"]
    assert marked(find(world, "uma")) == {"SENSITIVE": 1, "TLP:GREEN": 1}
    assert marked(find(world, "uma", q="evaluations")) == {"SENSITIVE": 1, "TLP:GREEN": 1}
    assert find(world, "uma", marking="TLP:GREEN").total == 1
    assert find(world, "uma", marking="TLP:AMBER").total == 0
    assert reads(world, "public", made.record_id) is None
    assert world.told("read.refused")[-1]["markings"] == ["SENSITIVE", "TLP:GREEN"]

    world.clock.now = LATER
    assert shown(world, "public", made.record_id) == ("PUBLIC // TLP:CLEAR", ())
    assert marked(find(world, "public")) == {"PUBLIC": 1, "TLP:CLEAR": 1}


def shown(world: World, name: str, record_id: RecordId) -> tuple[str, tuple[str, ...]]:
    """The banner, and the caveats beside it."""
    banner = read(world, name, record_id).banner
    assert banner
    return banner.text, banner.caveats


def test_a_whole_is_marked_as_its_parts_are_at_the_moment(world: World) -> None:
    own = marking("TLP:AMBER", "org:dtc", changes=[ChangeInput(at=SOON)])
    made = released(world, marking=marking("TLP:GREEN"), sections=[section("Own", own=own)])
    assert shown(world, "dana", made.record_id)[0] == "TLP:AMBER"
    world.clock.now = SOON
    assert shown(world, "dana", made.record_id)[0] == "TLP:GREEN"


def test_a_grant_ends_by_itself(world: World) -> None:
    made = released(world, marking=marking("TLP:RED", "", eyes_only=True))
    assert reads(world, "uma", made.record_id) is None
    grant(world, "uma", made.record_id, SOON)
    world.clock.now = SOON - TICK
    assert reads(world, "uma", made.record_id)
    assert reads(world, "bo", made.record_id) is None
    world.clock.now = SOON
    assert reads(world, "uma", made.record_id) is None
    assert world.told("read.refused")[-1]["actor"] == str(world.people["uma"])


def grant(world: World, name: str, record_id: RecordId, until: datetime) -> None:
    with world.work() as work:
        actor = world.actor(work, "iris")
        people = [world.people[name]]
        records.grant(work, world.gate, actor, record_id, people, until, longest=30 * DAY)


def test_a_file_opens_after_its_downgrade_as_it_was_sealed(world: World, tmp_path: Path) -> None:
    vault = Vault(tmp_path)
    high = marking("SENSITIVE; TLP:AMBER", "org:dtc; community", changes=FALLING)
    made = begin(world, marking=high)
    file = attach(world, vault, made.version_id)
    release_draft(world, made.version_id)
    world.clock.now = SOON
    assert bytes_of(world, vault, file.id, "uma") == BYTES
    assert world.told("attachment.downloaded")[-1]["markings"] == ["SENSITIVE", "TLP:GREEN"]
    # Written in anew and released anew, it is still what was sealed.
    with world.work() as work:
        actor = world.actor(work, "ida")
        draft = records.revise(work, world.gate, actor, made.record_id)
        assert draft.input.marking.changes
    release_draft(world, draft.version_id)
    (again,) = read(world, "uma", made.record_id).attachments
    assert bytes_of(world, vault, again.id, "uma") == BYTES


def test_what_is_planned_is_signed_and_voided_with_the_content(world: World) -> None:
    fallen = marking("SENSITIVE; TLP:AMBER", "org:dtc", changes=FALLING)
    made = begin(world, marking=fallen)
    decision = steps.release_it(world, made.version_id)
    assert decision.statement["markings"] == [
        "SENSITIVE",
        "TLP:AMBER",
        "DOWNGRADE ON 2026-03-12T12:00Z TO TLP:GREEN",
        "DECLASSIFY ON 2026-03-22T12:00Z",
    ]
    other = begin(world, marking=fallen.model_copy(update={"changes": FALLING[:1]}))
    steps.submit(world, other.version_id)
    first = begin(world, marking=fallen)
    steps.submit(world, first.version_id)
    hashes = {steps.last_hash(world, one.version_id) for one in (other, first)}
    assert len(hashes) == 2
    with pytest.raises(release.ChangedMeanwhile):
        steps.approve(world, other.version_id, seen=steps.last_hash(world, first.version_id))


def test_what_is_planned_is_written_edited_and_read_back(world: World) -> None:
    typed = marking("SENSITIVE; TLP:AMBER", "org:dtc", changes=FALLING, terms=("data-use-1",))
    made = begin(world, marking=typed, review_by=SOON.date())
    with world.work() as work:
        actor = world.actor(work, "ida")
        draft = records.edit(work, world.gate, actor, made.version_id)
        records.amend(work, world.gate, actor, made.version_id, draft.input, edition=draft.edition)
        again = records.edit(work, world.gate, actor, made.version_id)
    assert again.input == draft.input
    assert again.input.review_by == SOON.date()
    assert [one.at for one in again.input.marking.changes] == [SOON, LATER]
    assert again.input.marking.terms == ("data-use-1",)
    with world.work() as work, pytest.raises(Invalid) as wrong:
        raised = marking("SENSITIVE", "", changes=[ChangeInput(at=SOON, to="SECRET UE")])
        said = draft_input(marking=raised)
        records.amend(work, world.gate, world.actor(work, "ida"), made.version_id, said, edition=2)
    assert set(wrong.value.fields) == {"marking.changes"}


def test_what_is_kept_of_a_decision_ends_with_the_first_change_of_any_audience(
    world: World,
) -> None:
    """A decision kept yesterday under one label is not served after that label has changed."""
    made = released(world, marking=marking("TLP:AMBER", "org:dtc; community", changes=FALLING[:1]))
    assert reads(world, "uma", made.record_id) is None
    later = released(world, marking=marking("TLP:GREEN", "community"), title="Later")
    assert reads(world, "uma", later.record_id)
    with world.owner() as session:
        held = session.execute(
            text(
                "SELECT holds_until FROM visibility_sets WHERE action = 'read'"
                " AND profile_id IN (SELECT id FROM profiles WHERE facts->>'person' = :person)"
            ),
            {"person": str(world.people["uma"])},
        ).scalars()
        assert set(held) == {SOON}
    world.clock.now = SOON
    assert reads(world, "uma", made.record_id)
