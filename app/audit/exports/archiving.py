"""Moves an ended log to cold storage: written, read back and verified, and only then removed.

Logs are yearly, and go whole: nothing is ever taken out of one. Its checkpoints and nodes stay, so
that the chain of logs is still proved. Only the owner's login may do this, since the database lets
the application's role remove no entry.
"""

import hashlib
import json
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session, aliased

from app.audit.exports.evidence import Published
from app.audit.exports.tiles import Watch, Written, check_folder, write_log, write_unsigned
from app.core.errors import Conflict, Forbidden, NotFound, Unavailable
from app.core.journal import Event
from app.core.work import Work
from app.log import ArchiveRow, LoggedRow, LogRow, current, unsigned_end
from app.tlog import Checkpoint, TlogError

MANIFEST: Final = "manifest.json"
INSUFFICIENT_PRIVILEGE: Final = "42501"


@dataclass(frozen=True)
class Archived:
    """A log in cold storage: its number of entries, and the SHA-256 of its manifest.

    Its entries are from before `until`, when the next log began.
    """

    log: int
    origin: str
    until: datetime
    size: int
    manifest_hash: bytes
    archived_at: datetime


def archive(
    work: Work,
    log: int,
    folder: Path,
    published: Published,
    *,
    retention_years: int,
    watch: Watch | None = None,
) -> Archived:
    """Move a log whose every entry is older than the retention period to a folder.

    `work` is a transaction of the database's owner.

    Raises:
        NotFound: there is no such log.
        Conflict: it is the current one, is in an archive already, or is within the period.
        Forbidden: the login is not the owner's.
        Unavailable: what was written is not the whole log; nothing was removed.
    """
    youngest = _years_before(work.now, retention_years)
    _check_old(work.session, log, youngest, retention_years)
    written = write_log(work.session, log, folder, published, watch)
    end = unsigned_end(work.session, log)
    if end is not None and end[0] > written.checkpoint.size:
        written = write_unsigned(work.session, written, Checkpoint(written.checkpoint.origin, *end))
    manifest_hash = _write_manifest(work, written)
    try:
        check_folder(written)
    except (TlogError, OSError, ValueError) as error:
        raise Unavailable(f"The archive in {folder} is not whole: {error}") from error
    checkpoint = written.checkpoint
    _remove(work, log, written.size, manifest_hash, youngest)
    work.record(
        Event(
            "log.archived",
            subject=f"log:{log}",
            details={
                "origin": checkpoint.origin,
                "size": checkpoint.size,
                "root_hash": checkpoint.root.hex(),
                "manifest_hash": manifest_hash.hex(),
                "unsigned": written.size - checkpoint.size,
            },
        )
    )
    return next(one for one in archived_logs(work.session) if one.log == log)


def archived_logs(session: Session) -> list[Archived]:
    """Give the logs whose entries lie in archives, oldest first."""
    after = aliased(LogRow)
    rows = session.execute(
        select(ArchiveRow, LogRow.origin, after.began_at)
        .join(LogRow, LogRow.number == ArchiveRow.log)
        .join(after, after.number == ArchiveRow.log + 1)
        .order_by(ArchiveRow.log)
    )
    return [
        Archived(row.log, origin, until, row.size, row.manifest_hash, row.archived_at)
        for row, origin, until in rows
    ]


def _check_old(session: Session, log: int, youngest: datetime, years: int) -> None:
    if session.get(LogRow, log) is None:
        raise NotFound(f"There is no log of the number {log}.")
    if log == current(session):
        raise Conflict("This is the current log. Only one that has ended goes to an archive.")
    if session.get(ArchiveRow, log) is not None:
        raise Conflict(f"The log {log} is in an archive already.")
    last = session.scalar(select(func.max(LoggedRow.at)).where(LoggedRow.log == log))
    if last is not None and last >= youngest:
        raise Conflict(
            f"The last entry of the log {log} is of {last:%-d %B %Y}, which is less than"
            f" {years} years ago. It stays here."
        )


def _write_manifest(work: Work, written: Written) -> bytes:
    """Write what the archive is; returns the SHA-256 by which the database knows it."""
    ours = LoggedRow.log == written.log
    first, last = work.session.execute(
        select(func.min(LoggedRow.at), func.max(LoggedRow.at)).where(ours)
    ).one()
    told = {
        "format": "entente-archive/1",
        "log": written.log,
        "origin": written.checkpoint.origin,
        "size": written.checkpoint.size,
        "root_hash": written.checkpoint.root.hex(),
        "first_entry_at": first.isoformat(),
        "last_entry_at": last.isoformat(),
        "archived_at": work.now.isoformat(),
    }
    if written.end:
        unsigned = {"entries": written.size - written.checkpoint.size, "size": written.size}
        told["unsigned"] = unsigned | {"root_hash": written.end.root.hex()}
    data = json.dumps(told, indent=2, sort_keys=True).encode() + b"\n"
    with (written.folder / MANIFEST).open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    return hashlib.sha256(data).digest()


def _remove(work: Work, log: int, size: int, manifest_hash: bytes, youngest: datetime) -> None:
    try:
        work.session.execute(
            text(
                "SELECT entente_archive_log(:log, :size, :manifest, :youngest, :now, session_user)"
            ),
            {
                "log": log,
                "size": size,
                "manifest": manifest_hash,
                "youngest": youngest,
                "now": work.now,
            },
        )
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", "") != INSUFFICIENT_PRIVILEGE:
            raise
        raise Forbidden(
            "The database refuses. Archiving needs the owner's login (ENTENTE_OWNER_DATABASE_URL),"
            f" and the whole log in the archive. It says: {error.orig}"
        ) from error


def _years_before(moment: datetime, years: int) -> datetime:
    try:
        return moment.replace(year=moment.year - years)
    except ValueError:  # 29 February
        return moment.replace(year=moment.year - years, day=28)
