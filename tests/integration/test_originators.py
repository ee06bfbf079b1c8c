"""What comes from another organisation stays its own: linked, marked, and released as it says."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from app import records
from app.access import Assurance
from app.core.database import Database
from app.core.errors import Invalid, Refused
from app.core.ids import RecordId
from app.records import CannotBeCarried, DraftView
from app.release import AwaitsConsent, ChangedMeanwhile, OwnWork, verify_decision
from app.vault import open_attachment
from tests import originators_world as on
from tests import release_world as steps
from tests.copies_world import found_to_be
from tests.records_world import ARRANGEMENT, BYTES, attach, begin, marking, read, section
from tests.vault_world import Vault
from tests.world import World, make_world


@pytest.fixture(scope="module")
def world(module_database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = make_world(module_database, Path(tmp_path_factory.mktemp("world")))
    steps.enrol(made, *made.people)
    yield made
    made.close()


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path)


@pytest.fixture
def source(world: World) -> RecordId:
    own = section("Method", "How **it** was done.", marking("TLP:AMBER", "org:eu-ai-office"))
    return on.source_of_imda(world, sections=[own, section("Results", "What came of it.")])


@pytest.fixture
def draft(world: World, source: RecordId) -> DraftView:
    return on.quoted(world, begin(world, "ella"), source)


def test_a_quotation_is_linked_says_where_it_stands_and_is_marked_as_its_source(
    world: World, source: RecordId, draft: DraftView
) -> None:
    reference = read(world, "ella", source).reference
    last = draft.input.sections[-1]
    assert (last.heading, last.source is not None) == ("Method", True)
    assert last.body == f"> How **it** was done.\n\n— {reference}, version 1"
    assert last.marking and last.marking.markings == "TLP:AMBER"
    shown = read(world, "ella", draft.record_id)
    assert [part.originator for part in shown.portions][-1] == "imda"
    assert {part.originator for part in shown.portions[:-1]} == {"eu-ai-office"}


def test_a_quoted_summary_does_not_bring_the_title_that_is_marked_higher(world: World) -> None:
    own = marking("TLP:GREEN", "community")
    high = marking("SENSITIVE; TLP:AMBER", "org:eu-ai-office")
    source = on.source_of_imda(world, title="Not for all", marking=high, summary_marking=own)
    part = next(one for one in read(world, "ella", source).portions if one.role == "summary")
    made = on.quote(world, begin(world, "ella").version_id, part.id, "ella")
    last = made.input.sections[-1]
    assert (last.heading, last.marking) == ("Summary", None)  # marked as its title: TLP:GREEN
    assert "Not for all" not in last.body


def test_a_link_stays_whatever_is_done_to_the_label_or_the_text(
    world: World, draft: DraftView
) -> None:
    link = draft.input.sections[-1].source
    bare = [one.model_copy(update={"source": None}) for one in draft.input.sections]
    moved = on.amend(world, draft, "ella", sections=[bare[-1], *bare[:-1]])
    assert moved.input.sections[0].source == link
    shown = read(world, "ella", draft.record_id).portions
    assert [part.heading for part in shown if part.originator == "imda"] == ["Method"]
    renamed = moved.input.sections[0].model_copy(
        update={"heading": "Ours", "body": "Ours", "marking": marking("TLP:RED", "")}
    )
    kept = on.amend(world, moved, "ella", sections=[renamed, *moved.input.sections[1:]])
    assert kept.input.sections[0].source == link
    gone = on.amend(world, kept, "ella", sections=kept.input.sections[1:])
    assert all(one.source is None for one in gone.input.sections)
    with pytest.raises(Invalid, match="Quote it"):
        on.amend(world, gone, "ella", sections=[renamed])


@pytest.mark.parametrize("lower", [marking("TLP:GREEN"), marking("SENSITIVE")])
def test_a_quotation_is_never_marked_below_its_source(
    world: World, draft: DraftView, lower: records.MarkingInput
) -> None:
    last = draft.input.sections[-1].model_copy(update={"marking": lower})
    with pytest.raises(Invalid, match="at least as its source"):
        on.amend(world, draft, "ella", sections=[*draft.input.sections[:-1], last])


def test_release_waits_for_the_originator_who_sees_its_parts_and_nothing_else(
    world: World, draft: DraftView
) -> None:
    steps.submit(world, draft.version_id, "ella")
    told = "SELECT count(*) FROM notices WHERE kind = 'consent-asked' AND person_id = :id"
    with world.owner() as session:
        assert session.scalar(text(told), {"id": world.people["iris"]})
    with pytest.raises(AwaitsConsent, match="Infocomm Media Development Authority"):
        steps.approve(world, draft.version_id, "emil")
    shown = on.asked(world, draft.version_id, "iris")
    assert [part.heading for part in shown.parts.portions] == ["Method"]
    assert (shown.title, shown.owner, shown.originator) == ("", "eu-ai-office", "imda")
    readers = {one.slug for group in shown.preview.groups for one in group.organisations}
    assert readers == {"imda", "eu-ai-office"}
    waiting = steps.desk(world, "iris").to_consent
    assert [one.parts for one in waiting if one.version_id == draft.version_id] == ["Method"]
    with pytest.raises(ChangedMeanwhile):
        on.consent(world, draft.version_id, "iris", "0" * 64)
    signed = on.consent(world, draft.version_id, "iris")
    assert "consented to version 1" in verify_decision(steps.KEYS, signed)
    assert signed.statement["parts"] == {"names": ["Method"], "lowered": []}
    assert signed.content_hash_hex == shown.seen_hash != steps.last_hash(world, draft.version_id)
    steps.approve(world, draft.version_id, "emil")
    assert steps.state(world, draft.version_id) == "released"


@pytest.mark.parametrize("who", ["ida", "ines", "dana", "emil", "eric", "uma", "public"])
def test_nobody_else_is_asked(world: World, draft: DraftView, who: str) -> None:
    steps.submit(world, draft.version_id, "ella")
    with pytest.raises(Refused):
        on.asked(world, draft.version_id, who)
    with pytest.raises(Refused):
        steps.consent(world, draft.version_id, who, "0" * 64)


def test_whoever_may_not_see_all_of_its_parts_decides_on_none(world: World) -> None:
    red = marking("TLP:RED", f"person:{world.people['ella']}")
    source = on.source_of_imda(world, sections=[section("Open"), section("Shut", own=red)])
    draft = begin(world, "ella")
    for part in read(world, "ella", source).portions[-2:]:
        on.quote(world, draft.version_id, part.id, "ella")
    steps.submit(world, draft.version_id, "ella")
    assert len(on.asked(world, draft.version_id, "iris").parts.portions) == 2
    with pytest.raises(Refused):
        on.asked(world, draft.version_id, "iris", Assurance.PASSWORD)


def test_an_edit_of_these_parts_voids_the_consent_and_no_other_edit_does(
    world: World, draft: DraftView
) -> None:
    steps.submit(world, draft.version_id, "ella")
    on.consent(world, draft.version_id, "iris")
    steps.give_back(world, draft.version_id, "emil")
    again = on.amend(world, _opened(world, draft), "ella", title="Otherwise", change_note="New")
    steps.submit(world, draft.version_id, "ella")
    waiting = steps.desk(world, "iris").to_consent
    assert draft.version_id not in {line.version_id for line in waiting}
    steps.give_back(world, draft.version_id, "emil")
    last = again.input.sections[-1].model_copy(update={"body": "> Other words."})
    sections = [*again.input.sections[:-1], last]
    on.amend(world, _opened(world, draft), "ella", title="Otherwise", sections=sections)
    steps.submit(world, draft.version_id, "ella")
    with pytest.raises(AwaitsConsent):
        steps.approve(world, draft.version_id, "emil")


def test_a_wider_audience_needs_another_consent(world: World, draft: DraftView) -> None:
    steps.submit(world, draft.version_id, "ella")
    on.consent(world, draft.version_id, "iris")
    steps.give_back(world, draft.version_id, "emil")
    wider = marking("TLP:AMBER", "org:eu-ai-office; org:dg-connect")
    last = draft.input.sections[-1].model_copy(update={"marking": wider})
    on.amend(world, _opened(world, draft), "ella", sections=[*draft.input.sections[:-1], last])
    steps.submit(world, draft.version_id, "ella")
    with pytest.raises(AwaitsConsent):
        steps.approve(world, draft.version_id, "emil")


def test_a_decline_gives_it_back_with_the_reason(world: World, draft: DraftView) -> None:
    steps.submit(world, draft.version_id, "ella")
    with pytest.raises(Invalid):
        on.decline(world, draft.version_id, "iris", " ")
    on.decline(world, draft.version_id, "iris", "It is out of date.")
    assert steps.state(world, draft.version_id) == "draft"
    last = steps.history(world, draft.record_id, "ella")[-1]
    assert (last.kind, last.comment) == ("return", "It is out of date.")
    assert last.person.organisation == "Infocomm Media Development Authority"
    assert world.told("record.declined")[-1]["subject"] == f"version:{draft.version_id}"


def test_a_quotation_of_a_quotation_stays_the_first_originators_and_shows_the_whole_chain(
    world: World,
) -> None:
    source = on.source_of_imda(world, marking=marking("TLP:AMBER", "org:eu-ai-office"))
    to_all = marking("TLP:AMBER", "party:SG; party:EU")
    second = on.quoted(world, begin(world, "ella", marking=to_all), source)
    last = second.input.sections[-1].model_copy(update={"marking": to_all})
    on.amend(world, second, "ella", sections=[*second.input.sections[:-1], last])
    steps.submit(world, second.version_id, "ella")
    on.consent(world, second.version_id, "iris")
    steps.approve(world, second.version_id, "emil")
    third = begin(world, "dana", marking=marking("TLP:AMBER", "org:eu-ai-office"))
    third = on.quoted(world, third, second.record_id, "dana")
    steps.submit(world, third.version_id, "dana")
    assert on.asked(world, third.version_id, "iris").owner == "dtc"
    with pytest.raises(Refused):
        on.asked(world, third.version_id, "emil")
    with pytest.raises(OwnWork):
        steps.approve(world, third.version_id, "dana")

    (part,) = on.origins(world, third.record_id, "dana").parts
    assert (part.name, part.originator) == ("Method", "imda")
    first, beyond = part.steps
    assert (first.reference, first.owner) == (second.reference, "eu-ai-office")
    assert first.record_id == second.record_id
    assert (beyond.reference, beyond.record_id) == ("", None)  # IMDA's record is not for DTC
    (mine,) = on.origins(world, second.record_id, "emil").parts
    assert mine.steps[0].record_id == source


def test_the_originators_release_authorities_see_where_its_material_went(
    world: World, source: RecordId, draft: DraftView
) -> None:
    assert on.origins(world, source, "iris").onward == ()
    steps.submit(world, draft.version_id, "ella")
    assert on.origins(world, source, "iris").onward == ()  # not before it is released
    on.consent(world, draft.version_id, "iris")
    steps.approve(world, draft.version_id, "emil")
    (use,) = on.origins(world, source, "iris").onward or ()
    assert (use.reference, use.owner, use.parts_count) == (draft.reference, "eu-ai-office", 1)
    assert not use.may_open or use.record_id == draft.record_id
    assert on.origins(world, source, "ida").onward is None
    assert on.origins(world, source, "emil").onward == ()  # none of it is theirs
    with pytest.raises(Refused):
        on.origins(world, source, "public")


def test_what_is_marked_lower_than_before_is_told_plainly(world: World) -> None:
    high = {"marking": marking("SENSITIVE", "org:imda; org:dtc"), "originator": "dtc"}
    first = begin(world, "ida", **high)
    steps.submit(world, first.version_id, "ida")
    on.consent(world, first.version_id, "dana")
    steps.approve(world, first.version_id, "iris")
    with world.work() as work:
        second = records.revise(work, world.gate, world.actor(work, "ida"), first.record_id)
    low = marking("OFFICIAL (CLOSED) \\ SENSITIVE NORMAL", "org:imda; org:dtc")
    on.amend(world, second, "ida", marking=low)
    steps.submit(world, second.version_id, "ida")
    shown = on.asked(world, second.version_id, "dana")
    assert len(shown.lowered) == len(shown.parts.portions)
    assert shown.lowered[0].startswith("“Title” is marked OFFICIAL (CLOSED)")
    assert steps.review(world, second.version_id, "iris").lowered == shown.lowered
    signed = on.consent(world, second.version_id, "dana")
    assert signed.statement["parts"]["lowered"] == list(shown.lowered)


def test_a_file_is_carried_on_sealed_under_its_originators_key(world: World, vault: Vault) -> None:
    made = begin(world, "ida", marking=marking("TLP:CLEAR", "public"))
    file = attach(world, vault, made.version_id)
    steps.submit(world, made.version_id, "ida")
    steps.approve(world, made.version_id, "iris")
    draft = begin(world, "ella", marking=marking("TLP:CLEAR", "public"))
    carried = on.carry(world, vault, draft.version_id, file.id, "ella")
    assert (carried.name, carried.marking.text) == ("results.csv", "TLP:CLEAR")
    with world.owner() as session:
        old, new = (
            session.execute(
                text("SELECT envelope, blob, source_id FROM attachments WHERE id = :id"),
                {"id": one},
            ).one()
            for one in (file.id, carried.id)
        )
    assert old.blob != new.blob
    assert old.envelope["sealed"]["key_id"] == new.envelope["sealed"]["key_id"]
    assert (old.source_id, new.source_id is not None) == (None, True)
    with world.work() as work:
        actor = world.actor(work, "ella")
        opened = records.open_attachment(
            work, world.gate, actor, carried.id, arrangement=ARRANGEMENT
        )
    assert opened.binding.originator == "imda"
    with open_attachment(
        opened.permit,
        opened.envelope,
        opened.binding,
        opened.seal_label,
        keys=vault.keys,
        blobs=vault.blobs,
    ) as source:
        assert b"".join(source.chunks()) == BYTES
    with pytest.raises(Invalid, match="at least as its source"), world.work() as work:
        records.relabel(
            work,
            world.gate,
            world.actor(work, "ella"),
            carried.id,
            marking("SENSITIVE", "org:imda"),
            arrangement=ARRANGEMENT,
            keys=vault.keys,
        )
    steps.submit(world, draft.version_id, "ella")
    (shown,) = on.asked(world, draft.version_id, "iris").parts.attachments
    assert shown.id == carried.id


def test_what_leaves_only_marked_or_not_at_all_is_not_carried(world: World, vault: Vault) -> None:
    made = begin(world, "ida", marking=marking("SENSITIVE", "org:imda; org:eu-ai-office"))
    plain = attach(world, vault, made.version_id)
    seen = attach(
        world, vault, made.version_id, own=marking("SENSITIVE", "org:eu-ai-office", view_only=True)
    )
    found_to_be(world, str(plain.id), "application/pdf", 2)
    steps.submit(world, made.version_id, "ida")
    steps.approve(world, made.version_id, "iris")
    draft = begin(world, "ella")
    with pytest.raises(CannotBeCarried):
        on.carry(world, vault, draft.version_id, plain.id, "ella")
    with pytest.raises(Refused):
        on.carry(world, vault, draft.version_id, seen.id, "ella")


def _opened(world: World, draft: DraftView) -> DraftView:
    with world.work() as work:
        return records.edit(work, world.gate, world.actor(work, "ella"), draft.version_id)


def test_quoted_words_keep_their_link_in_whatever_section_they_stand(
    world: World, source: RecordId
) -> None:
    said = "How it was done in nine words and more besides."
    other = on.source_of_imda(world, sections=[section("Method", said)])
    draft = on.quoted(world, begin(world, "ella"), other)
    *own, last = draft.input.sections
    # The link is put on other words, and the quotation goes on without it, and edited.
    bait = own[0].model_copy(update={"source": last.source})
    words = f"As we found: {said} So there."
    bare = last.model_copy(update={"source": None, "heading": "Findings", "body": words})
    for sections in ([bait, bare], [bare, *own], [own[0], bare, own[0]]):
        saved = on.amend(world, draft, "ella", sections=sections)
        at = sections.index(bare)
        assert saved.input.sections[at].source == last.source
        draft = saved
    # Nor does it pass for what was quoted of another record.
    both = on.quoted(world, draft, source)
    ours, theirs = both.input.sections[1], both.input.sections[-1]
    swapped = [
        ours.model_copy(update={"source": theirs.source}),
        theirs.model_copy(update={"source": ours.source}),
    ]
    saved = on.amend(world, both, "ella", sections=swapped)
    assert [one.source for one in saved.input.sections] == [ours.source, theirs.source]
