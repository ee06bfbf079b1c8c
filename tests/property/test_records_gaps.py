"""What each person gets of a version: all that they may see, and gaps exactly where they may."""

from collections.abc import Iterator
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from app import records
from app.access import Action, State, audiences
from app.core.database import Database
from app.core.ids import AudienceId, PortionId, VersionId
from app.records import MarkingInput, PortionView, SectionInput
from app.records.content import hash_of
from app.records.gaps import UNMARKED, with_gaps
from app.records.markdown import Html
from app.records.queries import opened
from tests.records_world import draft_input, marking, permit_for, release
from tests.world import World, make_world

VERSION = VersionId(UUID(int=7))
MARKINGS = (
    None,
    marking("TLP:AMBER", "org:uni-eu"),
    marking("TLP:RED", "org:imda; party:SG"),
    marking("SENSITIVE; TLP:AMBER", "org:eu-ai-office"),
    marking("TLP:GREEN", "group:testers"),
)
READERS = ("ida", "ivan", "carl", "eric", "uma", "ines", "public")


@pytest.fixture(scope="module")
def shared(module_database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = make_world(module_database, tmp_path_factory.mktemp("world"))
    yield made
    made.close()


def view(number: int) -> PortionView:
    return PortionView(
        PortionId(UUID(int=number)), "section", str(number), Html(""), "", (), UNMARKED
    )


def slowly(parts: list[tuple[str, bool, bool]]) -> list[str]:
    """Say part by part what somebody gets: those in sight, one sign for all left out between."""
    got: list[str] = []
    for name, seen, gap in parts:
        if seen:
            got.append(name)
        elif gap and got[-1:] != ["gap"]:
            got.append("gap")
    return got


@given(st.lists(st.tuples(st.booleans(), st.booleans()), max_size=12))
def test_gaps_merge_and_stand_where_something_is_left_out(parts: list[tuple[bool, bool]]) -> None:
    whole = [("0", True, False)] + [(str(n), *one) for n, one in enumerate(parts, 1)]
    shown = [(("section", int(name)), view(int(name))) for name, seen, _ in whole if seen]
    hidden = [("section", int(name)) for name, seen, gap in reversed(whole) if gap and not seen]
    given_out = with_gaps(VERSION, shown, hidden)
    assert [one.heading or one.role for one in given_out] == slowly(whole)
    assert len({one.id for one in given_out}) == len(given_out)


part = st.tuples(st.sampled_from(MARKINGS), st.booleans())


@settings(
    max_examples=4,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
@given(part, part, part, st.lists(part, min_size=2, max_size=6), st.booleans())
def test_everybody_gets_the_version_less_what_they_may_not_see(
    shared: World,
    summary: tuple[MarkingInput | None, bool],
    fields: tuple[MarkingInput | None, bool],
    table: tuple[MarkingInput | None, bool],
    sections: list[tuple[MarkingInput | None, bool]],
    apart: bool,
) -> None:
    command = draft_input(
        kind="evaluation_report",
        fields={"model": "M", "method": "M", "limitations": "L", "results": "a | b\n1 | 2"},
        summary_marking=summary[0],
        summary_gap=summary[1],
        fields_marking=fields[0],
        fields_gap=fields[1],
        tables={"results": {"marking": table[0], "gap": table[1]}} if apart else {},
        sections=[
            SectionInput(heading=f"S{n}", body="Text.", marking=own, gap=gap)
            for n, (own, gap) in enumerate(sections)
        ],
    )
    with shared.work() as work:
        made = records.draft(work, shared.gate, shared.actor(work, "ida"), command)
    release(shared, made.version_id)
    with shared.owner() as session:
        found = opened(session, made.version_id)
    assert found is not None
    version, portions, _ = found
    for name in READERS:
        with shared.work() as work:
            actor = shared.actor(work, name)
            ids = [AudienceId(one.audience_id) for one in portions]
            facts = audiences(work.session, ids)
            current = shared.gate.keeper.current
            decided = current.decide(
                actor.profile, Action.READ, [facts[one] for one in ids], work.now
            )
            expected = slowly(
                [
                    (f"{one.role} {one.heading}".strip(), verdict.allowed, one.gap)
                    for one, verdict in zip(portions, decided, strict=True)
                ]
            )
            if not decided[0].allowed:
                continue
            shown = records.read(work, shared.gate, actor, made.record_id)
        assert [f"{one.role} {one.heading}".strip() for one in shown.portions] == expected, name
    assert version.state is State.RELEASED


def test_the_hash_of_the_content_covers_the_choice(shared: World) -> None:
    hashes = set()
    with shared.work() as work:
        actor = shared.actor(work, "ida")
        made = records.draft(work, shared.gate, actor, draft_input())
    for edition, gap in enumerate((False, True, False), 1):
        with shared.work() as work:
            actor = shared.actor(work, "ida")
            command = draft_input(sections=[SectionInput(heading="Method", body="T", gap=gap)])
            records.amend(work, shared.gate, actor, made.version_id, command, edition=edition)
            permit_for(shared, work, actor, Action.AMEND, made.version_id)
            found = opened(work.session, made.version_id)
            assert found is not None
            version, portions, files = found
            ids = {AudienceId(one.audience_id) for one in portions}
            hashes.add(hash_of(version, portions, files, audiences(work.session, ids)))
    assert len(hashes) == 2
