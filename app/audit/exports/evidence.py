"""Packs a selection as evidence: entries, proofs, and all that is needed to check them.

The same selection at the same checkpoint gives the same bytes. Names and addresses are not in it:
entries hold commitments to them only.
"""

import json
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from app.access import Actor
from app.audit.exports.choosing import Chosen, covering
from app.audit.exports.rows import Told, in_order
from app.core.errors import Invalid, NotFound
from app.core.journal import Typed
from app.core.work import Work
from app.log import (
    At,
    CheckpointRow,
    LoggedRow,
    LogParts,
    best_checkpoint,
    cosigned,
    current,
    keys,
    policy_text,
    reader_of,
)
from app.tlog import Checkpoint, InclusionProof, Note, TrustPolicy, inclusion_proof

FORMAT: Final = "entente-evidence/1"
# What is kept in memory of each file of a zip bounds how many a bundle can hold.
MOST_ENTRIES: Final = 50_000
HOW_TO: Final = Path(__file__).parents[3] / "templates" / "audit" / "how-to-verify.html"
WHY_UNPROVED: Final = (
    "The log of these entries ended unsigned when a backup was restored. The first entry of the"
    " next log (log.begun) holds the size and root of all that had a place in it."
)
FIRST_MOMENT: Final = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True)
class Published:
    """Whose log it is, and where it is published: the portal's address without a last slash."""

    parts: LogParts
    base_url: str

    def url(self, log: int) -> str:
        """Give the address of one log."""
        return f"{self.base_url}/logs/{log}"


@dataclass(frozen=True)
class _Part:
    """The entries of one log in a bundle, under one checkpoint."""

    folder: str
    row: CheckpointRow
    note: str
    count: int

    @property
    def origin(self) -> str:
        return Checkpoint.parse(Note.parse(self.note).text).origin


def place_of_evidence(session: Session, policy: TrustPolicy) -> At | None:
    """Give the newest checkpoint that enough have witnessed; None when nothing is signed yet."""
    try:
        row = best_checkpoint(session, current(session), policy)
    except NotFound:
        return None
    return None if row is None else At(row.log, row.size)


def write_evidence(
    work: Work, actor: Actor, chosen: Chosen, published: Published, out: IO[bytes]
) -> None:
    """Write the bundle of a selection as a zip.

    Raises:
        Invalid: the selection is larger than a bundle can hold.
    """
    if chosen.count > MOST_ENTRIES:
        raise Invalid(
            f"These are {chosen.count:,} entries; a bundle holds {MOST_ENTRIES:,}. Choose fewer,"
            " or export the whole log: entente audit export --format tiles."
        )
    session = work.session
    parts = list(_parts(session, chosen, published.parts.policy()))
    unproved = list(_unproved(session, chosen))
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bundle:
        _add(bundle, "manifest.json", _manifest(actor, chosen, parts, unproved))
        _add(bundle, "how-to-verify.html", HOW_TO.read_bytes())
        for part in parts:
            _add_part(bundle, session, chosen, published, part)
        for told in unproved:
            _add(bundle, f"unproved/{told.row.log}.{told.row.index}.json", told.entry)


def _parts(session: Session, chosen: Chosen, policy: TrustPolicy) -> Iterator[_Part]:
    """Give the newest log first, without a folder of its own: it is what a verifier looks for."""
    rows = chosen.rows.where(~_UNSIGNED).subquery()
    counts = session.execute(
        select(rows.c.log, func.count()).group_by(rows.c.log).order_by(rows.c.log.desc())
    )
    for number, (log, count) in enumerate(counts.all()):
        row = _checkpoint(session, log, chosen.at)
        folder = f"logs/{log}/" if number else ""
        yield _Part(folder, row, cosigned(session, row, policy), count)


# In a log that ended unsigned, when a backup was restored: no checkpoint will ever cover them.
_UNSIGNED: Final = ~exists().where(
    CheckpointRow.log == LoggedRow.log, CheckpointRow.size > LoggedRow.index
)


def _unproved(session: Session, chosen: Chosen) -> Iterator[Told]:
    """Give the entries of the selection that no checkpoint covers, and none ever will."""
    yield from in_order(session, chosen.rows.where(_UNSIGNED))


def _checkpoint(session: Session, log: int, at: At) -> CheckpointRow:
    """Give the checkpoint at the place asked for; of a log that has ended, the last one."""
    if log == at.log:
        row = covering(session, at)
    else:
        last = select(CheckpointRow).where(CheckpointRow.log == log)
        row = session.scalars(last.order_by(CheckpointRow.size.desc()).limit(1)).first()
    if row is None:
        raise Invalid("The log is not signed up to there.")
    return row


def _manifest(actor: Actor, chosen: Chosen, parts: list[_Part], unproved: Sequence[Told]) -> bytes:
    told: dict[str, Any] = {
        "format": FORMAT,
        "asked_by": {
            "person": str(actor.person),
            "organisation": actor.profile.organisation,
            "party": actor.profile.party,
        },
        "selection": {
            name: value.text if isinstance(value, Typed) else value
            for name, value in chosen.said.items()
        },
        "at": chosen.at.text(),
        "entries": chosen.count - len(unproved),
        "logs": [
            {
                "folder": part.folder,
                "log": part.row.log,
                "origin": part.origin,
                "checkpoint_size": part.row.size,
                "entries": part.count,
            }
            for part in parts
        ],
    }
    if unproved:
        places = [f"{one.row.log}.{one.row.index}" for one in unproved]
        told["unproved"] = {"entries": places, "why": WHY_UNPROVED}
    return json.dumps(told, indent=2, sort_keys=True, ensure_ascii=False).encode() + b"\n"


def _add_part(
    bundle: zipfile.ZipFile, session: Session, chosen: Chosen, published: Published, part: _Part
) -> None:
    log, policy = part.row.log, published.parts.policy()
    vkeys = "".join(f"{row.vkey}\n" for row in keys(session, log))
    _add(bundle, f"{part.folder}checkpoint", part.note.encode())
    _add(bundle, f"{part.folder}keys", vkeys.encode())
    said = policy_text(session, log, policy, published.url(log))
    _add(bundle, f"{part.folder}policy", said.encode())
    read = reader_of(session, log, part.row.size)
    for told in in_order(session, chosen.rows.where(LoggedRow.log == log, ~_UNSIGNED)):
        index = told.row.index
        proof = InclusionProof(index, tuple(inclusion_proof(index, part.row.size, read)), part.note)
        _add(bundle, f"{part.folder}entries/{index}.json", told.entry)
        _add(bundle, f"{part.folder}proofs/{index}.tlog-proof", proof.serialised().encode())


def _add(bundle: zipfile.ZipFile, name: str, data: bytes) -> None:
    """Add a file that is the same whenever and wherever it is added."""
    info = zipfile.ZipInfo(name, FIRST_MOMENT)
    info.create_system = 3
    info.external_attr = 0o644 << 16
    bundle.writestr(info, data, zipfile.ZIP_DEFLATED)
