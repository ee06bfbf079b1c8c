"""OpenDocument: each hiding place is found where it is, and is gone from the cleaned copy."""

import io
from typing import Final, NamedTuple

import pytest

from app.inspection.findings import KINDS
from app.inspection.formats import opendocument as format_
from app.inspection.formats.package import Zipped
from app.inspection.formats.trees import attribute
from app.inspection.looking import Notes, look_at, passages_of
from app.inspection.report import Finding
from tests.crafted_office import HIDDEN, SHOWN, O, opendocument
from tests.unit.test_inspection_office import everything_in

TEXT = f"<text:p>{SHOWN}</text:p>"
GONE = f"<text:p>{HIDDEN}</text:p>"


class Hiding(NamedTuple):
    """A crafted document, and what must be found in it."""

    content: bytes
    kind: str
    place: str = ""
    excerpt: str = HIDDEN


def style(family: str, kind: str, properties: str) -> str:
    return (
        f'<style:style style:name="h" style:family="{family}"><style:{kind} {properties}/>'
        "</style:style>"
    )


def sheet(inner: str, attributes: str = "") -> str:
    shown = f"<table:table-row><table:table-cell>{TEXT}</table:table-cell></table:table-row>"
    return (
        f'<table:table table:name="One">{shown}</table:table>'
        f'<table:table table:name="Two" {attributes}>{inner}</table:table>'
    )


def row(attributes: str = "") -> str:
    only = f"<table:table-cell>{GONE}</table:table-cell>"
    return f"<table:table-row {attributes}>{only}</table:table-row>"


def meta(inner: str) -> tuple[str, str]:
    return (
        "meta.xml",
        f"<office:document-meta {O}><office:meta>{inner}</office:meta></office:document-meta>",
    )


HIDINGS: Final = {
    "deleted": Hiding(
        opendocument(
            "text",
            f"<text:tracked-changes><text:changed-region><text:deletion>{GONE}</text:deletion>"
            f"</text:changed-region></text:tracked-changes>{TEXT}",
        ),
        "tracked-changes",
        "Document",
    ),
    "comment": Hiding(
        opendocument(
            "text", f"{TEXT}<text:p><office:annotation><dc:creator>Ada</dc:creator>{GONE}"
            "</office:annotation></text:p>",
        ),
        "comments",
        "Comment 1",
    ),
    "hidden section": Hiding(
        opendocument("text", f'{TEXT}<text:section text:display="none">{GONE}</text:section>'),
        "hidden-text",
    ),
    "hidden by style": Hiding(
        opendocument(
            "text", f'{TEXT}<text:p><text:span text:style-name="h">{HIDDEN}</text:span></text:p>',
            styles=style("text", "text-properties", 'text:display="none"'),
        ),
        "hidden-text",
        "Paragraph 2",
    ),
    "black on black": Hiding(
        opendocument(
            "text", f'{TEXT}<text:p><text:span text:style-name="h">{HIDDEN}</text:span></text:p>',
            styles=style(
                "text", "text-properties", 'fo:color="#000000" fo:background-color="#000000"'
            ),
        ),
        "covered-text",
        "Paragraph 2",
    ),
    "hidden paragraph": Hiding(
        opendocument(
            "text", f"{TEXT}<text:p><text:hidden-text text:string-value='{HIDDEN}'/></text:p>"
        ),
        "hidden-text",
        "Paragraph 2",
        "hidden",
    ),
    "hidden row": Hiding(
        opendocument("spreadsheet", sheet(row('table:visibility="collapse"'))),
        "hidden-rows",
        "Sheet “Two”, row 1",
    ),
    "hidden column": Hiding(
        opendocument(
            "spreadsheet", sheet(f'<table:table-column table:visibility="collapse"/>{row()}')
        ),
        "hidden-rows",
        "Sheet “Two”, column 1",
    ),
    "hidden sheet": Hiding(
        opendocument(
            "spreadsheet", sheet(row(), 'table:style-name="h"'),
            styles=style("table", "table-properties", 'table:display="false"'),
        ),
        "hidden-sheet",
        "Sheet “Two”",
    ),
    "hidden slide": Hiding(
        opendocument(
            "presentation",
            f'<draw:page>{TEXT}</draw:page><draw:page draw:style-name="h">{GONE}</draw:page>',
            styles=style("drawing-page", "drawing-page-properties",
                         'presentation:visibility="hidden"'),
        ),
        "hidden-slide",
        "Slide 2",
    ),
    "notes": Hiding(
        opendocument(
            "presentation",
            f"<draw:page>{TEXT}<presentation:notes>{GONE}</presentation:notes></draw:page>",
        ),
        "speaker-notes",
        "Slide 1",
    ),
    "author": Hiding(
        opendocument("text", TEXT, parts=[meta(f"<dc:creator>{HIDDEN}</dc:creator>")]),
        "author-metadata",
        "Properties",
    ),
    "own property": Hiding(
        opendocument(
            "text", TEXT,
            parts=[meta(f'<meta:user-defined meta:name="Client">{HIDDEN}</meta:user-defined>')],
        ),
        "author-metadata",
        "Properties",
    ),
    "macros": Hiding(
        opendocument("text", TEXT, parts=[("Basic/Standard/Module1.xml", f"<m>{HIDDEN}</m>")]),
        "macros",
        "",
        "Module1",
    ),
    "listener": Hiding(
        opendocument(
            "text",
            f'{TEXT}<office:event-listeners><script:event-listener xlink:href="{HIDDEN}"/>'
            "</office:event-listeners>",
        ),
        "macros",
        "content.xml",
    ),
    "earlier version": Hiding(
        opendocument("text", TEXT, parts=[("Versions/Version1", HIDDEN)]),
        "earlier-revisions",
        "",
        "Versions/Version1",
    ),
    "thumbnail": Hiding(
        opendocument("text", TEXT, parts=[("Thumbnails/thumbnail.png", HIDDEN)]),
        "thumbnail",
        "",
        "Thumbnails",
    ),
    "picture from elsewhere": Hiding(
        opendocument(
            "text", f'{TEXT}<draw:image xlink:href="https://{HIDDEN}.example/x.png"/>'
        ),
        "external-link",
        "content.xml",
    ),
    "embedded": Hiding(
        opendocument("text", TEXT, parts=[("Object 1/content.xml", f"<x>{HIDDEN}</x>")]),
        "embedded-file",
        "Object 1",
    ),
    "other part": Hiding(
        opendocument("text", TEXT, parts=[("secret.bin", HIDDEN)]),
        "hidden-data",
        "",
        "secret.bin",
    ),
}  # fmt: skip


def findings(content: bytes) -> tuple[Finding, ...]:
    notes = Notes()
    look_at(io.BytesIO(content), "file", notes)
    return notes.findings()


def cleaned(content: bytes) -> bytes | None:
    out = io.BytesIO()
    return out.getvalue() if format_.clean(io.BytesIO(content), out) else None


@pytest.mark.parametrize("hiding", HIDINGS.values(), ids=HIDINGS.keys())
def test_what_is_hidden_is_found_where_it_is(hiding: Hiding) -> None:
    found = findings(hiding.content)
    assert any(
        one.kind == hiding.kind and hiding.place in one.place and hiding.excerpt in one.excerpt
        for one in found
    ), found


@pytest.mark.parametrize("hiding", HIDINGS.values(), ids=HIDINGS.keys())
def test_the_cleaned_copy_has_none_of_it_and_is_whole(hiding: Hiding) -> None:
    copy = cleaned(hiding.content)

    assert copy is not None
    assert [one for one in findings(copy) if KINDS[one.kind].cleaned] == []
    assert HIDDEN not in everything_in(copy)
    assert SHOWN in "".join(one.text for one in passages_of(io.BytesIO(copy), "copy"))
    package = Zipped(io.BytesIO(copy))
    listed = {attribute(entry, "full-path") for entry in package.xml("META-INF/manifest.xml")}
    assert listed <= {"/", *package.names}
    assert package.names[0] == "mimetype"


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("text", TEXT),
        ("spreadsheet", sheet("")),
        ("presentation", f"<draw:page>{TEXT}</draw:page>"),
    ],
)
def test_an_honest_document_has_no_finding(kind: str, body: str) -> None:
    assert findings(opendocument(kind, body)) == ()


def test_what_may_be_calculated_with_is_not_taken_out() -> None:
    formula = '<table:table-row><table:table-cell table:formula="=A1"/></table:table-row>'
    hidden = row('table:visibility="collapse"')
    assert cleaned(opendocument("spreadsheet", sheet(hidden + formula))) is None


def test_an_encrypted_document_is_told() -> None:
    content = opendocument("text", TEXT)
    manifest = f"<manifest:manifest {O}><manifest:encryption-data/></manifest:manifest>"
    locked = Zipped(io.BytesIO(content))
    locked.change("META-INF/manifest.xml", manifest.encode())
    out = io.BytesIO()
    locked.write(out, first="mimetype", stored=True)
    assert [one.kind for one in findings(out.getvalue())] == ["encrypted"]


@pytest.mark.parametrize(
    "content",
    [opendocument("text", "<broken"), opendocument("text", TEXT)[:200]],
    ids=["broken XML", "cut off"],
)
def test_a_broken_document_is_a_finding(content: bytes) -> None:
    assert "not-inspectable" in [one.kind for one in findings(content)]
