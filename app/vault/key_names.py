"""Writes what is known of a key into the name that a key service keeps it under.

A token, KMS or transit keeps a key and a name for it, and forgets both when the key is destroyed.
So the name says everything, and a destroyed key leaves a second name behind that holds no key:

    entente/imda/organisation/20260301T120000000000Z/key_0123
    entente-destroyed/imda/organisation/20260301T120000000000Z/20260401T120000000000Z/key_0123

A name that is none of these is somebody else's and is passed over. While both names are there the
destruction was not finished: the key counts as living, and `destroy` may be asked again.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from app.vault.errors import KeyDestroyed, KeyUnavailable
from app.vault.keys import OrgKey, OrgKeyId

TIME = "%Y%m%dT%H%M%S%fZ"
_WORD = r"[A-Za-z0-9_-]+"
_TIME = r"[0-9]{8}T[0-9]{12}Z"


@dataclass(frozen=True, slots=True)
class KeyNames:
    """How one deployment names its keys: `prefix` tells it apart from others at the service."""

    prefix: str
    separator: str = "/"

    def of(self, key: OrgKey) -> str:
        """Give the name of a key, or of the record that a destroyed one leaves."""
        created = key.created_at.astimezone(UTC).strftime(TIME)
        if key.destroyed_at is None:
            fields = [self.prefix, key.organisation, key.purpose, created, key.id]
        else:
            destroyed = key.destroyed_at.astimezone(UTC).strftime(TIME)
            fields = [f"{self.prefix}-destroyed", key.organisation, key.purpose, created, destroyed]
            fields.append(key.id)
        return self.separator.join(fields)

    def read(self, name: str) -> OrgKey | None:
        """Give the key that a name tells of; nothing where the name is not one of ours."""
        gap = re.escape(self.separator)
        match = re.fullmatch(
            f"{re.escape(self.prefix)}(?P<gone>-destroyed)?{gap}(?P<organisation>{_WORD}){gap}"
            f"(?P<purpose>{_WORD}){gap}(?P<created>{_TIME})(?:{gap}(?P<destroyed>{_TIME}))?{gap}"
            f"(?P<id>{_WORD})",
            name,
        )
        if match is None or bool(match["gone"]) != bool(match["destroyed"]):
            return None
        return OrgKey(
            OrgKeyId(match["id"]),
            match["organisation"],
            _read_time(match["created"]),
            _read_time(match["destroyed"]) if match["destroyed"] else None,
            match["purpose"],
        )


def in_order(keys: Iterable[OrgKey]) -> list[OrgKey]:
    """Give each key once, in the order of creation; a living one before its own record."""
    found: dict[OrgKeyId, OrgKey] = {}
    for key in keys:
        if key.destroyed_at is None or key.id not in found:
            found[key.id] = key
    return sorted(found.values(), key=lambda key: (key.created_at, key.id))


def living(keys: Iterable[OrgKey], key_id: OrgKeyId) -> OrgKey:
    """Give the key of this id.

    Raises:
        KeyDestroyed: it was destroyed.
        KeyUnavailable: no key ever had this id here.
    """
    for key in in_order(keys):
        if key.id == key_id:
            if key.destroyed_at is not None:
                raise KeyDestroyed
            return key
    raise KeyUnavailable(f"the key provider knows no key {key_id}")


def remembered(keys: Iterable[OrgKey], key_id: OrgKeyId) -> bool:
    """Tell whether a record of this key's destruction stands already, finished or not."""
    return any(key.id == key_id and key.destroyed_at is not None for key in keys)


def _read_time(text: str) -> datetime:
    return datetime.strptime(text, TIME).replace(tzinfo=UTC)
