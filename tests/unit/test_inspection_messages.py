"""Web pages, XML, notebooks, mail and older formats: what each may hide is found where it is."""

import io
import json
from email.message import EmailMessage
from typing import Any, Self

import olefile
import pytest

from app.inspection.findings import KINDS
from app.inspection.formats import html, notebook, ole
from app.inspection.looking import Budget, Notes, _budget, look_at, passages_of
from app.inspection.report import Finding
from tests.crafted_office import HIDDEN, SHOWN, paragraph, word


def findings(content: bytes, name: str) -> tuple[Finding, ...]:
    notes = Notes()
    look_at(io.BytesIO(content), name, notes)
    return notes.findings()


def kinds(content: bytes, name: str) -> list[tuple[str, str]]:
    return [(one.kind, one.place) for one in findings(content, name)]


PAGES = {
    f"<script>{HIDDEN}</script>": "active-content",
    f'<p onclick="{HIDDEN}">x</p>': "active-content",
    f'<a href=" javascript:{HIDDEN}">x</a>': "active-content",
    f'<iframe src="{HIDDEN}"></iframe>': "active-content",
    f'<meta http-equiv="refresh" content="0;url={HIDDEN}">': "active-content",
    f'<p style="display: none">{HIDDEN}</p>': "hidden-text",
    f"<div hidden>{HIDDEN}</div>": "hidden-text",
    f'<span style="font-size:0px">{HIDDEN}</span>': "hidden-text",
    f'<input type="hidden" value="{HIDDEN}">': "hidden-text",
    f"<!-- {HIDDEN} -->": "comments",
    f'<img src="https://{HIDDEN}.example/p.png">': "external-link",
    f'<link rel="stylesheet" href="//{HIDDEN}.example/s.css">': "external-link",
    f'<p style="background: url(https://{HIDDEN}.example/b)">x</p>': "external-link",
    f"<style>@import 'https://{HIDDEN}.example/s.css';</style>": "external-link",
    f'<form action="https://{HIDDEN}.example"><input name="a"></form>': "form",
    f'<meta name="author" content="{HIDDEN}">': "author-metadata",
}


@pytest.mark.parametrize(("piece", "kind"), PAGES.items())
def test_what_a_page_hides_is_found_by_line_and_cleaned(piece: str, kind: str) -> None:
    page = f"<!DOCTYPE html><html><body>\n<h1>{SHOWN} é</h1>\n{piece}\n</body></html>".encode()
    out = io.BytesIO()

    found = [one for one in findings(page, "page.html") if one.kind == kind]
    assert found
    assert HIDDEN in found[0].excerpt
    assert html.clean(io.BytesIO(page), out)
    assert HIDDEN not in out.getvalue().decode()
    assert f"{SHOWN} é" in out.getvalue().decode()
    assert [one for one in findings(out.getvalue(), "page.html") if KINDS[one.kind].cleaned] == []


def test_an_honest_page_has_no_finding_and_gives_its_text_by_heading() -> None:
    page = (
        "<html><head><title>T</title></head><body><header>Top</header><p>Zero</p><h2>One</h2>"
        '<p>a <b>b</b><br>c</p><a href="https://example.org">d</a><img src="x.png"></body></html>'
    )
    assert findings(page.encode(), "page.html") == ()
    passages = [(one.place, one.text) for one in passages_of(io.BytesIO(page.encode()), "p.html")]
    assert passages == [
        ("Property “title”", "T"),
        ("Header of the page", "Top"),
        ("Beginning", "Top\nZero"),
        ("Section “One”", "One\na b\nc\nd"),
    ]


@pytest.mark.parametrize(
    ("piece", "kind"),
    [
        (f"<a><!-- {HIDDEN} --></a>", "comments"),
        (f"<?note {HIDDEN}?><a/>", "hidden-data"),
        (f'<?xml-stylesheet href="https://{HIDDEN}.example/s.xsl"?><a/>', "external-link"),
        ('<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>', "external-entity"),
        ('<!DOCTYPE a [<!ENTITY x "aaaa">]><a>&x;</a>', "xml-bomb"),
        ("<!DOCTYPE a [<!ELEMENT a ANY>]><a/>", "not-inspectable"),
        (f'<svg xmlns="http://www.w3.org/2000/svg" onload="{HIDDEN}"/>', "active-content"),
        (f'<svg xmlns="http://www.w3.org/2000/svg"><script>{HIDDEN}</script></svg>',
         "active-content"),
        (f'<svg xmlns="http://www.w3.org/2000/svg"><image href="https://{HIDDEN}.example"/></svg>',
         "external-link"),
        ("<a><b></a>", "not-inspectable"),
    ],
)  # fmt: skip
def test_what_xml_would_do_is_found(piece: str, kind: str) -> None:
    found = findings(f'<?xml version="1.0"?>{piece}'.encode(), "file.xml")
    assert kind in [one.kind for one in found]


def notebook_of(cell: dict[str, Any], **metadata: object) -> bytes:
    cells = [{"cell_type": "markdown", "source": SHOWN, "metadata": {}}, cell]
    return json.dumps(
        {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    ).encode()


def code(source: str = "1", outputs: Any = (), **metadata: object) -> dict[str, Any]:
    return {"cell_type": "code", "source": source, "outputs": list(outputs), "metadata": metadata}


PRINTED = {"output_type": "stream", "text": ["x = 3"]}
SHOWN_PAGE = {"output_type": "display_data", "data": {"text/html": f"<script>{HIDDEN}</script>"}}


@pytest.mark.parametrize(
    ("content", "kind", "place"),
    [
        (notebook_of(code(outputs=[PRINTED])), "results", ""),
        (notebook_of(code(HIDDEN, hide_input=True)), "hidden-text", "Cell 2"),
        (notebook_of(code(HIDDEN, tags=["remove-cell"])), "hidden-text", "Cell 2"),
        (notebook_of(code(HIDDEN, jupyter={"source_hidden": True})), "hidden-text", "Cell 2"),
        (notebook_of(code("open('/home/ada/x')")), "computer-path", "Cell 2"),
        (notebook_of(code(), widgets={"state": HIDDEN}), "hidden-data", "State of widgets"),
        (notebook_of(code(executionInfo={"user": {"displayName": HIDDEN}})), "author-metadata",
         "Cell 2"),
        (notebook_of(code(), authors=[HIDDEN]), "author-metadata", "Metadata of the notebook"),
        (notebook_of(code(outputs=[SHOWN_PAGE])), "active-content", "Cell 2"),
    ],
)  # fmt: skip
def test_what_a_notebook_hides_is_found_by_cell(content: bytes, kind: str, place: str) -> None:
    assert (kind, place) in kinds(content, "book.ipynb")


def test_a_cleaned_notebook_has_no_metadata_and_keeps_its_results() -> None:
    told = code(HIDDEN, [PRINTED], hide_input=True)
    content = notebook_of(told, widgets={"a": HIDDEN}, kernelspec={"name": "k", "argv": HIDDEN})
    out = io.BytesIO()
    assert notebook.clean(io.BytesIO(content), out)

    read = json.loads(out.getvalue())
    assert read["metadata"] == {"kernelspec": {"name": "k"}}
    assert [cell["metadata"] for cell in read["cells"]] == [{}, {}]
    assert read["cells"][1]["outputs"] == [PRINTED]
    assert [one for one in findings(out.getvalue(), "b.ipynb") if KINDS[one.kind].cleaned] == []


def test_a_message_tells_its_way_its_attachments_and_what_differs() -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Bcc"] = "ada@example.org", "bo@example.org", HIDDEN
    message["Received"] = f"from {HIDDEN}.example"
    message["Subject"] = SHOWN
    message.set_content("We agree to the wonderful plan of tomorrow.")
    message.add_alternative(
        f"<p>Nobody shall accept <b hidden>{HIDDEN}</b> proposals.</p>", subtype="html"
    )
    document = word(paragraph(HIDDEN, "<w:vanish/>")).bytes()
    message.add_attachment(document, maintype="application", subtype="x", filename="a.docx")
    inner = EmailMessage()
    inner["From"], inner["Received"] = "cy@example.org", "from there"
    inner.set_content("inner words")
    message.add_attachment(inner)

    found = kinds(message.as_bytes(), "mail.eml")
    assert ("message-route", "Received") in found
    assert ("author-metadata", "Addresses") in found
    assert ("differing-parts", "Message") in found
    assert ("hidden-text", "Message") in found
    assert ("hidden-text", "a.docx › Paragraph 2") in found
    assert any(place.endswith(".eml › Received") for _, place in found)
    places = [one.place for one in passages_of(io.BytesIO(message.as_bytes()), "mail.eml")]
    assert places[:2] == ["Subject", "Message"]
    assert any("a.docx" in place for place in places)


def test_an_older_format_blocks_and_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    streams = {"WordDocument": b"", "Macros/VBA/dir": b"", "ObjectPool/1/\x01Ole10Native": native()}
    monkeypatch.setattr(olefile, "OleFileIO", lambda _file: Compound(streams))
    notes = Notes()
    # A crafted compound file takes a writer of its own: its directory is stood in for here.
    with io.BytesIO(b"\xd0\xcf\x11\xe0") as file:
        _budget.set(Budget())
        ole.look(file, notes)

    found = {one.kind: one.excerpt for one in notes.findings()}
    assert found["macros"] == "Macros/VBA/dir"
    assert found["embedded-file"] == "C:\\x\\run.exe"
    assert found["executable"] == "run.exe"
    assert ".docx" in found["not-inspectable"]


def native() -> bytes:
    content = b"MZ" + bytes(100)
    names = b"run.exe\0C:\\x\\run.exe\0" + bytes(4) + (4).to_bytes(4, "little") + b"tmp\0"
    return bytes(6) + names + len(content).to_bytes(4, "little") + content


class Compound:
    """Stands in for a compound file."""

    def __init__(self, streams: dict[str, bytes]) -> None:
        self._streams = streams

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def listdir(self) -> list[list[str]]:
        return [name.split("/") for name in self._streams]

    def exists(self, name: str) -> bool:
        return name in self._streams

    def openstream(self, name: str) -> io.BytesIO:
        return io.BytesIO(self._streams[name])

    def get_metadata(self) -> object:
        return object()


@pytest.mark.parametrize(
    ("piece", "kind"),
    [
        (r"{\object\objemb{\*\objdata 0105}}", "embedded-file"),
        (r"{\deleted gone}", "tracked-changes"),
        (r"{\*\annotation a remark}", "comments"),
        (r"{\v gone}", "hidden-text"),
        (r"{\*\template https://example.org/a.dotm}", "external-link"),
        (r"{\field{\*\fldinst DDEAUTO cmd}}", "active-content"),
        (r"{\info{\author Ada}}", "author-metadata"),
    ],
)
def test_what_rich_text_hides_is_found_and_it_blocks(piece: str, kind: str) -> None:
    found = [one.kind for one in findings(b"{\\rtf1 words " + piece.encode() + b"}", "a.rtf")]
    assert kind in found
    assert "not-inspectable" in found
