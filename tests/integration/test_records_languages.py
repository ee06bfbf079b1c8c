"""PostgreSQL knows every configuration, and finds Chinese, Japanese and Korean by their pairs."""

import pytest
from sqlalchemy import Engine, text

from app.records.languages import LANGUAGES, SIMPLE, segment, segment_query


def test_every_configuration_exists(server: Engine) -> None:
    with server.connect() as connection:
        known = set(connection.execute(text("SELECT cfgname FROM pg_ts_config")).scalars())

    assert set(LANGUAGES.values()) <= known


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("安全性", True),
        ("性評", True),
        ("全安", False),
        ("カナー", True),
        ("ｶﾅｰ", True),
        ("平가", False),
        ("국어", True),
        ("ai安全", True),
        ("AI -安全", False),
        ("AI -安价", True),
        ("安价 OR 評価", True),
        ('"AI 安全性"', True),
        ('"安全性 AI"', False),
        ("𠮷野", True),
    ],
)
def test_runs_are_found_by_any_part_of_them(server: Engine, query: str, found: bool) -> None:
    body = "AI安全性評価(カナー)。한국어의 평가、𠮷野家々"

    with server.connect() as connection:
        answer = connection.execute(
            text(
                "SELECT to_tsvector(CAST(:c AS regconfig), :body)"
                " @@ websearch_to_tsquery(CAST(:c AS regconfig), :query)"
            ),
            {"c": SIMPLE, "body": segment(body), "query": segment_query(query)},
        ).scalar_one()

    assert answer is found
