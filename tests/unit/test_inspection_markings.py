"""Markings in files: where a word is one, what only speaks of it, and what is a mismatch."""

import io
from pathlib import Path
from typing import Final

import pytest

from app.inspection import Finding, Marked, Passage, Report, mismatches
from app.inspection.looking import passages_of
from app.inspection.marking_finder import find_markings
from app.labels import load_schemes, parse_label
from tests.crafted_office import Crafted, W, excel, opendocument, paragraph, shape, slides, word

SCHEMES: Final = load_schemes(Path(__file__).parents[2] / "policies")
# Enough lines before a text that its own are not the first of the file.
BEGINNING: Final = Passage("Beginning", None, "words\n" * 9)


def found(text: str, place: str = "Section “A”", *, page: int | None = None) -> list[str]:
    marked = find_markings("file.txt", [BEGINNING, Passage(place, page, text)], SCHEMES)
    return [f"{one.marking}{' mentioned' if one.mention else ''}" for one in marked]


RESTRICTED, SECRET = "sg:restricted:non-sensitive", "sg:secret:non-sensitive"


@pytest.mark.parametrize(
    ("line", "marking"),
    [
        ("This is TLP:RED, so beware", "tlp:red"),
        ("tlp:amber+strict", "tlp:amber-strict"),
        ("TLP AMBER STRICT", "tlp:amber-strict"),
        ("TLP:\u200bR\u00adED", "tlp:red"),
        ("ＴＬＰ：ＲＥＤ", "tlp:red"),
        ("RESTRICTED", RESTRICTED),
        ("**RESTRICTED**", RESTRICTED),
        ("- RESTRICTED -", RESTRICTED),
        ("R E S T R I C T E D", RESTRICTED),
        ("RESTRICTED   Page 3 of 9", RESTRICTED),
        ("Classification: Restricted", RESTRICTED),
        ("(RESTRICTED) The talks went on.", RESTRICTED),
        ("R-UE/EU-R", "eu:restreint"),
        ("RESTREINT UE/EU RESTRICTED", "eu:restreint"),
        ("TRÈS SECRET UE/EU TOP SECRET", "eu:tres-secret"),
        ("SENSITIVE – SPECIAL HANDLING", "eu:special-handling"),
        ("OFFICIAL (CLOSED) \\ SENSITIVE NORMAL", "sg:official-closed:sensitive-normal"),
        ("OFFICIAL (CLOSED) // SENSITIVE HIGH", "sg:official-closed:sensitive-high"),
    ],
)
def test_a_marking_is_found_as_it_is_written(line: str, marking: str) -> None:
    assert found(f"words before\n{line}\nwords after") == [marking]


def test_a_banner_bears_all_its_markings() -> None:
    line = "SENSITIVE // TLP:AMBER // ORCON // REL TO party:SG"
    assert sorted(found(line)) == ["eu:sensitive", "tlp:amber"]


@pytest.mark.parametrize(
    "line",
    [
        "access is restricted to the team",
        "confidential computing",
        "SECRET KEY",
        "CONFIDENTIAL COMPUTING SUMMIT",
        "Secret",
        "- SECRET",
        "1. CONFIDENTIAL",
        '"CONFIDENTIAL",',
        "SECRET_KEY=abc",
        "TLP: red teaming",
        "SECRET, CONFIDENTIAL, RESTRICTED",
        "API_KEY | SECRET",
        "| `CONFIDENTIAL` | Only for the team |",
        "Keep it secret - keep it safe",
        "THE TOP SECRET OF GOOD COOKING",
    ],
)
def test_ordinary_words_are_no_marking(line: str) -> None:
    assert found(f"words before\n{line}\nwords after") == []


@pytest.mark.parametrize(
    "place", ["Header of section 1", "Footer", "Watermark in Header", "Property “keywords”"]
)
def test_in_a_header_a_word_is_a_marking_however_it_is_written(place: str) -> None:
    assert found("Acme | Restricted | 3", place) == [RESTRICTED]
    assert found("restricted", place) == [RESTRICTED]
    assert found("Restricted areas", place) == []


@pytest.mark.parametrize(
    ("name", "markings"),
    [
        ("report_TLP-RED_2.pdf", ["tlp:red"]),
        ("Minutes (RESTRICTED).docx", [RESTRICTED]),
        ("RESTRICTED - plan.docx", [RESTRICTED]),
        ("plan_RESTRICTED.docx", [RESTRICTED]),
        ("SECRET.txt", [SECRET]),
        ("secret_plan.txt", []),
        ("my SECRET KEY.txt", []),
        ("RESTREINT UE-EU RESTRICTED.pdf", ["eu:restreint"]),
        ("SECRET KEY.txt", []),
        ("restricted.txt", []),
    ],
)
def test_a_name_bears_markings(name: str, markings: list[str]) -> None:
    assert [one.marking for one in find_markings(name, [], SCHEMES)] == markings


def test_the_first_lines_bear_a_marking_in_any_case() -> None:
    passage = Passage("Beginning", None, "Report\nRestricted\nwords")
    assert [one.marking for one in find_markings("a", [passage], SCHEMES)] == [RESTRICTED]


def test_a_text_about_markings_mentions_them_but_its_banner_counts() -> None:
    about = "TLP:RED is for names.\nTLP:AMBER is for some.\nTLP:GREEN is for many."
    mentioned = ["tlp:red mentioned", "tlp:amber mentioned", "tlp:green mentioned"]
    assert found(about) == mentioned

    passages = [
        BEGINNING,
        Passage("Header of section 1", None, "TLP:AMBER"),
        Passage("x", None, about),
    ]
    marked = find_markings("a", passages, SCHEMES)
    assert [one.marking for one in marked if not one.mention] == ["tlp:amber"]
    assert found("Papers marked RESTREINT UE/EU RESTRICTED are kept in a safe.") == [
        "eu:restreint mentioned"
    ]


def test_heads_and_feet_of_pages_count_where_they_return() -> None:
    text = "{}\n" + "words\n" * 8 + "TLP:GREEN, TLP:AMBER or TLP:CLEAR\n" + "words\n" * 8
    pages = [Passage(f"Page {n}", n, text.format("TLP:RED")) for n in (3, 4)]
    firm = [
        one.marking for one in find_markings("a", [BEGINNING, *pages], SCHEMES) if not one.mention
    ]
    assert firm == ["tlp:red", "tlp:red"]


MADE: Final = {
    "Footer of section 1": word(section='<w:footerReference r:id="rIdX"/>')
    .part("word/f.xml", f"<w:ftr {W}>{paragraph('Restricted')}</w:ftr>")
    .lead("word/document.xml", "word/f.xml", "footer", known_as="rIdX"),
    "Watermark in Header of section 1": word(section='<w:headerReference r:id="rIdX"/>')
    .part("word/h.xml", f'<w:hdr {W}><w:p><v:textpath string="Restricted"/></w:p></w:hdr>')
    .lead("word/document.xml", "word/h.xml", "header", known_as="rIdX"),
    "Property “custom: MSIP_Label_x_Name”": word()
    .part(
        "docProps/custom.xml",
        '<P><property name="MSIP_Label_x_Name"><v>Restricted</v></property></P>',
    )
    .lead("", "docProps/custom.xml", "custom-properties"),
    "Property “Confidentiality label”": word()
    .part(
        "customXml/item1.xml",
        '<s:l xmlns:s="urn:nato:stanag:4774:confidentialitymetadatalabel:1:0">'
        "<s:Classification>Restricted</s:Classification></s:l>",
    )
    .lead("word/document.xml", "customXml/item1.xml", "customXml"),
    "Header of sheet “Budget”": excel(
        after="<headerFooter><oddHeader>&amp;L&amp;12Restricted&amp;R&amp;P</oddHeader>"
        "</headerFooter>"
    ),
    "Footer of slide 1": slides(shape("Restricted", kind="ftr")),
}


@pytest.mark.parametrize(("place", "made"), MADE.items(), ids=MADE.keys())
def test_markings_are_found_where_documents_bear_them(place: str, made: Crafted) -> None:
    passages = [*passages_of(io.BytesIO(made.bytes()), "file")]
    marked = find_markings("file", passages, SCHEMES)
    assert (RESTRICTED, place) in [(one.marking, one.place) for one in marked]


def test_headers_of_opendocument_bear_markings() -> None:
    header = "<s:x xmlns:s='s'><s:header><s:p>Restricted</s:p></s:header></s:x>"
    content = opendocument("text", "", parts=[("styles.xml", header)])
    marked = find_markings("f", passages_of(io.BytesIO(content), "f"), SCHEMES)
    assert [(one.marking, one.place) for one in marked] == [(RESTRICTED, "Header of the pages")]


def judged(marking: str, label: str, *, mention: bool = False) -> tuple[Finding, ...]:
    marked = Marked(SCHEMES.parse(marking).key, "Header", 1, marking, mention)
    report = Report("text/plain", markings=(marked,))
    return mismatches(report, parse_label(SCHEMES, label), SCHEMES)


@pytest.mark.parametrize(
    ("marking", "label"),
    [
        ("TLP:RED", "TLP:AMBER"),
        ("TLP:AMBER+STRICT", "TLP:AMBER"),
        ("TLP:RED", "SENSITIVE"),
        ("TLP:AMBER", "RESTRICTED"),
        ("RESTRICTED", "OFFICIAL (CLOSED) \\ SENSITIVE HIGH"),
        ("RESTRICTED \\ SENSITIVE HIGH", "RESTRICTED"),
        ("RESTREINT UE/EU RESTRICTED", "OFFICIAL (CLOSED) \\ SENSITIVE NORMAL"),
        ("OFFICIAL (CLOSED) \\ SENSITIVE HIGH", "SENSITIVE; TLP:RED"),
        ("SENSITIVE", "TLP:RED"),
    ],
)
def test_a_file_that_says_more_than_its_label_blocks(marking: str, label: str) -> None:
    (finding,) = judged(marking, label)
    assert (finding.kind, finding.place, finding.page) == ("marking-mismatch", "Header", 1)
    assert finding.blocking
    assert SCHEMES.text(SCHEMES.parse(marking)) in finding.excerpt


@pytest.mark.parametrize(
    ("marking", "label"),
    [
        ("TLP:AMBER", "TLP:AMBER"),
        ("TLP:AMBER", "TLP:RED; SENSITIVE"),
        ("TLP:CLEAR", "SENSITIVE"),
        ("PUBLIC", "TLP:RED"),
        ("SENSITIVE", "SENSITIVE: SPECIAL HANDLING"),
        ("RESTREINT UE/EU RESTRICTED", "RESTRICTED \\ SENSITIVE HIGH"),
        ("RESTRICTED", "RESTRICTED \\ SENSITIVE HIGH"),
        ("OFFICIAL (CLOSED) \\ SENSITIVE NORMAL", "SENSITIVE; TLP:AMBER"),
    ],
)
def test_a_file_that_says_no_more_than_its_label_is_no_finding(marking: str, label: str) -> None:
    assert judged(marking, label) == ()


def test_what_is_only_mentioned_is_a_note() -> None:
    (finding,) = judged("TLP:RED", "TLP:AMBER", mention=True)
    assert finding.kind == "marking-mentioned"
    assert not finding.blocking


def test_a_marking_that_nobody_knows_any_more_blocks() -> None:
    report = Report("text/plain", markings=(Marked("old:level", "Header", None, "OLD"),))
    (finding,) = mismatches(report, parse_label(SCHEMES, "TLP:RED"), SCHEMES)
    assert finding.kind == "marking-mismatch"
