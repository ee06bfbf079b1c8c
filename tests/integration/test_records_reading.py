"""Reading: exactly the parts in sight, with their own high-water mark, and on the log."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import pytest
from sqlalchemy import event

from app import records
from app.access import Action
from app.core.errors import Refused
from app.records import RecordView
from tests.records_world import (
    HIGH,
    attach,
    begin,
    draft_input,
    marking,
    read,
    release,
    released,
    section,
    submit,
    withdraw,
)
from tests.vault_world import Vault
from tests.world import World

CONTENT = ("records", "versions", "portions", "attachments", "tombstones")
SECRET_WORDS = "zanzibar heliotrope"


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path)


@contextmanager
def counted(world: World) -> Iterator[list[str]]:
    """The statements that the application sends meanwhile."""
    sent: list[str] = []

    def keep(*args: object) -> None:
        sent.append(str(args[2]))

    event.listen(world.engine, "before_cursor_execute", keep)
    yield sent
    event.remove(world.engine, "before_cursor_execute", keep)


def test_a_released_record_is_read_and_the_log_holds_it(world: World) -> None:
    made = released(world, marking=marking("SENSITIVE; TLP:AMBER", "party:SG; org:eu-ai-office"))
    shown = read(world, "eric", made.record_id)
    assert [(part.role, part.heading) for part in shown.portions] == [
        ("title", "On evaluations"),
        ("summary", ""),
        ("fields", ""),
        ("section", "Method"),
        ("section", "Results"),
    ]
    assert shown.summary and "<strong>found</strong>" in shown.summary.html
    assert [(field.label, field.value) for field in shown.portions[2].fields] == [
        ("Authors", "A. Author"),
        ("Year", "2026"),
    ]
    assert "<table>" in shown.portions[4].html
    assert shown.banner and shown.banner.text == "SENSITIVE // TLP:AMBER"
    assert (shown.banner.equivalent, shown.banner.css) == ("", "tlp-amber")
    assert [tag.css for tag in shown.banner.tags] == ["eu-sensitive", "tlp-amber"]
    assert shown.may == frozenset()
    assert world.events()[-1] == ("record.read", "eric", f"record:{made.record_id}")
    (told,) = world.told("record.read")
    assert told["details"]["version"] == 1
    assert len(told["details"]["version_hash"]) == 64
    assert told["markings"] == ["SENSITIVE", "TLP:AMBER"]


def test_a_reader_of_the_other_side_sees_the_equivalent_of_their_own(world: World) -> None:
    made = released(world, marking=marking("OFFICIAL (CLOSED) \\ SENSITIVE NORMAL"))
    banner = read(world, "eric", made.record_id).banner
    assert banner and (banner.text, banner.equivalent, banner.css) == (
        "OFFICIAL (CLOSED) \\ SENSITIVE NORMAL",
        "SENSITIVE",
        "sg-official-closed",
    )
    own = read(world, "ida", made.record_id).banner
    assert own and own.equivalent == ""


def test_a_reader_cleared_for_less_sees_no_trace_of_a_higher_part(world: World) -> None:
    low = marking("TLP:GREEN")
    made = released(
        world,
        marking=low,
        sections=[
            section("Before"),
            section("Hidden heading", SECRET_WORDS, marking(HIGH, "community", orcon=True)),
            section("After"),
        ],
    )
    without = released(world, marking=low, sections=[section("Before"), section("After")])
    shown, plain = read(world, "uma", made.record_id), read(world, "uma", without.record_id)
    assert _comparable(shown) == _comparable(plain)
    for trace in ("CONFIDENTIAL", "ORCON", "Hidden", "zanzibar"):
        assert trace not in json.dumps(asdict(shown), default=str)
    full = read(world, "dana", made.record_id)
    assert [part.heading for part in full.portions if part.role == "section"] == [
        "Before",
        "Hidden heading",
        "After",
    ]
    assert full.banner and full.banner.text == "CONFIDENTIAL \\ SENSITIVE HIGH // TLP:GREEN"
    assert full.banner.caveats == ("ORCON",)


def _comparable(view: RecordView) -> object:
    """A view without what differs between any two records."""
    plain = asdict(view)
    for name in ("id", "version_id", "reference"):
        plain.pop(name)
    for part in plain["portions"]:
        part.pop("id")
        part["html"] = part["html"].replace("id=", "")
    return plain


def test_a_version_whose_title_is_out_of_sight_is_no_trace_either(world: World) -> None:
    made = released(world, title="Open title")
    with world.work() as work:
        actor = world.actor(work, "ida")
        next_ = records.revise(work, world.gate, actor, made.record_id)
        command = draft_input(title="High title", marking=marking(HIGH))
        records.amend(work, world.gate, actor, next_.version_id, command, edition=1)
    release(world, next_.version_id)
    shown = read(world, "uma", made.record_id)
    assert (shown.version_number, shown.title) == (1, "Open title")
    assert [line.number for line in shown.versions] == [1]
    with pytest.raises(Refused), world.work() as work:
        records.read_version(work, world.gate, world.actor(work, "uma"), made.record_id, 2)
    with pytest.raises(Refused), world.work() as work:
        records.compare(work, world.gate, world.actor(work, "uma"), made.record_id, 1, 2)
    assert read(world, "dana", made.record_id).title == "High title"


def test_what_is_open_to_the_transaction_is_not_shown_for_that(world: World, vault: Vault) -> None:
    made = begin(world, sections=[section("Open"), section("High", own=marking(HIGH))])
    attach(world, vault, made.version_id, own=marking(HIGH, "community"))
    release(world, made.version_id)
    with world.work() as work:
        full = records.read(work, world.gate, world.actor(work, "dana"), made.record_id)
        shown = records.read(work, world.gate, world.actor(work, "uma"), made.record_id)
    assert len(full.attachments) == 1
    assert full.portions[-1].heading == "High"
    assert shown.attachments == ()
    assert shown.portions[-1].heading == "Open"


def test_the_public_reads_what_is_released_to_the_public(world: World) -> None:
    open_ = released(world, marking=marking("TLP:CLEAR", "public"))
    closed = released(world, marking=marking("TLP:GREEN", "public"))
    assert read(world, "public", open_.record_id).title == "On evaluations"
    with pytest.raises(Refused):
        read(world, "public", closed.record_id)


@pytest.mark.parametrize("name", ["abel", "olga", "sys"])
def test_oversight_gives_no_content(world: World, name: str) -> None:
    made = released(world)
    with pytest.raises(Refused):
        read(world, name, made.record_id)


def test_what_a_person_may_do_follows_from_role_and_state(world: World) -> None:
    made = begin(world)
    assert read(world, "ida", made.record_id).may == {"amend", "discard", "submit", "view-as"}
    submit(world, made.version_id)
    assert read(world, "ida", made.record_id).may == {"view-as"}
    assert read(world, "iris", made.record_id).may == {"approve", "return", "refuse", "view-as"}
    other = released(world)
    assert read(world, "ida", other.record_id).may == {"revise", "view-as"}
    assert read(world, "iris", other.record_id).may == {"revise", "withdraw", "view-as", "grant"}
    assert read(world, "ines", other.record_id).may == frozenset()
    assert read(world, "dana", other.record_id).may == frozenset()


def test_the_originator_reviews_what_awaits_its_consent(world: World) -> None:
    made = begin(world, originator="eu-ai-office")
    submit(world, made.version_id)

    def review(name: str) -> RecordView:
        with world.work() as work:
            actor = world.actor(work, name)
            return records.review(work, world.gate, actor, made.version_id, Action.CONSENT)

    assert "consent" in review("emil").may
    assert world.events()[-1] == ("record.reviewed", "emil", f"record:{made.record_id}")
    for name in ("ella", "eric", "dana"):
        with pytest.raises(Refused):
            review(name)
    with world.work() as work:
        waiting = records.awaiting(work, world.gate, world.actor(work, "emil"), Action.CONSENT)
        assert [line.version_id for line in waiting] == [made.version_id]


def test_what_was_withdrawn_leaves_a_tombstone_to_who_could_read_it(world: World) -> None:
    made = released(world, marking=marking("TLP:AMBER", "org:eu-ai-office"))
    read(world, "eric", made.record_id)
    withdraw(world, made.version_id, reason="A table was wrong.")
    shown = read(world, "eric", made.record_id)
    assert shown.tombstone and shown.tombstone.reason == "A table was wrong."
    assert (shown.title, shown.portions, shown.banner) == (made.reference, (), None)
    assert "evaluations" not in json.dumps(asdict(shown), default=str)
    with pytest.raises(Refused):
        read(world, "uma", made.record_id)
    for name in ("ivan", "iris"):
        full = read(world, name, made.record_id)
        assert (full.title, full.state) == ("On evaluations", "withdrawn")
        assert full.tombstone
    assert read(world, "ida", made.record_id).portions == ()


def test_versions_are_compared_part_by_part(world: World) -> None:
    made = released(world)
    with world.work() as work:
        actor = world.actor(work, "ida")
        next_ = records.revise(work, world.gate, actor, made.record_id)
        command = draft_input(
            summary="What was **lost**.",
            sections=[section("Method"), section("More", own=marking("TLP:CLEAR", "public"))],
        )
        records.amend(work, world.gate, actor, next_.version_id, command, edition=1)
    release(world, next_.version_id)
    with world.work() as work:
        shown = records.compare(work, world.gate, world.actor(work, "eric"), made.record_id, 1, 2)
    assert [(part.role, part.heading, part.kind) for part in shown.parts] == [
        ("title", "On evaluations", "same"),
        ("summary", "", "changed"),
        ("fields", "", "same"),
        ("section", "Method", "same"),
        ("section", "Results", "removed"),
        ("section", "More", "added"),
    ]
    changed = [(one.kind, one.text) for one in shown.parts[1].changes]
    assert ("removed", "found") in changed
    assert ("added", "lost") in changed
    assert world.events()[-1][0] == "record.compared"


def test_a_read_costs_a_fixed_number_of_statements(world: World) -> None:
    small = released(world)
    large = released(
        world,
        sections=[
            section(
                f"S {number}", own=marking("TLP:GREEN", f"community; org:imda; group:g{number}")
            )
            for number in range(30)
        ],
    )
    for record_id in (small.record_id, large.record_id):
        read(world, "eric", record_id)  # what Cedar has to decide anew, it decides here
    costs = []
    for record_id in (small.record_id, large.record_id):
        with world.work() as work:
            actor = world.actor(work, "eric")
            with counted(world) as sent:
                records.read(work, world.gate, actor, record_id)
        costs.append(len(sent))
    assert costs[0] == costs[1]
    own = [one for one in sent if any(f"FROM {table}" in one for table in CONTENT)]
    assert len(own) <= 3
    assert costs[0] <= 12, costs
