"""Files of every format become sections; what is wrong with a file is said."""

import json

import pytest

from app.core.errors import Invalid, TooLarge
from app.interop.convert import LARGEST_BYTES, Document, is_binary, to_document
from app.interop.document import SECTION_CHARACTERS


def converted(text: str, media_type: str = "text/markdown", title: str = "T") -> Document:
    return to_document(text.encode(), media_type=media_type, path="a/b.x", title=title)


def sections(document: Document) -> list[tuple[str, str]]:
    return [(section.heading, section.markdown) for section in document.sections]


def test_markdown_is_split_at_headings_of_level_one_and_two() -> None:
    document = converted(
        "before\n\n# One `c`\n\ntext\n\n### deep\n\nmore\n\nTwo\n---\n\n"
        "```\n# no heading\n```\n\n> # nor this\n"
    )

    assert sections(document) == [
        ("", "before"),
        ("One c", "text\n\n### deep\n\nmore"),
        ("Two", "```\n# no heading\n```\n\n> # nor this"),
    ]


def test_the_heading_that_is_the_title_is_not_said_again() -> None:
    assert sections(converted("# T\n\ntext\n\n## Next")) == [("", "text"), ("Next", "")]


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ('---\ntitle: "From: the front"\nlayout: x\n---\n# Heading\n', "From: the front"),
        ("text\n\n# The *heading*\n\n# Other", "The heading"),
        ("## Lower only", "b"),
        ("", "b"),
    ],
)
def test_a_title_is_found_where_none_is_given(text: str, title: str) -> None:
    assert converted(text, title="").title == title


def test_the_summary_is_the_first_paragraph_that_says_something() -> None:
    text = (
        "# T\n\n[![b](https://x.example/b)](https://x.example)\n\n<p>raw</p>\n\nIt *says* `this`.\n"
    )

    assert converted(text).summary == "It says this."
    assert len(converted("word " * 500).summary) <= 600
    assert converted("word " * 500).summary.endswith("word…")


def test_definitions_go_where_they_are_used() -> None:
    document = converted(
        "## A\n\n[x][r] and[^n]\n\n## B [^m]\n\n[r]: https://x.example\n[^n]: N\n[^m]: M"
    )

    assert sections(document) == [
        ("A", "[x][r] and[^n]\n\n[r]: https://x.example\n\n[^n]: N"),
        ("B", "[^m]\n\n[r]: https://x.example\n[^n]: N\n[^m]: M"),
    ]


def test_a_long_section_is_divided_between_paragraphs_and_code_stays_code() -> None:
    paragraph = "word " * 5_000
    code = "line of code\n" * 10_000
    document = converted(
        f"## A\n\n{paragraph}\n\n{paragraph}\n\n" * 3 + f"## B\n\n```py\n{code}```\n"
    )

    assert [section.heading for section in document.sections] == ["A"] * 3 + ["B", "B (2)"]
    first, second = document.sections[-2:]
    assert first.markdown.startswith("```py\nline") and first.markdown.endswith("code\n```")
    assert second.markdown.startswith("```py\nline") and second.markdown.endswith("code\n```")
    assert all(len(section.markdown) <= SECTION_CHARACTERS + 10 for section in document.sections)


def test_paragraphs_that_fit_stay_together() -> None:
    document = converted("## A\n\n" + ("word " * 9_000 + "\n\n") * 5)

    assert [section.heading for section in document.sections] == ["A", "A (2)", "A (3)"]


def test_plain_text_says_what_it_said() -> None:
    document = converted("# no heading\n* no list\n1. nor this\n\na   b\nc   d\n", "text/plain")

    assert sections(document) == [
        ("", "\\# no heading\n\\* no list\n1\\. nor this\n\n```\na   b\nc   d\n```")
    ]


def test_html_is_sanitised_and_keeps_its_tables() -> None:
    page = (
        "<title>Page</title><script>x()</script><h1>H</h1><p onclick=x>a <b>b</b> | $5"
        "<table><tr><th>k</th></tr><tr><td>v</td></tr></table>"
        "<table><tr><td colspan=2>w</td></tr><tr><td>x</td><td>y</td></tr></table>"
        "<pre><code class='language-py'>```\n  z</code></pre>"
    )
    document = converted(page, "text/html; charset=utf-8", title="")

    assert document.title == "Page"
    assert document.sections[0].heading == "H"
    body = document.sections[0].markdown
    assert body.startswith("a **b** \\| \\$5\n\n| k |\n| --- |\n| v |\n\n<table>")
    assert '<td colspan="2">w</td>' in body
    assert body.endswith("````py\n```\n  z\n````")
    assert "x()" not in body and "onclick" not in body


def test_restructured_text_keeps_what_it_does_not_know() -> None:
    text = (
        "Title\n=====\n\nSee :doc:`the guide` and ``code`` and :math:`x^2`.\n\n"
        ".. automodule:: a.b\n   :members:\n\n.. include:: /etc/passwd\n\n"
        ".. code-block:: python\n\n   x = 1\n\n"
        ".. raw:: html\n\n   <script>y()</script>\n"
    )
    (section,) = converted(text, "text/x-rst").sections

    assert section.heading == "Title"
    assert "See the guide and `code` and $x^2$." in section.markdown
    assert ".. automodule:: a.b" in section.markdown
    assert ".. include:: /etc/passwd" in section.markdown and "root:" not in section.markdown
    assert "```python\nx = 1\n```" in section.markdown
    assert "```\n.. raw:: html" in section.markdown


YAML = """\
&anchor
id: 007
on: yes
date: 2024-01-02
summary: |
  Two
  lines
tags: [a, "b*"]
rows:
- {x: 1, y: <i>}
- {x: 1.10, y: 'q|r'}
nested: {a: {b: [c]}}
none: []
"""


def test_yaml_is_shown_as_it_was_written() -> None:
    assert sections(converted(YAML, "application/yaml")) == [
        ("", "- **id**: 007\n- **on**: yes\n- **date**: 2024-01-02"),
        ("summary", "Two\nlines"),
        ("tags", "- a\n- b\\*"),
        ("rows", "| x | y |\n| --- | --- |\n| 1 | \\<i\\> |\n| 1.10 | q\\|r |"),
        ("nested", "- **a**:\n\n  - **b**:\n\n    - c"),
        ("none", "—"),
    ]
    assert converted(YAML, "application/yaml").summary == "Two lines"


def test_json_keeps_keys_that_occur_twice_and_numbers_as_written() -> None:
    document = converted(
        '[{"name": "N", "v": 1.50, "v": null}, {"w": "\\ud800\\u0000"}]', "application/json"
    )

    assert sections(document) == [
        ("N", "- **name**: N\n- **v**: 1.50\n- **v**: null"),
        ("2", "- **w**: \ufffd\ufffd"),
    ]


@pytest.mark.parametrize(
    ("media_type", "text"),
    [
        ("application/json", "[" * 20 + "]" * 20),
        ("application/json", "[" * 100_000 + "]" * 100_000),
        (
            "application/yaml",
            "a: &a [x, x, x]\n"
            + "".join(
                f"{c}: &{c} [*{b}, *{b}, *{b}, *{b}, *{b}]\n"
                for b, c in zip("abcdefgh", "bcdefghi", strict=True)
            ),
        ),
        ("application/yaml", "a: &a\n  b: *a\n"),
        ("application/yaml", "? [a, b]\n: c\n"),
    ],
)
def test_what_is_nested_too_deep_stays_as_it_is(media_type: str, text: str) -> None:
    document = converted(text, media_type)

    assert document.sections[0].markdown.startswith("```")
    assert "".join(section.markdown for section in document.sections).count("[") == text.count("[")


def test_tags_in_yaml_make_no_objects() -> None:
    document = converted("a: !!python/object/apply:os.system ['echo 1']\n", "application/yaml")

    assert sections(document) == [("a", "- echo 1")]


def test_a_notebook_is_text_code_and_results() -> None:
    cells = [
        {"cell_type": "markdown", "source": ["# N\n", "text"]},
        {
            "cell_type": "code",
            "source": "print(1)",
            "outputs": [
                {"output_type": "stream", "text": ["1\n"]},
                {
                    "output_type": "display_data",
                    "data": {"image/png": "AAAA", "text/plain": "<Fig>"},
                },
                {
                    "output_type": "execute_result",
                    "data": {"text/html": "<b>h</b><script>x</script>"},
                },
                {"output_type": "error", "traceback": ["\x1b[31mBad\x1b[0m"]},
            ],
        },
        {"cell_type": "raw", "source": "raw"},
    ]
    notebook = {"cells": cells, "metadata": {"kernelspec": {"language": "R"}}}
    (section,) = converted(json.dumps(notebook), "application/x-ipynb+json", title="N").sections

    assert section.markdown == (
        "text\n\n```r\nprint(1)\n```\n\n```text\n1\n```\n\n```text\n<Fig>\n```\n\n"
        "*(An image among the results was left out.)*\n\n**h**\n\n"
        "```text\nBad\n```\n\n```\nraw\n```"
    )


@pytest.mark.parametrize(
    ("media_type", "data", "said"),
    [
        ("text/plain", b"caf\xe9", "byte 4 (0xe9)"),
        ("text/plain", "x".encode("utf-16"), "byte 1 (0xff)"),
        ("text/markdown", b"a\x00b", "character 2 is NUL"),
        ("application/json", b'{"a":\n}', "line 2"),
        ("application/yaml", b"a: b\n c: [", "line 2"),
        ("application/x-ipynb+json", b"{}", "no cells"),
        ("application/x-ipynb+json", b"[1]", "no cells"),
        ("application/x-ipynb+json", b"no", "cannot be read"),
        ("text/html", b"<div>" * 1_000, "nested too deeply"),
        ("application/pdf", b"%PDF", "Attach it as a file"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(media_type: str, data: bytes, said: str) -> None:
    with pytest.raises(Invalid) as refusal:
        to_document(data, media_type=media_type, path="x")

    assert said in refusal.value.detail


def test_too_large_a_file_is_refused() -> None:
    with pytest.raises(TooLarge):
        to_document(b"a" * (LARGEST_BYTES + 1), media_type="text/plain", path="x")


def test_a_byte_order_mark_is_no_text() -> None:
    document = to_document(b"\xef\xbb\xbf# A\r\n\r\nb\r\n", media_type="text/markdown", path="x")

    assert (document.title, sections(document)) == ("A", [("", "b")])


def test_what_is_not_text_is_an_attachment() -> None:
    assert [is_binary(each) for each in ("application/pdf", "image/png", "text/csv")] == [True] * 3
    assert not is_binary("Text/Markdown; charset=utf-8")
