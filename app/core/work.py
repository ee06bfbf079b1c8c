"""A unit of work: one request, one job or one command is one transaction, begun and ended here."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import Engine
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.orm import Session

from app.core.clock import Clock
from app.core.errors import Forbidden, Refused, Unavailable
from app.core.ids import EntryId, new_id
from app.core.journal import Event, Journal
from app.core.replicas import Replicas


@dataclass(frozen=True)
class Origin:
    """Where a unit of work comes from: facts of the request that the journal keeps."""

    door: str  # "web", "api", "cli", "worker"
    request_id: UUID = field(default_factory=new_id)
    session: str = ""  # a pseudonym of the session or token, never its secret
    client_address: str = ""


@dataclass
class Work:
    """What a verb works with: the transaction, its moment and its journal."""

    session: Session
    now: datetime
    journal: Journal
    origin: Origin
    # What is written last, since a transaction that has written holds the log's places back.
    before_commit: list[Callable[[], None]] = field(default_factory=list)
    after_commit: list[Callable[[], None]] = field(default_factory=list)
    # What the journal wrote in this transaction: entries and their leaf hashes, for a receipt.
    appended: list[tuple[EntryId, bytes]] = field(default_factory=list)
    replicas: Replicas = field(default_factory=Replicas)

    def record(self, event: Event) -> None:
        """Append the event to the journal in this transaction."""
        self.journal.append(self, event)


@dataclass(frozen=True)
class Units:
    """Makes units of work; the only place that commits."""

    engine: Engine
    journal: Journal
    clock: Clock
    replicas: Replicas = field(default_factory=Replicas)

    @contextmanager
    def begin(self, origin: Origin) -> Iterator[Work]:
        """Open a transaction that commits when the block ends and rolls back when it raises.

        A refusal is remembered although its transaction is rolled back: its event is appended in
        a transaction of its own. If that cannot commit either, the caller learns `Unavailable`.

        Raises:
            Unavailable: the database does not answer; nothing was done.
        """
        try:
            with self._transaction(origin) as work:
                yield work
        except (Refused, Forbidden) as refusal:
            if refusal.event is not None:
                self._remember(origin, refusal.event)
            raise
        except (OperationalError, InterfaceError) as error:
            raise Unavailable("The database does not answer. Nothing was changed.") from error
        for effect in work.after_commit:
            effect()

    @contextmanager
    def _transaction(self, origin: Origin) -> Iterator[Work]:
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            work = Work(session, self.clock(), self.journal, origin, replicas=self.replicas)
            yield work
            for write in work.before_commit:
                write()

    def _remember(self, origin: Origin, event: Event) -> None:
        try:
            with self._transaction(origin) as work:
                work.record(event)
        except (OperationalError, InterfaceError) as error:
            raise Unavailable("The journal does not answer. Nothing was shown.") from error
