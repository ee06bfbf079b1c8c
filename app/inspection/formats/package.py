"""A package of Office Open XML: a zip file of parts, and relationships that lead from part to part.

What no relationship leads to, no program shows: it is hidden. A copy is written of what is reached.

Source: ECMA-376 part 2, Open Packaging Conventions.
"""

import posixpath
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import IO, cast
from urllib.parse import unquote

from lxml import etree

from app.inspection.formats.safe_xml import BadXml, parse, serialise
from app.inspection.formats.trees import local, remove, remove_with_frame
from app.inspection.formats.zip_beside import look_beside
from app.inspection.report import Note

MOST_PARTS = 20_000
LARGEST_TOTAL_BYTES = 512 << 20
LARGEST_PART_BYTES = 128 << 20
TYPES = "[Content_Types].xml"
_RELS = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_FAMILIES = {
    "word": ("wordprocessingml", "ms-word"),
    "xl": ("spreadsheetml", "ms-excel"),
    "ppt": ("presentationml", "ms-powerpoint"),
}
# A copy always bears this time: when it was made is nobody's business.
_TIME = (1980, 1, 1, 0, 0, 0)


class BadPackage(Exception):
    """The package cannot be read safely; the text says why."""


class LockedPackage(BadPackage):
    """The package is encrypted."""


@dataclass(frozen=True)
class Relationship:
    """What leads from one part (`source`, "" for the package) to another, or out of the package."""

    source: str
    id: str
    kind: str  # the last segment of its type: "image", "comments", "oleObject"
    target: str  # the name of a part; the address, where it is external
    external: bool


class Zipped:
    """A zip file read within limits, whose parts can be replaced for a copy."""

    def __init__(self, file: IO[bytes]) -> None:
        try:
            self._zip = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError) as broken:
            raise BadPackage(f"The package is damaged: {broken}"[:160]) from None
        infos = [info for info in self._zip.infolist() if not info.is_dir()]
        _check(infos)
        self._infos = {info.filename: info for info in infos}
        self._by_lower = {name.lower(): name for name in self._infos}
        self._changed: dict[str, bytes | etree._Element | None] = {}

    def look_beside(self, note: Note) -> None:
        """Note remarks of the zip, and bytes that belong to no part."""
        look_beside(cast("IO[bytes]", self._zip.fp), self._zip, note)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the parts, in their order, without those that were dropped."""
        names = (*self._infos, *(name for name in self._changed if name not in self._infos))
        return tuple(name for name in names if self._changed.get(name, b"") is not None)

    def has(self, name: str) -> bool:
        """Whether there is such a part."""
        if name in self._changed:
            return self._changed[name] is not None
        return name in self._infos

    def named(self, name: str) -> str:
        """The name of a part as it stands in the zip: programs do not look at the case."""
        return self._by_lower.get(name.lower(), name)

    def read(self, name: str) -> bytes:
        """Give the bytes of a part.

        Raises:
            BadPackage: there is none, or it is damaged or larger than it says.
        """
        changed = self._changed.get(name)
        if isinstance(changed, bytes):
            return changed
        if changed is not None:
            return serialise(changed)
        try:
            with self._zip.open(self._infos[name]) as part:
                data = part.read(self._infos[name].file_size + 1)
        except KeyError:
            raise BadPackage(f"The part {name} is missing.") from None
        except Exception as broken:  # zlib, lzma and zipfile raise many kinds on damaged data
            raise BadPackage(f"The part {name} is damaged: {broken}"[:160]) from None
        if len(data) > self._infos[name].file_size:
            raise BadPackage(f"The part {name} is larger than it says.")
        return data

    def xml(self, name: str) -> etree._Element:
        """Give the root of a part of XML; the same one each time once it was changed.

        Raises:
            BadXml, BadPackage: it cannot be read safely.
        """
        changed = self._changed.get(name)
        return changed if isinstance(changed, etree._Element) else parse(self.read(name))

    def change(self, name: str, content: bytes | etree._Element) -> None:
        """Put other content in the place of a part, in the copy."""
        self._changed[name] = content

    def drop(self, name: str) -> None:
        """Leave a part out of the copy."""
        self._changed[name] = None

    def write(self, out: IO[bytes], *, first: str, stored: bool = False) -> None:
        """Write the copy, `first` at its head; nothing of the old zip but the parts' bytes."""
        rest = sorted(name for name in self.names if name != first)
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as copy:
            for name in (first, *rest):
                info = zipfile.ZipInfo(name, _TIME)
                known = self._infos.get(name)
                packed = known is None or known.compress_type != zipfile.ZIP_STORED
                plain = not packed or (stored and name == first)
                info.compress_type = zipfile.ZIP_STORED if plain else zipfile.ZIP_DEFLATED
                copy.writestr(info, self.read(name))


class Package(Zipped):
    """A package of Office Open XML."""

    def __init__(self, file: IO[bytes]) -> None:
        super().__init__(file)
        if not self.has(TYPES):
            raise BadPackage("It does not say what its parts are ([Content_Types].xml is missing).")
        self._rels: dict[str, tuple[Relationship, ...]] = {}

    @cached_property
    def main(self) -> str:
        """The name of the document's main part.

        Raises:
            BadPackage: there is none.
        """
        for rel in self.rels(""):
            if rel.kind == "officeDocument" and self.has(rel.target):
                return rel.target
        raise BadPackage("It has no main document.")

    @property
    def family(self) -> str:
        """Of which family the document is: word, xl or ppt.

        Raises:
            BadPackage: of another.
        """
        declared = self.content_type(self.main).lower()
        for family, names in _FAMILIES.items():
            if any(name in declared for name in names):
                return family
        raise BadPackage("It is a kind of document that is not known here.")

    def content_type(self, name: str) -> str:
        """What the package declares a part to be, "" if it does not say."""
        ending = name.rpartition(".")[2].lower()
        return self._types.get(f"/{name.lower()}") or self._types.get(ending, "")

    @cached_property
    def _types(self) -> Mapping[str, str]:
        return {
            (entry.get("PartName") or entry.get("Extension") or "").lower(): entry.get(
                "ContentType", ""
            )
            for entry in self.xml(TYPES).iterchildren(etree.Element)
        }

    def change(self, name: str, content: bytes | etree._Element) -> None:
        """Put other content in the place of a part, in the copy."""
        self._rels.pop(source_of(name), None)
        super().change(name, content)

    def rels(self, source: str) -> tuple[Relationship, ...]:
        """What leads out of a part."""
        if source not in self._rels:
            name = self.named(rels_name(source))
            found = self.xml(name).iter(_RELS) if self.has(name) else ()
            self._rels[source] = tuple(self._relationship(source, one) for one in found)
        return self._rels[source]

    def _relationship(self, source: str, element: etree._Element) -> Relationship:
        target = element.get("Target", "")
        external = element.get("TargetMode") == "External"
        if not external:
            path = unquote(target.partition("#")[0])
            folder = posixpath.dirname(source)
            target = posixpath.normpath(posixpath.join("/", folder, path)).lstrip("/")
            target = self.named(target)
        kind = element.get("Type", "").rpartition("/")[2]
        return Relationship(source, element.get("Id", ""), kind, target, external)

    def all_rels(self) -> Iterator[Relationship]:
        """Every relationship of every part."""
        for name in self.names:
            if name.lower().endswith(".rels"):
                yield from self.rels(self.named(source_of(name)))

    def targets(self, source: str, *kinds: str) -> Iterator[str]:
        """The parts of these kinds that a part leads to."""
        for rel in self.rels(source):
            if rel.kind in kinds and not rel.external and self.has(rel.target):
                yield rel.target

    def reached(self) -> frozenset[str]:
        """The parts that relationships lead to, with the relationships themselves."""
        known: set[str] = {TYPES}
        waiting = [""]
        while waiting:
            source = waiting.pop()
            if self.has(self.named(rels_name(source))):
                known.add(self.named(rels_name(source)))
            for rel in self.rels(source):
                if not rel.external and rel.target not in known and self.has(rel.target):
                    known.add(rel.target)
                    waiting.append(rel.target)
        return frozenset(known)

    def cut(self, unwanted: Callable[[Relationship], bool]) -> frozenset[str]:
        """Remove relationships, and what refers to them; give the sources that were changed."""
        sources = set()
        for name in [name for name in self.names if name.lower().endswith(".rels")]:
            source, root = self.named(source_of(name)), self.xml(name)
            ids = set()
            for element in list(root.iter(_RELS)):
                rel = self._relationship(source, element)
                if unwanted(rel):
                    ids.add(rel.id)
                    root.remove(element)
            if ids:
                self.change(name, root)
                sources.add(source)
                if source:
                    self._unrefer(source, ids)
        return frozenset(sources)

    def save(self, out: IO[bytes]) -> None:
        """Write the copy: only parts that are reached, and their declarations."""
        reached = self.reached()
        for name in self.names:
            if name not in reached:
                self.drop(name)
        types = self.xml(TYPES)
        for entry in list(types):
            part = entry.get("PartName", "").lstrip("/")
            if part and not self.has(self.named(part)):
                types.remove(entry)
        self.change(TYPES, types)
        self.write(out, first=TYPES)

    def _unrefer(self, source: str, ids: set[str]) -> None:
        try:
            root = self.xml(source)
        except BadXml:
            return
        for element in list(root.iter(etree.Element)):
            for key in [
                key for key, value in element.attrib.items() if _refers(key) and value in ids
            ]:
                _without(element, str(key))
        self.change(source, root)


def rels_name(source: str) -> str:
    """The name of the part that holds the relationships of `source`."""
    folder, name = posixpath.split(source)
    return posixpath.join(folder, "_rels", f"{name}.rels")


def source_of(rels: str) -> str:
    """The part whose relationships a part holds."""
    folder, name = posixpath.split(rels)
    return posixpath.join(posixpath.dirname(folder), name[: -len(".rels")])


def _check(infos: Iterable[zipfile.ZipInfo]) -> None:
    infos = list(infos)
    names = [info.filename.lower() for info in infos]
    if any(info.flag_bits & 1 for info in infos):
        raise LockedPackage("It is encrypted.")
    if len(infos) > MOST_PARTS or sum(info.file_size for info in infos) > LARGEST_TOTAL_BYTES:
        raise BadPackage("It unpacks to more than can be inspected.")
    if any(info.file_size > LARGEST_PART_BYTES for info in infos):
        raise BadPackage("One of its parts is too large to be inspected.")
    if len(set(names)) != len(names):
        raise BadPackage("Two of its parts have the same name: programs would show either.")


def _refers(key: str | bytes) -> bool:
    namespace = str(key).partition("}")[0]
    return namespace.endswith("/relationships")


def _without(element: etree._Element, key: str) -> None:
    """Take out a reference, with its element unless that shows something without it."""
    if local(element) in {"blip", "imagedata", "fill", "hyperlink", "hlinkClick", "hlinkHover"}:
        del element.attrib[key]
        if local(element).startswith("hlink"):
            remove(element)
    elif local(element) == "OLEObject":
        parent = element.getparent()
        remove(element)
        if parent is not None and local(parent) == "object":
            parent.tag = str(parent.tag).replace("}object", "}pict")
    else:
        remove_with_frame(element)
