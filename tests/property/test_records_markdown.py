"""Whatever is written in a portion, what comes out neither runs, loads, styles nor poses."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.records.markdown import plain, render

VECTORS = [
    line
    for line in (Path(__file__).parents[1] / "vectors" / "active_content.txt")
    .read_text()
    .splitlines()
    if not line.startswith("# Ways")
]

HTML_TAGS = set(
    """a abbr b blockquote br cite code dd del details dfn div dl dt em figcaption figure h3 h4 h5
    h6 hr i ins kbd li mark ol p pre q s samp section small span strong sub summary sup table tbody
    td tfoot th thead tr u ul var""".split()  # noqa: SIM905
)
MATHS_TAGS = set(
    """math menclose mfrac mi mmultiscripts mn mo mover mpadded mphantom mprescripts mroot mrow ms
    mspace msqrt mstyle msub msubsup msup mtable mtd mtext mtr munder munderover""".split()  # noqa: SIM905
)
OUR_CLASSES = re.compile(
    r"|math|tex|task|footnotes|footnote-ref|table-scroll|align-(left|center|right)|hl-\w+"
)
LINK = re.compile(r"(https?://|mailto:|#text-)", re.IGNORECASE)
SPEAKS = {"script", "on", "style", "src", "action", "background", "http", "data", "form", "link"}


class Inspector(HTMLParser):
    """An independent reading of the result: every tag and attribute is judged by a list here."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in HTML_TAGS | MATHS_TAGS, tag
        for name, value in attrs:
            self.judge(tag, name, value or "")

    def judge(self, tag: str, name: str, value: str) -> None:
        match name:
            case "href":
                assert tag == "a"
                assert LINK.match(value), value
            case "id":
                assert value.startswith("text-")
            case "class":
                assert all(OUR_CLASSES.fullmatch(each) for each in value.split(" ")), value
            case "rel":
                assert value == "noopener noreferrer nofollow"
            case "tabindex":
                assert (tag in {"pre", "div"}, value) == (True, "0")
            case "colspan" | "rowspan" | "start":
                assert tag in {"td", "th", "ol", "mtd"}
            case _:
                assert tag in MATHS_TAGS, (tag, name)
                assert not any(name.startswith(word) for word in SPEAKS), name

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(decl)

    def handle_pi(self, data: str) -> None:
        raise AssertionError(data)

    def unknown_decl(self, data: str) -> None:
        raise AssertionError(data)


def inspect(html: str) -> None:
    inspector = Inspector(convert_charrefs=True)
    inspector.feed(html)
    inspector.close()


@pytest.mark.parametrize("vector", VECTORS)
@pytest.mark.parametrize("around", ["{}", "text {} text", "> {}", "| a |\n|---|\n| {} |", "$${}$$"])
def test_known_ways_to_be_active_come_to_nothing(vector: str, around: str) -> None:
    inspect(render(around.format(vector)))


FRAGMENTS = st.one_of(
    st.sampled_from(VECTORS),
    st.sampled_from(
        [
            *("<", ">", '"', "'", "`", "&", "/", "\\", "\n", "\n\n", "    ", "\t", "\x00", "\x0c"),
            *("<!--", "-->", "<![CDATA[", "]]>", "<?", "?>", "</", "/>", "=", "&#x3c;", "&lt;"),
            *("[", "](", ")", "![", "[^1]", "[^1]: ", "$", "$$", "```", "~~~", "| ", "|---|", "> "),
            *("<math>", "<mtext>", "<mi>", "</math>", "<svg>", "<style>", "</style>", "<title>"),
            *("<table>", "<td>", "<form>", "<select>", "<p>", "</p>", "<br>", "<a href='", "<img "),
            *("onerror=alert(1)", "href=javascript:alert(1)", "style=x", "class=banner", "id=x"),
        ]
    ),
    st.text(max_size=8),
)


@settings(max_examples=200, deadline=None)
@given(st.lists(FRAGMENTS, max_size=12).map("".join))
def test_no_text_becomes_active(markdown: str) -> None:
    inspect(render(markdown))
    plain(markdown)


@settings(max_examples=100, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
def test_no_formula_becomes_active(tex: str) -> None:
    inspect(render(f"$${tex}$$"))


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.text(st.sampled_from("abcXYZ089éß安전あ"), min_size=1), min_size=1, max_size=6),
    st.sampled_from(["{}", "**{}**", "# {}", "- {}", "> {}", "[{}](https://a.example)", "`{}`"]),
)
def test_plain_text_says_every_word_once(words: list[str], around: str) -> None:
    assert plain("\n\n".join(around.format(word) for word in words)).split() == words
