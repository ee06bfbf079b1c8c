"""What is printed is read back as the same, and what is read is what was meant."""

from datetime import UTC
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from app.labels import (
    Entry,
    EntryKind,
    Label,
    Marking,
    UnknownEntry,
    UnknownMarking,
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
labels = st.builds(
    Label,
    markings=st.lists(st.sampled_from(ALL), min_size=1, unique_by=lambda m: m.scheme).map(tuple),
    orcon=st.booleans(),
    eyes_only=st.booleans(),
    view_only=st.booleans(),
    handling=notes,
    releasability=sets,
    not_before=st.none() | st.datetimes(timezones=st.just(UTC)),
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
        assert SCHEMES.high_water((*whole.markings, *part.markings)) == whole.markings
    assert combine(SCHEMES, [whole, *parts]) == whole
