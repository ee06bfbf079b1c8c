"""Converting says what the file said: literal text stays literal, data keeps every value."""

import json
from collections import Counter

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from app.interop.convert import Document, to_document
from app.interop.writing import cut, fenced, literal
from app.records.markdown import plain, render

LINES = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Zs", "Zl", "Zp"))
    | st.sampled_from("*_`<>[]()#+-=!|~$&^\\:1.")
    | st.just(" "),
    max_size=20,
).map(lambda line: " ".join(line.split()))
WORDS = st.text(st.sampled_from("abcXYZ019"), min_size=1, max_size=6)
VALUES = st.recursive(
    WORDS | st.integers() | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=20,
)


def said(document: Document) -> Counter[str]:
    parts = [f"{section.heading} {plain(section.markdown)}" for section in document.sections]
    return Counter(" ".join(parts).split())


@settings(max_examples=200, deadline=None)
@given(st.lists(LINES.filter(bool), min_size=1, max_size=3))
def test_literal_text_is_shown_as_it_is(lines: list[str]) -> None:
    assert plain(literal("\n".join(lines))) == " ".join(lines)
    assert "<em>" not in render(literal("\n".join(lines)))


@settings(max_examples=100, deadline=None)
@given(st.text(st.sampled_from("`~ab\n"), max_size=20))
def test_no_code_leaves_its_fence(text: str) -> None:
    assert plain(f"{fenced(text)}\n\nafter").endswith("after")
    assert plain(fenced(text)) == plain("\n".join(f"    {line}" for line in text.split("\n"))) or (
        plain(fenced(text)).split() == text.split()
    )


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=40), st.integers(1, 20))
def test_what_is_cut_is_short_enough(text: str, most: int) -> None:
    assert len(cut(text, most)) <= most
    assert cut(text, len(text)) == text


@settings(max_examples=100, deadline=None)
@given(VALUES)
def test_json_and_yaml_keep_every_value(value: object) -> None:
    written = json.dumps(value)
    scalars = json.loads(written, parse_int=str, parse_float=str)
    for media_type, text in (
        ("application/json", written),
        ("application/yaml", yaml.safe_dump(scalars, allow_unicode=True)),
    ):
        document = to_document(text.encode(), media_type=media_type, path="x", title="T")
        if "```" not in document.sections[0].markdown:
            missing = Counter(_scalars(scalars)) - said(document)
            assert not missing, (text, document)


def _scalars(value: object) -> list[str]:
    match value:
        case dict():
            return [word for item in value.values() for word in _scalars(item)]
        case list():
            return [word for item in value for word in _scalars(item)]
        case None | bool():
            return [json.dumps(value)]
        case _:
            return [str(value)]


@settings(max_examples=100, deadline=None)
@given(
    st.text(max_size=200),
    st.sampled_from(["text/markdown", "text/plain", "text/x-rst", "text/html"]),
)
def test_any_text_can_be_converted_and_shown(text: str, media_type: str) -> None:
    data = text.replace("\x00", "").encode("utf-8", "ignore")

    for section in to_document(data, media_type=media_type, path="x").sections:
        render(section.markdown)
