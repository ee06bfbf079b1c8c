"""What kind of file it is, whatever its name says; XML that must not be read."""

import io

import pytest

from app.inspection import looking
from app.inspection.entities import hazards_of
from app.inspection.looking import Notes, look_at
from app.inspection.sniffing import media_type_of

XML = '<?xml version="1.0"?>'


def findings(content: bytes, name: str) -> list[str]:
    notes = Notes()
    look_at(io.BytesIO(content), name, notes)
    return [one.kind for one in notes.findings()]


@pytest.mark.parametrize(
    ("content", "name", "kind"),
    [
        (b"%PDF-1.7\n", "a", "application/pdf"),
        (b"junk\n%PDF-1.7\n", "a.txt", "application/pdf"),
        (b"\x89PNG\r\n\x1a\n" + bytes(20), "a.jpg", "image/png"),
        (b"\xff\xd8\xff\xe0" + bytes(20), "a", "image/jpeg"),
        (b"{\\rtf1 hello}", "a.doc", "application/rtf"),
        (b"<!DOCTYPE html><p>Hello", "a", "text/html"),
        (b"  <html><body>Hello", "a.txt", "text/html"),
        (b"<p align='center'>Hello</p>", "a", "text/html"),
        (b"<p align='center'>Hello</p>\n# Title", "a.md", "text/markdown"),
        (b"<file>not closed, as in a prompt", "a.md", "text/markdown"),
        (b"<html><svg>", "a.md", "text/html"),
        (b"<!-- x --><note to='you'>Hello</note>", "a", "application/xml"),
        (b"<3 you", "a", "text/plain"),
        (XML.encode() + b"<a/>", "a", "application/xml"),
        (XML.encode() + b"<svg xmlns='http://www.w3.org/2000/svg'/>", "a", "image/svg+xml"),
        ((XML + "<a/>").encode("utf-16"), "a", "application/xml"),
        (b'{"cells": [], "nbformat": 4}', "a.json", "application/x-ipynb+json"),
        (b'{"a": 1}', "a", "application/json"),
        (b"[note] this is no JSON", "a", "text/plain"),
        (b"a,b\n1,2\n", "a.csv", "text/csv"),
        (b"# Title\n", "a.md", "text/markdown"),
        (b"From: a@b.c\nTo: d@e.f\nSubject: x\n\nHello", "a", "message/rfc822"),
        (b"Note: one\nThat: two\n\nHello", "a", "text/plain"),
        (b"caf\xe9 cr\xe8me", "a.txt", "text/plain"),
        ("naïve — text".encode("utf-16"), "a.txt", "text/plain"),
        (bytes(range(256)), "a.txt", "application/octet-stream"),
        (b"", "a.txt", "text/plain"),
    ],
)
def test_the_content_tells_the_kind(content: bytes, name: str, kind: str) -> None:
    assert media_type_of(io.BytesIO(content), name) == kind


def test_a_character_cut_by_the_end_of_the_head_is_still_text() -> None:
    assert media_type_of(io.BytesIO(b"x" * 8191 + "é".encode() * 100), "a.txt") == "text/plain"


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.pdf", b"just text"), ("a.txt", b"\xff\xd8\xff\xe0" + bytes(20)), ("a.zip", b"text")],
)
def test_a_name_that_promises_something_else_is_found(name: str, content: bytes) -> None:
    assert "type-mismatch" in findings(content, name)


@pytest.mark.parametrize("name", ["a.txt", "a.md", "a.csv", "a.log", "notes"])
def test_an_honest_name_is_not(name: str) -> None:
    assert findings(b"just text\n", name) == []


def test_a_name_that_reads_backwards_is_found() -> None:
    assert findings(b"text", "report\u202efdp.txt") == ["disguised-text"]


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 9))
BOMBS = [
    f'<!DOCTYPE a [<!ENTITY l0 "ha">{LAUGHS}]><a>&l8;</a>',
    f'<!DOCTYPE a [<!ENTITY x "{"y" * 50_000}">]><a>{"&x;" * 200}</a>',
    "<!DOCTYPE a [<!ENTITY % p \"<!ENTITY &#37; q 'r'>\">%p;]><a/>",
    '<!DOCTYPE a [<!ENTITY x "&#38;y;"><!ENTITY y "z">]><a/>',
]
FETCHERS = [
    '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
    '<!DOCTYPE a [<!ENTITY x PUBLIC "-//X" "http://host/x">]><a>&x;</a>',
    '<!DOCTYPE a [<!ENTITY % x SYSTEM "http://host/x"> %x;]><a/>',
    '<!DOCTYPE a SYSTEM "http://host/a.dtd"><a/>',
    "<!doctype a system '//host/a.dtd'><a/>",
]


@pytest.mark.parametrize("text", BOMBS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_xml_that_grows_is_not_read(text: str, encoding: str) -> None:
    assert {kind for kind, _ in hazards_of(XML + text)} == {"xml-bomb"}
    assert set(findings((XML + text).encode(encoding), "a.xml")) == {"xml-bomb"}


@pytest.mark.parametrize("text", FETCHERS)
def test_xml_that_fetches_is_not_read(text: str) -> None:
    assert [kind for kind, _ in hazards_of(XML + text)] == ["external-entity"]
    assert findings((XML + text).encode(), "a.xml") == ["external-entity"]


@pytest.mark.parametrize("text", [BOMBS[0], FETCHERS[0]])
def test_no_format_ever_sees_xml_that_is_dangerous(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Seen:
        def look(self, *_: object) -> None:
            pytest.fail("it was given to a format")

        passages = look

    monkeypatch.setattr(looking, "format_of", lambda _: Seen())
    assert findings((XML + text).encode(), "a.xml")
    assert list(looking.passages_of(io.BytesIO((XML + text).encode()), "a.xml")) == []


@pytest.mark.parametrize(
    "text",
    [
        "<a/>",
        '<!DOCTYPE a [<!ENTITY eu "European Union">]><a>&eu;</a>',
        '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN"'
        ' "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd"><svg/>',
    ],
)
def test_honest_xml_is_neither(text: str) -> None:
    assert list(hazards_of(XML + text)) == []
