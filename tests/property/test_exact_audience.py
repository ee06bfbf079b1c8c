"""What is previewed is what everybody gets, and viewing as somebody shows what they get."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from app import records, release
from app.access import Assurance
from app.core.database import Database
from app.core.errors import Invalid, NotFound
from app.core.ids import RecordId
from app.records import ChangeInput, MarkingInput, RecordView, SectionInput
from app.release import AudiencePreview, Reader
from tests.records_world import begin
from tests.release_world import MFA, approve, enrol, preview, state, submit, view_as
from tests.world import World, make_world

ENROLLED = ("ivan", "iris", "dana", "emil")
READERS = ("ida", "iris", "ines", "dana", "emil", "eric", "uma", "bo")
DAY = timedelta(days=1)
TERMS = "data-use-1"
MARKINGS = ("TLP:GREEN", "TLP:AMBER", "RESTRICTED; TLP:AMBER", "TLP:CLEAR", "RESTRICTED")
RELEASED_TO = (
    *("community", "", "party:EU", "org:uni-eu; org:dtc", "group:testers; partners:SG", "public"),
    "person:{uma}; person:{ida}; person:{eric}; person:{iris}",
)
Plan = Mapping[str, Any]

plans = st.fixed_dictionaries(
    {
        "markings": st.sampled_from(MARKINGS),
        "release_to": st.sampled_from(RELEASED_TO),
        "eyes_only": st.sampled_from((False, False, False, True)),
        "terms": st.sampled_from(((), (), (TERMS,))),
        "embargo_days": st.sampled_from((0, 0, 0, 1, 2)),
        "lowered_days": st.sampled_from((0, 0, 1)),
    }
)
parts = st.tuples(st.none() | plans, st.booleans())
drafts = st.tuples(plans, st.none() | plans, parts, parts)
grants = st.dictionaries(st.sampled_from(("uma", "eric", "bo")), st.sampled_from((1, 2)))


@pytest.fixture(scope="module")
def world(module_database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = make_world(module_database, tmp_path_factory.mktemp("exact"))
    enrol(made, *ENROLLED)
    at = {"slug": TERMS, "at": made.clock(), "by": made.people["iris"]}
    with made.owner() as session:
        issue = "INSERT INTO terms VALUES (:slug, 1, 'imda', 'Use', 'As agreed.', :by, :at)"
        session.execute(text(issue), at)
        for name in ("uma", "dana", "carl"):
            accept = "INSERT INTO terms_acceptances VALUES (:person, :slug, 1, :at)"
            session.execute(text(accept), at | {"person": made.people[name]})
    yield made
    made.close()


def marking(world: World, plan: Plan) -> MarkingInput:
    """The marking of a plan, counted from now."""
    now = world.clock()
    embargo, lowered = plan["embargo_days"], plan["lowered_days"]
    lower = plan["markings"].replace("TLP:AMBER", "TLP:GREEN").replace("RESTRICTED", "")
    lower = "; ".join(filter(None, lower.split("; "))) or "OFFICIAL (CLOSED) \\ SENSITIVE NORMAL"
    changes = lowered and lower != plan["markings"] and plan["markings"] != "TLP:CLEAR"
    return MarkingInput(
        markings=plan["markings"],
        release_to=plan["release_to"].format(**world.people),
        eyes_only=plan["eyes_only"],
        terms=plan["terms"],
        not_before=now + embargo * DAY if embargo else None,
        changes=(ChangeInput(at=now + lowered * DAY, to=lower),) if changes else (),
    )


def drafted(world: World, draft: Any) -> records.DraftView:
    """A draft as drawn, if Ida may write under its markings."""
    title, summary, *sections = draft
    try:
        return begin(
            world,
            marking=marking(world, title),
            summary_marking=marking(world, summary) if summary else None,
            sections=[
                SectionInput(
                    heading=f"Section {place}",
                    body="Text.",
                    marking=marking(world, plan) if plan else None,
                    gap=gap,
                )
                for place, (plan, gap) in enumerate(sections)
            ],
        )
    except Invalid:
        assume(False)
        raise


def grant(world: World, record_id: RecordId, given_to: Mapping[str, int]) -> AudiencePreview | None:
    """What is previewed of grants, once they are given; None where Iris may not."""
    shown = None
    for name, days in given_to.items():
        until, people = world.clock() + days * DAY, [world.people[name]]
        try:
            with world.work() as work:
                actor = world.actor(work, "iris", MFA)
                asked = (work, world.gate, actor, record_id, people, until)
                shown = release.exact_audience_of_grant(*asked)
                records.grant(*asked, longest=30 * DAY)
        except NotFound:
            return None
    return shown


def sure_of(name: str) -> Assurance:
    """The surest sign-in that somebody has set up."""
    return MFA if name in ENROLLED else Assurance.PASSWORD


def got(world: World, record_id: RecordId, name: str) -> RecordView | None:
    """What this person gets."""
    with world.work() as work:
        try:
            return records.read(work, world.gate, world.actor(work, name, sure_of(name)), record_id)
        except NotFound:
            return None


def comparable(view: RecordView | None) -> RecordView | None:
    """A view without what only a release, or only the person themselves, puts there."""
    if view is None or not view.portions:
        return None
    lines = tuple(replace(line, released_at=None) for line in view.versions)
    bare: dict[str, Any] = {
        "submitted_at": None,
        "released_at": None,
        "may": frozenset(),
        "versions": lines,
    }
    return replace(view, **bare)


def reads_at(reader: Reader, at: Any) -> bool:
    """Whether a preview says that somebody reads at a moment."""
    if reader.change == "gone" or (reader.from_at and at < reader.from_at):
        return False
    again = reader.again_from is not None and at >= reader.again_from
    return reader.until is None or at < reader.until or again


def promised(world: World, shown: AudiencePreview, name: str) -> set[str]:
    """The parts that a preview says this person reads now."""
    person, found = world.people[name], set[str]()
    for group in shown.groups:
        for home in group.organisations:
            if any(one.person == person and reads_at(one, world.clock()) for one in home.people):
                found.update(group.parts)
    return found


def names_of(view: RecordView | None) -> set[str]:
    """The parts of a view by the names that a preview gives them."""
    named = {"title": "Title", "summary": "Summary", "fields": "Details"}
    seen = view.portions if view else ()
    return {named.get(part.role, part.heading) for part in seen if part.role != "gap"}


def viewed(world: World, made: records.DraftView, name: str) -> tuple[Any, RecordView | None]:
    """When and how this person will see it, as Ida views it before it is released."""
    whom = f"person:{world.people[name]}"
    try:
        told = view_as(world, (made.record_id, made.version_number), "ida", whom)
    except NotFound:
        return None, None
    return told.at, told.seen.record


@given(drafts, grants)
@settings(
    max_examples=8,
    phases=[Phase.generate],
    deadline=None,
    suppress_health_check=[HealthCheck.filter_too_much],
)
def test_everybody_gets_what_was_previewed_and_viewed(
    world: World, draft: Any, given_to: Mapping[str, int]
) -> None:
    made = drafted(world, draft)
    shown = preview(world, made.version_id)
    seen = {name: viewed(world, made, name) for name in READERS}
    submit(world, made.version_id)
    approve(world, made.version_id, "iris")
    if state(world, made.version_id) == "submitted":
        approve(world, made.version_id, "ivan")
    check(world, made.record_id, shown)
    for name, (at, view) in seen.items():
        if at is None:
            assert comparable(view) == comparable(got(world, made.record_id, name)), name
    after = grant(world, made.record_id, given_to)
    for _ in range(3):
        check(world, made.record_id, after or shown)
        for name, (at, view) in seen.items():
            if at == world.clock() and name not in given_to:
                assert comparable(view) == comparable(got(world, made.record_id, name)), name
        world.clock.pass_time(DAY)


def check(world: World, record_id: RecordId, shown: AudiencePreview) -> None:
    """Let everybody read, and compare with what was said of them."""
    for name in READERS:
        assert names_of(got(world, record_id, name)) == promised(world, shown, name), name
