"""How often somebody may fail before they have to wait; counted in the database, by hash."""

import hashlib
import ipaddress
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy import func, select

from app.core.errors import TooMany
from app.core.work import Work
from app.identity.models import AttemptRow


@dataclass(frozen=True)
class Limit:
    """So many failures in so long a time."""

    name: str
    count: int
    window: timedelta = timedelta(minutes=15)


BY_EMAIL: Final = Limit("email", 10)
BY_ADDRESS: Final = Limit("address", 50)
BY_PERSON: Final = Limit("person", 10)
BY_SECOND_FACTOR: Final = Limit("second-factor", 10)
BY_CLIENT: Final = Limit("client", 10)
LONGEST_WINDOW: Final = timedelta(minutes=15)


@dataclass(frozen=True)
class Bucket:
    """Where the failures for one value of one limit are counted."""

    limit: Limit
    value: str

    @property
    def hash(self) -> bytes:
        """Give the bucket's name: what people typed is not kept."""
        return hashlib.sha256(f"{self.limit.name}\0{self.value}".encode()).digest()


def buckets(work: Work, limit: Limit, value: str) -> tuple[Bucket, ...]:
    """Give where a failure is counted: by what is guessed at, and by where guesses come from."""
    first = Bucket(limit, value)
    address = work.origin.client_address
    return (first, Bucket(BY_ADDRESS, _neighbourhood(address))) if address else (first,)


def _neighbourhood(address: str) -> str:
    """An IPv4 address, or the /64 of an IPv6 one: whoever has one address of it has them all."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4:
        return str(parsed)
    return str(parsed.ipv4_mapped or ipaddress.ip_network((parsed, 64), strict=False))


def too_many(work: Work, counted: tuple[Bucket, ...]) -> TooMany | None:
    """Tell whether somebody must wait before they may try again.

    Attempts at the same thing take turns to the end of their transactions, so that many at once
    do not all see the count from before.
    """
    work.session.execute(select(func.pg_advisory_xact_lock(_lock(counted[0]))))
    waits = [wait for bucket in counted if (wait := _wait(work, bucket)) is not None]
    if not waits:
        return None
    minutes = -(-max(waits) // timedelta(minutes=1))
    return TooMany(
        f"There were too many failed attempts. Try again in {minutes} minutes.",
        retry_after=max(waits),
    )


def count_failure(work: Work, counted: tuple[Bucket, ...]) -> None:
    """Count a failed attempt; the transaction must commit, or it was not counted."""
    work.session.add_all(AttemptRow(bucket=bucket.hash, at=work.now) for bucket in counted)


def _wait(work: Work, bucket: Bucket) -> timedelta | None:
    """How long until the failure that fills the bucket leaves its window; None: it is not full."""
    window = bucket.limit.window
    filling = work.session.scalar(
        select(AttemptRow.at)
        .where(AttemptRow.bucket == bucket.hash, AttemptRow.at > work.now - window)
        .order_by(AttemptRow.at.desc())
        .offset(bucket.limit.count - 1)
        .limit(1)
    )
    return None if filling is None else filling + window - work.now


def _lock(bucket: Bucket) -> int:
    return int.from_bytes(bucket.hash[:8], "big", signed=True)
