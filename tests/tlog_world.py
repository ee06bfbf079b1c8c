"""A small log and its witnesses, with fixed keys, for tests of the formats."""

from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from app import tlog

ORIGIN = "portal.example/log/2026"
SG = "witness.sg.example/entente"
EU = "witness.eu.example/entente"
AT = 1_795_510_000


def ed25519(seed: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(sha256(seed.encode()).digest())


def mldsa44(seed: str) -> MLDSA44PrivateKey:
    return MLDSA44PrivateKey.from_seed_bytes(sha256(seed.encode()).digest())


LOG = tlog.Signer.ed25519(ORIGIN, ed25519("log"))
LOG_PQ = tlog.Signer.cosigner_mldsa44(ORIGIN, mldsa44("log"))
WITNESS_SG = tlog.Signer.cosigner_ed25519(SG, ed25519("sg"))
WITNESS_SG_PQ = tlog.Signer.cosigner_mldsa44(SG, mldsa44("sg"))
WITNESS_EU = tlog.Signer.cosigner_ed25519(EU, ed25519("eu"))
WITNESS_EU_PQ = tlog.Signer.cosigner_mldsa44(EU, mldsa44("eu"))

POLICY = tlog.TrustPolicy.parse(
    f"log {LOG.vkey.text()}\n"
    f"witness sg {WITNESS_SG.vkey.text()} http://127.0.0.1:8201/\n"
    f"witness eu {WITNESS_EU_PQ.vkey.text()} http://127.0.0.1:8202/\n"
    "group both all sg eu\n"
    "quorum both\n"
)


def entries(count: int) -> list[bytes]:
    return [b'{"entry":%d}' % number for number in range(count)]


class Tree:
    """A log's tree in memory: a reader of any hash of it, from its leaves."""

    def __init__(self, logged: list[bytes]) -> None:
        self.leaves = [tlog.leaf_hash(entry) for entry in logged]

    def __call__(self, level: int, index: int) -> bytes:
        return tlog.subtree_root(self.leaves[index << level : (index + 1) << level])

    def root(self, size: int) -> bytes:
        return tlog.tree_root(size, self)


def signed(
    tree: Tree, size: int, *signers: tlog.Signer, origin: str = ORIGIN, at: int = AT
) -> tlog.Note:
    """A checkpoint of the first `size` entries, signed by these signers."""
    text = tlog.Checkpoint(origin, size, tree.root(size)).text()
    return tlog.Note(text, tuple(signer.sign(text, at) for signer in signers))
