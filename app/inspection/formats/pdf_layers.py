"""The layers of a PDF (optional content) that are switched off, and where they are used.

Source: ISO 32000-2, 8.11.
"""

from collections.abc import Iterator
from typing import Any

import pikepdf

from app.inspection.formats.pdf_structure import Structure, listed, text_of


def layers_off(pdf: pikepdf.Pdf) -> dict[int, str]:
    """Return number and name of each layer that is off when the file is opened."""
    properties = pdf.Root.get("/OCProperties")
    if not isinstance(properties, pikepdf.Dictionary):
        return {}
    shown = properties.get("/D")
    shown = shown if isinstance(shown, pikepdf.Dictionary) else pikepdf.Dictionary()
    layers = _named(properties.get("/OCGs"))
    if shown.get("/BaseState") == pikepdf.Name.OFF:
        on = _named(shown.get("/ON"))
        return {number: name for number, name in layers.items() if number not in on}
    return {number: name for number, name in _named(shown.get("/OFF")).items() if number in layers}


def used(structure: Structure, layers: dict[int, str]) -> Iterator[str]:
    """Yield the names of those layers to which more than the list of layers leads."""
    for number, name in layers.items():
        needle = f"{number} 0 R".encode()
        own = (b"/OCGs ", b"/Order ", b"/BaseState")
        for written in structure.sources.values():
            if needle in written and not any(key in written for key in own):
                yield name
                break


def _named(layers: Any) -> dict[int, str]:
    return {
        each.objgen[0]: text_of(each.get("/Name"))
        for each in listed(layers)
        if isinstance(each, pikepdf.Dictionary)
    }
