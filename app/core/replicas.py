"""Reading beside the primary: a replica is asked only while it knows all that the primary knew.

An access is authorised and journalled on the primary. What it then looks for may be looked up on a
physical replica of it, once that has replayed the primary's log at least up to where the primary
had written when it was asked, after the authorisation. A commit is in the log before anybody sees
it, so whatever the authorisation saw, a revocation included, the replica knows; and whatever
somebody was told is done, they read. Everything else is read on the primary: what runs behind, does
not answer, was promoted, follows another cluster or another timeline, or breaks off half-way.

Source: PostgreSQL, sections 9.28.3 (recovery information) and 26.4 (hot standby).
"""

import itertools
import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Final, TypeVar

from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.core.errors import Unavailable

# So long a reader waits for a replica to come up to the primary, looking again and again.
PATIENCE_SECONDS: Final = 0.02
PAUSE_SECONDS: Final = 0.002
# Whoever waited in vain spares the next ones: a replica that runs behind, or that failed.
BEHIND_SECONDS: Final = 0.5
FAILED_SECONDS: Final = 5.0
BEHIND: Final = "it runs behind"

_Value = TypeVar("_Value")

logger = logging.getLogger("entente.replicas")


@dataclass(frozen=True)
class Position:
    """How far a primary has written: the cluster, its timeline, and the end of its log.

    `flushed` is how much of that is on its disk, and so may have been sent.
    """

    system: int
    timeline: int
    written: str
    flushed: str


# Where the next record goes: what was committed without waiting for the disk lies before it too.
_POSITION = text("""
SELECT s.system_identifier AS system, at::text AS written,
       pg_current_wal_flush_lsn()::text AS flushed,
       ('x' || left(pg_walfile_name(at), 8))::bit(32)::bigint AS timeline
  FROM pg_current_wal_insert_lsn() at, pg_control_system() s
""")

# A standby's control file learns of a new timeline late, never early: until then it is not used.
_KNOWS = text("""
SELECT pg_is_in_recovery() AND s.system_identifier = :system
         AND greatest(c.timeline_id, r.min_recovery_end_timeline) = :timeline AS follows,
       coalesce(pg_last_wal_replay_lsn() >= CAST(:written AS pg_lsn), false) AS is_there,
       coalesce(pg_last_wal_replay_lsn() >= CAST(:flushed AS pg_lsn), false) AS keeps_up
  FROM pg_control_system() s, pg_control_checkpoint() c, pg_control_recovery() r
""")


def position(session: Session) -> Position:
    """Give how far this primary has written; what any statement before has seen lies before it."""
    row = session.execute(_POSITION).one()
    return Position(row.system, row.timeline, row.written, row.flushed)


class _NotNow(Exception):
    """A replica does not know yet, or never will, what the primary knew; `rest` is in seconds."""

    def __init__(self, problem: str, rest: float) -> None:
        super().__init__(problem)
        self.rest = rest


class Replica:
    """One replica, and what this process knows of it; `monotonic` is a clock in seconds."""

    def __init__(self, engine: Engine, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._engine = engine
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._rests_until = -1.0
        self.problem = ""
        self.read_count = 0
        self.passed_count = 0

    def ready(self) -> bool:
        """Tell whether to ask it; after a rest one asks alone, and the others only once it did."""
        with self._lock:
            now = self._monotonic()
            if now < self._rests_until:
                return False
            if self.problem:
                self._rests_until = now + FAILED_SECONDS
            return True

    @contextmanager
    def session(self, wanted: Position) -> Iterator[Session]:
        """Open a transaction on it that sees everything up to a position.

        Raises:
            DBAPIError: it does not answer, or breaks off.
        """
        try:
            with Session(self._engine) as session:
                self._wait(session, wanted)
                yield session
        except DBAPIError as error:
            self._rest(f"it does not answer: {type(error.orig).__name__}", FAILED_SECONDS)
            raise
        except _NotNow as reason:
            self._rest(str(reason), reason.rest)
            raise
        with self._lock:
            self.read_count += 1
            self._rests_until, self.problem = -1.0, ""

    def _wait(self, session: Session, wanted: Position) -> None:
        # Each statement sees what was replayed when it began, so it is asked in one before.
        until = self._monotonic() + PATIENCE_SECONDS
        while True:
            row = session.execute(_KNOWS, vars(wanted)).one()
            if not row.follows:
                raise _NotNow("it does not follow this primary", FAILED_SECONDS)
            if row.is_there:
                return
            if self._monotonic() >= until:
                # What is not on the primary's disk yet was not sent: that is no fault of this one.
                raise _NotNow("", 0) if row.keeps_up else _NotNow(BEHIND, BEHIND_SECONDS)
            time.sleep(PAUSE_SECONDS)

    def _rest(self, problem: str, seconds: float) -> None:
        with self._lock:
            told = self.problem == problem
            self._rests_until, self.problem = self._monotonic() + seconds, problem
            self.passed_count += 1
        if problem and not told:
            logger.warning("a replica is not read from: %s", problem)

    def close(self) -> None:
        """Close its connections."""
        self._engine.dispose()


class Replicas:
    """The replicas of one primary, asked in turn; there may be none."""

    def __init__(self, replicas: Sequence[Replica] = ()) -> None:
        self.all = tuple(replicas)
        self._turn = itertools.count()

    def read(
        self,
        primary: Session,
        opening: Callable[[Session], object],
        look: Callable[[Session], _Value],
    ) -> _Value:
        """Read on a replica that knows all that `primary` has seen, or else on `primary` itself.

        `opening` opens rows to a replica's session, as they are open to that of the primary.
        `look` only reads; it may be called twice.
        """
        replica = self._next()
        if replica is None:
            return look(primary)
        wanted = position(primary)
        with suppress(DBAPIError, _NotNow), replica.session(wanted) as session:
            opening(session)
            return look(session)
        return look(primary)

    def _next(self) -> Replica | None:
        """Give the one whose turn it is; None where all rest."""
        if not self.all:
            return None
        first = next(self._turn)
        count = len(self.all)
        turns = (self.all[(first + step) % count] for step in range(count))
        return next((one for one in turns if one.ready()), None)

    def close(self) -> None:
        """Close all connections."""
        for replica in self.all:
            replica.close()


def open_replicas(primary: Engine, engines: Sequence[Engine]) -> Replicas:
    """Give the replicas of a primary; whether each answers is found out when it is asked.

    Raises:
        Unavailable: the primary tells no position, so nothing of it can be read elsewhere.
    """
    if not engines:
        return Replicas()
    try:
        with Session(primary) as session:
            position(session)
    except DBAPIError as error:
        raise Unavailable(
            "The database does not tell how far it has written, so ENTENTE_REPLICA_URLS must not"
            " be set. It names streaming replicas of a primary that is PostgreSQL's own."
        ) from error
    return Replicas([Replica(engine) for engine in engines])
