"""From a file that waits to what was found in it: the queue, what is kept, and who sees it."""

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from app import records, release
from app.access import Action
from app.core.errors import Invalid, NotFound
from app.core.ids import BatchId, VersionId, new_id
from app.core.work import Origin
from app.inspection import Marked
from app.records import AttachmentView, DraftView, NotInThisState, OpenedReports
from app.records.inspecting import LEASE, MOST_ATTEMPTS
from app.release import BeingInspected, ChangedMeanwhile
from app.vault import (
    Form,
    KeyDestroyed,
    KeyUnavailable,
    NotAuthentic,
    WrongPermit,
    open_attachment,
    open_report,
)
from tests.inspection_world import FakeInspector, inspect_all, inspect_for_real, inspector, report
from tests.records_world import ARRANGEMENT, BYTES, attach, begin, draft_input, marking
from tests.release_world import KEYS, approve, give_back, last_hash, review, submit
from tests.vault_world import Vault
from tests.world import World

CLEAN = b"without what it hid"
SECRET = "the hidden words"


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path)


@pytest.fixture(autouse=True)
def for_real(world: World) -> None:
    inspect_for_real(world.database)


def files(world: World, version_id: VersionId, name: str = "ida") -> tuple[AttachmentView, ...]:
    """The files of a draft as this person's editor shows them."""
    with world.work() as work:
        return records.edit(work, world.gate, world.actor(work, name), version_id).attachments


def opened(world: World, vault: Vault, version_id: VersionId, name: str = "ida") -> OpenedReports:
    """The reports that this person may open."""
    with world.work() as work:
        sealed = records.sealed_reports(
            work,
            world.gate,
            world.actor(work, name),
            Action.AMEND,
            version_id,
            arrangement=ARRANGEMENT,
        )
    return records.open_reports(sealed, keys=vault.keys)


def overriding(
    world: World, version_id: VersionId, override: str, by: str = "ida"
) -> release.DecisionView:
    with world.work() as work:
        actor = world.actor(work, by)
        return release.submit(work, world.gate, actor, version_id, override=override)


def test_a_file_waits_is_inspected_and_only_then_submitted(world: World, vault: Vault) -> None:
    made = begin(world)
    attach(world, vault, made.version_id)
    (file,) = files(world, made.version_id)
    assert file.inspection
    assert (file.inspection.state, file.inspection.ended) == ("waiting", False)
    with pytest.raises(BeingInspected, match=r"results\.csv"):
        submit(world, made.version_id)
    fake = FakeInspector()
    assert inspect_all(world, vault, fake) == 1
    assert fake.seen == [BYTES]
    assert inspect_all(world, vault) == 0
    (file,) = files(world, made.version_id)
    assert file.inspection
    assert (file.inspection.state, file.inspection.findings) == ("done", ())
    submit(world, made.version_id)
    approve(world, made.version_id)


def test_the_log_holds_kinds_and_counts_and_no_word_of_the_file(world: World, vault: Vault) -> None:
    made = begin(world)
    attach(world, vault, made.version_id)
    inspect_all(world, vault, FakeInspector(report("covered-text", "covered-text", "comments")))
    (told,) = world.told("attachment.inspected")
    key = vault.key.id
    assert told["details"] == {
        "version": 1,
        "blocking": 2,
        "warnings": 1,
        "notes": 0,
        "kinds": ["comments", "covered-text"],
        "cleaned": False,
        "inspector": "test",
        "key": key,
    }
    assert told["record"] == str(made.record_id)
    assert world.told("inspection.begun")[0]["details"]["key"] == key
    assert SECRET not in json.dumps(world.entries())
    with world.owner() as session:
        kept = session.execute(text("SELECT outline::text, report FROM inspections")).one()
    assert SECRET not in kept.outline
    assert "Page 3" not in kept.outline
    assert SECRET.encode() not in bytes(kept.report)


def test_what_blocks_needs_a_reason_of_each_of_two_people(world: World, vault: Vault) -> None:
    made = begin(world)
    attach(world, vault, made.version_id)
    inspect_all(world, vault, FakeInspector(report("covered-text")))
    with pytest.raises(Invalid) as refused:
        submit(world, made.version_id)
    assert "Text under a black box" in refused.value.fields["override"]
    with pytest.raises(Invalid):
        overriding(world, made.version_id, "  ")
    overriding(world, made.version_id, "Both names are public.")
    shown = review(world, made.version_id, "iris")
    assert (shown.override, shown.needs_override) == ("Both names are public.", True)
    with pytest.raises(Invalid) as refused:
        approve(world, made.version_id)
    assert "override" in refused.value.fields
    with world.work() as work:
        signed = release.approve(
            work,
            world.gate,
            world.actor(work, "iris"),
            made.version_id,
            seen_hash=last_hash(world, made.version_id),
            override="I looked at both.",
            keys=KEYS,
        )
    inspection = signed.statement["inspection"]
    assert (inspection["submitter"], inspection["approver"]) == (
        "Both names are public.",
        "I looked at both.",
    )
    assert [len(one) for one in inspection["reports"]] == [64]
    release.verify_decision(KEYS, signed)
    told = world.told("findings.overridden")
    assert [entry["details"]["kinds"] for entry in told] == [["covered-text"]] * 2
    assert all("reason_commitment" in entry["details"] for entry in told)


def test_what_a_file_says_of_itself_is_held_against_its_label_now(
    world: World, vault: Vault
) -> None:
    made = begin(world)
    attach(world, vault, made.version_id, own=marking("TLP:RED", "org:imda"))
    (file,) = files(world, made.version_id)
    found = report()
    marked = Marked("tlp:red", "Header", 1, "TLP:RED")
    inspect_all(world, vault, FakeInspector(replace(found, markings=(marked,))))
    (file,) = files(world, made.version_id)
    assert file.inspection
    assert not file.inspection.blocking
    with world.work() as work:
        actor = world.actor(work, "ida")
        records.relabel(
            work,
            world.gate,
            actor,
            file.id,
            marking(),
            arrangement=ARRANGEMENT,
            keys=vault.keys,
        )
    # Such a label lets search have the text: the file is looked into once more.
    inspect_all(world, vault, FakeInspector(replace(found, markings=(marked,))))
    (file,) = files(world, made.version_id)
    assert file.inspection
    assert [one.kind for one in file.inspection.findings] == ["marking-mismatch"]
    with pytest.raises(Invalid):
        submit(world, made.version_id)


def test_places_and_excerpts_are_for_those_who_prepare_and_decide(
    world: World, vault: Vault
) -> None:
    made = begin(world)
    attach(world, vault, made.version_id)
    inspect_all(world, vault, FakeInspector(report("comments")))
    (file,) = files(world, made.version_id)
    assert file.inspection
    (line,) = file.inspection.findings
    assert (line.place, line.excerpt, line.count) == ("", "", 1)
    reports = opened(world, vault, made.version_id)
    assert reports[file.id].original.findings[0].excerpt == SECRET
    (told,) = world.told("inspection.read")
    assert told["details"]["key"]
    assert told["served_bytes"] > 0
    for name in ("uma", "ella", "abel"):
        with pytest.raises(NotFound):
            opened(world, vault, made.version_id, name)


def test_who_reads_the_release_never_learns_what_was_hidden(world: World, vault: Vault) -> None:
    made = begin(world)
    attach(world, vault, made.version_id)
    inspect_all(world, vault, FakeInspector(report("comments")))
    submit(world, made.version_id)
    approve(world, made.version_id)
    for name in ("eric", "iris"):
        with world.work() as work:
            shown = records.read(work, world.gate, world.actor(work, name), made.record_id)
            assert [one.inspection for one in shown.attachments] == [None]
            assert work.session.execute(text("SELECT * FROM attachments")).all()
            assert work.session.execute(text("SELECT * FROM inspections")).all() == []
    assert review(world, made.version_id, "iris").files == ()


def test_a_report_opens_for_its_own_file_only(world: World, vault: Vault) -> None:
    made = begin(world)
    for name in ("a.pdf", "b.pdf"):
        attach(world, vault, made.version_id, file_name=name)
    inspect_all(world, vault, FakeInspector(report("comments")))
    with world.work() as work:
        actor = world.actor(work, "ida")
        one, other = records.sealed_reports(
            work, world.gate, actor, Action.AMEND, made.version_id, arrangement=ARRANGEMENT
        )
    with pytest.raises(WrongPermit):
        open_report(
            one.permit,
            other.envelope,
            other.binding,
            other.seal_label,
            other.sealed,
            keys=vault.keys,
        )
    with pytest.raises(NotAuthentic):
        open_report(
            one.permit, one.envelope, one.binding, one.seal_label, other.sealed, keys=vault.keys
        )


def test_a_worker_that_died_loses_its_claim_and_what_it_does_late_is_not_kept(
    world: World, vault: Vault
) -> None:
    made = begin(world)
    attach(world, vault, made.version_id)

    def another_one_meanwhile() -> None:
        world.clock.pass_time(LEASE)
        assert inspect_all(world, vault, FakeInspector(report("comments"))) == 1

    late = FakeInspector(report("macros"), copy=CLEAN, before=another_one_meanwhile)
    records.inspect_next(
        world.units, world.gate, inspector(vault, late), origin=Origin(door="worker")
    )
    (file,) = files(world, made.version_id)
    assert file.inspection
    assert [one.kind for one in file.inspection.findings] == ["comments"]
    assert len(world.told("attachment.inspected")) == 1


def test_no_two_workers_look_into_the_same_file(world: World, vault: Vault) -> None:
    made = begin(world)
    attach(world, vault, made.version_id)
    fake = FakeInspector()
    fake.before = lambda: [][inspect_all(world, vault) :]  # type: ignore[assignment]
    assert inspect_all(world, vault, fake) == 1
    assert len(world.told("inspection.begun")) == 1


def test_what_fails_is_tried_again_and_in_the_end_blocks(world: World, vault: Vault) -> None:
    made = begin(world)
    attach(world, vault, made.version_id)

    def down() -> None:
        raise KeyUnavailable("The key provider does not answer.")

    for attempt in range(1, MOST_ATTEMPTS + 1):
        assert inspect_all(world, vault, FakeInspector(before=down)) == 1
        (file,) = files(world, made.version_id)
        assert file.inspection
        assert file.inspection.state == ("failed" if attempt == MOST_ATTEMPTS else "waiting")
        world.clock.pass_time(timedelta(hours=1))
    assert inspect_all(world, vault) == 0
    assert len(world.told("inspection.failed")) == 1
    assert file.inspection and file.inspection.blocking
    with pytest.raises(Invalid, match="holds the release back"):
        submit(world, made.version_id)
    with world.work() as work:
        records.inspect_again(work, world.gate, world.actor(work, "ida"), file.id)
    assert inspect_all(world, vault) == 1
    submit(world, made.version_id)


def test_a_file_that_ends_its_workers_is_not_tried_for_ever(world: World, vault: Vault) -> None:
    made = begin(world)
    attach(world, vault, made.version_id)

    def killed() -> None:
        raise KeyboardInterrupt

    for _ in range(MOST_ATTEMPTS):
        with pytest.raises(KeyboardInterrupt):
            inspect_all(world, vault, FakeInspector(before=killed))
        world.clock.pass_time(LEASE)
    fake = FakeInspector()
    assert inspect_all(world, vault, fake) == 1
    assert fake.seen == []
    (file,) = files(world, made.version_id)
    assert file.inspection
    assert file.inspection.state == "failed"


def test_a_damaged_file_raises_the_alarm_and_is_never_looked_into(
    world: World, vault: Vault
) -> None:
    made = begin(world)
    attach(world, vault, made.version_id)
    with world.owner() as session:
        blob = session.execute(text("SELECT blob FROM attachments")).scalar_one()
    vault.put(blob, b"\0" + vault.body(blob)[1:])
    fake = FakeInspector()
    assert inspect_all(world, vault, fake) == 1
    assert fake.seen == []
    assert len(world.told("attachment.damaged")) == 1
    (file,) = files(world, made.version_id)
    assert file.inspection
    assert "damaged" in file.inspection.failure


def test_a_report_goes_with_the_last_version_that_holds_its_file(
    world: World, vault: Vault
) -> None:
    made = begin(world)
    attach(world, vault, made.version_id)
    inspect_all(world, vault)
    (file,) = files(world, made.version_id)
    with world.work() as work:
        records.detach(work, world.gate, world.actor(work, "ida"), file.id)
    with world.owner() as session:
        assert session.execute(text("SELECT count(*) FROM inspections")).scalar_one() == 0


def test_a_file_is_not_asked_about_twice_at_once(world: World, vault: Vault) -> None:
    made = begin(world)
    attach(world, vault, made.version_id)
    (file,) = files(world, made.version_id)
    with world.work() as work, pytest.raises(NotInThisState):
        records.inspect_again(work, world.gate, world.actor(work, "ida"), file.id)


def chosen(world: World, file: AttachmentView, form: Form) -> AttachmentView:
    """Choose which form of a file leaves."""
    with world.work() as work:
        return records.choose_form(work, world.gate, world.actor(work, "ida"), file.id, form)


@pytest.fixture
def cleaned(world: World, vault: Vault) -> DraftView:
    """A draft with a file that blocks, and of which there is a cleaned copy."""
    made = begin(world)
    attach(world, vault, made.version_id)
    found = report("covered-text", "author-metadata")
    inspect_all(world, vault, FakeInspector(found, copy=CLEAN, in_copy=report("author-metadata")))
    return made


def leaves(world: World, vault: Vault, name: str, file: AttachmentView) -> bytes:
    """What this person is given of a file."""
    with world.work() as work:
        actor = world.actor(work, name)
        got = records.open_attachment(work, world.gate, actor, file.id, arrangement=ARRANGEMENT)
    with open_attachment(
        got.permit, got.envelope, got.binding, got.seal_label, keys=vault.keys, blobs=vault.blobs
    ) as body:
        return b"".join(map(bytes, body.chunks()))


def test_the_cleaned_copy_is_offered_with_what_it_takes_out(
    world: World, vault: Vault, cleaned: DraftView
) -> None:
    (file,) = files(world, cleaned.version_id)
    assert file.inspection
    assert file.inspection.takes_out == ("Text under a black box",)
    assert (file.inspection.leaves, file.inspection.blocking) == ("original", True)
    assert (file.inspection.original_bytes, file.inspection.cleaned_bytes) == (
        len(BYTES),
        len(CLEAN),
    )
    view = chosen(world, file, "cleaned")
    assert view.inspection
    assert not view.inspection.blocking
    assert [one.kind for one in view.inspection.findings] == ["author-metadata"]
    assert view.size_bytes == len(CLEAN)
    assert chosen(world, file, "original").size_bytes == len(BYTES)
    assert len(world.told("attachment.cleaned-chosen")) == 1
    assert len(world.told("attachment.original-chosen")) == 1


def test_where_the_cleaned_copy_was_chosen_the_original_never_leaves(
    world: World, vault: Vault, cleaned: DraftView
) -> None:
    (file,) = files(world, cleaned.version_id)
    chosen(world, file, "cleaned")
    submit(world, cleaned.version_id)
    approve(world, cleaned.version_id)
    assert leaves(world, vault, "eric", file) == CLEAN
    (told,) = world.told("attachment.downloaded")
    with world.owner() as session:
        stored = session.execute(text("SELECT cleaned FROM attachments")).scalar_one()
    assert told["details"]["commitment"] == stored["sealed"]["commitment"]


def test_a_submission_names_the_form_that_leaves(
    world: World, vault: Vault, cleaned: DraftView
) -> None:
    (file,) = files(world, cleaned.version_id)
    overriding(world, cleaned.version_id, "Known.")
    before = last_hash(world, cleaned.version_id)
    give_back(world, cleaned.version_id)
    chosen(world, file, "cleaned")
    submit(world, cleaned.version_id)
    assert last_hash(world, cleaned.version_id) != before
    with pytest.raises(ChangedMeanwhile):
        approve(world, cleaned.version_id, seen=before)
    with pytest.raises(NotFound):
        chosen(world, file, "original")


def test_neither_file_opens_as_the_other(world: World, vault: Vault, cleaned: DraftView) -> None:
    (file,) = files(world, cleaned.version_id)
    with world.owner() as session:
        session.execute(text("ALTER TABLE attachments DISABLE TRIGGER USER"))
        session.execute(text("UPDATE attachments SET envelope = cleaned, cleaned = envelope"))
    for form in ("original", "cleaned"):
        with world.owner() as session:
            session.execute(text("UPDATE attachments SET leaves = :form"), {"form": form})
        with pytest.raises(NotAuthentic):
            leaves(world, vault, "ida", file)


def test_relabelling_wraps_both_keys_anew_and_a_revision_carries_both(
    world: World, vault: Vault, cleaned: DraftView
) -> None:
    (file,) = files(world, cleaned.version_id)
    chosen(world, file, "cleaned")
    with world.work() as work:
        actor = world.actor(work, "ida")
        records.relabel(
            work,
            world.gate,
            actor,
            file.id,
            marking("TLP:AMBER"),
            arrangement=ARRANGEMENT,
            keys=vault.keys,
        )
    assert leaves(world, vault, "ida", file) == CLEAN
    submit(world, cleaned.version_id)
    approve(world, cleaned.version_id)
    with world.work() as work:
        actor = world.actor(work, "ida")
        revised = records.revise(work, world.gate, actor, cleaned.record_id)
    (carried,) = revised.attachments
    assert carried.inspection
    assert (carried.inspection.state, carried.inspection.leaves) == ("done", "cleaned")
    assert opened(world, vault, revised.version_id)[carried.id].original.findings
    chosen(world, carried, "original")
    with world.work() as work:
        assert len(records.blobs_in_use(work)) == 2


def test_a_file_marked_anew_while_it_is_looked_into_is_looked_into_again(
    world: World, vault: Vault
) -> None:
    made = begin(world)
    attach(world, vault, made.version_id)
    (file,) = files(world, made.version_id)

    def relabelled() -> None:
        with world.work() as work:
            actor = world.actor(work, "ida")
            records.relabel(
                work,
                world.gate,
                actor,
                file.id,
                marking("TLP:AMBER"),
                arrangement=ARRANGEMENT,
                keys=vault.keys,
            )
        fake.before = lambda: None

    fake = FakeInspector(report("covered-text"), copy=CLEAN, before=relabelled)
    assert inspect_all(world, vault, fake) == 2
    (file,) = files(world, made.version_id)
    chosen(world, file, "cleaned")
    assert leaves(world, vault, "ida", file) == CLEAN


def test_nothing_is_chosen_that_there_is_not(world: World, vault: Vault) -> None:
    made = begin(world)
    attach(world, vault, made.version_id)
    inspect_all(world, vault)
    (file,) = files(world, made.version_id)
    with pytest.raises(NotInThisState):
        chosen(world, file, "cleaned")


def test_a_batch_leaves_out_what_was_not_inspected_or_blocks(world: World, vault: Vault) -> None:
    batch_id = BatchId(new_id())
    made = []
    with world.work() as work:
        actor = world.actor(work, "ida")
        for title in ("Clean", "Blocks", "Waits"):
            command = draft_input(title=title)
            made.append(records.draft(work, world.gate, actor, command, batch_id=batch_id))
    for found, draft in zip((report(), report("macros")), made, strict=False):
        attach(world, vault, draft.version_id)
        inspect_all(world, vault, FakeInspector(found))
    attach(world, vault, made[2].version_id)
    told = release.submit_batch(
        world.units,
        world.gate,
        lambda work: world.actor(work, "ida"),
        batch_id,
        lambda *_: None,
        origin=Origin(door="cli"),
    )
    assert told.done == (made[0].version_id,)
    assert [one.version_id for one in told.refused] == [one.version_id for one in made[1:]]
    assert "Macros" in told.refused[0].reason
    assert "still being inspected" in told.refused[1].reason


def test_a_report_is_destroyed_with_the_key_of_its_file(world: World, vault: Vault) -> None:
    made = begin(world)
    attach(world, vault, made.version_id)
    inspect_all(world, vault, FakeInspector(report("comments")))
    vault.keys.destroy(vault.key.id)
    with pytest.raises(KeyDestroyed):
        opened(world, vault, made.version_id)
