"""The worker's part in the log: places, checkpoints, co-signatures, and the turn of the year.

Any number of workers may run it: the lock in the database holds the sequencer to one.
"""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait

from app.core.errors import Conflict
from app.log import places
from app.log.at import newest_or_none
from app.log.checkpoints import sign
from app.log.cosigning import NoAnswer, Refusal, Witness, ask_witness, witnesses
from app.log.parts import DOOR, LogParts
from app.log.rollback import proven_rollback, tell_refusal, tell_rollback
from app.log.sequencing import BATCH_ENTRIES, sequence
from app.log.turning import must_turn, turn
from app.tlog import TlogError

POLL_SECONDS = 0.2
# Entries that come one by one are placed together, so that the sequencer leaves room for them.
BUSY_SECONDS = 0.1
SIGN_SECONDS = 0.4  # at least so long between checkpoints while entries keep coming
HEARTBEAT_SECONDS = 60.0
RETRY_SECONDS = 10.0
# A log whose year is over takes no entries for so long, so that its last checkpoint can be
# co-signed; when that fails, it goes on for as long and tries again.
TURN_SECONDS = 30.0
LOOK_SECONDS = 10.0
# A witness that holds more than the database does has so long to say so before work begins.
FIRST_SECONDS = 10.0

logger = logging.getLogger("entente.log")


class Keeper:
    """Keeps the log, step by step; `monotonic` is a clock in seconds."""

    def __init__(self, parts: LogParts, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._parts = parts
        self._monotonic = monotonic
        self._signed_at = 0.0
        self._unsigned = True
        self._turning_since: float | None = None
        self._looked_at = -LOOK_SECONDS
        self._asking: dict[str, _Asking] = {}
        self._rolled_back: set[int] = set()

    def step(self) -> int:
        """Give places to what waits, sign, and turn the year; returns how many got places.

        Nothing of that happens to a log whose database was proven to have been put back.
        """
        if self._rolled_back and self._current() in self._rolled_back:
            return 0
        placed = 0 if self._turns() else self._place()
        if self._unsigned and self._monotonic() - self._signed_at >= SIGN_SECONDS:
            self._sign()
        return placed

    def ask_witnesses(self, pool: ThreadPoolExecutor) -> None:
        """Ask each witness that is due, beside everything else and each other."""
        now = self._monotonic()
        with self._parts.units.begin(DOOR) as work:
            at = newest_or_none(work.session)
        if at is None:
            return
        for witness in witnesses(self._parts.policy()):
            asking = self._asking.setdefault(
                witness.url, _Asking(self._parts, self._monotonic, self._rolled_back)
            )
            if asking.is_due(at.size, now):
                asking.begin(pool, witness)

    def ask_first(self, pool: ThreadPoolExecutor) -> None:
        """Ask every witness before anything is done, and wait for those that answer soon."""
        self.ask_witnesses(pool)
        wait([asking.running for asking in self._asking.values()], timeout=FIRST_SECONDS)

    def _current(self) -> int | None:
        with self._parts.units.begin(DOOR) as work:
            log = places.current_log(work.session)
        return log.number if log else None

    def _place(self) -> int:
        placed = 0
        with self._parts.units.begin(DOOR) as work:
            if places.anything_due(work.session):
                placed = sequence(work, self._parts)
        self._unsigned = self._unsigned or placed > 0
        return placed

    def _sign(self) -> None:
        try:
            with self._parts.units.begin(DOOR) as work:
                sign(work, self._parts.keys)
        except Conflict:
            return  # another worker signed; the next step looks again
        self._signed_at = self._monotonic()
        self._unsigned = False

    def _turns(self) -> bool:
        """Tell whether places are held back for the turn of the year, and try to turn it."""
        now = self._monotonic()
        if self._turning_since is None:
            if now - self._looked_at < LOOK_SECONDS:
                return False
            self._looked_at = now
            with self._parts.units.begin(DOOR) as work:
                if not must_turn(work):
                    return False
            self._turning_since, self._unsigned = now, True
        if now - self._turning_since >= TURN_SECONDS:
            self._turning_since, self._looked_at = None, now + TURN_SECONDS - LOOK_SECONDS
            return False
        with self._parts.units.begin(DOOR) as work:
            turned = turn(work, self._parts)
        if turned is None:
            return True
        self._turning_since, self._unsigned = None, True
        logger.warning("the log %s has begun", turned.origin)
        return False


class _Asking:
    """What is known of one witness: when it was asked last, and with what success."""

    def __init__(
        self, parts: LogParts, monotonic: Callable[[], float], rolled_back: set[int]
    ) -> None:
        self._parts = parts
        self._monotonic = monotonic
        self._rolled_back = rolled_back
        self.running: Future[None] = Future()
        self.running.set_result(None)
        self._asked_at = -HEARTBEAT_SECONDS
        self._size = 0
        self._failed = False
        self._told: str | None = None

    def is_due(self, size: int, now: float) -> bool:
        """Tell whether to ask: something is new, a minute has passed, or it failed a while ago."""
        if not self.running.done():
            return False
        since = now - self._asked_at
        if self._failed:
            return since >= RETRY_SECONDS
        return size != self._size or since >= HEARTBEAT_SECONDS

    def begin(self, pool: ThreadPoolExecutor, witness: Witness) -> None:
        """Ask in a thread of the pool."""
        self._asked_at = self._monotonic()
        self.running = pool.submit(self._ask, witness)

    def _ask(self, witness: Witness) -> None:
        try:
            self._size = ask_witness(self._parts, witness) or 0
            self._failed, self._told = False, None
        except Refusal as refusal:
            self._failed = True
            if self._told != str(refusal):
                self._told = str(refusal)
                self._refused(witness, refusal)
        except (NoAnswer, TlogError) as error:
            self._failed = True
            logger.warning("the witness %s does not answer: %s", witness.name, error)
        except Exception:
            self._failed = True
            logger.exception("the witness %s could not be asked", witness.name)

    def _refused(self, witness: Witness, refusal: Refusal) -> None:
        logger.error("the witness %s refuses: %s", witness.name, refusal)
        proof = proven_rollback(self._parts, witness)
        if proof is None:
            tell_refusal(self._parts, witness, refusal)
            return
        log, checkpoint = proof
        if log not in self._rolled_back:
            self._rolled_back.add(log)
            logger.critical("the database was put back: run `entente audit recover`")
            tell_rollback(self._parts, witness, log, checkpoint)


def run(parts: LogParts, stop: threading.Event) -> None:
    """Keep the log until told to stop."""
    keeper = Keeper(parts)
    told: str | None = None
    with ThreadPoolExecutor(max_workers=8, thread_name_prefix="witness") as pool:
        asked = False
        while not stop.is_set():
            try:
                if not asked:
                    keeper.ask_first(pool)
                    asked = True
                placed = keeper.step()
                keeper.ask_witnesses(pool)
                told = None
            except Exception as error:
                placed = 0
                if told != str(error):
                    told = str(error)
                    logger.exception("the log could not be kept; it is tried again")
                stop.wait(1.0)
            stop.wait(_pause(placed))


def _pause(placed: int) -> float:
    """Give the seconds until the next step: none while a batch was full."""
    if placed >= BATCH_ENTRIES:
        return 0.0
    return BUSY_SECONDS if placed else POLL_SECONDS
