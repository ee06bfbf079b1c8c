"""A Word document as the HTML that Word itself puts on a clipboard, for whoever takes text over.

What was deleted, inserted, commented on or hidden is marked as such, and left to the reader of the
HTML to take or to leave. Pictures keep their places, empty.
"""

from collections.abc import Iterator, Mapping
from html import escape
from typing import Final

from lxml import etree

from app.inspection.formats.package import Package
from app.inspection.formats.trees import attribute, local
from app.inspection.formats.word_styles import Looks, on

_CHANGES: Final = {"ins": "ins", "moveTo": "ins", "del": "del", "moveFrom": "del"}
_HIDDEN: Final = 'style="display:none"'
_TITLES: Final = {"title": 1, "subtitle": 2}


def word_html(package: Package) -> str:
    """Give the HTML of a document's body and of its footnotes.

    Raises:
        BadPackage, BadXml: it cannot be read safely.
    """
    return "".join(_Writer(package).written())


class _Writer:
    """Writes the stories of one document."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self._looks = Looks(package)
        self._levels = _levels(package)
        self._numbered = _numbered(package)
        self._links = {
            rel.id: rel.target
            for rel in package.rels(package.main)
            if rel.kind == "hyperlink" and rel.external
        }
        self._hidden: set[etree._Element] = set()

    def written(self) -> Iterator[str]:
        root = self._package.xml(self._package.main)
        self._find_hidden(root)
        for body in root.iterchildren("{*}body"):
            yield from self._blocks(body)
        for kind, short in (("footnotes", "ftn"), ("endnotes", "edn")):
            for part in self._package.targets(self._package.main, kind):
                yield from self._notes(self._package.xml(part), short)

    def _find_hidden(self, root: etree._Element) -> None:
        for _, _, runs in self._looks.unseen(root):
            self._hidden.update(runs)

    def _notes(self, root: etree._Element, short: str) -> Iterator[str]:
        self._find_hidden(root)
        for note in root:
            if attribute(note, "type") in (None, "normal"):
                yield f'<div style="mso-element:footnote" id="{short}{_id(note)}">'
                yield from self._blocks(note)
                yield "</div>"

    def _blocks(self, parent: etree._Element) -> Iterator[str]:
        for child in parent.iterchildren(etree.Element):
            match local(child):
                case "p":
                    yield from self._paragraph(child)
                case "tbl":
                    yield from self._table(child)
                case "sdt" | "sdtContent" | "customXml" | "smartTag":
                    yield from self._blocks(child)
                case name if name in _CHANGES:
                    yield from (f"<{_CHANGES[name]}>", *self._blocks(child), f"</{_CHANGES[name]}>")

    def _paragraph(self, paragraph: etree._Element) -> Iterator[str]:
        style = attribute(paragraph.find("./{*}pPr/{*}pStyle"), "val") or ""
        level = self._levels.get(style, 0)
        listed = paragraph.find("./{*}pPr/{*}numPr")
        inline = "".join(self._inline(paragraph))
        if level:
            yield f"<h{level}>{inline}</h{level}>"
        elif listed is not None and attribute(listed.find("./{*}numId"), "val") not in (None, "0"):
            yield self._item(listed, inline)
        else:
            yield f"<p>{inline}</p>"
        for box in paragraph.iter("{*}txbxContent"):
            if not any(local(up) == "Fallback" for up in box.iterancestors()):
                yield from self._blocks(box)

    def _item(self, listed: etree._Element, inline: str) -> str:
        step = attribute(listed.find("./{*}ilvl"), "val") or "0"
        number = attribute(listed.find("./{*}numId"), "val") or ""
        level = int(step) + 1 if step.isdigit() and len(step) < 2 else 1
        sign = "1." if self._numbered.get((number, step)) else "·"
        return (
            f'<p style="mso-list:l0 level{level} lfo1">'
            f'<span style="mso-list:Ignore">{sign}</span>{inline}</p>'
        )

    def _table(self, table: etree._Element) -> Iterator[str]:
        yield "<table>"
        for row in table.iterchildren("{*}tr"):
            yield "<tr>"
            for cell in row.iterchildren("{*}tc"):
                span = attribute(cell.find("./{*}tcPr/{*}gridSpan"), "val") or ""
                wide = f' colspan="{span}"' if span.isdigit() and 1 < int(span) < 100 else ""
                yield from (f"<td{wide}>", *self._blocks(cell), "</td>")
            yield "</tr>"
        yield "</table>"

    def _inline(self, parent: etree._Element) -> Iterator[str]:
        for child in parent.iterchildren(etree.Element):
            match local(child):
                case "r":
                    yield from self._run(child)
                case "hyperlink":
                    target = self._links.get(attribute(child, "id") or "", "")
                    inner = "".join(self._inline(child))
                    yield f'<a href="{escape(target)}">{inner}</a>' if target else inner
                case "sdt" | "sdtContent" | "customXml" | "smartTag" | "fldSimple":
                    yield from self._inline(child)
                case name if name in _CHANGES:
                    yield from (f"<{_CHANGES[name]}>", *self._inline(child), f"</{_CHANGES[name]}>")

    def _run(self, run: etree._Element) -> Iterator[str]:
        inner = "".join(map(_piece, run.iterchildren(etree.Element)))
        properties = run.find("./{*}rPr")
        for name, mark in (("b", "strong"), ("i", "em"), ("strike", "s")):
            found = properties.find(f"./{{*}}{name}") if properties is not None else None
            if inner.strip() and on(found):
                inner = f"<{mark}>{inner}</{mark}>"
        yield f"<span {_HIDDEN}>{inner}</span>" if run in self._hidden else inner


def _piece(piece: etree._Element) -> str:
    match local(piece):
        case "t" | "delText":
            return escape(piece.text or "")
        case "tab":
            return " "
        case "br" | "cr":
            return "<br>"
        case "noBreakHyphen":
            return "-"
        case "footnoteReference" | "endnoteReference":
            short = f"{'ftn' if local(piece) == 'footnoteReference' else 'edn'}{_id(piece)}"
            return f'<a style="mso-footnote-id:{short}" href="#_{short}">*</a>'
        case "commentReference":
            return f'<a class="msocomanchor" href="#_msocom_{_id(piece)}">*</a>'
        case "drawing" | "pict" | "object" | "AlternateContent":
            return "" if piece.find(".//{*}txbxContent") is not None else '<img alt="">'
    return ""


def _id(element: etree._Element) -> str:
    given = attribute(element, "id") or ""
    return given if given.isdigit() else "0"


def _levels(package: Package) -> Mapping[str, int]:
    """Give the level of each style of headings, by the name that it has in every language."""
    levels: dict[str, int] = {}
    for part in package.targets(package.main, "styles"):
        for style in package.xml(part).iter("{*}style"):
            name = (attribute(style.find("./{*}name"), "val") or "").lower()
            number = name.removeprefix("heading ")
            level = int(number) if name.startswith("heading ") and number.isdigit() else 0
            level = level or _TITLES.get(name, 0)
            if 0 < level <= 6:
                levels[attribute(style, "styleId") or ""] = level
    return levels


def _numbered(package: Package) -> Mapping[tuple[str, str], bool]:
    """Tell of each list and level whether its items are numbered."""
    numbered: dict[tuple[str, str], bool] = {}
    for part in package.targets(package.main, "numbering"):
        root = package.xml(part)
        formats = {
            (attribute(one, "abstractNumId") or "", attribute(level, "ilvl") or "0"): attribute(
                level.find("./{*}numFmt"), "val"
            )
            for one in root.iterchildren("{*}abstractNum")
            for level in one.iterchildren("{*}lvl")
        }
        for number in root.iterchildren("{*}num"):
            of = attribute(number.find("./{*}abstractNumId"), "val") or ""
            for (abstract, step), written in formats.items():
                if abstract == of:
                    key = (attribute(number, "numId") or "", step)
                    numbered[key] = written not in (None, "bullet", "none")
    return numbered
