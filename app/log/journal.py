"""Appends events to the journal: one insert in the transaction of the act, and no lock.

An entry is canonical JSON, and its leaf hash is what the log's tree will hold (RFC 9162, section
2.1.1: SHA-256 over 0x00 and the entry). 16 random bytes make it impossible to guess an entry from
its hash. Where the request came from and what a person typed is personal: the entry holds a salted
commitment, the value lies beside it and can be erased.

What is asked of entries is read out of their bytes later, by the sequencer: an entry that it could
not read would stop the log, so such a one is refused here.
"""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from app.core.canonical import canonical_bytes
from app.core.errors import Unavailable
from app.core.ids import EntryId, new_id
from app.core.journal import Detail, Event, Typed
from app.core.work import Work

SCHEMA_VERSION = 1
MAX_ENTRY_BYTES = 65_535
SALT_BYTES = 16
MAX_NAME_BYTES = 1_000  # an index of PostgreSQL holds no more than 2,704
NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")  # which no text of PostgreSQL may hold

Told = dict[str, Any]


@dataclass(frozen=True)
class DatabaseJournal:
    """The journal in the database; `random_bytes` is the source of salts."""

    random_bytes: Callable[[int], bytes]

    def append(self, work: Work, event: Event) -> EntryId:
        """Write the event; it is kept exactly if the transaction of `work` commits.

        Raises:
            Unavailable: the log cannot hold the entry; the act must not happen.
        """
        entry_id = EntryId(new_id())
        salt = self.random_bytes(SALT_BYTES)
        details, texts = self._apart(event.details, entry_id)
        entry = self._entry(work, event, details, entry_id, salt)
        _check(event, entry, texts)
        leaf_hash = hashlib.sha256(b"\x00" + entry).digest()
        row: Told = {"id": entry_id, "entry": entry, "leaf_hash": leaf_hash}
        address = work.origin.client_address
        if address or texts:
            row |= {"address": address, "salt": salt} | _columns(texts)
        work.session.execute(_APPEND_WITH_MORE if address or texts else _APPEND, row)
        work.appended.append((entry_id, leaf_hash))
        return entry_id

    def _apart(self, given: Mapping[str, Detail], entry_id: EntryId) -> tuple[Told, list[Told]]:
        """Part details into what the entry tells and the texts that stand beside it."""
        details: Told = {}
        texts: list[Told] = []
        for name, value in given.items():
            if isinstance(value, Typed):
                salt = self.random_bytes(SALT_BYTES)
                details[f"{name}_commitment"] = commitment(salt, value.text)
                row = {"entry_id": entry_id, "name": name, "value": value.text, "salt": salt}
                texts.append(row)
            else:
                details[name] = list(value) if isinstance(value, list | tuple) else value
        return details, texts

    def _entry(
        self, work: Work, event: Event, details: Told, entry_id: EntryId, salt: bytes
    ) -> bytes:
        origin = work.origin
        address = origin.client_address
        return canonical_bytes(
            {
                "schema": SCHEMA_VERSION,
                "id": str(entry_id),
                "nonce": self.random_bytes(SALT_BYTES).hex(),
                "time": work.now.isoformat(timespec="microseconds"),
                "type": event.type,
                "subject": event.subject,
                "record": str(event.record) if event.record else "",
                "actor": event.actor,
                "organisation": event.organisation,
                "agreement": event.agreement,
                "organisations": sorted(event.organisations),
                "decision": event.decision,
                "policies": list(event.policies),
                "audience": event.audience,
                "markings": list(event.markings),
                "served_bytes": event.served_bytes,
                "details": details,
                "door": origin.door,
                "request": str(origin.request_id),
                "session": origin.session,
                "address_commitment": commitment(salt, address) if address else "",
            }
        )


# One statement, whatever lies beside the entry: each is a way to the database and back.
_APPEND = text("INSERT INTO journal (id, entry, leaf_hash) VALUES (:id, :entry, :leaf_hash)")
_APPEND_WITH_MORE = text("""
WITH kept AS (
  INSERT INTO journal (id, entry, leaf_hash) VALUES (:id, :entry, :leaf_hash) RETURNING id
), from_there AS (
  INSERT INTO journal_addresses (entry_id, address, salt)
  SELECT id, :address, :salt FROM kept WHERE :address <> ''
)
INSERT INTO journal_texts (entry_id, name, value, salt)
SELECT id, t.* FROM kept,
  unnest(CAST(:names AS text[]), CAST(:values AS text[]), CAST(:salts AS bytea[])) t
""")


def _columns(texts: list[Told]) -> Told:
    return {f"{name}s": [one[name] for one in texts] for name in ("name", "value", "salt")}


def _check(event: Event, entry: bytes, texts: Sequence[Told]) -> None:
    if len(entry) > MAX_ENTRY_BYTES:
        raise Unavailable("This is too much for one entry of the log. Ask for less at once.")
    names = (event.type, event.subject, event.organisation)
    if (
        NUL.search(entry)
        or any("\0" in text["value"] for text in texts)
        or any(len(name.encode()) > MAX_NAME_BYTES for name in names)
    ):
        raise Unavailable("This has characters, or names so long, that the log cannot hold.")


def commitment(salt: bytes, value: str) -> str:
    """Commit to a value that stands beside the log: SHA-256 over the salt and the value, as hex."""
    return hashlib.sha256(salt + value.encode()).hexdigest()
