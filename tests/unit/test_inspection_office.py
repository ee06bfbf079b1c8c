"""Office documents: each hiding place is found where it is, and is gone from the cleaned copy."""

import io
import zipfile
from typing import Final, NamedTuple

import pytest

from app.inspection.findings import KINDS
from app.inspection.formats import ooxml
from app.inspection.formats.package import Package
from app.inspection.looking import Notes, look_at, passages_of
from app.inspection.report import Finding
from tests.crafted_office import (
    HIDDEN,
    SHOWN,
    Crafted,
    P,
    W,
    X,
    cell,
    excel,
    paragraph,
    pixel,
    shape,
    slides,
    word,
)

OFFICE = "officeDocument/2006/relationships}"
MAIN = "word/document.xml"
BOOK = "xl/workbook.xml"
SHEET = "xl/worksheets/sheet1.xml"
SLIDE = "ppt/slides/slide1.xml"


class Hiding(NamedTuple):
    """A crafted document, and what must be found in it."""

    made: Crafted
    kind: str
    place: str
    excerpt: str = HIDDEN
    name: str = "file.docx"


def changed(kind: str, inner: str) -> str:
    return f'<w:p><w:{kind} w:id="1" w:author="Ada"><w:r>{inner}</w:r></w:{kind}></w:p>'


def with_part(made: Crafted, source: str, kind: str, name: str, content: str | bytes) -> Crafted:
    return made.part(name, content).lead(source, name, kind, known_as="rIdX")


def with_away(made: Crafted, source: str, kind: str) -> Crafted:
    return made.lead(source, f"https://{HIDDEN}.example/x", kind, known_as="rIdX", external=True)


def embedded() -> bytes:
    return word(paragraph(HIDDEN, "<w:vanish/>")).bytes()


VBA = "vbaProject"
DTD = '<!DOCTYPE w [<!ENTITY a "b">]>'
STYLES = (
    f'<styleSheet {X}><numFmts><numFmt numFmtId="200" formatCode=";;;"/></numFmts>'
    '<fonts><font/><font><color rgb="FFFFFFFF"/></font></fonts>'
    '<fills><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="solid">'
    '<fgColor rgb="FF000000"/></patternFill></fill></fills>'
    '<cellXfs><xf fontId="0" fillId="0"/><xf fontId="1" fillId="0"/>'
    '<xf fontId="0" fillId="0" numFmtId="200"/><xf fontId="0" fillId="1"/></cellXfs></styleSheet>'
)
BLACK = '<a:solidFill><a:srgbClr val="000000"/></a:solidFill>'
ROW = f'<row r="7">{cell("A7", HIDDEN)}</row>'

WORD: Final = {
    "deleted": Hiding(
        word(changed("del", f"<w:delText>{HIDDEN}</w:delText>")), "tracked-changes", "Paragraph 2"
    ),
    "moved away": Hiding(
        word(changed("moveFrom", f"<w:t>{HIDDEN}</w:t>")), "tracked-changes", "Paragraph 2"
    ),
    "deleted row": Hiding(
        word(f"<w:tbl><w:tr><w:trPr><w:del/></w:trPr><w:tc>{paragraph(HIDDEN)}</w:tc></w:tr></w:tbl>"),
        "tracked-changes",
        "Document",
        "deleted",
    ),
    "changed format": Hiding(
        word(paragraph(SHOWN, f'<w:rPrChange w:author="{HIDDEN}"/>')),
        "tracked-changes",
        "Document",
        "1 changes",
    ),
    "hidden": Hiding(word(paragraph(HIDDEN, "<w:vanish/>")), "hidden-text", "Paragraph 2"),
    "white": Hiding(
        word(paragraph(HIDDEN, '<w:color w:val="FFFFFF"/>')), "hidden-text", "Paragraph 2"
    ),
    "tiny": Hiding(word(paragraph(HIDDEN, '<w:sz w:val="2"/>')), "hidden-text", "Paragraph 2"),
    "hidden by style": Hiding(
        with_part(
            word(paragraph(HIDDEN, '<w:rStyle w:val="h"/>')), MAIN, "styles", "word/styles.xml",
            f'<w:styles {W}><w:style w:styleId="h"><w:basedOn w:val="g"/></w:style>'
            '<w:style w:styleId="g"><w:rPr><w:vanish/></w:rPr></w:style></w:styles>',
        ),
        "hidden-text",
        "Paragraph 2",
    ),
    "highlighted in black": Hiding(
        word(paragraph(HIDDEN, '<w:highlight w:val="black"/>')), "covered-text", "Paragraph 2"
    ),
    "shaded in black": Hiding(
        word(paragraph(HIDDEN, '<w:color w:val="000000"/><w:shd w:fill="000000"/>')),
        "covered-text",
        "Paragraph 2",
    ),
    "in the header": Hiding(
        with_part(
            word(section='<w:headerReference r:id="rIdX"/>'), MAIN, "header", "word/header1.xml",
            f"<w:hdr {W}>{paragraph(HIDDEN, '<w:vanish/>')}</w:hdr>",
        ),
        "hidden-text",
        "Header of section 1, paragraph 1",
    ),
    "in other programs": Hiding(
        word(
            "<w:p><w:r><mc:AlternateContent><mc:Choice/><mc:Fallback>"
            f"{paragraph(HIDDEN)}</mc:Fallback></mc:AlternateContent></w:r></w:p>"
        ),
        "hidden-text",
        "Paragraph",
    ),
    "comment": Hiding(
        with_part(
            word("<w:p><w:r><w:commentReference w:id='0'/></w:r></w:p>"), MAIN, "comments",
            "word/comments.xml",
            f'<w:comments {W}><w:comment w:author="Ada">{paragraph(HIDDEN)}</w:comment>'
            "</w:comments>",
        ),
        "comments",
        "Comment 1",
    ),
    "people": Hiding(
        with_part(
            word(), MAIN, "people", "word/people.xml",
            f'<w:people {W}><w:person w:author="{HIDDEN}"/></w:people>',
        ),
        "author-metadata",
        "People",
    ),
    "author": Hiding(
        with_part(
            word(), "", "core-properties", "docProps/core.xml",
            f'<c xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:creator>{HIDDEN}</dc:creator></c>',
        ),
        "author-metadata",
        "Properties",
    ),
    "own property": Hiding(
        with_part(
            word(), "", "custom-properties", "docProps/custom.xml",
            f'<Properties><property name="Client"><v>{HIDDEN}</v></property></Properties>',
        ),
        "author-metadata",
        "Properties",
    ),
    "thumbnail": Hiding(
        with_part(word(), "", "thumbnail", "docProps/thumb.png", pixel()), "thumbnail", "", "png"
    ),
    "macros": Hiding(
        with_part(word(macros=True), MAIN, VBA, "word/vbaProject.bin", b"x" + HIDDEN.encode()),
        "macros",
        "",
        "vbaProject",
        "file.docm",
    ),
    "program": Hiding(
        with_part(word(), MAIN, "control", "word/activeX/activeX1.xml", f"<x a='{HIDDEN}'/>"),
        "active-content",
        MAIN,
        "activeX1",
    ),
    "embedded": Hiding(
        with_part(
            word('<w:p><w:r><w:object><o:OLEObject r:id="rIdX"/></w:object></w:r></w:p>'), MAIN,
            "package", "word/embeddings/inner.docx", embedded(),
        ),
        "hidden-text",
        "inner.docx › Paragraph 2",
    ),
    "another chunk": Hiding(
        with_part(
            word('<w:altChunk r:id="rIdX"/>'), MAIN, "aFChunk", "word/chunk.html",
            f"<html><p hidden>{HIDDEN}</p></html>",
        ),
        "hidden-text",
        "chunk.html › Line 1",
    ),
    "picture from elsewhere": Hiding(
        with_away(word('<w:p><w:r><a:blip r:link="rIdX"/></w:r></w:p>'), MAIN, "image"),
        "external-link",
        MAIN,
    ),
    "template from elsewhere": Hiding(
        word(settings='<w:attachedTemplate r:id="rIdX"/>').lead(
            "word/settings.xml", f"https://{HIDDEN}.example/a.dotm", "attachedTemplate",
            known_as="rIdX", external=True,
        ),
        "external-link",
        "word/settings.xml",
    ),
    "field that fetches": Hiding(
        word(f"<w:p><w:fldSimple w:instr='INCLUDEPICTURE \"https://{HIDDEN}.example\"'/></w:p>"),
        "external-link",
        "Paragraph 2",
    ),
    "field that runs": Hiding(
        word(
            "<w:p><w:r><w:fldChar w:fldCharType='begin'/></w:r><w:r><w:instrText>DDEAUTO cmd "
            f"{HIDDEN}</w:instrText></w:r><w:r><w:fldChar w:fldCharType='end'/></w:r></w:p>"
        ),
        "active-content",
        "Paragraph 2",
    ),
    "variables": Hiding(
        word(settings=f'<w:docVars><w:docVar w:name="a" w:val="{HIDDEN}"/></w:docVars>'),
        "hidden-data",
        "Variables",
    ),
    "mail merge": Hiding(
        word(settings=f'<w:mailMerge><w:query w:val="SELECT {HIDDEN}"/></w:mailMerge>'),
        "hidden-data",
        "Mail merge",
    ),
    "data of a program": Hiding(
        with_part(word(), MAIN, "customXml", "customXml/item1.xml", f"<x>{HIDDEN}</x>"),
        "hidden-data",
        "Data of a program",
    ),
    "building blocks": Hiding(
        with_part(
            word(), MAIN, "glossaryDocument", "word/glossary/document.xml",
            f"<w:glossaryDocument {W}>{paragraph(HIDDEN)}</w:glossaryDocument>",
        ),
        "hidden-data",
        "Building blocks",
    ),
    "nothing leads to it": Hiding(
        word().part("word/other.xml", f"<x>{HIDDEN}</x>"),
        "hidden-data",
        "Nothing leads to it",
        "word/other.xml",
    ),
}  # fmt: skip

EXCEL: Final = {
    "hidden sheet": Hiding(
        with_part(
            excel(sheets='<sheet name="Old" sheetId="2" state="veryHidden" r:id="rIdX"/>'), BOOK,
            "worksheet", "xl/worksheets/sheet2.xml",
            f'<worksheet {X}><sheetData><row r="1">{cell("A1", HIDDEN)}</row></sheetData>'
            "</worksheet>",
        ),
        "hidden-sheet",
        "Sheet “Old”",
        "very hidden",
    ),
    "hidden row": Hiding(
        excel(ROW.replace("<row", '<row hidden="1"')), "hidden-rows", "Sheet “Budget”, row 7"
    ),
    "hidden column": Hiding(
        excel(f'<row r="7">{cell("C7", HIDDEN)}</row>',
              before='<cols><col min="3" max="4" hidden="1"/></cols>'),
        "hidden-rows",
        "Sheet “Budget”, column C",
    ),
    "white on white": Hiding(
        with_part(excel(ROW.replace('s="0"', 's="1"')), BOOK, "styles", "xl/styles.xml", STYLES),
        "hidden-text",
        "Sheet “Budget”, cell A7",
    ),
    "format of nothing": Hiding(
        with_part(excel(ROW.replace('s="0"', 's="2"')), BOOK, "styles", "xl/styles.xml", STYLES),
        "hidden-text",
        "Sheet “Budget”, cell A7",
    ),
    "black on black": Hiding(
        with_part(excel(ROW.replace('s="0"', 's="3"')), BOOK, "styles", "xl/styles.xml", STYLES),
        "covered-text",
        "Sheet “Budget”, cell A7",
    ),
    "comment": Hiding(
        with_part(
            excel(), SHEET, "comments", "xl/comments1.xml",
            f'<comments {X}><commentList><comment ref="B2"><text><t>{HIDDEN}</t></text></comment>'
            "</commentList></comments>",
        ),
        "comments",
        "Sheet “Budget”, cell B2",
    ),
    "threaded comment": Hiding(
        with_part(
            excel(), SHEET, "threadedComment", "xl/threadedComments/t.xml",
            f'<ThreadedComments {X}><threadedComment ref="B2"><text>{HIDDEN}</text>'
            "</threadedComment></ThreadedComments>",
        ),
        "comments",
        "Sheet “Budget”, cell B2",
    ),
    "hidden name": Hiding(
        excel(
            book=f'<definedNames><definedName name="n" hidden="1">{HIDDEN}</definedName>'
            "</definedNames>"
        ),
        "hidden-data",
        "Hidden name",
    ),
    "source of a pivot table": Hiding(
        with_part(
            excel(book='<pivotCaches><pivotCache r:id="rIdX"/></pivotCaches>'), BOOK,
            "pivotCacheDefinition", "xl/pivotCache/p.xml",
            f'<pivotCacheDefinition {X}><sharedItems><s v="{HIDDEN}"/></sharedItems>'
            "</pivotCacheDefinition>",
        ),
        "hidden-data",
        "Source of a pivot table",
        "pivotCache",
    ),
    "values of another workbook": Hiding(
        with_part(
            excel(book='<externalReferences><externalReference r:id="rIdX"/></externalReferences>'),
            BOOK, "externalLink", "xl/externalLinks/e.xml",
            f"<externalLink {X}><cell><v>{HIDDEN}</v></cell></externalLink>",
        ),
        "hidden-data",
        "Values of another workbook",
    ),
    "connection": Hiding(
        with_part(
            excel(), BOOK, "connections", "xl/connections.xml",
            f'<connections {X}><connection id="1" name="{HIDDEN}"/></connections>',
        ),
        "external-link",
        "Data connection",
    ),
    "shared workbook": Hiding(
        with_part(excel(), BOOK, "revisionHeaders", "xl/revisions/r.xml", f"<h {X} a='{HIDDEN}'/>"),
        "tracked-changes",
        "Shared workbook",
        "revisions",
    ),
    "macros": Hiding(
        with_part(excel(macros=True), BOOK, VBA, "xl/vbaProject.bin", HIDDEN), "macros", "",
        "vbaProject",
    ),
    "old macros": Hiding(
        with_part(
            excel(sheets='<sheet name="M" sheetId="2" r:id="rIdX"/>'), BOOK, "xlMacrosheet",
            "xl/macrosheets/intlMacrosheet1.xml", f"<xm {X}><v>{HIDDEN}</v></xm>",
        ),
        "macros",
        "",
        "acrosheet",
    ),
}  # fmt: skip

SLIDES: Final = {
    "hidden slide": Hiding(slides(second=HIDDEN), "hidden-slide", "Slide 2"),
    "notes": Hiding(
        with_part(
            slides(), SLIDE, "notesSlide", "ppt/notesSlides/n.xml",
            f"<p:notes {P}><p:cSld><p:spTree>{shape(HIDDEN, kind='body')}</p:spTree></p:cSld>"
            "</p:notes>",
        ),
        "speaker-notes",
        "Slide 1",
    ),
    "comment": Hiding(
        with_part(
            slides(), SLIDE, "comments", "ppt/comments/c.xml",
            f"<p:cmLst {P}><p:cm><p:text>{HIDDEN}</p:text></p:cm></p:cmLst>",
        ),
        "comments",
        "Slide 1",
    ),
    "authors of comments": Hiding(
        with_part(
            slides(), "ppt/presentation.xml", "commentAuthors", "ppt/commentAuthors.xml",
            f'<p:cmAuthorLst {P}><p:cmAuthor name="{HIDDEN}"/></p:cmAuthorLst>',
        ),
        "author-metadata",
        "People",
    ),
    "beside the slide": Hiding(slides(shape(HIDDEN, at=(9999999, 0))), "hidden-text", "Slide 1"),
    "under a box": Hiding(
        slides(shape(HIDDEN, at=(50000, 50000)) + shape("", at=(50000, 50000), fill=BLACK)),
        "covered-text",
        "Slide 1",
    ),
    "hidden shape": Hiding(slides(shape(HIDDEN, about='hidden="1"')), "hidden-text", "Slide 1"),
    "embedded": Hiding(
        with_part(
            slides('<p:graphicFrame><p:oleObj r:id="rIdX"/></p:graphicFrame>'), SLIDE, "package",
            "ppt/embeddings/inner.docx", embedded(),
        ),
        "hidden-text",
        "inner.docx › Paragraph 2",
    ),
}  # fmt: skip

HIDINGS: Final = {
    **{f"Word: {name}": hiding for name, hiding in WORD.items()},
    **{f"Excel: {name}": one._replace(name="file.xlsx") for name, one in EXCEL.items()},
    **{f"PowerPoint: {name}": one._replace(name="file.pptx") for name, one in SLIDES.items()},
}


def findings(content: bytes, name: str) -> tuple[Finding, ...]:
    notes = Notes()
    look_at(io.BytesIO(content), name, notes)
    return notes.findings()


def cleaned(content: bytes) -> bytes | None:
    out = io.BytesIO()
    return out.getvalue() if ooxml.clean(io.BytesIO(content), out) else None


def everything_in(content: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        parts = [f"{name}\n".encode() + package.read(name) for name in package.namelist()]
    return b"\n".join(parts).decode("utf-8", "replace")


def check_whole(content: bytes) -> None:
    """Check that programs open it: each part is declared, is XML, and what it leads to is there."""
    package = Package(io.BytesIO(content))
    assert package.reached() == frozenset(package.names)
    for rel in package.all_rels():
        assert rel.external or package.has(rel.target)
    for name in package.names:
        assert package.content_type(name) or name == "[Content_Types].xml"
        if name.endswith(".xml"):
            ids = {rel.id for rel in package.rels(name)}
            for element in package.xml(name).iter("{*}*"):
                named = {value for key, value in element.attrib.items() if OFFICE in str(key)}
                assert named <= ids


@pytest.mark.parametrize("hiding", HIDINGS.values(), ids=HIDINGS.keys())
def test_what_is_hidden_is_found_where_it_is(hiding: Hiding) -> None:
    found = findings(hiding.made.bytes(), hiding.name)
    assert any(
        one.kind == hiding.kind and hiding.place in one.place and hiding.excerpt in one.excerpt
        for one in found
    ), found


@pytest.mark.parametrize("hiding", HIDINGS.values(), ids=HIDINGS.keys())
def test_the_cleaned_copy_has_none_of_it_and_is_whole(hiding: Hiding) -> None:
    copy = cleaned(hiding.made.bytes())

    assert copy is not None
    check_whole(copy)
    assert [one for one in findings(copy, "copy") if KINDS[one.kind].cleaned] == []
    assert HIDDEN not in everything_in(copy)
    assert SHOWN in everything_in(copy)
    assert SHOWN in "".join(one.text for one in passages_of(io.BytesIO(copy), "copy"))


@pytest.mark.parametrize("made", [word(), excel(), slides()], ids=["Word", "Excel", "PowerPoint"])
def test_an_honest_document_has_no_finding(made: Crafted) -> None:
    assert findings(made.bytes(), "file") == ()


def test_accepted_changes_keep_what_was_inserted_and_join_what_was_joined() -> None:
    deleted_end = "<w:p><w:pPr><w:rPr><w:del/></w:rPr></w:pPr><w:r><w:t>one </w:t></w:r></w:p>"
    body = deleted_end + paragraph("two") + changed("ins", "<w:t>three</w:t>")
    copy = cleaned(word(body).bytes())

    assert copy is not None
    texts = [one.text for one in passages_of(io.BytesIO(copy), "copy.docx")]
    assert texts == [f"{SHOWN}\none two\nthree"]


def test_a_document_without_macros_no_longer_says_that_it_has_some() -> None:
    copy = cleaned(HIDINGS["Word: macros"].made.bytes())
    assert copy is not None
    assert "macro" not in everything_in(copy).lower()


BAR = (
    "<w:p><w:r><w:drawing><wp:anchor><wp:extent cx='900000' cy='100000'/><wps:wsp xmlns:wps='w'>"
    f"<wps:spPr>{BLACK}</wps:spPr></wps:wsp></wp:anchor></w:drawing></w:r></w:p>"
)


@pytest.mark.parametrize(
    ("made", "place"),
    [
        (word(BAR), "Paragraph 2"),
        (word('<w:p><w:r><w:pict><v:rect fillcolor="black"/></w:pict></w:r></w:p>'), "Paragraph 2"),
        (slides(shape("", fill=BLACK, size=(4000, 900))), "Slide 1"),
    ],
)
def test_a_bar_on_a_part_of_a_text_is_found_but_not_cleaned(made: Crafted, place: str) -> None:
    found = findings(made.bytes(), "file")
    assert [(one.kind, one.place) for one in found] == [("covered-text", place)]
    assert cleaned(made.bytes()) is None


def test_a_workbook_that_may_calculate_with_what_is_hidden_is_not_cleaned() -> None:
    hidden = ROW.replace("<row", '<row hidden="1"')
    formula = f'<row r="8"><c r="A8"><f>A7</f><v>{HIDDEN}</v></c></row>'
    assert cleaned(excel(hidden + formula).bytes()) is None
    assert cleaned(excel(formula).bytes()) is not None


def test_a_text_that_no_cell_shows_any_more_goes_too() -> None:
    shared = f"<sst {X}><si><t>{HIDDEN}</t></si><si><t>{SHOWN}</t></si></sst>"
    cells = '<row r="7" hidden="1"><c r="A7" t="s"><v>0</v></c></row>'
    made = with_part(excel(cells), BOOK, "sharedStrings", "xl/sharedStrings.xml", shared)
    assert ("hidden-rows", HIDDEN) in [(f.kind, f.excerpt) for f in findings(made.bytes(), "f")]
    assert HIDDEN not in everything_in(cleaned(made.bytes()) or b"")


def test_a_broken_part_does_not_keep_the_others_unread() -> None:
    made = with_part(word(paragraph(HIDDEN, "<w:vanish/>")), "", "custom-properties", "p.xml", "<")
    kinds = [one.kind for one in findings(made.bytes(), "file.docx")]
    assert kinds == ["not-inspectable", "hidden-text"]


def test_a_picture_that_was_cut_is_told() -> None:
    made = slides(
        '<p:pic><p:blipFill><a:blip r:embed="rIdX"/><a:srcRect l="9"/></p:blipFill></p:pic>'
    )
    found = findings(
        with_part(made, SLIDE, "image", "ppt/media/i.png", pixel()).bytes(), "file.pptx"
    )
    assert [(one.kind, one.place) for one in found] == [("cropped-picture", "Slide file 1")]


def test_white_text_on_a_colour_is_no_hidden_text() -> None:
    white = '<w:color w:val="FFFFFF"/>'
    body = (
        paragraph(SHOWN, white + '<w:shd w:fill="1F4E79"/>')
        + f'<w:tbl><w:tr><w:tc><w:tcPr><w:shd w:fill="000000"/></w:tcPr>{paragraph(SHOWN, white)}'
        f"</w:tc></w:tr></w:tbl>" + paragraph(SHOWN, '<w:highlight w:val="yellow"/>')
    )
    assert findings(word(body).bytes(), "file.docx") == ()


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (word().part("word/DOCUMENT.xml", "<x/>").bytes(), "not-inspectable"),
        (word(f"<!-- {HIDDEN} --><broken").bytes(), "not-inspectable"),
        (word().part(MAIN, f"{DTD}<w:document {W}/>").bytes(), "not-inspectable"),
        (word().bytes()[:300], "not-inspectable"),
        (word().part(MAIN, "").bytes(), "not-inspectable"),
    ],
    ids=["two parts of a name", "broken XML", "document type", "cut off", "empty"],
)  # fmt: skip
def test_a_broken_document_is_a_finding(content: bytes, kind: str) -> None:
    assert kind in [one.kind for one in findings(content, "file.docx")]


@pytest.mark.parametrize(
    ("written", "instead"),
    [('"', "'"), ("main+xml", "&#109;ain+xml"), ("ContentType=", "ContentType =\n")],
)
def test_a_document_is_known_however_its_types_are_written(written: str, instead: str) -> None:
    made, types = io.BytesIO(word(paragraph(HIDDEN, "<w:vanish/>")).bytes()), "[Content_Types].xml"
    package, out = Package(made), io.BytesIO()
    package.change(types, package.read(types).decode().replace(written, instead).encode())
    package.write(out, first=types)
    assert [one.kind for one in findings(out.getvalue(), "file.docx")] == ["hidden-text"]


def test_an_encrypted_document_is_told() -> None:
    content = bytearray(word().bytes())
    at = content.rindex(b"PK\x01\x02")
    content[at + 8] |= 1
    assert [one.kind for one in findings(bytes(content), "file.docx")] == ["encrypted"]
