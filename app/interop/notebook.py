"""A Jupyter notebook becomes Markdown: its texts as they are, code and printed results as code."""

import json
import re
from collections.abc import Iterator
from typing import Any

from app.core.errors import Invalid
from app.interop.html import html_to_markdown
from app.interop.writing import fenced

_TERMINAL_COLOURS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_IMAGE_LEFT_OUT = "*(An image among the results was left out.)*"
_LANGUAGE = re.compile(r"[\w+#.-]+")


def notebook_to_markdown(text: str) -> str:
    """Give the notebook's cells in order; images among the results are named as left out.

    Raises:
        Invalid: it is not a notebook; says why.

    Source: the Jupyter notebook format, versions 3 and 4.
    """
    try:
        notebook = json.loads(text)
    except (json.JSONDecodeError, RecursionError):
        raise Invalid("This is not a notebook: its JSON cannot be read.") from None
    cells = _cells(notebook)
    language = _language(notebook)
    return "\n\n".join(part for cell in cells for part in _cell(cell, language) if part.strip())


def _cells(notebook: Any) -> list[dict[str, Any]]:
    try:
        cells = notebook.get("cells")
        if cells is None:
            cells = [cell for sheet in notebook["worksheets"] for cell in sheet["cells"]]
        return [cell for cell in cells if isinstance(cell, dict)]
    except (AttributeError, KeyError, TypeError):
        raise Invalid("This is not a notebook: it has no cells.") from None


def _language(notebook: dict[str, Any]) -> str:
    metadata = _mapping(notebook.get("metadata"))
    for place, name in (("language_info", "name"), ("kernelspec", "language")):
        language = _mapping(metadata.get(place)).get(name)
        if isinstance(language, str) and _LANGUAGE.fullmatch(language):
            return language.lower()
    return "python"


def _cell(cell: dict[str, Any], language: str) -> Iterator[str]:
    source = _joined(cell.get("source", cell.get("input", "")))
    match cell.get("cell_type"):
        case "markdown":
            yield source
        case "heading":
            yield f"{'#' * int(cell.get('level', 1))} {source}"
        case "code":
            if source.strip():
                yield fenced(source, language)
            for output in cell.get("outputs") or ():
                yield _output(_mapping(output))
        case _:
            yield fenced(source)


def _output(output: dict[str, Any]) -> str:
    if output.get("output_type") in {"error", "pyerr"}:
        trace = _joined(output.get("traceback"), between="\n")
        return _printed(trace or f"{output.get('ename')}: {output.get('evalue')}")
    if output.get("output_type") == "stream":
        return _printed(_joined(output.get("text")))
    data = _mapping(output.get("data", output))  # version 3 has no "data" in between
    return _shown(data)


def _shown(data: dict[str, Any]) -> str:
    image = _IMAGE_LEFT_OUT if any(str(kind).startswith(("image/", "png")) for kind in data) else ""
    if "text/markdown" in data:
        said = _joined(data["text/markdown"])
    elif "text/html" in data and "text/plain" not in data:
        said = html_to_markdown(_joined(data["text/html"]))
    else:
        said = _printed(_joined(data.get("text/plain", data.get("text", ""))))
    return "\n\n".join(part for part in (said, image) if part)


def _printed(text: str) -> str:
    text = _TERMINAL_COLOURS.sub("", text)
    return fenced(text, "text") if text.strip() else ""


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _joined(value: Any, *, between: str = "") -> str:
    """Join what the format keeps as one string or as a list of lines."""
    return between.join(map(str, value)) if isinstance(value, list) else str(value or "")
