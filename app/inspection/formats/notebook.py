"""Jupyter notebooks: results, hidden cells and metadata, and what they tell of a computer.

Source: the Jupyter notebook format, version 4.
"""

import io
import json
import re
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Iterator
from typing import IO, Any

from app.inspection.formats import Unreadable, html
from app.inspection.looking import look_at_member
from app.inspection.report import Finding, Note, Passage

_PATH = re.compile(r"(?:/home/|/Users/|[A-Za-z]:\\{1,2}Users\\{1,2})[^\s/\\\"':]+")
_HIDING_TAG = re.compile(r"(?:hide|remove)(?:[-_](?:cell|input|output))?")
_KEPT_OF_LANGUAGE = ("name",)
_KEPT_OF_KERNEL = ("name", "display_name", "language")


def look(file: IO[bytes], note: Note) -> None:
    """Note results, hidden cells, metadata, paths and attachments."""
    notebook = _read(file)
    _metadata(_mapping(notebook.get("metadata")), note)
    outputs = 0
    for number, cell in enumerate(_cells(notebook), 1):
        place = f"Cell {number}"
        outputs += len(cell.get("outputs") or ())
        _cell(cell, place, note)
    if outputs:
        note(Finding("results", excerpt=f"{outputs} results are kept"))


def passages(file: IO[bytes]) -> Iterator[Passage]:
    """Give the text of each cell with its printed results."""
    for number, cell in enumerate(_cells(_read(file)), 1):
        results = "\n".join(_printed(output) for output in _outputs(cell))
        yield Passage(f"Cell {number}", None, f"{_joined(cell.get('source'))}\n{results}".strip())


def clean(file: IO[bytes], out: IO[bytes]) -> bool:
    """Write the notebook without metadata and the state of widgets; results stay as they are."""
    notebook = _read(file)
    told = _mapping(notebook.get("metadata"))
    notebook["metadata"] = {
        name: {key: told[name][key] for key in kept if key in _mapping(told[name])}
        for name, kept in (("kernelspec", _KEPT_OF_KERNEL), ("language_info", _KEPT_OF_LANGUAGE))
        if isinstance(told.get(name), dict)
    }
    for cell in _cells(notebook):
        cell["metadata"] = {}
        for output in _outputs(cell):
            if "metadata" in output:
                output["metadata"] = {}
    out.write(json.dumps(notebook, ensure_ascii=False, indent=1).encode("utf-8", "replace"))
    return True


def _metadata(metadata: dict[str, Any], note: Note) -> None:
    if metadata.get("widgets"):
        said = json.dumps(metadata["widgets"], ensure_ascii=False)[:400]
        note(Finding("hidden-data", "State of widgets", None, said))
    others = {key: value for key, value in metadata.items() if key not in (
        "kernelspec", "language_info", "widgets", "nbsphinx", "toc", "anaconda-cloud")}  # fmt: skip
    if others:
        said = json.dumps(others, ensure_ascii=False)[:400]
        kind = "author-metadata" if re.search(r"author|user|name", said, re.I) else "hidden-data"
        note(Finding(kind, "Metadata of the notebook", None, said))


def _cell(cell: dict[str, Any], place: str, note: Note) -> None:
    metadata = _mapping(cell.get("metadata"))
    if _is_hidden(metadata):
        note(Finding("hidden-text", place, None, f"hidden: {_joined(cell.get('source'))}"))
    user = _mapping(_mapping(metadata.get("executionInfo")).get("user"))
    if user:
        said = f"{user.get('displayName', '')} {user.get('userId', '')}"
        note(Finding("author-metadata", place, None, said))
    printed = [_printed(output) for output in _outputs(cell)]
    for text in (_joined(cell.get("source")), *printed):
        if found := _PATH.search(text):
            note(Finding("computer-path", place, None, found[0]))
    for output in _outputs(cell):
        _shown(_mapping(output.get("data")), place, note)
    for name, kinds in _mapping(cell.get("attachments")).items():
        for content in _mapping(kinds).values():
            _picture(_joined(content), f"{place} › {name}", note)


def _is_hidden(metadata: dict[str, Any]) -> bool:
    jupyter, tags = _mapping(metadata.get("jupyter")), metadata.get("tags")
    if any(_HIDING_TAG.fullmatch(str(tag)) for tag in tags or () if isinstance(tags, list)):
        return True
    told = (metadata.get("hide_input"), metadata.get("collapsed"), jupyter.get("source_hidden"))
    return any(told) or bool(jupyter.get("outputs_hidden"))


def _shown(data: dict[str, Any], place: str, note: Note) -> None:
    for kind, content in data.items():
        if kind == "application/javascript":
            note(Finding("active-content", place, None, _joined(content)))
        elif kind == "text/html":
            page = io.BytesIO(_joined(content).encode("utf-8", "replace") or b" ")
            html.look(page, lambda found: note(Finding(found.kind, place, None, found.excerpt)))
        elif kind in ("image/png", "image/jpeg"):
            _picture(_joined(content), f"{place} › result", note)


def _picture(content: str, name: str, note: Note) -> None:
    try:
        look_at_member(io.BytesIO(b64decode(content)), name, note)
    except (NotBase64, ValueError):
        note(Finding("not-inspectable", name, None, "It is not encoded as it should be."))


def _printed(output: dict[str, Any]) -> str:
    if output.get("output_type") == "error":
        return _joined(output.get("traceback"))
    data = _mapping(output.get("data"))
    return _joined(output.get("text") or data.get("text/plain") or data.get("text/markdown"))


def _read(file: IO[bytes]) -> dict[str, Any]:
    try:
        notebook = json.loads(file.read())
    except (ValueError, RecursionError):
        raise Unreadable from None
    if not isinstance(notebook, dict) or not isinstance(notebook.get("cells"), list):
        raise Unreadable
    return notebook


def _cells(notebook: dict[str, Any]) -> list[dict[str, Any]]:
    return [cell for cell in notebook["cells"] if isinstance(cell, dict)]


def _outputs(cell: dict[str, Any]) -> list[dict[str, Any]]:
    outputs = cell.get("outputs")
    return [one for one in outputs if isinstance(one, dict)] if isinstance(outputs, list) else []


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _joined(value: Any) -> str:
    return "".join(map(str, value)) if isinstance(value, list) else str(value or "")
