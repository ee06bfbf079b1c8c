"""Organisations' keys: what a key provider must do, wherever it keeps them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NewType, Protocol

from app.vault.errors import KeyUnavailable

OrgKeyId = NewType("OrgKeyId", str)

# What an organisation's keys are made for, unless an attachment needs one for itself alone.
ORGANISATION = "organisation"


@dataclass(frozen=True, slots=True)
class OrgKey:
    """What may be known about an organisation's key by anybody: never the key itself.

    `purpose` is "organisation", or the id of the one attachment that the key was made for: such a
    key can be destroyed alone, which no backup of the attachment's wrapping undoes.
    """

    id: OrgKeyId
    organisation: str
    created_at: datetime
    destroyed_at: datetime | None = None
    purpose: str = ORGANISATION


class KeyProvider(Protocol):
    """Keeps organisations' keys and wraps data keys with them; the keys never leave it.

    All methods raise `KeyUnavailable` when the provider does not answer or has no such key.
    """

    def check(self) -> None:
        """Return when the provider answers; it is asked as little as that takes."""
        ...

    def create_key(self, organisation: str, *, purpose: str = ORGANISATION) -> OrgKey:
        """Make a new key; without a purpose of its own it is the organisation's current one."""
        ...

    def list_keys(self) -> Sequence[OrgKey]:
        """Tell all keys, destroyed ones too, in the order of their creation."""
        ...

    def wrap(self, key_id: OrgKeyId, data_key: bytes, associated_data: bytes) -> bytes:
        """Encrypt `data_key` (32 bytes) so that it opens only with the same associated data.

        Raises:
            KeyDestroyed: this key was destroyed.
        """
        ...

    def unwrap(self, key_id: OrgKeyId, wrapped_key: bytes, associated_data: bytes) -> bytes:
        """Give back the data key.

        Raises:
            KeyDestroyed: this key was destroyed.
            NotAuthentic: it was wrapped by another key or with other associated data.
        """
        ...

    def destroy(self, key_id: OrgKeyId) -> None:
        """Make the key, and so every attachment wrapped by it, unopenable for ever.

        What broke off on the way may be asked again; until it is through, the key is listed as
        living.

        Raises:
            KeyDestroyed: it was destroyed before.
        """
        ...


def current_key(keys: KeyProvider, organisation: str) -> OrgKeyId:
    """Give the id of the newest key of the organisation that was not destroyed.

    A key made for one attachment alone is nobody's current key.

    Raises:
        KeyUnavailable: it has none.
    """
    for key in reversed(_own(keys, organisation)):
        if key.destroyed_at is None:
            return key.id
    raise KeyUnavailable(f"{organisation} has no key to protect attachments with yet")


def ensure_key(keys: KeyProvider, organisation: str) -> OrgKeyId:
    """Give the id of the organisation's current key, making its first one where there was none.

    An organisation whose keys were destroyed does not get another by asking: that takes
    `create_key`, on purpose.
    """
    if _own(keys, organisation):
        return current_key(keys, organisation)
    return keys.create_key(organisation).id


def key_for_alone(keys: KeyProvider, organisation: str, attachment: str) -> OrgKeyId:
    """Give the key that was made for this attachment alone, making it where there is none.

    Two processes that ask at once may make two: both are for this attachment alone.
    """
    for key in reversed(keys.list_keys()):
        if (key.organisation, key.purpose) == (organisation, attachment) and not key.destroyed_at:
            return key.id
    return keys.create_key(organisation, purpose=attachment).id


def _own(keys: KeyProvider, organisation: str) -> Sequence[OrgKey]:
    return [
        key
        for key in keys.list_keys()
        if key.organisation == organisation and key.purpose == ORGANISATION
    ]
