"""Office Open XML (Word, Excel, PowerPoint): what every package may hide, then what its kind may.

Source: ECMA-376; the extensions that Office writes, [MS-DOCX], [MS-XLSX], [MS-PPTX].
"""

import io
import posixpath
import re
from collections.abc import Callable, Iterator, Mapping
from typing import IO, Any

from lxml import etree

from app.inspection.formats import ooxml_excel, ooxml_slides, ooxml_word
from app.inspection.formats.ooxml_cleaning import clean_package
from app.inspection.formats.package import BadPackage, LockedPackage, Package, Relationship
from app.inspection.formats.properties import Properties, is_personal, is_telling
from app.inspection.formats.trees import attribute
from app.inspection.looking import guarded, look_at_member, passages_of_member
from app.inspection.report import Finding, Note, Passage

EMBEDDED = ("oleObject", "package", "aFChunk", "control", "activeXControlBinary")
PICTURES = ("image", "hdphoto")
_FAMILIES: Mapping[str, Any] = {"word": ooxml_word, "xl": ooxml_excel, "ppt": ooxml_slides}
_PEOPLE = ("people", "person", "commentAuthors", "authors")
_PROPERTIES = ("core-properties", "extended-properties", "custom-properties")
_MACROS = re.compile(r"vbaproject|macrosheet", re.IGNORECASE)
_LOCAL = re.compile(r"^(?:file:|[a-z]:[\\/]|\\\\)", re.IGNORECASE)
# The drawings of Windows, EMF and WMF.
_DRAWING = re.compile(
    rb"\x01\x00\x00\x00.{36} EMF|\xd7\xcd\xc6\x9a|\x01\x00\x09\x00\x00\x03", re.DOTALL
)
_LABEL = "urn:nato:stanag:4774"


def look(file: IO[bytes], note: Note) -> None:
    """Note what the package hides; a part that cannot be read does not keep the others unread."""
    try:
        package = Package(file)
        family = _FAMILIES[package.family]
    except LockedPackage as locked:
        note(Finding("encrypted", excerpt=str(locked)))
        return
    except BadPackage as bad:
        note(Finding("not-inspectable", excerpt=str(bad)))
        return
    if package.main.endswith(".bin"):
        note(Finding("not-inspectable", excerpt="A binary workbook: save it as .xlsx."))
    checks: tuple[Callable[[Package, Note], None], ...] = (
        Package.look_beside,
        _macros,
        _outside,
        _properties,
        _unreached,
        _own_data,
        _pictures,
        _files,
    )
    for check in checks if package.main.endswith(".bin") else (*checks, family.look):
        trying(note, lambda check=check: check(package, note))  # type: ignore[misc]


def passages(file: IO[bytes]) -> Iterator[Passage]:
    """Give the text with places, first what the properties and labels say."""
    package = Package(file)
    for place, text in _said(package):
        yield Passage(f"Property “{place}”", None, text)
    yield from _FAMILIES[package.family].passages(package)
    for rel in _embedded(package):
        content = io.BytesIO(package.read(rel.target))
        yield from passages_of_member(content, posixpath.basename(rel.target))


def clean(file: IO[bytes], out: IO[bytes]) -> bool:
    """Write a copy without what can surely be taken out; False where something cannot."""
    return clean_package(Package(file), out)


def trying(note: Note, act: Callable[[], None]) -> None:
    """Do one check; what cannot be read becomes a finding, and the other checks go on."""
    if guarded(act):
        note(Finding("not-inspectable", excerpt="A part of the document is damaged."))


def _macros(package: Package, note: Note) -> None:
    for name in package.names:
        if _MACROS.search(package.content_type(name)) or _MACROS.search(posixpath.basename(name)):
            note(Finding("macros", excerpt=name))


def _outside(package: Package, note: Note) -> None:
    for rel in package.all_rels():
        if not rel.external:
            continue
        if _LOCAL.match(rel.target):
            note(Finding("computer-path", rel.source, None, rel.target))
        if not rel.kind.startswith("hyperlink"):
            note(Finding("external-link", rel.source, None, f"{rel.kind}: {rel.target}"))


def _properties(package: Package, note: Note) -> None:
    told = [f"{name}: {value}" for name, value in _property_values(package) if is_personal(name)]
    if told:
        note(Finding("author-metadata", "Properties", None, "; ".join(told)))
    for rel in package.rels(""):
        if rel.kind == "thumbnail" and package.has(rel.target):
            note(Finding("thumbnail", excerpt=rel.target))
    for rel in package.all_rels():
        if rel.kind in _PEOPLE and package.has(rel.target):
            said = "; ".join(_names(package.xml(rel.target)))
            note(Finding("author-metadata", "People", None, said))


def _names(root: etree._Element) -> Iterator[str]:
    for person in root:
        named = (attribute(person, key) for key in ("author", "displayName", "name"))
        yield next(filter(None, named), "")


def _property_values(package: Package) -> Iterator[tuple[str, str]]:
    for part in package.targets("", *_PROPERTIES):
        yield from Properties.of_ooxml(package.xml(part))


def _said(package: Package) -> Iterator[tuple[str, str]]:
    for name, value in _property_values(package):
        if is_telling(name):
            yield name, value
    for part in _program_data(package):
        root = package.xml(part)
        if _LABEL in str(root.tag):
            for element in root.iter("{*}Classification"):
                yield "Confidentiality label", element.text or ""


def _unreached(package: Package, note: Note) -> None:
    reached = package.reached()
    for name in package.names:
        if name not in reached:
            note(Finding("hidden-data", "Nothing leads to it", None, name))


def _program_data(package: Package) -> list[str]:
    found = (rel.target for rel in package.all_rels() if rel.kind == "customXml")
    return sorted({part for part in found if package.has(part)})


def _own_data(package: Package, note: Note) -> None:
    for part in _program_data(package):
        words = " ".join(" ".join(map(str, package.xml(part).itertext())).split())
        if words:
            note(Finding("hidden-data", f"Data of a program ({part})", None, words))


def _pictures(package: Package, note: Note) -> None:
    rels = [rel for rel in package.all_rels() if rel.kind in PICTURES and package.has(rel.target)]
    for name in sorted({rel.target for rel in rels}):
        picture = package.read(name)
        # A drawing of lines is no picture that could hide where it was taken, nor be looked into.
        if not _DRAWING.match(picture):
            look_at_member(io.BytesIO(picture), f"Picture {name}", note)
    for name in sorted({rel.source for rel in rels} - {""}):
        for crop in package.xml(name).iter("{*}srcRect"):
            if any(str(value) not in ("0", "") for value in crop.attrib.values()):
                note(Finding("cropped-picture", _slide_or_part(name)))


def _files(package: Package, note: Note) -> None:
    for rel in _embedded(package):
        _file(package, rel, note)


def _embedded(package: Package) -> Iterator[Relationship]:
    for rel in sorted(package.all_rels(), key=lambda rel: rel.target):
        if rel.kind in EMBEDDED and not rel.external and package.has(rel.target):
            yield rel


def _file(package: Package, rel: Relationship, note: Note) -> None:
    name = posixpath.basename(rel.target)
    if rel.kind in ("control", "activeXControlBinary"):
        note(Finding("active-content", _slide_or_part(rel.source), None, name))
        return
    note(Finding("embedded-file", _slide_or_part(rel.source), None, name))
    look_at_member(io.BytesIO(package.read(rel.target)), name, note)


def _slide_or_part(name: str) -> str:
    slide = re.fullmatch(r"ppt/slides/slide(\d+)\.xml", name)
    return f"Slide file {slide[1]}" if slide else name
