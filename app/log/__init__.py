"""The log: keeps the journal of every access and act, and gives it a form that nobody can rewrite.

The journal is one insert in the transaction of the act. A single sequencer gives entries their
places, and the log is published and signed as the C2SP specifications say.
"""

from app.log.at import At, checkpoint_at, newest
from app.log.checkpoints import RefusesToSign, reader_of, sign
from app.log.cosigning import NoAnswer, Refusal, ask_witness, http_post, new_client, witnesses
from app.log.forgetting import forget
from app.log.journal import DatabaseJournal
from app.log.keys import LogKeys
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
from app.log.parts import LogParts, log_origin
from app.log.places import entries
from app.log.proofs import EndedUnsigned, EntryProof, proof_of
from app.log.published import (
    best_checkpoint,
    bundle,
    checkpoint,
    cosigned,
    current,
    hash_tile,
    keys,
    policy_text,
    tile,
    vkey,
)
from app.log.reading import read_bundle
from app.log.recovering import recover, unsigned_end
from app.log.rotating import retire, rotate
from app.log.running import Keeper, run
from app.log.sequencing import RunsBehind, sequence
from app.log.state import LogState, WitnessState, check, state

__all__ = [
    "AddressRow",
    "ArchiveRow",
    "At",
    "CheckpointRow",
    "CosignatureRow",
    "DatabaseJournal",
    "EndedUnsigned",
    "EntryProof",
    "EntryRow",
    "Keeper",
    "KeyRow",
    "LogKeys",
    "LogParts",
    "LogRow",
    "LogState",
    "LoggedRow",
    "NoAnswer",
    "NodeRow",
    "Refusal",
    "RefusesToSign",
    "RunsBehind",
    "TextRow",
    "WitnessState",
    "ask_witness",
    "best_checkpoint",
    "bundle",
    "check",
    "checkpoint",
    "checkpoint_at",
    "cosigned",
    "current",
    "entries",
    "forget",
    "hash_tile",
    "http_post",
    "keys",
    "log_origin",
    "new_client",
    "newest",
    "policy_text",
    "proof_of",
    "read_bundle",
    "reader_of",
    "recover",
    "retire",
    "rotate",
    "run",
    "sequence",
    "sign",
    "state",
    "tile",
    "unsigned_end",
    "vkey",
    "witnesses",
]
