"""The words of portions of any length, as PostgreSQL keeps them."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from app.records.languages import segment_query
from app.records.words import OVERLAP_WORDS, PIECE_WORDS, pieces, words_expression
from tests.world import World

CJK = "安全性評価人工知能"


def matches(world: World, language: str, body: str, query: str) -> bool:
    asked = func.websearch_to_tsquery("simple", segment_query(query).lower())
    with world.work() as work:
        found = work.session.scalar(select(words_expression(language, body).op("@@")(asked)))
    return bool(found)


def test_pieces_overlap_and_hold_every_word() -> None:
    words = [f"w{number}" for number in range(2 * PIECE_WORDS)]
    cut = pieces(" ".join(words))
    assert len(cut) == 3
    held = [piece.split() for piece in cut]
    assert held[0][-OVERLAP_WORDS:] == held[1][:OVERLAP_WORDS]
    assert held[0] + held[1][OVERLAP_WORDS:] + held[2][OVERLAP_WORDS:] == words
    assert pieces("") == [""]
    assert pieces("A\x00B") == ["a b"]


@pytest.mark.parametrize("at", [0, PIECE_WORDS - 2, PIECE_WORDS, 2 * PIECE_WORDS + 5, 29_990])
def test_a_phrase_is_found_wherever_it_stands(world: World, at: int) -> None:
    words = ["filling"] * 30_000
    words[at : at + 3] = ["over", "the", "rainbow"]
    body = " ".join(words)
    assert matches(world, "ms", body, '"over the rainbow"')
    assert not matches(world, "ms", body, '"rainbow over"')


@pytest.mark.parametrize(
    "body",
    [
        "é" * 500_000,
        "x" * 1_048_576,
        " ".join(f"{number:x}" * 12 for number in range(30_000)),
        "/".join(map(str, range(150_000))),
        "-".join(map(str, range(150_000))),
        "".join(chr(0x4E00 + number * 7919 % 20_000) for number in range(300_000)),
        "\\' '' \\\\ " * 20_000,
        "<a href='x'>" * 50_000,
    ],
    ids=["accents", "one", "hexadecimal", "path", "hyphens", "han", "quotes", "tags"],
)
def test_whatever_is_too_long_is_kept_by_its_beginning(world: World, body: str) -> None:
    with world.work() as work:
        size = work.session.scalar(select(func.pg_column_size(words_expression("en", body))))
    assert size is not None
    assert size <= 2 * 1024 * 1024


def test_any_stretch_of_cjk_is_found_and_nothing_else(world: World) -> None:
    @settings(
        max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None
    )
    @given(body=st.text(CJK, min_size=2, max_size=40), query=st.text(CJK, min_size=2, max_size=5))
    def check(body: str, query: str) -> None:
        assert matches(world, "ja", f"AI{body}。", query) == (query in body)
        assert matches(world, "ja", f"AI{body}。", body[-4:])

    check()
