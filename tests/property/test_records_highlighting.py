"""A highlighted stretch is a stretch of the text, and its hits are what was searched for."""

from hypothesis import given, settings
from hypothesis import strategies as st

from app.records.highlighting import highlight

WORDS = st.lists(st.sampled_from(["risk", "Risk", "model", "安全性", "é", "x,", "-"]), max_size=60)


@settings(max_examples=200, deadline=None)
@given(
    WORDS.map(" ".join),
    st.lists(st.sampled_from(["risk", "model", "安全", "zebra", "*", "risk model"]), max_size=4),
    st.integers(5, 80),
)
def test_the_pieces_are_the_text(text: str, terms: list[str], width: int) -> None:
    pieces = highlight(text, terms, width=width)
    whole = "".join(piece.text for piece in pieces)

    assert whole.strip("…") in text
    longest = max((len(piece.text) for piece in pieces if piece.is_hit), default=0)
    assert len(whole) <= max(width, longest) + 2
    for piece in pieces:
        if piece.is_hit:
            assert piece.text.casefold().startswith(("risk", "model", "安全"))
    if any(term in {"risk", "model", "安全"} and term in text.lower() for term in terms):
        assert any(piece.is_hit for piece in pieces)


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=300), st.lists(st.text(max_size=10), max_size=5))
def test_no_text_or_term_breaks_it(text: str, terms: list[str]) -> None:
    highlight(text, terms, width=50)
