"""What stands in a text of Chinese, Japanese or Korean is found by its pairs as a phrase."""

from hypothesis import given, settings
from hypothesis import strategies as st

from app.records.languages import segment, segment_query

CJK = st.sampled_from("安全性評価模型ァカナーかな々한국어평가𠮷")
OTHER = st.sampled_from("ab ,.!-É·・\n")
TEXTS = st.lists(st.text(CJK, max_size=8) | st.text(OTHER, max_size=4), max_size=8).map("".join)


def found_as_phrase(query: str, text: str) -> bool:
    """The oracle: the words of the one quoted phrase follow each other among those of the text."""
    assert query[0] == query[-1] == '"'
    phrase, words = query[1:-1].split(), text.split()
    return any(words[at : at + len(phrase)] == phrase for at in range(len(words)))


@settings(max_examples=200, deadline=None)
@given(TEXTS, st.text(CJK, min_size=2, max_size=12), TEXTS, st.data())
def test_every_part_of_a_run_is_found(
    before: str, run: str, after: str, data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(run) - 2))
    stop = data.draw(st.integers(start + 2, len(run)))

    assert found_as_phrase(segment_query(run[start:stop]), segment(before + run + after))


@settings(max_examples=200, deadline=None)
@given(st.text(CJK, min_size=2, max_size=5), st.text(CJK, min_size=2, max_size=8))
def test_nothing_is_found_that_does_not_stand_there(part: str, run: str) -> None:
    assert found_as_phrase(segment_query(part), segment(run)) == (part in run)


@settings(max_examples=100, deadline=None)
@given(st.text(OTHER))
def test_other_text_stays_as_it_is(text: str) -> None:
    assert segment(text) == text
