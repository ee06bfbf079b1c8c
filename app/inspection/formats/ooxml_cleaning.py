"""A cleaned copy of a package: what leads to hidden things is cut, what is reached kept."""

import io
import re
from collections.abc import Callable
from typing import IO

from app.inspection.formats import (
    ooxml_excel_cleaning,
    ooxml_slides_cleaning,
    ooxml_word_cleaning,
)
from app.inspection.formats.package import TYPES, Package, Relationship
from app.inspection.formats.uncertain import Uncertain
from app.inspection.registry import format_of
from app.inspection.sniffing import media_type_of

_UNWANTED = re.compile(
    r"core-properties|extended-properties|custom-properties|thumbnail|origin|extensibility"
    r"|classificationlabels|vbaProject|wordVbaData|attachedToolbars|keyMapCustomizations"
    r"|customXml|oleObject|package|aFChunk|control|activeXControlBinary|ctrlProp|comments"
    r"|commentsExtended|commentsIds|commentsExtensible|people|person|threadedComment"
    r"|commentAuthors|authors|glossaryDocument|recipientData|mailMergeSource"
    r"|mailMergeHeaderSource|revisionHeaders|usernames|connections|queryTable|externalLink"
    r"|externalLinkPath|pivotTable|pivotCacheDefinition|slicer|slicerCache|timeline"
    r"|timelineCache|printerSettings|webextensiontaskpanes|webextension|xlMacrosheet"
    r"|xlIntlMacrosheet"
)
# Macros go, and with them the name of a document that may have some.
_WITHOUT_MACROS = (
    (r"vnd\.ms-word\.document\.macroEnabled", "wordprocessingml.document"),
    (r"vnd\.ms-word\.template\.macroEnabled(?:Template)?", "wordprocessingml.template"),
    (r"vnd\.ms-excel\.sheet\.macroEnabled", "spreadsheetml.sheet"),
    (r"vnd\.ms-excel\.template\.macroEnabled", "spreadsheetml.template"),
    (r"vnd\.ms-powerpoint\.presentation\.macroEnabled", "presentationml.presentation"),
    (r"vnd\.ms-powerpoint\.slideshow\.macroEnabled", "presentationml.slideshow"),
    (r"vnd\.ms-powerpoint\.template\.macroEnabled", "presentationml.template"),
)
_FAMILIES: dict[str, Callable[[Package], None]] = {
    "word": ooxml_word_cleaning.clean,
    "xl": ooxml_excel_cleaning.clean,
    "ppt": ooxml_slides_cleaning.clean,
}


def clean_package(package: Package, out: IO[bytes]) -> bool:
    """Write a copy without what can surely be taken out; False where that is not sure."""
    try:
        _FAMILIES[package.family](package)
    except Uncertain:
        return False
    package.cut(_unwanted)
    _without_macros(package)
    _pictures(package)
    package.save(out)
    return True


def _unwanted(rel: Relationship) -> bool:
    if rel.external:
        return not rel.kind.startswith("hyperlink")
    return bool(_UNWANTED.fullmatch(rel.kind))


def _without_macros(package: Package) -> None:
    types = package.xml(TYPES)
    for entry in types:
        declared = entry.get("ContentType", "")
        for macro, plain in _WITHOUT_MACROS:
            entry.set(
                "ContentType",
                re.sub(macro, f"vnd.openxmlformats-officedocument.{plain}", declared),
            )
            if entry.get("ContentType") != declared:
                break
    package.change(TYPES, types)


def _pictures(package: Package) -> None:
    for name in {rel.target for rel in package.all_rels() if rel.kind in ("image", "hdphoto")}:
        if not package.has(name):
            continue
        picture, copy = io.BytesIO(package.read(name)), io.BytesIO()
        form = format_of(media_type_of(picture, name))
        picture.seek(0)
        if form is not None and form.clean(picture, copy):
            package.change(name, copy.getvalue())
