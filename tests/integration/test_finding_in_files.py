"""Search finds what files say: for whom may see the file, of the file that leaves, while it may."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from app import records
from app.core.ids import AttachmentId, AudienceId
from app.inspection import Marked, Passage
from app.records import MarkingInput
from app.records.file_texts import forget_file_texts, keep_file_text
from tests.inspection_world import FakeInspector, inspect_all, inspect_for_real, report
from tests.integration.test_finding import find, hits, titles
from tests.records_world import ARRANGEMENT, attach, begin, marking, release, withdraw
from tests.vault_world import Vault
from tests.world import World

SAID = "The zygomorphic benchmark was run twice, and the second run agreed."


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path)


def keep(world: World, attachment: AttachmentId, blob: str, said: str = SAID) -> None:
    with world.owner() as session:
        asked = text("SELECT audience_id FROM attachments WHERE id = :id")
        audience_id = AudienceId(session.scalar(asked, {"id": attachment}) or 0)
    with world.work() as work:
        passages = [Passage("Page 1", 1, "Nothing here."), Passage("Page 2", 2, said)]
        keep_file_text(work.session, attachment, audience_id, blob, "en", passages)


def blob_of(world: World, attachment: object) -> str:
    with world.owner() as session:
        asked = text("SELECT blob FROM attachments WHERE id = :id")
        return str(session.scalar(asked, {"id": attachment}))


def with_file(world: World, vault: Vault, own: MarkingInput | None = None) -> tuple[object, str]:
    """A released record with a file whose text is kept; gives its version and the file's blob."""
    made = begin(world, title="Has a file")
    attached = attach(world, vault, made.version_id, own=own, file_name="runs.pdf")
    blob = blob_of(world, attached.id)
    keep(world, attached.id, blob)
    assert titles(find(world, q="zygomorphic")) == []  # a draft is not found
    release(world, made.version_id)
    return made.version_id, blob


def test_a_file_is_found_by_what_it_says_and_the_place_is_shown(world: World, vault: Vault) -> None:
    with_file(world, vault)

    found = find(world, q="zygomorphic benchmarks")

    assert titles(found) == ["Has a file"]
    assert found.total == 1
    assert hits(found.page.items[0]) == ["zygomorphic", "benchmark"]
    shown = "".join(piece for piece, _ in found.page.items[0].summary_snippet)
    assert shown.startswith("runs.pdf: ")


def test_who_may_not_see_the_file_finds_nothing_by_it(world: World, vault: Vault) -> None:
    with_file(world, vault, own=marking("TLP:AMBER", "org:dtc"))

    assert titles(find(world, "dana", q="zygomorphic")) == ["Has a file"]
    assert titles(find(world, "eric", q="zygomorphic")) == []
    assert find(world, "eric", q="found").total == 1
    assert find(world, "eric", q="zygomorphic OR found").total == 1


def test_what_is_withdrawn_is_gone_from_search_at_once(world: World, vault: Vault) -> None:
    version_id, _ = with_file(world, vault)
    withdraw(world, version_id)  # type: ignore[arg-type]

    assert titles(find(world, q="zygomorphic")) == []


def test_where_a_cleaned_copy_leaves_the_original_is_not_found(world: World, vault: Vault) -> None:
    made = begin(world, title="Has a file")
    attached = attach(world, vault, made.version_id)
    blob = blob_of(world, attached.id)
    cleaned = "0" * 32
    with world.owner() as session:
        session.execute(
            text(
                "UPDATE attachments SET leaves = 'cleaned',"
                " cleaned = jsonb_set(envelope, '{sealed,blob}', to_jsonb(CAST(:blob AS text)))"
            ),
            {"blob": cleaned},
        )
    keep(world, attached.id, blob)
    keep(world, attached.id, cleaned, "What was left is homeomorphic.")
    release(world, made.version_id)

    assert titles(find(world, q="zygomorphic")) == []
    assert titles(find(world, q="homeomorphic")) == ["Has a file"]


def test_a_text_that_was_forgotten_is_not_in_the_database(world: World, vault: Vault) -> None:
    _, blob = with_file(world, vault)
    with world.work() as work:
        forget_file_texts(work.session, [blob])

    assert titles(find(world, q="zygomorphic")) == []
    with world.owner() as session:
        assert session.scalar(text("SELECT count(*) FROM file_texts")) == 0


def test_a_text_is_kept_only_of_a_file_that_some_version_has(world: World, vault: Vault) -> None:
    made = begin(world)
    attached = attach(world, vault, made.version_id)
    keep(world, attached.id, "f" * 32)

    with world.owner() as session:
        assert session.scalar(text("SELECT count(*) FROM file_texts")) == 0


def test_a_destroyed_file_takes_its_text_along(world: World, vault: Vault) -> None:
    with_file(world, vault)
    with world.owner() as session:
        session.execute(
            text(
                "UPDATE attachments SET"
                " envelope = jsonb_set(envelope, '{sealed,wrapped_key}', '\"\"')"
            )
        )
        assert session.scalar(text("SELECT count(*) FROM file_texts")) == 0

    assert titles(find(world, q="zygomorphic")) == []


def test_texts_are_out_of_sight_with_their_attachments(world: World, vault: Vault) -> None:
    with_file(world, vault, own=marking("TLP:AMBER", "org:dtc"))
    count = text("SELECT count(*) FROM file_texts")
    seen = {}
    for name in ("dana", "eric"):
        with world.work() as work:
            world.gate.scope(work, world.actor(work, name))
            seen[name] = work.session.scalar(count)

    assert seen == {"dana": 1, "eric": 0}


def test_marking_a_file_up_takes_its_text_away_and_marking_it_down_asks_for_it(
    world: World, vault: Vault
) -> None:
    made = begin(world, marking=marking("SENSITIVE; TLP:AMBER", "party:EU"))
    attached = attach(world, vault, made.version_id)
    keep(world, attached.id, blob_of(world, attached.id))

    def relabel(markings: str) -> None:
        with world.work() as work:
            records.relabel(
                work,
                world.gate,
                world.actor(work, "ida"),
                attached.id,
                marking(markings, "party:EU"),
                arrangement=ARRANGEMENT,
                keys=vault.keys,
            )

    relabel("SENSITIVE: SPECIAL HANDLING")
    with world.owner() as session:
        assert session.scalar(text("SELECT count(*) FROM file_texts")) == 0
        session.execute(
            text(
                "UPDATE inspections SET state = 'failed', outline = NULL, report = NULL,"
                " inspected_at = NULL"
            )
        )
    relabel("SENSITIVE")
    with world.owner() as session:
        assert session.scalar(text("SELECT state FROM inspections")) == "waiting"


def test_what_a_file_hides_is_not_searched_but_its_cleaned_copy_is(
    world: World, vault: Vault
) -> None:
    inspect_for_real(world.database)
    made = begin(world, title="Hides something")
    attach(world, vault, made.version_id)
    said = (Passage("Page 3", 3, SAID),)
    hiding = replace(report("covered-text"), text=said)
    clean = replace(report(), text=(Passage("Page 3", 3, "What was left is homeomorphic."),))
    fake = FakeInspector(hiding, copy=b"cleaned", in_copy=clean)
    inspect_all(world, vault, fake)
    with world.owner() as session:
        bodies = list(session.scalars(text("SELECT body FROM file_texts")))

    assert bodies == ["What was left is homeomorphic."]


def kept_count(world: World) -> int:
    with world.owner() as session:
        return int(session.scalar(text("SELECT count(*) FROM file_texts")) or 0)


def test_of_what_is_destroyed_while_it_is_looked_into_no_text_is_kept(
    world: World, vault: Vault
) -> None:
    inspect_for_real(world.database)
    attach(world, vault, begin(world).version_id)

    def destroyed() -> None:
        with world.owner() as session:
            gone = "jsonb_set(envelope, '{sealed,wrapped_key}', '\"\"')"
            session.execute(text(f"UPDATE attachments SET envelope = {gone}"))

    said = replace(report(), text=(Passage("Page 2", 2, SAID),))
    assert inspect_all(world, vault, FakeInspector(said, copy=b"copy", before=destroyed)) == 1

    assert kept_count(world) == 0


def test_a_draft_that_lowers_a_marking_puts_no_text_of_a_release_in_the_clear(
    world: World, vault: Vault
) -> None:
    inspect_for_real(world.database)
    high, lower = "SENSITIVE: SPECIAL HANDLING", "SENSITIVE"
    made = begin(world, marking=marking("SENSITIVE", "party:EU"))
    attach(world, vault, made.version_id, own=marking(high, "party:EU"))
    fake = FakeInspector(replace(report(), text=(Passage("Page 2", 2, SAID),)))
    inspect_all(world, vault, fake)
    release(world, made.version_id)
    with world.work() as work:
        revised = records.revise(work, world.gate, world.actor(work, "ida"), made.record_id)
    with world.work() as work:
        actor, (file,) = world.actor(work, "ida"), revised.attachments
        own = marking(lower, "party:EU")
        records.relabel(
            work, world.gate, actor, file.id, own, arrangement=ARRANGEMENT, keys=vault.keys
        )

    assert inspect_all(world, vault, fake) == 0  # the release rests on its report
    with world.owner() as session:
        session.execute(
            text(
                "UPDATE inspections SET state = 'waiting', inspected_at = NULL, outline = NULL,"
                " report = NULL"
            )
        )
    assert inspect_all(world, vault, fake) == 1
    assert kept_count(world) == 0


def test_a_file_that_says_it_is_marked_higher_is_not_searched(world: World, vault: Vault) -> None:
    inspect_for_real(world.database)
    attach(world, vault, begin(world).version_id)
    said = (Passage("Page 2", 2, SAID),)
    higher = Marked("sg:restricted", "Page 1", 1, "RESTRICTED")
    inspect_all(world, vault, FakeInspector(replace(report(), text=said, markings=(higher,))))

    assert kept_count(world) == 0
