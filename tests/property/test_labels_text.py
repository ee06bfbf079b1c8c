"""What is printed is read back as the same, and what is read is what was meant."""

from dataclasses import replace
from datetime import UTC
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from app.labels import (
    Entry,
    EntryKind,
    Label,
    Marking,
    PlannedChange,
    UnknownEntry,
    UnknownMarking,
    check_changes,
    combine,
    load_schemes,
    parse_label,
    parse_releasability,
    print_label,
    print_releasability,
)

SCHEMES = load_schemes(Path(__file__).parents[2] / "policies")
ALL = [marking for scheme in SCHEMES.by_id for marking in SCHEMES.markings(scheme)]


def entries_of(kind: EntryKind, pattern: str) -> st.SearchStrategy[Entry]:
    return st.from_regex(pattern, fullmatch=True).map(lambda value: Entry(kind, value))


entries = st.one_of(
    st.just(Entry("public")),
    st.just(Entry("community")),
    entries_of("party", "[A-Z][A-Z0-9-]{0,3}"),
    entries_of("partners", "[A-Z][A-Z0-9-]{0,3}"),
    entries_of("org", "[a-z0-9][a-z0-9_-]{0,8}"),
    entries_of("group", "[a-z0-9][a-z0-9_-]{0,8}"),
    entries_of("person", "[a-z0-9][a-z0-9._@+-]{0,8}"),
)
sets = st.frozensets(entries, max_size=5)
notes = st.text(st.characters(exclude_categories=("Cc", "Cs", "Cf")), max_size=20)
mark_sets = st.lists(st.sampled_from(ALL), min_size=1, unique_by=lambda m: m.scheme).map(tuple)
moments = st.datetimes(timezones=st.just(UTC))
slugs = st.from_regex("[a-z0-9]+(-[a-z0-9]+){0,2}", fullmatch=True).filter(lambda s: len(s) < 60)


@st.composite
def plans(draw: st.DrawFn, markings: tuple[Marking, ...]) -> tuple[PlannedChange, ...]:
    changes: list[PlannedChange] = []
    for at in sorted(draw(st.sets(moments, max_size=3))):
        lower = tuple(
            draw(st.sampled_from([one for one in scheme.markings if scheme.covers(mark, one)]))
            for mark in markings
            for scheme in [SCHEMES.by_id[mark.scheme]]
        )
        if lower != markings:
            changes.append(PlannedChange(at, lower))
            markings = lower
    return tuple(changes)


bare_labels = st.builds(
    Label,
    markings=mark_sets,
    terms=st.frozensets(slugs, max_size=2),
    orcon=st.booleans(),
    eyes_only=st.booleans(),
    view_only=st.booleans(),
    handling=notes,
    releasability=sets,
    not_before=st.none() | moments,
)
labels = bare_labels.flatmap(
    lambda label: plans(label.markings).map(lambda changes: replace(label, changes=changes))
)


@given(sets)
def test_a_releasability_set_is_read_back(entries: frozenset[Entry]) -> None:
    text = print_releasability(entries)
    assert parse_releasability(text) == entries
    assert print_releasability(parse_releasability(text.upper())) == text


@given(entries, entries, entries)
def test_entries_have_one_order(a: Entry, b: Entry, c: Entry) -> None:
    assert (a < b) + (b < a) + (a == b) == 1
    assert not (a < b and b < c) or a < c


@given(labels)
def test_a_label_is_read_back_from_its_line_and_from_storage(label: Label) -> None:
    line = print_label(SCHEMES, label)
    assert parse_label(SCHEMES, line, releasability=label.releasability) == label
    assert Label.from_json(label.to_json()) == label


@settings(max_examples=200)
@given(st.text(max_size=40))
def test_any_text_is_a_marking_or_refused(text: str) -> None:
    try:
        marking = SCHEMES.parse(text)
    except UnknownMarking:
        return
    assert marking in ALL


@given(st.text(max_size=40))
def test_any_text_is_a_releasability_set_or_refused(text: str) -> None:
    try:
        read = parse_releasability(text)
    except UnknownEntry:
        return
    assert parse_releasability(print_releasability(read)) == read


@given(st.sampled_from(ALL), st.data())
def test_case_and_spaces_never_change_what_a_marking_means(
    marking: Marking, data: st.DataObject
) -> None:
    official = SCHEMES.text(marking)
    written = "".join(
        data.draw(st.sampled_from((c.upper(), c.lower()))) + (" " if c in " :/\\" else "")
        for c in official
    )
    assert SCHEMES.parse(f" {written} ") == marking


@given(st.lists(labels, min_size=1, max_size=4))
def test_a_whole_is_at_least_as_strict_as_each_of_its_parts(parts: list[Label]) -> None:
    whole = combine(SCHEMES, parts)
    for part in parts:
        assert whole.orcon or not part.orcon
        assert whole.eyes_only or not part.eyes_only
        assert whole.view_only or not part.view_only
        assert whole.releasability <= part.releasability
        assert part.not_before is None or (
            whole.not_before is not None and whole.not_before >= part.not_before
        )
        assert set(part.handling.split("; ")) <= set(whole.handling.split("; ")) | {""}
        assert whole.terms >= part.terms
        assert SCHEMES.high_water((*whole.markings, *part.markings)) == whole.markings
    assert combine(SCHEMES, [whole, *parts]) == whole


@given(st.lists(labels, min_size=1, max_size=4), st.data())
def test_a_whole_is_marked_at_any_moment_as_its_parts_are_then(
    parts: list[Label], data: st.DataObject
) -> None:
    told = [change.at for part in parts for change in part.changes]
    now = data.draw(moments | st.sampled_from(told) if told else moments)
    then = [part.at(now) for part in parts]

    whole = combine(SCHEMES, parts).at(now)

    assert whole == combine(SCHEMES, then)
    assert all(change.at > now for change in whole.changes)
    check_changes(SCHEMES, whole.markings, whole.changes)
