"""What is shown of the journal: facts of access, never content."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.core.ids import EntryId
from app.core.paging import Page


@dataclass(frozen=True)
class EntryView:
    """One entry at its place; `actor_name` is filled while the person's details still exist."""

    id: EntryId
    at: datetime
    type: str
    subject: str
    actor: str
    actor_name: str
    organisation: str
    organisation_name: str
    decision: str
    policies: tuple[str, ...]
    markings: tuple[str, ...]
    served_bytes: int
    details: Mapping[str, Any]
    leaf_hash_hex: str
    log: int
    index: int


@dataclass(frozen=True)
class LogPage:
    """A page of entries, newest first, and the types that a filter can name."""

    page: Page[EntryView]
    types: Sequence[str]
