"""The exact audience: what is previewed is what everybody really gets after the release."""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import event, text

from app import records, release
from app.access import Assurance
from app.core.ids import RecordId
from app.release import AudiencePreview, DecisionView, PartReaders, Reader
from tests.records_world import begin, draft_input, marking, section
from tests.release_world import (
    MFA,
    approve,
    consent,
    enrol,
    preview,
    reads,
    release_it,
    submit,
)
from tests.world import NOON, World

ENROLLED = ("ivan", "iris", "dana", "emil")
TOMORROW = NOON + timedelta(days=1)
RESTRICTED = "RESTRICTED; TLP:AMBER"
PUBLIC = "OFFICIAL (OPEN); TLP:CLEAR"
Draft = Callable[[World], Mapping[str, Any]]

DRAFTS: dict[str, Draft] = {
    "everybody who takes part": lambda _: {},
    "the public": lambda _: {"marking": marking(PUBLIC, "public")},
    "one party's authorities": lambda _: {"marking": marking("TLP:AMBER", "party:EU")},
    "partners of a party": lambda _: {"marking": marking("TLP:AMBER", "partners:EU")},
    "a group": lambda _: {"marking": marking("TLP:AMBER", "group:testers")},
    "nobody else": lambda _: {"marking": marking("TLP:GREEN", "")},
    "a person by name": lambda world: {
        "marking": marking("TLP:RED", f"person:{world.people['eric']}; org:imda")
    },
    "eyes only": lambda world: {
        "marking": marking(
            "TLP:GREEN",
            f"person:{world.people['ida']}; person:{world.people['uma']}",
            eyes_only=True,
        )
    },
    "what needs a second factor": lambda _: {"marking": marking(RESTRICTED, "party:SG")},
    "a part that needs a second factor": lambda _: {
        "sections": [section("High", own=marking(RESTRICTED, "party:SG; party:EU"))]
    },
    "an embargo": lambda _: {"marking": marking(not_before=TOMORROW)},
    "an embargo on a part": lambda _: {
        "sections": [section("Later", own=marking(not_before=TOMORROW)), section("Now")]
    },
    "an embargo on the title": lambda _: {
        "marking": marking(not_before=TOMORROW),
        "summary_marking": marking(),
        "sections": [section("Now", own=marking())],
    },
    "an embargo on what needs a second factor": lambda _: {
        "sections": [section("Later", own=marking(RESTRICTED, "party:SG", not_before=TOMORROW))]
    },
    "parts for different people": lambda _: {
        "summary_marking": marking("TLP:AMBER", "party:SG; org:uni-eu"),
        "fields_marking": marking("TLP:AMBER", "party:SG; org:uni-eu"),
        "sections": [
            section("Ours", own=marking("TLP:AMBER", "")),
            section("For one", own=marking("TLP:AMBER", "org:dtc")),
            section("For all"),
        ],
    },
    "a title for fewer than a section": lambda _: {
        "marking": marking("TLP:AMBER", "org:dtc"),
        "summary_marking": marking("TLP:GREEN", "community"),
        "sections": [section("Open", own=marking(PUBLIC, "public"))],
    },
}


def everyone(groups: tuple[PartReaders, ...]) -> Iterator[tuple[str, Reader, bool]]:
    """Each part with each person shown beside it, and whether only a factor keeps them out."""
    for group in groups:
        for organisation in group.organisations:
            for part in group.parts:
                yield from ((part, reader, False) for reader in organisation.people)
                yield from ((part, reader, True) for reader in organisation.kept_out)


def promised(
    world: World, shown: AudiencePreview, name: str, *, with_factor: bool, later: bool
) -> set[str]:
    """What the preview says that this person will get."""
    if name == "public":
        groups = [g for g in shown.groups if g.public and (later or g.not_before is None)]
        return {part for group in groups for part in group.parts}
    return {
        part
        for part, reader, kept_out in everyone(shown.groups)
        if reader.person == world.people[name]
        and reader.change != "gone"
        and (with_factor or not kept_out)
        and (later or reader.from_at is None)
    }


def check_promises(
    world: World,
    shown: Mapping[str, AudiencePreview],
    record_ids: Mapping[str, RecordId],
    *,
    later: bool,
) -> None:
    """Let everybody read, and compare with what was said of them."""
    for name in [*world.people, "public"]:
        for sure in {MFA, MFA if name in ENROLLED else Assurance.PASSWORD}:
            with_factor = sure is MFA
            said = {
                case: promised(world, one, name, with_factor=with_factor, later=later)
                for case, one in shown.items()
            }
            assert reads(world, record_ids, name, sure) == said, (name, sure)


def test_what_is_previewed_is_what_everybody_gets(world: World) -> None:
    enrol(world, *ENROLLED)
    shown: dict[str, AudiencePreview] = {}
    record_ids: dict[str, RecordId] = {}
    for case, draft in DRAFTS.items():
        made = begin(world, "ida", **draft(world))
        before = preview(world, made.version_id, "ida")
        submit(world, made.version_id)
        shown[case] = preview(world, made.version_id, "iris")
        record_ids[case] = made.record_id
        assert shown[case] == before, case
        check_statement(shown[case], approve(world, made.version_id))
    check_promises(world, shown, record_ids, later=False)
    world.clock.pass_time(timedelta(days=1))
    check_promises(world, shown, record_ids, later=True)


def check_statement(shown: AudiencePreview, decision: DecisionView) -> None:
    """What was signed is the audience that was shown."""
    assert decision.statement["audience"] == {
        "people": shown.total,
        "organisations": shown.counts,
        "people_hash": shown.people_hash_hex,
        "public": shown.public,
    }


def test_another_originators_people_are_in_the_preview(world: World) -> None:
    enrol(world, *ENROLLED)
    made = begin(world, "dana", originator="imda", marking=marking("TLP:GREEN", "org:uni-eu"))
    submit(world, made.version_id, "dana")
    shown = preview(world, made.version_id, "iris")
    assert set(shown.counts) == {"dtc", "imda", "uni-eu"}
    consent(world, made.version_id, "iris")
    with world.owner() as session:
        session.execute(text("UPDATE people SET organisation = 'dtc' WHERE name = 'Ivan'"))
    moved = preview(world, made.version_id, "iris")
    approve(world, made.version_id, "ivan")
    check_promises(world, {"moved": moved}, {"moved": made.record_id}, later=False)


def test_each_part_stands_with_those_that_go_to_the_same_people(world: World) -> None:
    made = begin(world, "ida", **DRAFTS["parts for different people"](world))
    shown = preview(world, made.version_id)
    assert [group.parts for group in shown.groups] == [
        ("Title", "For all"),
        ("Summary", "Details"),
        ("Ours",),
        ("For one",),
    ]
    assert [group.total for group in shown.groups] == [11, 6, 3, 4]
    assert (shown.total, shown.organisation_count) == (11, 6)
    assert shown.groups[1].markings == ("TLP:AMBER",)
    assert shown.groups[1].release_to == "party:SG; org:uni-eu"
    assert sum(one.count for one in shown.groups[0].organisations) == 11


def test_the_hash_of_the_people_tells_one_person_from_another(world: World) -> None:
    made = begin(world, "ida", marking=marking("TLP:AMBER", "org:dg-connect; org:uni-eu"))
    carl = preview(world, made.version_id)
    with world.owner() as session:
        move = text("UPDATE people SET organisation = :organisation WHERE name = :name")
        for name, organisation in (("Carl", "biz-sg"), ("Bo", "dg-connect")):
            session.execute(move, {"name": name, "organisation": organisation})
    bo = preview(world, made.version_id)
    assert bo.counts == carl.counts
    assert bo.people_hash_hex != carl.people_hash_hex


def test_each_reader_stands_with_the_reason(world: World) -> None:
    made = begin(world, "ida", marking=marking("TLP:AMBER", "org:dtc; group:testers"))
    shown = preview(world, made.version_id)
    said = {reader.name: reader.why for _, reader, _ in everyone(shown.groups)}
    policies = world.gate.keeper.current.policies
    assert said["Uma"] == policies["read-released-to-group"].explain
    assert policies["read-released-to-organisation"].explain in said["Dana"]
    assert said["Ida"] == policies["read-own-released"].explain


def test_whom_only_a_second_factor_keeps_out_is_in_no_count(world: World) -> None:
    enrol(world, "iris")
    made = begin(world, "ida", marking=marking(RESTRICTED, "party:SG"))
    (group,) = preview(world, made.version_id).groups
    assert (group.total, group.kept_out_count) == (1, 4)
    imda = next(one for one in group.organisations if one.slug == "imda")
    assert [reader.name for reader in imda.people] == ["Iris"]
    assert [reader.name for reader in imda.kept_out] == ["Ida", "Ines", "Ivan"]
    assert imda.kept_out[0].why == release.audience.NO_SECOND_FACTOR
    assert imda.count == 1


def revise(world: World, record_id: Any, **changes: Any) -> Any:
    """Begin the next version, amended."""
    with world.work() as work:
        actor = world.actor(work, "ida")
        draft = records.revise(work, world.gate, actor, record_id)
        said = draft_input(**changes)
        records.amend(work, world.gate, actor, draft.version_id, said, edition=draft.edition)
        return draft.version_id


def test_who_is_new_and_who_is_gone_against_the_last_release(world: World) -> None:
    made = begin(world, "ida", marking=marking("TLP:AMBER", "org:dtc; org:uni-eu"))
    first = preview(world, made.version_id)
    assert (first.since, first.new_count, first.gone_count) == ("", 0, 0)
    release_it(world, made.version_id)

    version_id = revise(world, made.record_id, marking=marking("TLP:AMBER", "org:dtc; org:biz-sg"))
    second = preview(world, version_id)
    assert (second.since, second.new_count, second.gone_count) == ("the last release", 1, 1)
    (group,) = second.groups
    changes = {r.name: r.change for one in group.organisations for r in one.people}
    assert changes == {"Ida": "", "Iris": "", "Ivan": "", "Dana": "", "Bo": "new", "Uma": "gone"}
    university = next(one for one in group.organisations if one.slug == "uni-eu")
    assert (university.count, university.new_count, university.gone_count) == (0, 0, 1)
    assert "Released to org:biz-sg; org:dtc" in university.people[0].why
    assert (group.new_count, group.gone_count, group.since) == (1, 1, "the last release")
    submit(world, version_id)
    assert preview(world, version_id, "iris") == second
    approve(world, version_id)
    check_changes(world, made.record_id)


def check_changes(world: World, record_id: Any) -> None:
    """The new reader reads the new version; who is gone keeps the one that they had."""
    with world.work() as work:
        new = records.read(work, world.gate, world.actor(work, "bo"), record_id)
        gone = records.read(work, world.gate, world.actor(work, "uma"), record_id)
    assert (new.version_number, gone.version_number) == (2, 1)


def test_a_section_by_a_new_name_hides_no_gain(world: World) -> None:
    narrow = section("Method", own=marking("TLP:AMBER", "org:dtc"))
    made = begin(world, "ida", sections=[narrow])
    release_it(world, made.version_id)
    version_id = revise(world, made.record_id, sections=[section("Methods")])
    shown = preview(world, version_id)
    assert (shown.new_count, shown.gone_count) == (0, 0)  # of the record itself
    (group,) = shown.groups
    assert group.parts == ("Title", "Summary", "Details", "Methods")
    gained = {r.name for one in group.organisations for r in one.people if r.change == "new"}
    assert gained == {"Ines", "Ella", "Emil", "Eric", "Carl", "Uma", "Bo"}


def statements_of_a_preview(world: World, case: str) -> list[str]:
    """What the database is asked for a preview whose visibility is known."""
    made = begin(world, "ida", **DRAFTS[case](world))
    preview(world, made.version_id)
    statements: list[str] = []

    def listen(*seen: Any) -> None:
        statements.append(seen[2])

    event.listen(world.engine, "before_cursor_execute", listen)
    preview(world, made.version_id)
    event.remove(world.engine, "before_cursor_execute", listen)
    return statements


def test_the_database_is_asked_as_often_whatever_the_number_of_parts(world: World) -> None:
    few = statements_of_a_preview(world, "everybody who takes part")
    many = statements_of_a_preview(world, "parts for different people")
    assert len(few) == len(many)
