"""Real documents convert without losing a word, and what comes out can be shown and searched.

The samples in `tests/vectors/documents` are always read; the corpus beside the repository, 758
documents in twelve languages, where it is there.
"""

import csv
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import yaml

from app.interop.convert import is_binary, to_document
from app.records.languages import segment
from app.records.markdown import plain, render

ROOT = Path(__file__).parents[2]
MEDIA_TYPES = {
    ".html": "text/html",
    ".ipynb": "application/x-ipynb+json",
    ".json": "application/json",
    ".md": "text/markdown",
    ".rst": "text/x-rst",
    ".txt": "text/plain",
    ".yaml": "application/yaml",
}
WORD = re.compile(r"\w+")
FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
# What the syntax of reStructuredText takes away: directives with their arguments and options, the
# names of roles, targets behind a text, comments, the numbers of a list.
RST_SYNTAX = re.compile(
    r"^\s*\.\. [\w:-]+::.*$|^\s+:[\w-]+:.*$|:[\w:]+:(?=`)|<[^>`]*>(?=`)|^\.\. .*$|^\s*\d+\. ",
    re.MULTILINE,
)
CJK_UNCUT = re.compile(r"[一-龥ぁ-んァ-ヶ가-힣]{3}")
RST_MARKS = re.compile(r"\\\s|\*")


@dataclass(frozen=True)
class Sample:
    path: Path
    media_type: str
    title: str


def _samples() -> Iterator[Sample]:
    for path in sorted((ROOT / "tests" / "vectors" / "documents").iterdir()):
        yield Sample(path, MEDIA_TYPES[path.suffix], "Sample")
    manifest = ROOT.parent / "shared" / "corpus" / "manifest.csv"
    if manifest.exists():
        with manifest.open(encoding="utf-8", newline="") as rows:
            for row in csv.DictReader(rows):
                if not is_binary(row["media_type"]):
                    yield Sample(manifest.parent / row["path"], row["media_type"], row["title"])


SAMPLES = list(_samples())


def _words(text: str) -> Counter[str]:
    return Counter(WORD.findall(text.replace("_", " ")))


def _scalars(value: Any) -> str:
    """Give the values of a structure, and its keys once: a table says them once."""
    keys: set[str] = set()

    def walk(node: Any) -> Iterator[str]:
        if isinstance(node, dict):
            keys.update(map(str, node))
            for item in node.values():
                yield from walk(item)
        elif isinstance(node, list):
            for item in node:
                yield from walk(item)
        else:
            yield node if isinstance(node, str) else json.dumps(node)

    return "\n".join([*walk(value), *keys])


def _notebook(text: str) -> str:
    said = []
    for cell in json.loads(text)["cells"]:
        source = "".join(cell["source"])
        said.append(plain(source) if cell["cell_type"] == "markdown" else source)
        for output in cell.get("outputs", []):
            printed = output.get("text") or output.get("data", {}).get("text/plain", [])
            said.append(re.sub(r"\x1b\[[0-9;]*m", "", "".join(printed)))
    return "\n".join(said)


def _said(text: str, media_type: str) -> str:
    """The oracle: what a file says, read another way than the converter reads it."""
    match media_type:
        case "text/markdown":
            return plain(FRONT_MATTER.sub("", text))
        case "text/html":
            return unescape(re.sub(r"<style>.*?</style>|<[^>]*>", " ", text, flags=re.DOTALL))
        case "text/x-rst":
            return RST_MARKS.sub("", RST_SYNTAX.sub("", text))
        case "application/json":
            return _scalars(json.loads(text))
        case "application/yaml":
            return _scalars(list(yaml.load_all(text, Loader=yaml.BaseLoader)))
        case "application/x-ipynb+json":
            return _notebook(text)
    return text


@pytest.mark.parametrize("media_type", sorted(MEDIA_TYPES.values()))
def test_no_word_is_lost_and_every_section_can_be_shown(media_type: str) -> None:
    samples = [sample for sample in SAMPLES if sample.media_type == media_type]
    assert samples

    for sample in samples:
        _check(sample)


def _check(sample: Sample) -> None:
    data = sample.path.read_bytes()
    document = to_document(
        data, media_type=sample.media_type, path=sample.path.name, title=sample.title
    )
    bodies = [plain(part.markdown) for part in document.sections]
    headings = [part.heading for part in document.sections]
    came_out = _words("\n".join([document.title, *headings, *bodies]))
    went_in = _words(_said(data.decode("utf-8-sig").replace("\r\n", "\n"), sample.media_type))

    lost = went_in - came_out
    assert not lost, (sample.path, lost)
    assert document.sections, sample.path
    assert len(document.summary) <= 600
    assert all(len(heading) <= 300 and "\n" not in heading for heading in headings)
    for part, body in zip(document.sections, bodies, strict=True):
        assert render(part.markdown) or not part.markdown, sample.path
        assert not CJK_UNCUT.search(segment(body))
