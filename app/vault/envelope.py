"""The envelope of a sealed attachment: its wrapped data key, and what that key is bound to.

Three bindings hold, each with its own associated data (canonical JSON, RFC 8785):

- the **stream** is bound to what never changes about an attachment (`Binding`), so that a blob
  claimed by another record does not open;
- the **wrapping** of the data key is bound to the marking (`Label`) and the organisation's key, so
  that relabelling is a deliberate act of whoever may use that key, and never touches the body;
- the **commitment** ties the envelope to one data key. AES-GCM alone does not: one ciphertext can
  be made that opens under two keys to two plaintexts (the class of CVE-2025-14760).
"""

import hmac
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.core.canonical import canonical_bytes
from app.core.ids import AttachmentId, RecordId
from app.vault.blobs import BlobName, blob_name
from app.vault.errors import KeyDestroyed, NotAuthentic, NotCommitted
from app.vault.keys import KeyProvider, OrgKeyId, current_key, key_for_alone
from app.vault.stream import KEY_BYTES, RandomBytes

FORMAT = "entente/envelope/v1"
Form = Literal["original", "cleaned"]
SALT_BYTES = 32
_BYTES_FIELDS = (
    "wrapped_key",
    "commitment_salt",
    "commitment",
    "content_salt",
    "content_hash",
)
_WRAPPING_BYTES = _BYTES_FIELDS[:3]


@dataclass(frozen=True, slots=True)
class Binding:
    """What never changes about an attachment; `version` is counted from 1.

    `arrangement` names the deployment, `originator` is the organisation's slug: both may never be
    renamed. `form` says which of an attachment's two files it is: the one that was uploaded, or
    the cleaned copy that the portal made of it. Neither opens as the other."""

    arrangement: str
    originator: str
    record: RecordId
    attachment: AttachmentId
    version: int
    form: Form = "original"

    def associated_data(self) -> bytes:
        """Give the bytes that the stream is bound to; only a cleaned copy has a `form` in them."""
        return canonical_bytes(
            {
                "use": "entente/stream/v1",
                "arrangement": self.arrangement,
                "originator": self.originator,
                "record": str(self.record),
                "attachment": str(self.attachment),
                "version": self.version,
                **({} if self.form == "original" else {"form": self.form}),
            }
        )


@dataclass(frozen=True, slots=True)
class Label:
    """The marking, in its canonical text, and the version of the scheme it was given under.

    `own_key` asks that what is wrapped anew be wrapped by a key made for this attachment alone; it
    is no part of what the wrapping is bound to, since the key's id is.
    """

    marking: str
    scheme_version: str
    own_key: bool = field(default=False, compare=False)

    def associated_data(self, key_id: OrgKeyId) -> bytes:
        """Give the bytes that the wrapping of the data key by `key_id` is bound to."""
        return canonical_bytes(
            {
                "use": "entente/wrap/v1",
                "key": key_id,
                "marking": self.marking,
                "scheme_version": self.scheme_version,
            }
        )


@dataclass(frozen=True, slots=True)
class Envelope:
    """Everything but the body and the organisation's key; holds no secret in the clear.

    `content_hash` is HMAC-SHA256(content_salt, SHA-256(plaintext)): it lets two parties compare
    what they have, and says nothing about a guessable plaintext to someone who sees only the log
    (CVE-2022-2582 was a raw hash). `size_bytes` is the plaintext's.
    """

    blob: BlobName
    size_bytes: int
    key_id: OrgKeyId
    wrapped_key: bytes
    commitment_salt: bytes
    commitment: bytes
    content_salt: bytes
    content_hash: bytes

    @property
    def destroyed(self) -> bool:
        """Whether the wrapping was forgotten when its key was destroyed: no key brings it back."""
        return not self.wrapped_key

    def as_json(self) -> dict[str, str | int]:
        """Give the form in which a row keeps it: bytes as base64."""
        fields = asdict(self)
        for name in _BYTES_FIELDS:
            fields[name] = b64encode(fields[name]).decode()
        return {"format": FORMAT, **fields}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Envelope":
        """Read what `as_json` wrote, and nothing else.

        Raises:
            NotAuthentic: a field is missing, unknown or not of its form.
        """
        fields = dict(stored)
        try:
            if fields.pop("format") != FORMAT or type(fields["size_bytes"]) is not int:
                raise ValueError
            for name in _BYTES_FIELDS:
                fields[name] = b64decode(fields[name], validate=True)
            fields["blob"] = blob_name(fields["blob"])
            fields["key_id"] = OrgKeyId(str(fields["key_id"]))
            envelope = cls(**fields)
        except (KeyError, TypeError, ValueError):
            raise NotAuthentic("the envelope of this attachment cannot be read") from None
        if envelope.as_json() != dict(stored):
            raise NotAuthentic("the envelope of this attachment cannot be read")
        return envelope


@dataclass(frozen=True, slots=True)
class Wrapping:
    """A fresh data key's wrapping and commitment, before there is a body."""

    key_id: OrgKeyId
    wrapped_key: bytes
    commitment_salt: bytes
    commitment: bytes

    def as_json(self) -> dict[str, str]:
        """Give the form in which a row keeps it: bytes as base64."""
        given = {name: b64encode(getattr(self, name)).decode() for name in _WRAPPING_BYTES}
        return {"key_id": self.key_id, **given}

    @classmethod
    def from_json(cls, stored: Mapping[str, str]) -> "Wrapping":
        """Read what `as_json` wrote.

        Raises:
            NotAuthentic: it is something else.
        """
        try:
            given = {name: b64decode(stored[name], validate=True) for name in _WRAPPING_BYTES}
            return cls(key_id=OrgKeyId(stored["key_id"]), **given)
        except (KeyError, TypeError, ValueError):
            raise NotAuthentic("the key of this upload cannot be read") from None


def wrap_new_key(
    binding: Binding, label: Label, keys: KeyProvider, random_bytes: RandomBytes
) -> tuple[bytes, Wrapping]:
    """Make a data key of 32 bytes and wrap it under the key that the label asks for.

    Raises:
        KeyUnavailable: the originator has no key, or the provider does not answer.
    """
    data_key = random_bytes(KEY_BYTES)
    key_id = wrapping_key(keys, binding, label)
    wrapped = keys.wrap(key_id, data_key, label.associated_data(key_id))
    salt = random_bytes(SALT_BYTES)
    return data_key, Wrapping(key_id, wrapped, salt, commit(data_key, salt, binding))


def wrapping_key(keys: KeyProvider, binding: Binding, label: Label) -> OrgKeyId:
    """Give the key to wrap with now: the attachment's own, made if need be, or the originator's.

    Raises:
        KeyUnavailable: the originator has no key, or the provider does not answer.
    """
    if label.own_key:
        return key_for_alone(keys, binding.originator, str(binding.attachment))
    return current_key(keys, binding.originator)


def unwrap_key(
    envelope: Envelope | Wrapping, binding: Binding, label: Label, keys: KeyProvider
) -> bytes:
    """Give the data key, having checked that it is the one the envelope is committed to.

    Raises:
        NotAuthentic: the wrapping was made for another marking, scheme version or key.
        NotCommitted: it holds another data key, or one for another attachment.
        KeyDestroyed: the key was destroyed.
        KeyUnavailable: the key provider does not answer, or has no such key.
    """
    if not envelope.wrapped_key:
        raise KeyDestroyed
    aad = label.associated_data(envelope.key_id)
    data_key = keys.unwrap(envelope.key_id, envelope.wrapped_key, aad)
    expected = commit(data_key, envelope.commitment_salt, binding)
    if not hmac.compare_digest(expected, envelope.commitment):
        raise NotCommitted
    return data_key


def commit(data_key: bytes, salt: bytes, binding: Binding) -> bytes:
    """Give the 32 bytes that only this data key, for this attachment, leads to.

    HKDF-SHA256 is collision resistant in its key, which GCM's tag is not.
    """
    info = b"entente/commit/v1" + binding.associated_data()
    return HKDF(SHA256(), 32, salt, info).derive(data_key)


def relabel(
    envelope: Envelope, binding: Binding, old: Label, new: Label, keys: KeyProvider
) -> Envelope:
    """Wrap the data key anew, under the new label and the key that it asks for.

    The body and the commitment stay. With `old == new` this is the rotation of one attachment to
    its organisation's newest key. The old wrapping must be forgotten by whoever stored it.

    Raises:
        as `unwrap_key`.
    """
    data_key = unwrap_key(envelope, binding, old, keys)
    key_id = wrapping_key(keys, binding, new)
    wrapped = keys.wrap(key_id, data_key, new.associated_data(key_id))
    return replace(envelope, key_id=key_id, wrapped_key=wrapped)
