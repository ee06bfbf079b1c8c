"""Changes are shown as people made them: whole words, and sections by their headings."""

from dataclasses import dataclass

from app.records.difference import Change, difference, pair_sections


@dataclass(frozen=True)
class Part:
    heading: str
    body: str = ""


def pairs(old: str, new: str) -> list[tuple[str | None, str | None]]:
    found = pair_sections(
        [Part(h) for h in old.split(",") if h], [Part(h) for h in new.split(",") if h]
    )
    return [(a.heading if a else None, b.heading if b else None) for a, b in found]


def test_words_change_within_lines() -> None:
    assert difference("The quick fox\njumps.\n", "The slow fox\njumps.\nHigh.\n") == [
        Change("same", "The "),
        Change("removed", "quick"),
        Change("added", "slow"),
        Change("same", " fox\njumps.\n"),
        Change("added", "High.\n"),
    ]


def test_a_rewritten_stretch_is_one_change() -> None:
    assert difference("we test it now", "we audit them now") == [
        Change("same", "we "),
        Change("removed", "test it"),
        Change("added", "audit them"),
        Change("same", " now"),
    ]


def test_characters_change_where_no_spaces_are() -> None:
    assert difference("安全性を評価", "安全性と評価") == [
        Change("same", "安全性"),
        Change("removed", "を"),
        Change("added", "と"),
        Change("same", "評価"),
    ]


def test_texts_that_have_nothing_in_common_are_not_compared_for_ever() -> None:
    old = "\n".join("ab"[at * at % 7 % 2] for at in range(50_000))
    new = "\n".join("ab"[at * at % 11 % 2] for at in range(50_000))

    changes = difference(old, new)

    assert "".join(change.text for change in changes if change.kind != "added") == old


def test_sections_pair_by_heading_wherever_they_moved() -> None:
    assert pairs("A,B,C", "C,a,B") == [("C", "C"), ("A", "a"), ("B", "B")]


def test_the_second_of_a_name_pairs_with_the_second() -> None:
    assert pairs("N,N", "N,N,N") == [("N", "N"), ("N", "N"), (None, "N")]


def test_removed_sections_keep_their_place_and_new_ones_have_no_partner() -> None:
    assert pairs("A,B,C", "A,C,D") == [("A", "A"), ("B", None), ("C", "C"), (None, "D")]
    assert pairs("A,B", "") == [("A", None), ("B", None)]


def test_a_reworded_heading_in_the_same_place_is_the_same_section() -> None:
    assert pairs("Scope,Known limits,End", "Scope,Known limitations,End") == [
        ("Scope", "Scope"),
        ("Known limits", "Known limitations"),
        ("End", "End"),
    ]
    assert pairs("Scope,Method", "Scope,Budget") == [
        ("Scope", "Scope"),
        ("Method", None),
        (None, "Budget"),
    ]
