"""Every statement about keys: what they wrap, whoever may see it, and who asked to destroy which.

No content is read here. What the functions of the database tell are identifiers, audiences and
wrapped keys; the rows of requests hold no more than that.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import cast, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session

from app.core.ids import AudienceId, PersonId
from app.records.keys.models import DestroyedKeyRow, DestructionRow
from app.records.models import AttachmentRow

VALID_FOR = timedelta(days=7)  # a request; the database holds it too
PAGE = 500
_FIRST = UUID(int=0)


@dataclass(frozen=True)
class Wrapped:
    """A version's attachment with its wrapped keys, and the facts of whose it is."""

    row: AttachmentRow
    reference: str
    owner: str
    originator: str

    @property
    def file(self) -> UUID:
        """Give the id under which its file was first sealed: revisions carry the same bytes."""
        return UUID(self.row.envelope["attachment"])


@dataclass(frozen=True)
class Use:
    """How many attachments of an audience a key wraps."""

    key_id: str
    audience_id: AudienceId
    count: int


@dataclass(frozen=True)
class FileOf:
    """The file of an attachment: the id that it was first sealed under, and its record."""

    attachment: UUID
    record_id: UUID
    reference: str
    originator: str


def uses(session: Session) -> list[Use]:
    """Give what every key wraps now."""
    rows = session.execute(text("SELECT key_id, audience_id, count FROM entente_key_uses()"))
    return [Use(row.key_id, AudienceId(row.audience_id), row[2]) for row in rows]


def wrapped_by(
    session: Session,
    keys: Collection[str],
    audience_ids: Collection[AudienceId] | None = None,
    *,
    after: UUID = _FIRST,
    most: int,
) -> list[Wrapped]:
    """Give attachments that these keys wrap, by id; of these audiences only, where given."""
    rows = session.execute(
        text("SELECT * FROM entente_wrapped_by(:keys, CAST(:audiences AS int[]), :after, :most)"),
        {
            "keys": list(keys),
            "audiences": None if audience_ids is None else list(audience_ids),
            "after": after,
            "most": most,
        },
    )
    return [
        Wrapped(
            AttachmentRow(
                id=row.id,
                record_id=row.record_id,
                audience_id=row.audience_id,
                envelope=row.envelope,
                cleaned=row.cleaned,
            ),
            row.reference,
            row.owner,
            row.originator,
        )
        for row in rows
    ]


def every_wrapped_by(
    session: Session,
    keys: Collection[str],
    audience_ids: Collection[AudienceId] | None = None,
) -> Iterator[Wrapped]:
    """Give all attachments that these keys wrap, a page at a time."""
    after = _FIRST
    while batch := wrapped_by(session, keys, audience_ids, after=after, most=PAGE):
        yield from batch
        after = batch[-1].row.id


def rewrap(session: Session, row: AttachmentRow, wrapped: dict[str, Any]) -> bool:
    """Put other wrappings in the place of those that were read, if they still stand there."""
    now = {"envelope": row.envelope, "cleaned": row.cleaned} | wrapped
    statement = select(
        func.entente_rewrap(
            row.id,
            _json(row.envelope),
            _json(now["envelope"]),
            _json(row.cleaned),
            _json(now["cleaned"]),
        )
    )
    return bool(session.scalar(statement))


def _json(value: Any) -> Any:
    return cast(value, JSONB(none_as_null=True))


def file_of(session: Session, attachment_id: UUID) -> FileOf | None:
    """Give the file of an attachment, whoever may see it."""
    row = session.execute(
        text("SELECT * FROM entente_file_of(:id)"), {"id": attachment_id}
    ).one_or_none()
    return None if row is None else FileOf(**row._mapping)


def keys_ever(session: Session, attachment: UUID) -> list[str]:
    """Give every key that wraps, or ever wrapped, a file."""
    return list(session.scalars(text("SELECT entente_keys_ever(:id)"), {"id": attachment}))


def keys_elsewhere(session: Session, keys: Collection[str]) -> list[str]:
    """Give the other keys that ever wrapped what these wrap now."""
    asked = {"keys": list(keys)}
    return sorted(session.scalars(text("SELECT entente_keys_elsewhere(:keys)"), asked))


def destroyed_count(session: Session, key_id: str) -> int:
    """Say how many attachments were destroyed with a key."""
    return session.scalar(text("SELECT entente_destroyed_count(:key)"), {"key": key_id}) or 0


def forget_wrappings(session: Session, request: UUID, most: int) -> set[str]:
    """Remove wrappings by the keys of a request that was agreed to; gives the blobs they opened."""
    asked = {"request": request, "most": most}
    return set(session.scalars(text("SELECT entente_forget_wrappings(:request, :most)"), asked))


def hold_still(session: Session, keys: Iterable[str]) -> None:
    """Wait for whoever writes wrappings by these keys; keep others from it until the end."""
    for key in sorted(keys):
        name = f"entente key {key}"
        session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))


def one_rotation_at_a_time(session: Session, organisation: str) -> None:
    """Wait for another who decides whether the organisation needs a new key."""
    name = f"entente rotation {organisation}"
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))


def insert_request(session: Session, **values: Any) -> None:
    """Keep what was asked for."""
    session.execute(insert(DestructionRow).values(**values))


def request(session: Session, request_id: UUID, *, lock: bool = False) -> DestructionRow | None:
    """Give a request, and hold it still if that is wanted."""
    chosen = select(DestructionRow).where(DestructionRow.id == request_id)
    return session.scalar(chosen.with_for_update() if lock else chosen)


def requests(session: Session) -> Sequence[DestructionRow]:
    """Give every request, oldest first."""
    return session.scalars(select(DestructionRow).order_by(DestructionRow.asked_at)).all()


def targets(session: Session, now: datetime) -> set[UUID]:
    """Give the files that open requests are about: their wrappings stay until it is decided."""
    return set(
        session.scalars(
            select(DestructionRow.attachment).where(
                DestructionRow.attachment.is_not(None),
                DestructionRow.withdrawn_at.is_(None),
                DestructionRow.done_at.is_(None),
                DestructionRow.agreed_at.is_not(None) | (DestructionRow.asked_at > now - VALID_FOR),
            )
        )
    )


def update_request(session: Session, request_id: UUID, **values: Any) -> None:
    """Add a step to a request."""
    session.execute(update(DestructionRow).where(DestructionRow.id == request_id).values(**values))


def insert_destroyed(session: Session, **values: Any) -> None:
    """Keep that a key was destroyed, and where the log says so."""
    session.execute(insert(DestroyedKeyRow).values(**values))


def destroyed_keys(session: Session) -> dict[str, DestroyedKeyRow]:
    """Give the keys that were destroyed."""
    return {row.key_id: row for row in session.scalars(select(DestroyedKeyRow))}


def doomed_keys(session: Session) -> set[str]:
    """Give the keys on whose end two people agreed, destroyed yet or not."""
    agreed = select(DestructionRow.keys).where(DestructionRow.agreed_at.is_not(None))
    return {key for keys in session.scalars(agreed) for key in keys}


def agreed_at(session: Session, keys: Collection[str]) -> datetime | None:
    """Say when the end of the last of these keys was agreed on, if it was."""
    chosen = select(func.max(DestructionRow.agreed_at)).where(
        DestructionRow.keys.overlap(list(keys))
    )
    return session.scalar(chosen)


def note_agreed(
    session: Session, request_id: UUID, keys: Sequence[str], person: PersonId, now: datetime
) -> None:
    """Keep who agreed, and to the end of which keys: from now on they wrap nothing new."""
    update_request(session, request_id, keys=list(keys), agreed_by=person, agreed_at=now)
