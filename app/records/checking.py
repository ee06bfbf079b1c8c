"""Checks that the store has every file that the records name, whole and as it was sealed.

Names and sizes come first: a sealed file's length follows from the file's own, so most damage shows
without a key. Opening unseals the end of each file, which shows truncation and a wrong key; only
when asked is the whole of it read against its hash. Every unsealing is an event.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row, text

from app.access import Gate, Permit, Subject, audiences
from app.core.errors import Problem
from app.core.ids import AudienceId, RecordId
from app.core.journal import Event
from app.core.work import Origin, Units, Work
from app.labels import Label
from app.records.blobs import blobs_in_use
from app.records.models import AttachmentRow
from app.records.sealing import SealedRow
from app.vault import (
    BlobInfo,
    BlobStore,
    KeyProvider,
    NotAuthentic,
    open_attachment,
    sealed_size,
)

ORPHAN_AGE: Final = timedelta(hours=24)  # a younger one may be of an upload under way
BATCH: Final = 500


@dataclass(frozen=True)
class Fault:
    """A file of the record of this reference number that is not as it should be."""

    blob: str
    reference: str
    what: str


@dataclass(frozen=True)
class StoreCheck:
    """What a look at the store found: faults lose content, orphans only take room."""

    files_count: int
    faults: tuple[Fault, ...]
    orphans_count: int
    orphans_bytes: int


@dataclass(frozen=True)
class Opening:
    """What opening files needs; `whole` reads every byte, not only the end."""

    gate: Gate
    keys: KeyProvider
    blobs: BlobStore
    arrangement: str
    whole: bool


def check_store(units: Units, blobs: BlobStore, origin: Origin, now: datetime) -> StoreCheck:
    """Compare names and sizes in the store with those of the files; nothing is unsealed.

    Raises:
        StoreUnavailable: the store does not answer.
    """
    files = {row.blob: row for row in _files(units, origin)}
    stored = {str(blob.name): blob for blob in blobs.list()}
    with units.begin(origin) as work:
        used = blobs_in_use(work)  # last: what was taken off meanwhile is not missing
    faults = [
        Fault(name, row.reference, what)
        for name, row in files.items()
        if name in used and (what := _wrong(stored.get(name), row.size_bytes))
    ]
    orphans = [
        blob
        for name, blob in stored.items()
        if name not in used and blob.modified_at < now - ORPHAN_AGE
    ]
    size_bytes = sum(blob.size_bytes for blob in orphans)
    return StoreCheck(len(files), tuple(faults), len(orphans), size_bytes)


def open_files(
    units: Units, opening: Opening, origin: Origin, watch: Callable[[int], object]
) -> Iterator[Fault]:
    """Open every file, and yield those that are not what was sealed or do not open now.

    Args:
        watch: is told how many were opened.
    """
    for number, row in enumerate(_files(units, origin), start=1):
        what = _opened(units, opening, origin, row)
        if what:
            yield Fault(row.blob, row.reference, what)
        watch(number)


def _files(units: Units, origin: Origin) -> Iterator[Row[Any]]:
    """Give every file once; no transaction is open while one of them is looked at."""
    after = ""
    while True:
        with units.begin(origin) as work:
            rows = work.session.execute(
                text("SELECT * FROM entente_stored_files(:after, :most)"),
                {"after": after, "most": BATCH},
            ).all()
        yield from rows
        if len(rows) < BATCH:
            return
        after = rows[-1].blob


def _wrong(blob: BlobInfo | None, size_bytes: int) -> str:
    if blob is None:
        return "is not in the store"
    return "" if blob.size_bytes == sealed_size(size_bytes) else "has another length in the store"


def _opened(units: Units, opening: Opening, origin: Origin, row: Row[Any]) -> str:
    """Say what is wrong with a file, having opened it; empty when nothing is."""
    attached = AttachmentRow(id=row.id, record_id=row.record_id)
    try:
        sealed = SealedRow.from_json(row.sealed, row.form)
        with units.begin(origin) as work:
            permit, label = _permit(work, opening, row, sealed)
        with open_attachment(
            permit,
            sealed.envelope,
            sealed.binding(attached, row.originator, opening.arrangement),
            sealed.seal_label(label),
            keys=opening.keys,
            blobs=opening.blobs,
        ) as opened:
            if opening.whole:
                opened.check_content()
    except NotAuthentic:
        with units.begin(origin) as work:
            work.record(_alarm(row))
        return "is not what was sealed"
    except Problem as problem:
        return f"does not open: {problem.detail or problem.title}"
    return ""


def _permit(work: Work, opening: Opening, row: Row[Any], sealed: SealedRow) -> tuple[Permit, Label]:
    audience_id = AudienceId(row.audience_id)
    permit = opening.gate.look_into(
        work,
        Subject("attachment", sealed.attachment, RecordId(row.record_id)),
        audience_id,
        event="attachment.checked",
        details={"key": sealed.envelope.key_id, "form": row.form, "whole": opening.whole},
    )
    return permit, audiences(work.session, [audience_id])[audience_id].label


def _alarm(row: Row[Any]) -> Event:
    return Event(
        type="attachment.damaged",
        subject=f"attachment:{row.sealed['attachment']}",
        record=row.record_id,
        organisations=frozenset({row.originator}),
        audience=AudienceId(row.audience_id),
    )
