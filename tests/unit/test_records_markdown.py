"""What a portion's Markdown looks like to its readers, and what it says to the search."""

from itertools import pairwise

import pytest

from app.core.errors import TooLarge
from app.records.markdown import LARGEST_BYTES, plain, render


def test_headings_nest_below_the_page_and_leave_no_level_out() -> None:
    html = render("# A\n\n#### B\n\n## C\n\n<h5>D</h5>\n\n# E")

    assert [html[at + 1 : at + 3] for at in range(len(html)) if html[at : at + 2] == "<h"] == [
        "h3",
        "h4",
        "h4",
        "h5",
        "h3",
    ]


def test_ids_and_links_to_them_carry_the_prefix() -> None:
    html = render('## Über *uns*\n\n[up](#über-uns) <a id="x"></a>[x](#x)', prefix="p7-")

    assert '<h3 id="p7-über-uns">' in html
    assert '<a href="#p7-%C3%BCber-uns"' in html
    assert '<a id="p7-x"' in html
    assert '<a href="#p7-x"' in html


def test_headings_of_one_name_have_ids_of_their_own() -> None:
    html = render("# A\n\n# A\n\n# A")

    assert ['id="text-a"' in html, 'id="text-a-1"' in html, 'id="text-a-2"' in html] == [True] * 3


def test_links_open_without_telling_where_the_reader_came_from() -> None:
    assert render("[x](https://a.example)") == (
        '<p><a href="https://a.example" rel="noopener noreferrer nofollow">x</a></p>\n'
    )


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("![a chart](https://a.example/c.png)", '<a href="https://a.example/c.png" rel'),
        ('<img src="https://a.example/c.png" alt="a chart">', '<a href="https://a.example/c.png"'),
        ("![a chart](figures/c.png)", "<p>a chart</p>"),
        ("![](figures/c.png)", "<p>image</p>"),
        ("[![a chart](https://a.example/c.png)](https://b.example)", '<a href="https://b.example"'),
        ('<a href="https://b.example"><img alt="c" src="https://a.example/c.png"></a>', ">c</a>"),
        ("[the guide](../guide.md)", "<p>the guide</p>"),
    ],
)
def test_nothing_is_fetched_and_no_link_leads_nowhere(written: str, shown: str) -> None:
    html = render(written)

    assert shown in html
    assert "<img" not in html
    assert html.count("<a ") <= 1


def test_a_table_aligns_by_class_and_its_empty_header_is_no_header() -> None:
    html = render("| | n |\n|--|--:|\n| a | 1 |")

    assert '<div class="table-scroll" tabindex="0"><table>' in html
    assert '<td></td>\n<th class="align-right">n</th>' in html
    assert '<td class="align-right">1</td>' in html
    assert "style" not in html


def test_mathematics_is_mathml_and_money_is_money() -> None:
    html = render("$a<b$ costs $5 or $10\n\n$$\n\\frac{1}{2}\n$$")

    assert '<math display="inline"><mrow><mi>a</mi><mo>&lt;</mo><mi>b</mi></mrow></math>' in html
    assert "costs $5 or $10" in html
    assert '<math display="block"><mrow><mfrac>' in html


@pytest.mark.parametrize(
    "tex",
    [
        r"\frac{1}",
        r"\left(",
        r"a^b^c",
        "{" * 3_000,
        "x" * 5_000,
        r"\def\a{xx}\a",
        r"\newcommand{\a}{xx}\a",
    ],
)
def test_a_formula_that_cannot_be_converted_shows_its_source(tex: str) -> None:
    html = render(f"$$\n{tex}\n$$")

    assert '<code class="tex">' in html or "<math" in html
    assert "newcommand" not in tex or f'<code class="tex">{tex}</code>' in html


def test_definitions_in_a_formula_cannot_grow_without_end() -> None:
    doubling = "".join(rf"\def\{b}{{\{a}\{a}}}" for a, b in pairwise("abcdefghijkl"))

    assert '<code class="tex">' in render(rf"$$\def\a{{xx}}{doubling}\l$$")


def test_code_is_coloured_by_classes() -> None:
    html = render('```python\nreturn "<b>"\n```\n\n```unheard-of\n<b>\n```')

    assert '<span class="hl-k">return</span>' in html
    assert "&lt;b&gt;" in html
    assert '<pre tabindex="0">' in html


def test_tasks_footnotes_and_strikethrough() -> None:
    html = render("- [ ] open\n- [x] done\n\nSee[^a] ~~this~~.\n\n[^a]: The note.")

    assert '<li class="task">☐ open</li>' in html
    assert '<li class="task">☑ done</li>' in html
    assert '<sup class="footnote-ref"><a href="#text-fn1" id="text-fnref1"' in html
    assert '<section class="footnotes">' in html
    assert "<s>this</s>" in html


def test_a_document_cannot_dress_as_the_page() -> None:
    html = render('<div class="marking-banner table-scroll" id="main">TLP:CLEAR</div>')

    assert "marking-banner" not in html
    assert 'id="main"' not in html


def test_what_begins_with_a_rule_is_not_taken_for_front_matter() -> None:
    assert "said" in render("---\nsaid: aloud\n---\n\nText")
    assert plain("---\nsaid: aloud\n---\n\nText") == "said: aloud\nText"


def test_elements_too_deep_to_clean_are_shown_as_text() -> None:
    html = render("<div>" * 50_000)

    assert "<div" not in html
    assert html.count("&lt;div&gt;") == 50_000


def test_too_large_a_text_is_refused() -> None:
    render("a" * LARGEST_BYTES)
    for refused in (render, plain):
        with pytest.raises(TooLarge):
            refused("é" * (LARGEST_BYTES // 2) + "a")


def test_plain_text_has_the_words_and_no_markup() -> None:
    text = plain(
        "# A *b* `c`\n\nd [e](https://x.example) ![f](g.png)<br>h &amp; <b>i</b>\nj\n\n"
        "| k | l |\n|--|--|\n| m | n |\n\n```python\no = 1\n```\n\n$p^2$ q[^1]\n\n"
        "<p align='center'>r<img src='s.png' alt='t'></p>\n\n[^1]: u"
    )

    assert text == "A b c\nd e f h & i j\nk\tl\nm\tn\no = 1\np^2 q\nrt\nu"
