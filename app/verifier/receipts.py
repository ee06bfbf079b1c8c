"""Receipts: what the portal promised to a caller of the API will stand in the log.

A receipt is a JWS that names, of each entry, its id and leaf hash. It is evidence even when the
portal lost or hid the second before the entries were given their places.
"""

import base64
import binascii
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from app.verifier.verdict import Kind, Wrong, moment

RECEIPT_TYPE: Final = "entente-receipt+jwt"
MAX_RECEIPT_BYTES: Final = 64 * 1024
SIGNATURE_BYTES: Final = 64


@dataclass(frozen=True)
class Receipt:
    """What was promised: by whose logs, when, and the leaf hash of each entry by its id.

    `origin` is the name of the portal's logs, without a year.
    """

    origin: str
    at: datetime
    leaves: Mapping[str, bytes]
    checked: bool

    @classmethod
    def parse(cls, compact: str, keys: Sequence[ec.EllipticCurvePublicKey] = ()) -> "Receipt":
        """Read a receipt and, when there are keys, check that one of them signed it.

        Raises:
            Wrong: it is no receipt, or none of the keys signed it.

        Source: RFC 7515 (compact serialization), RFC 7518, section 3.4 (ES256).
        """
        try:
            header, payload, signature = compact.strip().split(".")
            said, told = json.loads(_decoded(header)), json.loads(_decoded(payload))
            if (said["alg"], said["typ"]) != ("ES256", RECEIPT_TYPE) or "crit" in said:
                raise ValueError
            receipt = cls._of(told, checked=bool(keys))
            raw = _decoded(signature)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise _refused("This is not a receipt.") from error
        message = f"{header}.{payload}".encode()
        if keys and not any(_signed(key, message, raw) for key in keys):
            raise _refused("The receipt is not signed by the key that was given.")
        return receipt

    @classmethod
    def _of(cls, told: Mapping[str, Any], *, checked: bool) -> "Receipt":
        leaves = {str(entry["id"]): bytes.fromhex(entry["leaf"]) for entry in told["entries"]}
        at = datetime.fromtimestamp(int(told["iat"]), UTC)
        return cls(str(told["iss"]), at, leaves, checked)

    def require(self, found: Collection[bytes], size: int, last_at: datetime | None) -> None:
        """Require that every entry was found in the logs, of which the newest has `size` entries.

        Raises:
            Wrong: one does not.
        """
        for entry_id, leaf in self.leaves.items():
            if leaf not in found:
                late = last_at is None or self.at >= last_at
                why = "the log does not reach that moment yet" if late else "the log lacks it"
                raise _refused(
                    f"A receipt of {moment(self.at)} UTC promises entry {entry_id}: {why}.", size
                )


def read_receipt_keys(pems: Sequence[bytes]) -> list[ec.EllipticCurvePublicKey]:
    """Read the portal's public keys, in PEM.

    Raises:
        Wrong: one is no public key on P-256.
    """
    keys = []
    for pem in pems:
        try:
            key = serialization.load_pem_public_key(pem)
        except ValueError as error:
            raise _refused("The key for receipts is not a public key in PEM.") from error
        if not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.name != "secp256r1":
            raise _refused("The key for receipts is not on the curve P-256.")
        keys.append(key)
    return keys


def _signed(key: ec.EllipticCurvePublicKey, message: bytes, raw: bytes) -> bool:
    half = SIGNATURE_BYTES // 2
    if len(raw) != SIGNATURE_BYTES:
        return False
    der = encode_dss_signature(int.from_bytes(raw[:half]), int.from_bytes(raw[half:]))
    try:
        key.verify(der, message, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


def _decoded(part: str) -> bytes:
    try:
        data = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except binascii.Error as error:
        raise ValueError from error
    if base64.urlsafe_b64encode(data).rstrip(b"=").decode() != part:
        raise ValueError
    return data


def _refused(what: str, first: int = 0) -> Wrong:
    return Wrong(Kind.RECEIPT, first=first, what=what)
