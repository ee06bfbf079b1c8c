"""What a task may use before it is ended."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """The limits of one task; `memory_bytes` counts beyond what the libraries take at rest."""

    memory_bytes: int = 1 << 30
    cpu_seconds: int = 60
    wall_seconds: float = 120
    output_bytes: int = 256 << 20
