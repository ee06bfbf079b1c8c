"""The formats and proofs of a transparency log, as others publish and verify them too.

Nothing here knows the portal: hashes, tiles, notes, checkpoints, cosignatures, policies and proof
files, byte for byte as RFC 9162 and the specifications of c2sp.org say. All parsers are strict:
what one of them accepts, it would write again with the same bytes. The one exception is a trust
policy, which people write by hand, with comments.
"""

from app.tlog.checkpoint import Checkpoint
from app.tlog.errors import (
    CheckpointError,
    NoteError,
    PolicyError,
    ProofError,
    RequestError,
    TileError,
    TlogError,
)
from app.tlog.keys import (
    COSIGNATURE_ED25519,
    COSIGNATURE_MLDSA44,
    ED25519,
    Signer,
    Verified,
    VerifierKey,
    verify_note,
)
from app.tlog.note import MAX_NOTE_BYTES, Note, NoteSignature, check_key_name, parse_signatures
from app.tlog.policy import GroupLine, LogLine, TrustPolicy, WitnessLine
from app.tlog.proof_file import InclusionProof
from app.tlog.tiles import (
    ENTRIES_LEVEL,
    MAX_ENTRY_BYTES,
    TILE_WIDTH,
    Tile,
    TileReader,
    bundles_of,
    decode_bundle,
    decode_tile,
    encode_bundle,
    encode_tile,
    hash_bundle,
    tile_within,
    tiles_of,
)
from app.tlog.tree import (
    EMPTY_ROOT,
    Frontier,
    HashReader,
    check_consistency,
    check_inclusion,
    consistency_proof,
    frontier,
    inclusion_proof,
    leaf_hash,
    node_hash,
    subtree_root,
    tree_root,
)
from app.tlog.witnessing import (
    MAX_REQUEST_BYTES,
    SIZE_MEDIA_TYPE,
    AddCheckpoint,
    origin_hash,
    parse_conflict,
    parse_cosignatures,
)

__all__ = [
    "COSIGNATURE_ED25519",
    "COSIGNATURE_MLDSA44",
    "ED25519",
    "EMPTY_ROOT",
    "ENTRIES_LEVEL",
    "MAX_ENTRY_BYTES",
    "MAX_NOTE_BYTES",
    "MAX_REQUEST_BYTES",
    "SIZE_MEDIA_TYPE",
    "TILE_WIDTH",
    "AddCheckpoint",
    "Checkpoint",
    "CheckpointError",
    "Frontier",
    "GroupLine",
    "HashReader",
    "InclusionProof",
    "LogLine",
    "Note",
    "NoteError",
    "NoteSignature",
    "PolicyError",
    "ProofError",
    "RequestError",
    "Signer",
    "Tile",
    "TileError",
    "TileReader",
    "TlogError",
    "TrustPolicy",
    "Verified",
    "VerifierKey",
    "WitnessLine",
    "bundles_of",
    "check_consistency",
    "check_inclusion",
    "check_key_name",
    "consistency_proof",
    "decode_bundle",
    "decode_tile",
    "encode_bundle",
    "encode_tile",
    "frontier",
    "hash_bundle",
    "inclusion_proof",
    "leaf_hash",
    "node_hash",
    "origin_hash",
    "parse_conflict",
    "parse_cosignatures",
    "parse_signatures",
    "subtree_root",
    "tile_within",
    "tiles_of",
    "tree_root",
    "verify_note",
]
