"""Search and browse on the real database: languages, places, filters, counts, and no trace."""

import contextlib
import hashlib
from collections import Counter
from datetime import date, timedelta
from itertools import chain
from typing import Any

import pytest
from sqlalchemy import event, text

from app import records
from app.access import Action
from app.core.errors import Invalid
from app.records import Found, RecordLine, Search, finding
from app.records.restrictions import DIMENSIONS
from app.records.search_queries import WAYS
from tests.records_world import (
    begin,
    marking,
    permit_for,
    release,
    released,
    section,
    submit,
    withdraw,
)
from tests.world import World


def find(world: World, name: str = "eric", **asked: object) -> Found:
    with world.work() as work:
        return finding.find(work, world.gate, world.actor(work, name), Search(**asked))


def titles(found: Found) -> list[str]:
    return [line.title for line in found.page.items]


def shown_counts(found: Found) -> dict[str, dict[str, int]]:
    return {
        name: {value.value: value.count for value in values}
        for name, values in found.facets.items()
    }


def hits(line: RecordLine) -> list[str]:
    return [piece for piece, hit in line.summary_snippet if hit]


FIELDS = {
    "research": {"authors": "A. Author", "year": "2026"},
    "trend": {"signals": "Seen.", "confidence": "low"},
}
TEXTS = {
    "en": ("The models were evaluated for safety.", "evaluating model", "evaluated"),
    "fr": ("Les évaluations des systèmes à haut risque.", "évaluation système", "évaluations"),
    "de": (
        "Die Sicherheitsprüfungen wurden abgeschlossen.",
        "sicherheitsprüfung",
        "Sicherheitsprüfungen",
    ),
    "el": ("Η ΑΣΦΆΛΕΙΑ των συστημάτων τεχνητής νοημοσύνης.", "συστήματα νοημοσύνη", "συστημάτων"),
    "ru": ("Безопасность языковых моделей проверена.", "языковая модель", "моделей"),
    "hi": ("कृत्रिम बुद्धिमत्ता की सुरक्षा का मूल्यांकन।", "सुरक्षा", "सुरक्षा"),
    "zh": ("人工智能安全评估报告在新加坡发布。", "安全评估", "安全评估"),
    "ja": ("高リスクなAIシステムの安全性評価を行った。", "安全性", "安全性"),
    "ko": ("인공지능 안전성 평가 보고서를 발표했다.", "안전성 평가", "안전성"),
}


def test_each_language_is_found_by_its_own_words(world: World) -> None:
    made = {
        language: released(world, language=language, title=f"In {language}", summary=body)
        for language, (body, _, _) in TEXTS.items()
    }
    for language, (_, query, hit) in TEXTS.items():
        found = find(world, q=query)
        assert [line.id for line in found.page.items] == [made[language].record_id], language
        assert found.total == 1
        assert hit in hits(found.page.items[0]), language


def test_a_query_is_read_as_a_person_means_it(world: World) -> None:
    released(world, title="One", summary="Red teaming of large models.")
    released(world, title="Two", summary="Teaming up. Red models.")
    released(world, title="Three", summary="Benchmarks of 人工智能安全.")
    assert titles(find(world, q='"red teaming"')) == ["One"]
    assert titles(find(world, q="red teaming")) == ["Two", "One"]
    assert titles(find(world, q="red -large")) == ["Two"]
    assert titles(find(world, q="large OR benchmark")) == ["Three", "One"]
    assert titles(find(world, q="智能")) == ["Three"]
    assert titles(find(world, q="人工安全")) == []  # both words are there, but not so
    assert find(world, q="the").total == 0
    for odd in ("'", '"', "\\", ":*", "a & | !", "%s :q", "<->", "-", "((", "🙂", "-red"):
        find(world, q=odd)


def test_a_portion_is_asked_in_its_own_language_only(world: World) -> None:
    released(world, title="English", summary="A model.")
    released(world, title="Malay", summary="Sebuah model.", language="ms")
    # In English both words are the same, so that one of them excludes the other.
    assert titles(find(world, q="model -models")) == ["Malay"]


def test_the_title_weighs_most_then_the_summary(world: World) -> None:
    rest = {"summary": "Nothing.", "sections": [section("Nothing")]}
    released(world, **rest | {"sections": [section("S", "Watermarks once.")]}, title="Section")
    released(world, **rest | {"summary": "Watermarks once."}, title="Summary")
    released(world, **rest, title="Watermarks")
    released(world, **rest | {"summary": "Of something else."}, title="Else")
    found = find(world, q="watermark", order="relevance")
    assert titles(found) == ["Watermarks", "Summary", "Section"]
    assert found.page.items[0].title_snippet == (("Watermarks", True),)
    assert hits(found.page.items[2]) == ["Watermarks"]


def test_fields_headings_and_references_are_found(world: World) -> None:
    made = released(world, fields={"authors": "Q. Zyzzyva", "year": "2026"})
    other = released(world, sections=[section("Quokkas"), section("See", made.reference)])
    assert [line.id for line in find(world, q="zyzzyva").page.items] == [made.record_id]
    assert hits(find(world, q="zyzzyva").page.items[0]) == ["Zyzzyva"]
    assert [line.id for line in find(world, q="quokka").page.items] == [other.record_id]
    by_reference = find(world, q=f" {made.reference.lower()} ", order="relevance")
    assert [line.id for line in by_reference.page.items] == [made.record_id, other.record_id]


def test_only_the_released_version_is_found(world: World) -> None:
    made = released(world, title="Old words")
    begin(world, title="Old drafts")
    assert titles(find(world, "ida", q="old")) == ["Old words"]
    withdraw(world, made.version_id)
    for name in ("ida", "ivan", "eric"):
        assert find(world, name, q="old").total == find(world, name).total == 0


def test_what_cannot_be_seen_leaves_no_trace(world: World) -> None:
    def ask() -> list[Found]:
        return [
            find(world, q="xenobot"),
            find(world, q="xenobot OR method", order="relevance"),
            find(world, q="method -xenobot", order="relevance"),
            find(world),
            find(world, kind="research"),
        ]

    secret = marking("TLP:GREEN", "org:dtc")
    for number in range(3):
        released(world, title=f"Seen {number}", summary="A method, and its results.")
    before = ask()
    hidden = released(
        world,
        title="Xenobot",
        marking=secret,
        kind="trend",
        fields=FIELDS["trend"],
        summary="A method.",
    )
    assert ask() == before
    assert find(world, q=hidden.reference).total == 0

    partly = released(
        world,
        title="Seen 3",
        summary="A method, and its results.",
        sections=[section("Xenobots", "xenobot " * 50, secret), section("Method")],
    )
    after = ask()
    assert after[0] == before[0]
    assert [found.total for found in after[1:]] == [found.total + 1 for found in before[1:]]
    assert after[2].page.items[0].id == partly.record_id
    line = find(world).page.items[0]
    assert line.banner.text == "TLP:GREEN"
    assert "Xenobot" not in repr(after)
    assert find(world, "dana", q="xenobot").total == 2
    assert len(hits(find(world, "dana", q="xenobot").page.items[0])) > 1


def test_a_line_has_the_banner_of_what_its_reader_sees(world: World) -> None:
    released(world, sections=[section("A", own=marking("TLP:AMBER", "org:dtc"))])
    assert find(world, "eric").page.items[0].banner.text == "TLP:GREEN"
    assert find(world, "dana").page.items[0].banner.text == "TLP:AMBER"


@pytest.mark.parametrize("sparse", [True, False])
@pytest.mark.parametrize("way", WAYS)
def test_what_is_open_to_the_transaction_is_not_shown_for_that(
    world: World, monkeypatch: pytest.MonkeyPatch, sparse: bool, way: str
) -> None:
    monkeypatch.setattr("app.records.counting.Overview.sparse", sparse)
    monkeypatch.setattr("app.records.counting.Overview.way", lambda *_: way)
    hidden = marking("TLP:AMBER", "org:dtc")
    released(world, title="Seen", sections=[section("Results", "Xenobots.", hidden)])
    unseen = released(world, title="Xenobots", marking=hidden)
    for asked in (
        {},
        {"kind": "research"},
        {"q": "xenobots"},
        {"q": "results", "order": "relevance"},
        {"q": unseen.reference},
        {"marking": "TLP:AMBER"},
    ):
        alone = find(world, "eric", **asked)
        with world.work() as work:
            world.gate.scope(work, world.actor(work, "dana"))
            search = Search.model_validate(asked)
            assert finding.find(work, world.gate, world.actor(work, "eric"), search) == alone
        assert "Xenobot" not in repr(alone.page)


def many(world: World, count: int) -> None:
    for number in range(count):
        released(
            world,
            title=f"Paper {number}",
            summary="Paper " * (1 + number % 3),
            kind=("research", "trend")[number % 2],
            fields=FIELDS[("research", "trend")[number % 2]],
            area=("research", "trends", "standardisation")[number % 3],
            language=("en", "fr")[number % 2],
            marking=(marking(), marking("TLP:CLEAR", "public"), marking("TLP:GREEN", "org:dtc"))[
                number % 3
            ],
        )
        world.clock.pass_time(timedelta(days=30))


def walk(world: World, name: str, **asked: object) -> list[list[str]]:
    """All pages from the first to the last, checked against going back."""
    pages: list[list[str]] = []
    backwards: list[list[str]] = []
    cursor = ""
    while True:
        found = find(world, name, cursor=cursor, **asked)
        pages.append(titles(found))
        if found.page.next_cursor is None:
            break
        cursor = found.page.next_cursor
    while found.page.previous_cursor is not None:
        found = find(world, name, cursor=found.page.previous_cursor, **asked)
        backwards.insert(0, titles(found))
    assert backwards == pages[:-1]
    return pages


def test_pages_follow_each_other_and_stay_while_things_are_added(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "PAGE_SIZE", 3)
    many(world, 8)
    newest = [f"Paper {number}" for number in reversed(range(8))]
    assert walk(world, "dana") == [newest[:3], newest[3:6], newest[6:]]
    assert walk(world, "dana", q="paper") == [newest[:3], newest[3:6], newest[6:]]
    best = walk(world, "dana", q="paper", order="relevance")
    assert sorted(chain(*best)) == sorted(newest)
    for_eric = [title for title in newest if title not in ("Paper 2", "Paper 5")]
    assert walk(world, "eric") == [for_eric[:3], for_eric[3:]]

    for asked in ({}, {"q": "paper"}, {"kind": "research"}):
        first = find(world, "dana", **asked)
        rest = titles(find(world, "dana", cursor=first.page.next_cursor, **asked))
        released(world, title="Paper added", summary="Paper")
        second = find(world, "dana", cursor=first.page.next_cursor, **asked)
        assert titles(second)[: len(rest)] == rest
        back = find(world, "dana", cursor=second.page.previous_cursor, **asked)
        assert titles(back) == titles(first)


@pytest.mark.parametrize(
    "cursor", ["x", "W10", "bnVsbA", "WzEsMiwzLDRd", "WyJhZnRlciIsbnVsbCwiMjAyNiIsIngiXQ"]
)
def test_a_damaged_cursor_is_said_to_be_one(world: World, cursor: str) -> None:
    with pytest.raises(Invalid):
        find(world, cursor=cursor)


def test_a_cursor_of_another_order_is_refused(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "PAGE_SIZE", 1)
    many(world, 2)
    cursor = find(world, q="paper").page.next_cursor
    with pytest.raises(Invalid):
        find(world, q="paper", order="relevance", cursor=cursor)


FILTERS: list[dict[str, Any]] = [
    {},
    {"kind": "trend"},
    {"area": "research", "language": "fr"},
    {"year": 2026},
    {"year": 1999},
    {"marking": "TLP:CLEAR"},
    {"marking": "tlp:clear", "kind": "trend"},
    {"originator": "imda", "kind": "research", "area": "trends"},
    {"originator": "dtc"},
    {"from_": date(2026, 5, 1), "to": date(2026, 9, 28)},
    {"from_": date(2026, 5, 1), "kind": "trend", "year": 2026},
]


@pytest.mark.parametrize("query", ["", "paper"])
def test_filters_and_counts_are_those_of_a_slow_count(world: World, query: str) -> None:
    many(world, 12)
    for name in ("dana", "eric", "public"):
        lines = list(find(world, name).page.items)
        for filters in FILTERS:
            found = find(world, name, q=query, **filters)
            kept = [line for line in lines if all(passes(line, *one) for one in filters.items())]
            assert titles(found) == [line.title for line in kept], (name, filters)
            assert found.total == len(kept)
            counts = shown_counts(found)
            assert set(counts) == set(DIMENSIONS)
            for dimension in DIMENSIONS:
                others = [one for one in filters.items() if one[0] != dimension]
                slow = Counter(
                    value_of(line, dimension)
                    for line in lines
                    if all(passes(line, *one) for one in others)
                )
                assert Counter({k: v for k, v in counts[dimension].items() if v}) == slow
            for dimension, value in filters.items():
                if dimension in DIMENSIONS:
                    chosen = [one for one in found.facets[dimension] if one.selected]
                    assert [one.value.upper() for one in chosen] == [str(value).upper()]


def value_of(line: RecordLine, dimension: str) -> str:
    if dimension == "marking":
        return line.banner.text
    if dimension == "year":
        return str(released_on(line).year)
    return str(getattr(line, dimension))


def released_on(line: RecordLine) -> date:
    assert line.released_at is not None
    return line.released_at.date()


def passes(line: RecordLine, name: str, wanted: Any) -> bool:
    if name == "from_":
        return bool(released_on(line) >= wanted)
    if name == "to":
        return bool(released_on(line) <= wanted)
    return value_of(line, name).upper() == str(wanted).upper()


def test_long_portions_are_found_to_their_end(world: World) -> None:
    # Further in than a vector of PostgreSQL can number its words.
    filling = "地" + "震測量" * 6_000
    body = f"{filling}。海洋深处的鲸鱼。" + "a b " * 12_000 + "the closing argument"
    released(world, language="zh", title="Long", sections=[section("All", body)])
    for query in ("深处的鲸", '"closing argument"'):
        found = find(world, q=query)
        assert titles(found) == ["Long"]
        assert hits(found.page.items[0])
    assert find(world, q='"argument closing"').total == 0


def test_what_is_shown_is_on_the_log(world: World) -> None:
    made = released(world, title="Logged")
    find(world, q="logged", kind="research")
    with world.work() as work:
        finding.newest(work, world.gate, world.actor(work, "eric"), limit=5)
    searched, listed = world.entries()[-2:]
    assert searched["type"] == "records.searched"
    with world.work() as work:
        asked = text(
            "SELECT salt, value FROM journal_texts WHERE entry_id = :id AND name = 'query'"
        )
        salt, query = work.session.execute(asked, {"id": searched["id"]}).one()
    assert query == "logged"
    assert searched["details"] == {
        "query_commitment": hashlib.sha256(bytes(salt) + b"logged").hexdigest(),
        "filters": ["kind=research"],
        "shown": [str(made.record_id)],
    }
    assert listed["type"] == "records.listed"
    assert listed["details"]["shown"] == [str(made.record_id)]
    for told in (searched, listed):
        assert (told["decision"], told["organisation"]) == ("allow", "eu-ai-office")


def test_newest_are_few_and_from_a_day_on(world: World) -> None:
    many(world, 4)
    with world.work() as work:
        actor = world.actor(work, "dana")
        shown = finding.newest(work, world.gate, actor, limit=2)
        since = finding.newest(
            work, world.gate, actor, limit=9, since=world.clock() - timedelta(days=90)
        )
    assert [line.title for line in shown] == ["Paper 3", "Paper 2"]
    assert [line.title for line in since] == ["Paper 3", "Paper 2", "Paper 1"]


@pytest.mark.parametrize(
    "asked", [{}, {"q": "paper"}, {"q": "paper", "marking": "TLP:GREEN", "year": 2026}]
)
def test_a_page_costs_a_fixed_number_of_statements(world: World, asked: dict[str, object]) -> None:
    many(world, 5)
    find(world, "dana")
    statements: list[str] = []
    with world.work() as work:
        actor = world.actor(work, "dana")
        event.listen(
            work.session.connection(),
            "before_cursor_execute",
            lambda *arguments: statements.append(arguments[2]),
        )
        finding.find(work, world.gate, actor, Search(**asked))
    assert len(statements) <= 14, "\n".join(statements)


def test_release_makes_a_draft_findable_at_once(world: World) -> None:
    made = begin(world, title="Findable")
    assert find(world, q="findable").total == 0
    release(world, made.version_id)
    assert find(world, q="findable").total == 1


def known(world: World, name: str = "eric") -> tuple[list[str], dict[str, int]]:
    """Titles, and counts by kind, as found where there is nothing to decide, or to write."""
    find(world, name)
    found = find(world, name)
    return titles(found), shown_counts(found)["kind"]


def test_what_is_remembered_is_ones_own_and_never_old(world: World) -> None:
    trend = {"kind": "trend", "fields": FIELDS["trend"]}
    released(world, title="A", marking=marking("TLP:GREEN", "org:dtc"))
    released(world, title="B", marking=marking("TLP:GREEN", "org:eu-ai-office"), **trend)
    assert known(world, "dana") == (["A"], {"research": 1})
    assert known(world) == (["B"], {"trend": 1})

    made = released(world, title="C")
    assert known(world) == (["C", "B"], {"research": 1, "trend": 1})
    withdraw(world, made.version_id)
    assert known(world) == (["B"], {"trend": 1})

    taken_back = begin(world, title="D")
    submit(world, taken_back.version_id)
    with contextlib.suppress(ZeroDivisionError), world.work() as work:
        ivan, eric = world.actor(work, "ivan"), world.actor(work, "eric")
        permit = permit_for(world, work, ivan, Action.APPROVE, taken_back.version_id)
        records.publish(work, world.gate, permit, taken_back.version_id, world.people["ivan"])
        assert titles(finding.find(work, world.gate, eric, Search())) == ["D", "B"]
        raise ZeroDivisionError
    # As many changes as were counted then, and others.
    released(world, title="E", **trend)
    found = find(world)
    assert (titles(found), shown_counts(found)["kind"]) == (["E", "B"], {"trend": 2})
