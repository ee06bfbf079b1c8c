"""How long the portal waits for a key service."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Patience:
    """How long one answer of a key service may take; it is asked three times at most."""

    connect_seconds: float = 2
    read_seconds: float = 3
