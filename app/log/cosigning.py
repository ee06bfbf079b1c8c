"""Asks the parties' witnesses to co-sign checkpoints. Nothing of the log waits for them.

What a witness refuses is an event, once for each such answer. When it holds a checkpoint that the
log itself signed and that this database does not lead to, the database went back to an earlier
state or was rewritten: from then on nothing gets a place or a signature until `entente audit
recover`. A mere answer of a witness proves nothing, and stops nothing.

Source: c2sp.org/tlog-witness.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus

import httpx
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from app.log import places
from app.log.checkpoints import reader_of
from app.log.models import CheckpointRow, CosignatureRow
from app.log.parts import DOOR, LogParts, Post
from app.tlog import (
    MAX_REQUEST_BYTES,
    AddCheckpoint,
    Note,
    NoteSignature,
    TrustPolicy,
    VerifierKey,
    consistency_proof,
    parse_conflict,
    parse_cosignatures,
    verify_note,
)

TIMEOUT_SECONDS = 5.0
ATTEMPTS = 3

logger = logging.getLogger("entente.log")


@dataclass(frozen=True)
class Witness:
    """A witness at an address, and the keys with which it may sign."""

    name: str
    url: str
    keys: tuple[VerifierKey, ...]


@dataclass(frozen=True)
class Asked:
    """A checkpoint that a witness is asked to co-sign, and the request for it."""

    log: int
    size: int
    note: Note
    request: AddCheckpoint


class NoAnswer(Exception):
    """A witness cannot be reached, or does not answer in time."""


class Refusal(Exception):
    """A witness refuses what it is shown; `seen` is the size that it says it has seen, or None."""

    def __init__(self, status: int, seen: int | None) -> None:
        super().__init__(f"the witness answered {status}")
        self.status = status
        self.seen = seen


def http_post(client: httpx.Client) -> Post:
    """Give a way to reach witnesses over HTTP; each step of it has a time-out."""

    def post(url: str, body: bytes | None) -> tuple[int, bytes]:
        method = "GET" if body is None else "POST"
        headers = {"content-type": "text/plain; charset=utf-8"}
        try:
            with client.stream(method, url, content=body, headers=headers) as answer:
                return answer.status_code, _body(answer)
        except httpx.HTTPError as error:
            raise NoAnswer(str(error)) from error

    return post


def _body(answer: httpx.Response) -> bytes:
    told = b""
    for part in answer.iter_bytes():
        told += part
        if len(told) > MAX_REQUEST_BYTES:
            raise NoAnswer("The answer is too long.")
    return told


def new_client() -> httpx.Client:
    """Make the client that `http_post` takes."""
    return httpx.Client(timeout=TIMEOUT_SECONDS, follow_redirects=False)


def witnesses(policy: TrustPolicy) -> list[Witness]:
    """Give the witnesses that a policy says how to reach; one may have several keys."""
    found: dict[str, Witness] = {}
    for line in policy.witnesses:
        if line.url:
            known = found.get(line.url, Witness(line.name, line.url, ()))
            found[line.url] = Witness(known.name, line.url, (*known.keys, line.vkey))
    return list(found.values())


def ask_witness(parts: LogParts, witness: Witness) -> int | None:
    """Ask a witness to co-sign the newest checkpoint; gives its size, None if none is signed yet.

    Raises:
        Refusal: the witness has seen another log.
        NoAnswer, TlogError: it does not answer, or not as a witness does.
    """
    old_size: int | None = None
    for _ in range(ATTEMPTS):
        asked = _prepare(parts, witness, old_size)
        if asked is None:
            return None
        url = witness.url.rstrip("/") + "/add-checkpoint"
        status, body = parts.post(url, asked.request.serialised())
        if status == HTTPStatus.OK:
            _keep(parts, witness, asked, parse_cosignatures(body, asked.note, witness.keys))
            return asked.size
        if status != HTTPStatus.CONFLICT:
            raise Refusal(status, None)
        old_size = parse_conflict(body)
        if old_size > asked.size:
            raise Refusal(status, old_size)
    raise Refusal(HTTPStatus.CONFLICT, old_size)


def _prepare(parts: LogParts, witness: Witness, old_size: int | None) -> Asked | None:
    """Make the request; `old_size` is what the witness says it has seen, if it has said so."""
    with parts.units.begin(DOOR) as work:
        row = _newest(work.session)
        if row is None:
            return None
        seen = _cosigned_size(work.session, row.log, witness) if old_size is None else old_size
        if seen > row.size:
            seen = 0
        proof = _proof(work.session, row, seen)
        return Asked(row.log, row.size, Note.parse(row.note), AddCheckpoint(seen, proof, row.note))


def _newest(session: Session) -> CheckpointRow | None:
    order = (CheckpointRow.log.desc(), CheckpointRow.size.desc())
    row = session.scalars(select(CheckpointRow).order_by(*order).limit(1)).first()
    log = places.current_log(session)
    return row if row is not None and log is not None and row.log == log.number else None


def _cosigned_size(session: Session, log: int, witness: Witness) -> int:
    keys = [key.text() for key in witness.keys]
    asked = select(func.max(CosignatureRow.size)).where(
        CosignatureRow.log == log, CosignatureRow.vkey.in_(keys)
    )
    return session.scalar(asked) or 0


def _proof(session: Session, row: CheckpointRow, old_size: int) -> tuple[bytes, ...]:
    if old_size in (0, row.size):
        return ()
    reader = reader_of(session, row.log, row.size)
    return tuple(consistency_proof(old_size, row.size, reader))


def _keep(
    parts: LogParts, witness: Witness, asked: Asked, signatures: Sequence[NoteSignature]
) -> None:
    """Keep the verified signatures of a witness; a newer one takes the place of an older."""
    verified = verify_note(Note(asked.note.text, tuple(signatures)), witness.keys)
    with parts.units.begin(DOOR) as work:
        for signature, found in zip(signatures, verified, strict=True):
            values = {
                "log": asked.log,
                "size": asked.size,
                "vkey": found.key.text(),
                "at": datetime.fromtimestamp(found.timestamp or 0, UTC),
                "line": signature.line(),
            }
            work.session.execute(_KEEP, values)


_KEEP = text(
    "INSERT INTO log_cosignatures (log, size, vkey, cosigned_at, line)"
    " VALUES (:log, :size, :vkey, :at, :line) ON CONFLICT (log, size, vkey) DO UPDATE"
    " SET cosigned_at = excluded.cosigned_at, line = excluded.line"
    " WHERE log_cosignatures.cosigned_at < excluded.cosigned_at"
)
