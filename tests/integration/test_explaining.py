"""Why somebody could read a record, at a moment: for auditors, for the operator, for readers."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event, text
from typer.testing import CliRunner

from app import audit, parties, records
from app.access import register_policies
from app.access.policy_files import read_policy
from app.access.policy_set import assemble
from app.audit import EntryExplained, ExplainAccess, Explained, RequirementSaid
from app.cli import app
from app.cli.acting import console
from app.core.errors import Invalid, NotFound
from app.core.ids import EntryId, RecordId, new_id
from tests import complete
from tests import release_world as steps
from tests.records_world import draft_input, read, release, section
from tests.records_world import marking as marked
from tests.world import World

HOUR = timedelta(hours=1)
NOWHERE = "ENT-2026-999999"


def drafted(world: World, **label: Any) -> records.DraftView:
    """A draft of Ida's, whose second section is for her own people only."""
    said = draft_input(
        marking=marked("TLP:AMBER", "org:uni-eu", **label),
        sections=[section("One"), section("Two", own=marked("TLP:AMBER", "org:dtc"))],
    )
    with world.work() as work:
        return records.draft(work, world.gate, world.actor(work, "ida"), said)


def explained(world: World, auditor: str, who: str, record: str, **more: Any) -> Explained:
    """What an auditor is told; `who` is a short name."""
    person = who if who == "public" else str(world.people[who])
    asked = ExplainAccess.model_validate({"person": person, "record": record, **more})
    with world.work() as work:
        return audit.explain_access(work, world.gate, world.actor(work, auditor), asked)


def unmet(found: Explained) -> dict[str, RequirementSaid]:
    """What stood in the way, by requirement."""
    assert found.explanation is not None
    return {one.id: one for one in found.explanation.judged.requirements if not one.met}


def test_an_auditor_is_told_why_by_what_was_in_force_then(world: World) -> None:
    made = drafted(world)
    world.clock.pass_time(HOUR)
    release(world, made.version_id)
    world.clock.pass_time(HOUR)
    by_number = explained(world, "abel", "uma", made.reference).explanation
    assert by_number is not None and by_number.judged.allowed
    assert [one.id for one in by_number.judged.policies] == ["read-released-to-organisation"]
    assert by_number.judged.policies[0].explain == "It is released to the person's organisation."
    assert (by_number.parts_open_count, by_number.parts_count) == (1, 2)
    # Before its release only those who prepare it could read it, and Ines was a reader.
    before = explained(world, "abel", "ines", made.reference, moment="2026-03-02T12:30")
    assert unmet(before)["state"].change == "The role contributor or release authority."
    now = unmet(explained(world, "abel", "ines", made.reference))
    assert now["releasability"].change == (
        "Released to org:imda, or to this person by name or by a grant."
    )
    assert "uni-eu" in now["releasability"].detail
    told = world.told("access.explained")
    assert len(told) == 3
    assert told[1]["details"] == {
        "person": str(world.people["ines"]),
        "record": made.reference,
        "moment": "2026-03-02T12:30:00+00:00",
        "action": "read",
    }
    assert not [fault for one in told for fault in complete.faults(one)]


def test_how_somebody_stood_then_is_what_counts(world: World) -> None:
    made = drafted(world)
    release(world, made.version_id)
    world.clock.pass_time(HOUR)
    with world.work() as work:
        parties.suspend(work, world.gate, world.actor(work, "olga"), world.people["ines"])
    world.clock.pass_time(HOUR)
    then, now = (
        unmet(explained(world, "abel", "ines", made.reference, **given))
        for given in ({"moment": "2026-03-02T12:30"}, {})
    )
    assert "standing" not in then
    assert now["standing"].change == "The account and its organisation active again."
    with pytest.raises(Invalid):
        explained(world, "abel", "ines", made.reference, moment="2026-03-01T00:00")
    with pytest.raises(Invalid):
        explained(world, "abel", "ines", made.reference, moment="2027-03-01T00:00")


def test_of_the_other_partys_people_and_records_only_what_concerns_is_told(world: World) -> None:
    made = drafted(world)
    release(world, made.version_id)
    world.clock.pass_time(HOUR)
    ours = explained(world, "abel", "uma", made.reference).explanation
    assert ours is not None
    said = {one.id: one for one in ours.judged.requirements}
    # Uma is of the other party: how she stands is not told, how the record is marked is.
    assert not said["standing"].detail and not said["clearance"].detail
    assert "uni-eu" in said["releasability"].detail
    theirs = explained(world, "aude", "uma", made.reference).explanation
    assert theirs is not None and theirs.parts_count is None and not theirs.markings
    told = {one.id: one for one in theirs.judged.requirements}
    assert told["standing"].detail and not told["releasability"].detail
    # That Carl could not is nobody's business: neither his record's auditor's nor his own.
    assert explained(world, "abel", "carl", made.reference).explanation is None
    assert explained(world, "aude", "carl", made.reference).explanation is None


@contextmanager
def statements(world: World) -> Iterator[list[str]]:
    """Every statement that is sent."""
    sent: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        sent.append(statement)

    event.listen(world.engine, "before_cursor_execute", note)
    yield sent
    event.remove(world.engine, "before_cursor_execute", note)


def test_what_is_out_of_sight_and_what_never_existed_are_answered_by_the_same_steps(
    world: World,
) -> None:
    made = drafted(world)
    world.clock.pass_time(HOUR)
    explained(world, "aude", "carl", NOWHERE)
    found = []
    for who, record in (
        ("carl@dg-connect.example", made.reference),
        ("carl@dg-connect.example", NOWHERE),
        ("bo@biz-sg.example", made.reference),
        ("nobody@biz-sg.example", made.reference),
        ("nobody@biz-sg.example", NOWHERE),
    ):
        asked = ExplainAccess(person=who, record=record)
        with statements(world) as sent, world.work() as work:
            told = audit.explain_access(work, world.gate, world.actor(work, "aude"), asked)
        assert told.explanation is None
        assert told.record == record
        found.append((sent, world.told("access.explained")[-1]))
    (out, entry), (never, other), *strangers = found
    assert out == never
    # Beside the number that was typed, the entries tell the same.
    assert {**entry["details"], "record": ""} == {**other["details"], "record": ""}
    assert entry["organisations"] == other["organisations"]
    assert len({tuple(sent) for sent, _ in strangers}) == 1
    assert len({one["details"]["person"] for _, one in strangers}) == 1


def test_an_entry_is_explained_by_the_policies_of_then(world: World) -> None:
    made = drafted(world)
    release(world, made.version_id)
    read(world, "uma", made.record_id)
    with pytest.raises(NotFound):
        read(world, "eric", made.record_id)
    world.clock.pass_time(HOUR)
    current = world.gate.keeper.current
    texts = [
        read_policy(one.file, one.text.replace("It is released to the person's", "Reworded:"))
        for one in current.policies.values()
    ]
    other = assemble(texts, current.schema, current.schemes)
    with world.work() as work:
        register_policies(work.session, other, work.now)
    world.clock.pass_time(HOUR)
    world.sequence()
    let, refused = entry_of(world, "record.read"), entry_of(world, "read.refused")
    world.gate.keeper.current = other
    try:
        told, denied = (explained_entry(world, one) for one in (let, refused))
    finally:
        world.gate.keeper.current = current
    assert [one.explain for one in told.policies] == [
        "It is released to the person's organisation."
    ]
    assert told.again and all(one.allowed for one in told.judged)
    assert told.policy_set is not None and told.policy_set.version == current.version
    assert denied.again and not any(one.allowed for one in denied.judged)
    missing = [one.id for one in denied.judged[0].requirements if not one.met]
    assert "releasability" in missing
    assert world.told("access.explained")[-1]["details"] == {"entry": str(refused)}


def entry_of(world: World, kind: str) -> EntryId:
    """The last entry of a type."""
    return EntryId(UUID(world.told(kind)[-1]["id"]))


def explained_entry(world: World, entry_id: EntryId) -> EntryExplained:
    """What the auditor of Singapore is told about an entry."""
    with world.work() as work:
        return audit.explain_entry(work, world.gate, world.actor(work, "abel"), entry_id)


def test_an_entry_that_does_not_concern_the_party_is_none(world: World) -> None:
    made = drafted(world)
    read_own = entry_of(world, "record.drafted")
    world.sequence()
    for one in (read_own, EntryId(new_id())):
        with world.work() as work, pytest.raises(NotFound):
            audit.explain_entry(work, world.gate, world.actor(work, "aude"), one)
    assert made.reference


def test_a_change_since_does_not_change_what_an_entry_was(world: World) -> None:
    made = drafted(world)
    steps.release_it(world, made.version_id)
    read(world, "uma", made.record_id)
    world.clock.pass_time(HOUR)
    with world.work() as work:
        parties.suspend(work, world.gate, world.actor(work, "olga"), world.people["ida"])
    world.sequence()
    for kind in ("record.drafted", "record.submitted", "record.released", "record.read"):
        told = explained_entry(world, entry_of(world, kind))
        assert told.again, kind


def test_a_reader_is_told_why_of_what_they_see(world: World) -> None:
    made = drafted(world)
    release(world, made.version_id)
    with world.work() as work:
        why = records.why(work, world.gate, world.actor(work, "uma"), made.record_id)
    (part,) = why.parts
    assert part.reasons == {
        "read-released-to-organisation": "It is released to the person's organisation."
    }
    assert "Two" not in part.names and "One" in part.names
    assert all(one.met for one in part.requirements)
    (told,) = world.told("record.explained")
    assert not complete.faults(told)
    for asked in (made.record_id, RecordId(new_id())):
        with world.work() as work, pytest.raises(NotFound) as refused:
            records.why(work, world.gate, world.actor(work, "eric"), asked)
        assert refused.value.detail == NotFound().detail


def test_the_operator_asks_at_the_machine(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    made = drafted(world)
    release(world, made.version_id)
    monkeypatch.setenv("ENTENTE_DATABASE_URL", world.database.application_url)
    monkeypatch.setenv("ENTENTE_DATA_DIR", str(world.folder / "data"))
    monkeypatch.setenv("ENTENTE_KEY_PASSPHRASE", "open")
    monkeypatch.setattr(console, "width", 300)
    words = ["policy", "explain", "--person", "carl@dg-connect.example", "--record"]
    said = CliRunner().invoke(app, [*words, made.reference])
    assert said.exit_code == 0, (said.output, said.exception)
    assert f"Carl of DG CONNECT could not read {made.reference}" in said.output
    assert "Released to org:dg-connect, or to this person by name or by a grant." in said.output
    (told,) = world.told("access.explained")
    assert not complete.faults(told)
    assert set(told["organisations"]) == {"dg-connect", "imda"}
    assert isinstance(CliRunner().invoke(app, [*words, NOWHERE]).exception, NotFound)
    auditors = CliRunner().invoke(app, [*words, made.reference, "--as", "abel@imda.example"])
    assert auditors.exit_code == 1 and "concerns this party" in auditors.output
    with world.owner() as session:
        assert session.scalar(text("SELECT count(*) FROM journal")) > 0
