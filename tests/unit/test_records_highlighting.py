"""The stretch of a text that says most of what was searched for, with the hits marked."""

import pytest

from app.records.highlighting import highlight


def hits(text: str, *terms: str) -> list[str]:
    return [piece.text for piece in highlight(text, terms) if piece.is_hit]


@pytest.mark.parametrize(
    ("text", "terms", "found"),
    [
        ("The Policy on policies", ["policy"], ["Policy", "policies"]),
        ("an evaluation", ["evaluations"], ["evaluation"]),
        ("les modèles", ["modele"], ["modèles"]),
        ("η ασφάλεια", ["ΑΣΦΑΛΕΙΑΣ"], ["ασφάλεια"]),
        ("безопасность", ["безопасности"], ["безопасность"]),
        ("यह सुरक्षा नीति है।", ["सुरक्षा"], ["सुरक्षा"]),
        ("人工智能安全性评估", ["安全性"], ["安全性"]),
        ("AI安全とai", ["ai"], ["AI", "ai"]),
        (
            "risk, assessment of a risk assessment",
            ["risk assessment"],
            ["risk, assessment", "risk assessment"],
        ),
        ("unrelated relation", ["relat"], ["relation"]),
        ("a.b (c)", ["(c", "."], ["c"]),
        ("nothing here", ["zebra"], []),
        ("nothing here", [], []),
    ],
)
def test_hits_are_words_that_begin_so(text: str, terms: list[str], found: list[str]) -> None:
    assert hits(text, *terms) == found


def test_the_stretch_has_the_most_different_terms() -> None:
    text = "risk risk risk " + "x " * 200 + "a model of risk " + "y " * 200

    pieces = highlight(text, ["risk", "model"], width=60)

    assert [piece.text for piece in pieces if piece.is_hit] == ["model", "risk"]
    assert pieces[0].text == "…"
    assert pieces[-1].text.endswith("…")
    assert 40 <= len("".join(piece.text for piece in pieces)) <= 62


def test_without_a_hit_it_is_the_beginning() -> None:
    pieces = highlight("one\n two   three four", ["zebra"], width=10)

    assert [(piece.text, piece.is_hit) for piece in pieces] == [("one two…", False)]
