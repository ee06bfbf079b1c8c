"""How languages are named and configured, and how queries are cut as texts are."""

import pytest

from app.records.languages import (
    LANGUAGES,
    configuration,
    display_name,
    query_terms,
    segment,
    segment_query,
)

OFFICIAL_IN_THE_UNION = "bg cs da de el en es et fi fr ga hr hu it lt lv mt nl pl pt ro sk sl sv"
OFFICIAL_IN_SINGAPORE = "en ms ta zh"


def test_every_official_language_is_known_by_name() -> None:
    for language in f"{OFFICIAL_IN_THE_UNION} {OFFICIAL_IN_SINGAPORE} ja ko ru hi".split():
        assert language in LANGUAGES
        assert display_name(language) != language


def test_names_stand_in_the_reader_s_language() -> None:
    assert (display_name("zh"), display_name("fr", locale="fr")) == ("Chinese", "Français")
    assert (configuration("ta"), configuration("zh"), configuration("xx")) == (
        "tamil",
        "simple",
        "simple",
    )


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("AI安全性の評価", "AI 安全 全性 性の の評 評価"),
        ("猫 と ネコ", "猫 と ネコ"),
        ("한국어 평가", "한국 국어 평가"),
        ("ｶﾀｶﾅ・ＡＩ", "カタ タカ カナ ・AI"),
        ("sûreté, Grüße", "sûreté, Grüße"),
    ],
)
def test_runs_are_cut_into_overlapping_pairs(text: str, cut: str) -> None:
    assert segment(text).split() == cut.split()


@pytest.mark.parametrize(
    ("query", "cut"),
    [
        ("safety -risk OR tool", "safety -risk OR tool"),
        ("安全性", '"安全 全性"'),
        ("-安全性", '-"安全 全性"'),
        ("AI安全 OR 評価", 'AI "安全" OR "評価"'),
        ('"AI 安全性" -"模型 评估"', '"AI 安全 全性" -"模型 评估"'),
        ('"安全性', '"安全 全性"'),
        ("安全 評価", '"安全" "評価"'),
    ],
)
def test_a_query_is_cut_as_the_text_is_and_keeps_its_syntax(query: str, cut: str) -> None:
    assert segment_query(query) == cut


def test_the_terms_of_a_query_leave_out_what_it_excludes() -> None:
    query = 'risk or "model card" -draft -"old text" 安全性 risk "" OR'

    assert query_terms(query) == ["risk", "model card", "安全性"]
