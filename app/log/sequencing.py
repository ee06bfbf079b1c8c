"""The sequencer: gives what is committed its place in the log, one sequencer at a time."""

from sqlalchemy.orm import Session

from app.core.errors import Unavailable
from app.core.work import Work
from app.log import places
from app.log.beginning import begin_first
from app.log.models import NodeRow
from app.log.parts import LogParts
from app.tlog import TILE_WIDTH, subtree_root

BATCH_ENTRIES = 5_000


class RunsBehind(Unavailable):
    """The database counts transactions from before what the log holds: it was restored."""


def sequence(work: Work, parts: LogParts, limit: int = BATCH_ENTRIES) -> int:
    """Give places to what is committed and has none, `limit` at most; returns to how many.

    Nothing happens while another sequencer is at work. The first time it begins the first log.

    Raises:
        RunsBehind: the database was restored from a backup; `entente audit recover` goes on.
    """
    session = work.session
    if not places.be_the_one(session):
        return 0
    log = places.current_log(session)
    if log is None:
        log = begin_first(work, parts)
    else:
        check_forward(session)
    after = places.last_place(session, log)
    placed = places.place_due(session, log, after, limit)
    complete(session, log.number, log.size + len(placed))
    return len(placed)


def check_forward(session: Session) -> None:
    """Check that transactions are counted onwards from those that have places.

    Otherwise new entries would come before old ones, and never get a place.

    Raises:
        RunsBehind: they are not.
    """
    log = places.current_log(session)
    if log is not None and not places.is_past(session, places.last_place(session, log)):
        raise RunsBehind(
            "The database was restored from a backup: it counts transactions from before what the"
            " log holds. Run `entente audit recover`."
        )


def complete(session: Session, log: int, size: int) -> None:
    """Write the roots of the full subtrees of the first `size` entries that are not there yet."""
    level, stop = 1, size // TILE_WIDTH
    while stop:
        nodes = []
        for index in range(places.count_nodes(session, log, level), stop):
            below = _below(session, log, level, index)
            if len(below) != TILE_WIDTH:
                raise Unavailable("The log has a gap. Verify it: `entente audit verify`.")
            nodes.append(NodeRow(log=log, level=level, index=index, hash=subtree_root(below)))
        places.keep_nodes(session, nodes)
        level, stop = level + 1, stop // TILE_WIDTH


def _below(session: Session, log: int, level: int, index: int) -> list[bytes]:
    start, stop = index * TILE_WIDTH, (index + 1) * TILE_WIDTH
    if level == 1:
        return places.leaf_hashes(session, log, start, stop)
    return places.node_hashes(session, log, level - 1, start, stop)
