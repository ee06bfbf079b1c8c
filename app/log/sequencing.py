"""The sequencer: gives what is committed its place in the log, one sequencer at a time."""

from sqlalchemy import insert
from sqlalchemy.orm import Session

from app.core.ids import EntryId
from app.core.journal import Event
from app.core.work import Work
from app.log import places
from app.log.models import LogRow, NodeRow
from app.log.places import Log
from app.tlog import Frontier

TILE = 256
BATCH_ENTRIES = 5_000


def sequence(work: Work, origin: str, limit: int = BATCH_ENTRIES) -> int:
    """Give places to what is committed and has none; returns to how many.

    Nothing happens while another sequencer is at work. `origin` names the first log, without its
    year.
    """
    if not places.be_the_one(work.session):
        return 0
    log = places.current_log(work.session) or begin_first(work, origin)
    after = places.last_place(work.session, log)
    placed = places.place_due(work.session, log, after, limit)
    _complete(work.session, log.number, log.size, log.size + len(placed))
    return len(placed)


def begin_first(work: Work, origin: str) -> Log:
    """Begin the first log; its first entry says so."""
    named = f"{origin}/{work.now.year}"
    work.session.execute(
        insert(LogRow).values(
            number=1, origin=named, began_at=work.now, reason="first", began_with=1, after="0"
        )
    )
    event = Event("log.begun", subject="log:1", details={"origin": named, "reason": "first"})
    places.place_first(work.session, 1, EntryId(work.journal.append(work, event)))
    return Log(1, named, work.now, 1)


def _complete(session: Session, log: int, old_size: int, size: int) -> None:
    """Write the roots of the subtrees that became full as the log grew."""
    level = 1
    start, stop = old_size // TILE, size // TILE
    while start < stop:
        nodes = []
        for index in range(start, stop):
            full = Frontier()
            for hash_ in _below(session, log, level, index):
                full.append(hash_)
            nodes.append(NodeRow(log=log, level=level, index=index, hash=full.root()))
        places.keep_nodes(session, nodes)
        level, start, stop = level + 1, start // TILE, stop // TILE


def _below(session: Session, log: int, level: int, index: int) -> list[bytes]:
    start, stop = index * TILE, (index + 1) * TILE
    if level == 1:
        return places.leaf_hashes(session, log, start, stop)
    return places.node_hashes(session, log, level - 1, start, stop)
