"""A difference loses nothing, invents nothing and calls nothing changed that is not."""

from dataclasses import dataclass
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from app.records.difference import difference, pair_sections


@dataclass(frozen=True)
class Part:
    heading: str
    place: int


TEXTS = st.lists(
    st.sampled_from(["risk", "model", " ", "\n", "安", "全", ".", "\r\n", "\u2028"])
).map("".join)
PARTS = st.lists(st.sampled_from(["Scope", "scope", "Scopes", "Method", ""]), max_size=6).map(
    lambda headings: [Part(heading, place) for place, heading in enumerate(headings)]
)


@settings(max_examples=200, deadline=None)
@given(TEXTS | st.text(), TEXTS | st.text())
def test_what_stayed_went_and_came_makes_up_both_texts(old: str, new: str) -> None:
    changes = difference(old, new)

    assert "".join(change.text for change in changes if change.kind != "added") == old
    assert "".join(change.text for change in changes if change.kind != "removed") == new
    assert all(change.text for change in changes)
    assert all(a.kind != b.kind for a, b in pairwise(changes))


@settings(max_examples=100, deadline=None)
@given(TEXTS)
def test_a_text_does_not_differ_from_itself(text: str) -> None:
    assert {change.kind for change in difference(text, text)} <= {"same"}


@settings(max_examples=200, deadline=None)
@given(PARTS, PARTS)
def test_every_section_stands_in_one_pair(old: list[Part], new: list[Part]) -> None:
    pairs = pair_sections(old, new)

    assert sorted((a for a, _ in pairs if a), key=lambda part: part.place) == old
    assert [b for _, b in pairs if b] == new
    assert (None, None) not in pairs
