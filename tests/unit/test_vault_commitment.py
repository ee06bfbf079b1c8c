"""One stream that opens under two keys to two plaintexts, and why it does us no harm.

AES-GCM's tag is linear in the ciphertext over GF(2^128): for any two keys, one free block makes the
tags equal. Without a commitment, whoever stores the wrapped key chooses what a reader sees.

Source: Dodis, Grubbs, Ristenpart, Woodage, "Fast Message Franking", CRYPTO 2018, section 3.
"""

from dataclasses import replace
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.vault import NotCommitted
from app.vault.envelope import commit
from tests.vault_world import BINDING, LABEL, Vault, opened

HONEST, EVIL = b"\x01" * 32, b"\x02" * 32
SALT, PREFIX = b"\x07" * 32, b"\x07" * 7
NONCE = PREFIX + b"\0\0\0\0\x01"
TEXT = b"The threshold is"


def multiply(x: int, y: int) -> int:
    """Multiply in GCM's field, whose first bit is the highest (NIST SP 800-38D, 6.3)."""
    product = 0
    for bit in range(127, -1, -1):
        if x >> bit & 1:
            product ^= y
        y = y >> 1 ^ (0xE1 << 120 if y & 1 else 0)
    return product


def inverse(x: int) -> int:
    """Give x^(2^128 - 2)."""
    result = 1 << 127
    for bit in range(127, -1, -1):
        result = multiply(result, result)
        if bit > 0:
            result = multiply(result, x)
    return result


class Gcm:
    """The parts of AES-GCM under the derived key of one stream."""

    def __init__(self, data_key: bytes) -> None:
        derived = HKDF(SHA256(), 32, SALT, BINDING.associated_data()).derive(data_key)
        self._cipher = Cipher(AES(derived), ECB())  # noqa: S305 - GCM is built from single blocks
        self.h = self.block(bytes(16))
        self.mask = self.block(NONCE + (1).to_bytes(4, "big"))

    def block(self, data: bytes) -> int:
        encryptor = self._cipher.encryptor()
        return int.from_bytes(encryptor.update(data) + encryptor.finalize(), "big")

    def power(self, exponent: int) -> int:
        result = 1 << 127
        for _ in range(exponent):
            result = multiply(result, self.h)
        return result

    def tag(self, one: int, two: int) -> int:
        lengths = 2 * 128
        return (
            multiply(one, self.power(3))
            ^ multiply(two, self.power(2))
            ^ multiply(lengths, self.h)
            ^ self.mask
        )


def two_faced_stream() -> bytes:
    """Make a stream of 32 bytes of plaintext that is authentic under both keys."""
    honest, evil = Gcm(HONEST), Gcm(EVIL)
    one = int.from_bytes(TEXT, "big") ^ honest.block(NONCE + (2).to_bytes(4, "big"))
    difference = honest.tag(one, 0) ^ evil.tag(one, 0)
    two = multiply(difference, inverse(honest.power(2) ^ evil.power(2)))
    tag = honest.tag(one, two)
    blocks = b"".join(part.to_bytes(16, "big") for part in (one, two, tag))
    return b"\x28" + SALT + PREFIX + blocks


def test_a_second_key_that_also_fits_is_refused_by_the_commitment(tmp_path: Path) -> None:
    stream, ad = two_faced_stream(), BINDING.associated_data()
    seen, instead = opened(stream, HONEST, ad), opened(stream, EVIL, ad)
    assert seen.startswith(TEXT)
    assert instead != seen

    vault = Vault(tmp_path)
    envelope = vault.seal(bytes(32))
    vault.put(envelope.blob, stream)

    def wrapped(data_key: bytes) -> bytes:
        return vault.keys.wrap(vault.key.id, data_key, LABEL.associated_data(vault.key.id))

    committed = replace(
        envelope,
        wrapped_key=wrapped(HONEST),
        commitment=commit(HONEST, envelope.commitment_salt, BINDING),
    )
    assert vault.read(committed) == seen
    vault.blobs.delete(envelope.blob)  # The refusal below comes before the body is even looked at.
    with pytest.raises(NotCommitted):
        vault.read(replace(committed, wrapped_key=wrapped(EVIL)))
