"""The log: keeps the journal of every access and act, and gives it a form that nobody can rewrite.

The journal is one insert in the transaction of the act. A single sequencer gives entries their
places, and the log is published and signed as the C2SP specifications say.
"""

from app.log.at import At, checkpoint_at, newest
from app.log.journal import DatabaseJournal
from app.log.models import (
    AddressRow,
    ArchiveRow,
    CheckpointRow,
    CosignatureRow,
    EntryRow,
    KeyRow,
    LoggedRow,
    LogRow,
    NodeRow,
    TextRow,
)
from app.log.sequencing import sequence

__all__ = [
    "AddressRow",
    "ArchiveRow",
    "At",
    "CheckpointRow",
    "CosignatureRow",
    "DatabaseJournal",
    "EntryRow",
    "KeyRow",
    "LogRow",
    "LoggedRow",
    "NodeRow",
    "TextRow",
    "checkpoint_at",
    "newest",
    "sequence",
]
