"""Every setting stands in docs/settings.md, with its default and what it is for, and no other."""

import re
from pathlib import Path

from app.core.settings import Settings

DOC = Path(__file__).parents[2] / "docs" / "settings.md"


def test_the_document_lists_exactly_the_settings() -> None:
    documented = set(re.findall(r"^\| `(ENTENTE_[A-Z_]+)`", DOC.read_text(), re.MULTILINE))
    assert documented == {f"ENTENTE_{name.upper()}" for name in Settings.model_fields}


def test_each_says_what_the_code_says_it_is_for() -> None:
    text = DOC.read_text()
    for field in Settings.model_fields.values():
        assert field.description
        assert field.description in text
