"""What is shown of statements of access."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from app.core.ids import StatementId


@dataclass(frozen=True)
class StatementLine:
    """A statement in a list."""

    id: StatementId
    organisation: str
    organisation_name: str
    month: date
    line_count: int
    made_at: datetime
    at: str


@dataclass(frozen=True)
class AccessLine:
    """One access: who (an organisation, and a person's pseudonym), what, when, and its place."""

    at: datetime
    type: str
    reference: str
    subject: str
    organisation: str
    organisation_name: str
    person: str
    markings: tuple[str, ...]
    served_bytes: int
    log: int
    index: int
    leaf_hash_hex: str


@dataclass(frozen=True)
class StatementView:
    """A statement; `signed` is the whole of it as it was signed, a compact JWS."""

    line: StatementLine
    accesses: tuple[AccessLine, ...]
    checkpoint: str
    signed: str

    @property
    def flattened(self) -> Mapping[str, Any]:
        """Give what was signed in the JSON serialization (RFC 7515, section 7.2.2)."""
        protected, payload, signature = self.signed.split(".")
        return {"payload": payload, "protected": protected, "signature": signature}
