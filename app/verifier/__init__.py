"""Verifies a log as an auditor does, believing nobody: from a folder, an address or the database.

It recomputes every hash from the entries themselves, judges signatures by keys that the auditor
brought, compares with what this machine saw before, and says in one sentence what is proved, or
what is wrong and from which entry on. It needs no server and no database of its own.
"""

from app.verifier.evidence import Files, open_files, verify_selection
from app.verifier.http_source import HttpSource, open_log
from app.verifier.kept import Kept, read_checkpoint, state_folder
from app.verifier.receipts import Receipt, read_receipt_keys
from app.verifier.sources import Claim, FolderSource, Source, open_folders
from app.verifier.trust import Trust, parse_policy, read_keys
from app.verifier.verdict import (
    Kind,
    Proved,
    Selected,
    Watch,
    Witness,
    Wrong,
    sentence,
    sentence_of_selection,
)
from app.verifier.verifying import Asked, verify

__all__ = [
    "Asked",
    "Claim",
    "Files",
    "FolderSource",
    "HttpSource",
    "Kept",
    "Kind",
    "Proved",
    "Receipt",
    "Selected",
    "Source",
    "Trust",
    "Watch",
    "Witness",
    "Wrong",
    "open_files",
    "open_folders",
    "open_log",
    "parse_policy",
    "read_checkpoint",
    "read_keys",
    "read_receipt_keys",
    "sentence",
    "sentence_of_selection",
    "state_folder",
    "verify",
    "verify_selection",
]
