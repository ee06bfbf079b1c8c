"""Office documents that hide something, one hiding place each, made of small pieces of XML.

What is hidden holds the word `HIDDEN`, what is shown the word `SHOWN`: a cleaned copy must have
the one in no part, and the other still.
"""

import io
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from PIL import Image

HIDDEN: Final = "Nightingale"
SHOWN: Final = "Sparrow"

_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MS = "http://schemas.microsoft.com/office/2006/relationships"
_WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_SLIDE = "http://schemas.openxmlformats.org/presentationml/2006/main"
_DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/main"
_NAMES = (
    f'xmlns:r="{_OFFICE}" xmlns:a="{_DRAWING}" xmlns:v="urn:schemas-microsoft-com:vml"'
    ' xmlns:o="urn:schemas-microsoft-com:office:office"'
    ' xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'
    ' xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"'
)
W: Final = f'xmlns:w="{_WORD}" {_NAMES}'
X: Final = f'xmlns="{_SHEET}" {_NAMES}'
P: Final = f'xmlns:p="{_SLIDE}" {_NAMES}'
_TYPES = "application/vnd.openxmlformats-officedocument"


def pixel() -> bytes:
    """A picture of one pixel, which tells nothing of itself."""
    out = io.BytesIO()
    Image.new("RGB", (1, 1)).save(out, "PNG")
    return out.getvalue()


@dataclass
class Crafted:
    """A package in the making: parts, what leads from part to part, and what parts are."""

    main: str
    main_type: str
    parts: dict[str, bytes] = field(default_factory=dict)
    rels: dict[str, list[str]] = field(default_factory=dict)
    types: dict[str, str] = field(default_factory=dict)

    def part(self, name: str, content: str | bytes, content_type: str = "") -> "Crafted":
        """Put a part in."""
        self.parts[name] = content.encode() if isinstance(content, str) else content
        if content_type:
            self.types[name] = content_type
        return self

    def lead(
        self, source: str, target: str, kind: str, *, known_as: str = "", external: bool = False
    ) -> "Crafted":
        """Let a part lead to another, or out of the package."""
        known = self.rels.setdefault(source, [])
        base = _MS if kind in ("vbaProject", "xlMacrosheet") else _OFFICE
        if kind == "core-properties":
            base = "http://schemas.openxmlformats.org/package/2006/relationships/metadata"
        mode = ' TargetMode="External"' if external else ""
        place = target if external else f"/{target}"
        known.append(
            f'<Relationship Id="{known_as or f"rId{len(known) + 100}"}" Type="{base}/{kind}"'
            f' Target="{place}"{mode}/>'
        )
        return self

    def bytes(self) -> bytes:
        """The file."""
        overrides = {self.main: self.main_type, **self.types}
        declared = "".join(
            f'<Override PartName="/{name}" ContentType="{kind}"/>'
            for name, kind in overrides.items()
        )
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as package:
            package.writestr(
                "[Content_Types].xml",
                '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
                '<Default Extension="rels" ContentType='
                '"application/vnd.openxmlformats-package.relationships+xml"/>'
                '<Default Extension="xml" ContentType="application/xml"/>'
                '<Default Extension="png" ContentType="image/png"/>'
                '<Default Extension="bin" ContentType="application/vnd.ms-office.vbaProject"/>'
                f"{declared}</Types>",
            )
            self.lead("", self.main, "officeDocument", known_as="rId1")
            for source, rels in self.rels.items():
                folder, _, name = source.rpartition("/")
                package.writestr(
                    f"{folder}/_rels/{name}.rels".lstrip("/"),
                    "<Relationships xmlns="
                    '"http://schemas.openxmlformats.org/package/2006/relationships">'
                    f"{''.join(rels)}</Relationships>",
                )
            for name, content in self.parts.items():
                package.writestr(name, content)
        return out.getvalue()


def word(body: str = "", *, section: str = "", settings: str = "", macros: bool = False) -> Crafted:
    """A Word document that shows a paragraph, and then has `body`."""
    kind = "application/vnd.ms-word.document.macroEnabled.main+xml"
    made = Crafted(
        "word/document.xml", kind if macros else f"{_TYPES}.wordprocessingml.document.main+xml"
    )
    made.part(
        "word/document.xml",
        f"<w:document {W}><w:body>{paragraph(SHOWN)}{body}<w:sectPr>{section}</w:sectPr></w:body>"
        "</w:document>",
    )
    if settings:
        made.part("word/settings.xml", f"<w:settings {W}>{settings}</w:settings>")
        made.lead("word/document.xml", "word/settings.xml", "settings", known_as="rIdS")
    return made


def paragraph(text: str, look: str = "", *, tag: str = "t") -> str:
    """A paragraph of one run."""
    return f"<w:p><w:r><w:rPr>{look}</w:rPr><w:{tag}>{text}</w:{tag}></w:r></w:p>"


def excel(
    rows: str = "",
    *,
    sheets: str = "",
    before: str = "",
    after: str = "",
    book: str = "",
    macros: bool = False,
) -> Crafted:
    """A workbook whose first sheet shows a cell, and then has `rows`."""
    kind = "application/vnd.ms-excel.sheet.macroEnabled.main+xml"
    made = Crafted("xl/workbook.xml", kind if macros else f"{_TYPES}.spreadsheetml.sheet.main+xml")
    made.part(
        "xl/workbook.xml",
        f'<workbook {X}><sheets><sheet name="Budget" sheetId="1" r:id="rIdA"/>{sheets}</sheets>'
        f"{book}</workbook>",
    )
    made.part(
        "xl/worksheets/sheet1.xml",
        f'<worksheet {X}>{before}<sheetData><row r="1">{cell("A1", SHOWN)}</row>{rows}</sheetData>'
        f"{after}</worksheet>",
        f"{_TYPES}.spreadsheetml.worksheet+xml",
    )
    return made.lead("xl/workbook.xml", "xl/worksheets/sheet1.xml", "worksheet", known_as="rIdA")


def cell(at: str, text: str, style: int = 0) -> str:
    """A cell with its text in it."""
    return f'<c r="{at}" s="{style}" t="inlineStr"><is><t>{text}</t></is></c>'


def slides(shapes: str = "", *, attributes: str = "", second: str = "") -> Crafted:
    """A presentation of a slide that shows a text, with more shapes; and perhaps a second slide."""
    made = Crafted("ppt/presentation.xml", f"{_TYPES}.presentationml.presentation.main+xml")
    more = '<p:sldId id="257" r:id="rIdB"/>' if second else ""
    made.part(
        "ppt/presentation.xml",
        f'<p:presentation {P}><p:sldIdLst><p:sldId id="256" r:id="rIdA"/>{more}</p:sldIdLst>'
        '<p:sldSz cx="9144000" cy="6858000"/></p:presentation>',
    )
    made.lead("ppt/presentation.xml", "ppt/slides/slide1.xml", "slide", known_as="rIdA")
    _slide(made, 1, shape(SHOWN) + shapes, attributes)
    if second:
        made.lead("ppt/presentation.xml", "ppt/slides/slide2.xml", "slide", known_as="rIdB")
        _slide(made, 2, shape(second), 'show="0"')
    return made


def _slide(made: Crafted, number: int, shapes: str, attributes: str) -> None:
    made.part(
        f"ppt/slides/slide{number}.xml",
        f"<p:sld {P} {attributes}><p:cSld><p:spTree>{shapes}</p:spTree></p:cSld></p:sld>",
        f"{_TYPES}.presentationml.slide+xml",
    )


def shape(
    text: str,
    *,
    at: tuple[int, int] = (1000, 1000),
    size: tuple[int, int] = (5000, 5000),
    about: str = "",
    kind: str = "",
    fill: str = "",
) -> str:
    """A shape of text."""
    holder = f'<p:ph type="{kind}"/>' if kind else ""
    said = f"<a:r><a:t>{text}</a:t></a:r>" if text else ""
    return (
        f'<p:sp><p:nvSpPr><p:cNvPr id="7" name="x" {about}/><p:nvPr>{holder}</p:nvPr></p:nvSpPr>'
        f'<p:spPr><a:xfrm><a:off x="{at[0]}" y="{at[1]}"/><a:ext cx="{size[0]}" cy="{size[1]}"/>'
        f"</a:xfrm>{fill}</p:spPr><p:txBody><a:p>{said}</a:p></p:txBody></p:sp>"
    )


_ODF_NAMES: Mapping[str, str] = {
    name: f"urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"
    for name in ("office", "text", "table", "style", "meta", "presentation", "script", "manifest")
} | {
    "draw": "urn:oasis:names:tc:opendocument:xmlns:drawing:1.0",
    "fo": "urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0",
    "xlink": "http://www.w3.org/1999/xlink",
    "dc": "http://purl.org/dc/elements/1.1/",
}
O: Final = " ".join(f'xmlns:{name}="{value}"' for name, value in _ODF_NAMES.items())  # noqa: E741


def opendocument(
    kind: str, body: str, *, styles: str = "", parts: Iterable[tuple[str, str | bytes]] = ()
) -> bytes:
    """A document of OpenDocument: `kind` is text, spreadsheet or presentation."""
    files: dict[str, str | bytes] = {
        "content.xml": f"<office:document-content {O}><office:automatic-styles>{styles}"
        f"</office:automatic-styles><office:body><office:{kind}>{body}</office:{kind}>"
        "</office:body></office:document-content>",
        **dict(parts),
    }
    entries = "".join(f'<manifest:file-entry manifest:full-path="{name}"/>' for name in files)
    entries += '<manifest:file-entry manifest:full-path="/"/>'
    manifest = f"<manifest:manifest {O}>{entries}</manifest:manifest>"
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        package.writestr("mimetype", f"application/vnd.oasis.opendocument.{kind}")
        for name, content in {**files, "META-INF/manifest.xml": manifest}.items():
            package.writestr(name, content)
    return out.getvalue()
