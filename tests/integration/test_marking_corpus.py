"""The corpus bears no marking that it does not bear: what is found in it is listed here, with why.

The corpus lies beside the repository, or where `ENTENTE_CORPUS` says; without it nothing is read.
"""

import io
import os
from pathlib import Path

import pytest

from app.inspection.findings import KINDS, Severity
from app.inspection.looking import Notes, look_at, passages_of
from app.inspection.marking_finder import find_markings
from app.labels import load_schemes

ROOT = Path(__file__).resolve().parents[2]
CORPUS = Path(os.environ.get("ENTENTE_CORPUS", ROOT.parent / "shared" / "corpus"))
PICTURES = (".png", ".jpg", ".jpeg", ".gif")

# Documents with markings in them. There are none: guides on access, secrets and confidentiality
# write these words in prose, in code and in tables only.
MARKED: dict[str, set[str]] = {}

# What of Office documents and notebooks is more than a note.
TRUE_FINDINGS = {
    # Photographs of which only a part is shown; the rest is in the file.
    ("framing-trustworthy-ai-lifecycle.docx", "cropped-picture"),
    # A small picture of the first slide, which PowerPoint keeps.
    ("architecture.pptx", "thumbnail"),
    ("ex-annotation.pptx", "thumbnail"),
}

# On a machine of one's own the corpus may be missing; where what lands is judged, it may not.
without = pytest.mark.skipif(
    not CORPUS.exists() and "CI" not in os.environ,
    reason="the corpus is not beside the repository",
)


@without
def test_no_document_of_the_corpus_bears_a_marking_but_those_listed() -> None:
    schemes = load_schemes(ROOT / "policies")
    read = 0
    marked: dict[str, set[str]] = {}
    for path in sorted(path for path in CORPUS.rglob("*") if path.is_file()):
        if path.suffix.lower() in PICTURES:
            continue
        passages = passages_of(io.BytesIO(path.read_bytes()), path.name)
        found = find_markings(path.name, passages, schemes)
        read += 1
        if found:
            marked[path.name] = {one.marking for one in found}

    assert read > 700
    assert marked == MARKED


@without
def test_office_documents_and_notebooks_of_the_corpus_have_the_true_findings_only() -> None:
    found = set()
    for path in CORPUS.rglob("*"):
        if path.suffix in (".docx", ".pptx", ".ipynb"):
            notes = Notes()
            look_at(io.BytesIO(path.read_bytes()), path.name, notes)
            found |= {
                (path.name, one.kind)
                for one in notes.findings()
                if KINDS[one.kind].severity is not Severity.NOTE
            }
    assert found == TRUE_FINDINGS
