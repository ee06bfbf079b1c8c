"""Connections are given out live: their sockets tell so, and nobody is asked each time."""

import select
import time
from typing import Final

from psycopg import Connection, Error
from sqlalchemy import Engine, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry

IDLE_SECONDS: Final = 30.0
_USED: Final = "entente.used"


def keep_alive(engine: Engine) -> Engine:
    """Have another connection made in place of one that its server has closed, before it is used.

    To ask the server each time would be a way to it and back for every request.
    """
    event.listen(engine, "checkin", _note_use)
    event.listen(engine, "checkout", _check)
    return engine


def _note_use(_: object, record: ConnectionPoolEntry) -> None:
    record.info[_USED] = time.monotonic()


def _check(given: Connection, record: ConnectionPoolEntry, _: object) -> None:
    """Refuse a connection that has ended: the pool makes another one in its place.

    On a connection that nobody uses nothing comes but its end. One that was idle for long may have
    been cut off unheard: only that one is asked.
    """
    try:
        if _has_ended(given):
            raise DisconnectionError("the server has closed the connection")
        if time.monotonic() - record.info.get(_USED, 0.0) > IDLE_SECONDS:
            given.execute("SELECT 1")
            given.rollback()
    except (OSError, Error) as error:
        raise DisconnectionError("the connection was cut off") from error


def _has_ended(given: Connection) -> bool:
    socket = select.poll()
    socket.register(given.fileno(), select.POLLIN)
    return bool(socket.poll(0))
