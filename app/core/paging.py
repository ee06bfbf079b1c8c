"""Cursors: a place in a list that stays right while things are added."""

import base64
import binascii
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from app.core.errors import Invalid

T = TypeVar("T")
PAGE_SIZE = 25


@dataclass(frozen=True)
class Page(Generic[T]):
    """One page of a list, with the cursors of its neighbours (None: there is none)."""

    items: Sequence[T]
    next_cursor: str | None = None
    previous_cursor: str | None = None


def encode_cursor(*key: Any) -> str:
    """Spell the sort key of the last row shown so that it survives a URL."""
    text = json.dumps(key, default=str, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def decode_cursor(cursor: str) -> list[Any]:
    """Read a sort key back.

    Raises:
        Invalid: the cursor is not one that `encode_cursor` made.
    """
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        key = json.loads(base64.urlsafe_b64decode(padded))
    except (ValueError, RecursionError, binascii.Error) as error:
        raise Invalid("This page link is damaged. Start again from the first page.") from error
    if not isinstance(key, list):
        raise Invalid("This page link is damaged. Start again from the first page.")
    return key
