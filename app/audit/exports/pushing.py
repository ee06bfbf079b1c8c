"""Pushes the log to a SIEM: every entry in its order, at least once, and never in anybody's way.

How far each receiver got stands in the database, and moves only once the receiver has read what
was sent. One worker pushes at a time.
"""

import hashlib
import logging
import threading
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.audit.exports.models import PushedRow
from app.audit.exports.rows import in_order
from app.audit.exports.syslog import SyslogTarget, syslog_message
from app.core.errors import Problem
from app.core.journal import Event
from app.core.work import Origin, Units, Work
from app.log import LoggedRow

AT_ONCE: Final = 500
POLL_SECONDS: Final = 1.0
LONGEST_WAIT_SECONDS: Final = 300.0
DOOR: Final = Origin(door="worker")

logger = logging.getLogger("entente.push")


@dataclass(frozen=True)
class Push:
    """A receiver, and the name by which it knows this portal's machine."""

    units: Units
    url: str
    host: str

    @property
    def target(self) -> SyslogTarget:
        """The receiver; raises `Invalid` where its address is unsafe or unclear."""
        return SyslogTarget.parse(self.url)

    def check(self) -> None:
        """Check that the address is one to which the log may go.

        Raises:
            Invalid: it is unclear, or the log would leave this machine in the clear.
        """
        _ = self.target

    @property
    def name(self) -> bytes:
        """The name of the receiver in the database: no address stands there."""
        return hashlib.sha256(self.url.encode()).digest()

    def step(self, limit: int = AT_ONCE) -> int:
        """Push the next entries; returns how many the receiver has taken.

        Raises:
            Unavailable: the receiver does not answer, or not in time. It gets them again.
        """
        with self.units.begin(DOOR) as work:
            return push(work, self, limit)

    def run(self, stop: threading.Event) -> None:
        """Push until told to stop; whoever does not answer is asked ever more rarely."""
        failures = 0
        while not stop.is_set():
            try:
                more, failures = self.step() == AT_ONCE, 0
            except Problem as problem:
                more, failures = False, failures + 1
                logger.warning("the log was not pushed: %s", problem.detail)
            except Exception:
                more, failures = False, failures + 1
                logger.exception("the log was not pushed")
            if not more:
                stop.wait(min(POLL_SECONDS * 2**failures, LONGEST_WAIT_SECONDS))


def push(work: Work, to: Push, limit: int) -> int:
    """Push the next entries in the order of the log, and remember how far the receiver got."""
    reached = _reached(work, to)
    if reached is None:
        return 0
    place = tuple_(LoggedRow.log, LoggedRow.index)
    rows = select(LoggedRow).where(place > (reached.log, reached.index))
    rows = rows.order_by(LoggedRow.log, LoggedRow.index).limit(limit)
    told = list(in_order(work.session, rows))
    if not told:
        return 0
    to.target.send([syslog_message(one.event, to.host) for one in told])
    reached.log, reached.index = told[-1].row.log, told[-1].row.index
    reached.pushed_at = work.now
    return len(told)


def _reached(work: Work, to: Push) -> PushedRow | None:
    """Give how far a receiver got, held against others; None while another worker pushes."""
    begins = insert(PushedRow).values(target=to.name, log=0, index=-1)
    fresh = begins.on_conflict_do_nothing().returning(PushedRow.target)
    if work.session.scalar(fresh) is not None:
        work.record(Event("log.push-begun", details={"receiver": to.target.host}))
    return _held(work.session, to)


def _held(session: Session, to: Push) -> PushedRow | None:
    ours = select(PushedRow).where(PushedRow.target == to.name)
    return session.scalars(ours.with_for_update(skip_locked=True)).first()
