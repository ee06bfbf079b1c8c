"""What a process need not ask its database again, since it cannot have changed.

Rows of profiles and audiences are never changed, and their ids never given twice. What a profile
may do is remembered under the very row that says how it was decided and until when: that row is
read in every transaction, so nothing stale is served.
"""

from collections.abc import Callable, Hashable
from typing import TypeVar, cast
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine
from sqlalchemy.orm import Session

MOST = 20_000

_Value = TypeVar("_Value")


class Remembered:
    """What one process remembers of one database; a kind that grows too large begins anew."""

    def __init__(self) -> None:
        self._kinds: dict[str, dict[Hashable, object]] = {}

    def get(self, kind: str, key: Hashable) -> object | None:
        """Give what is remembered under a key; None where nothing is."""
        return self._kinds.get(kind, {}).get(key)

    def keep(self, kind: str, key: Hashable, value: object, *, most: int = MOST) -> None:
        """Remember a value under a key."""
        known = self._kinds.setdefault(kind, {})
        if len(known) >= most:
            known = self._kinds[kind] = {}
        known[key] = value

    def once(self, kind: str, key: Hashable, find: Callable[[], _Value]) -> _Value:
        """Give what is remembered under a key, having found it first where nothing was."""
        found = self.get(kind, key)
        if found is None:
            found = find()
            self.keep(kind, key, found)
        return cast(_Value, found)


_OF_ENGINES: WeakKeyDictionary[Engine, Remembered] = WeakKeyDictionary()


def remembered(session: Session) -> Remembered:
    """Give what this process remembers of the session's database."""
    bind = session.get_bind()
    engine = bind.engine if isinstance(bind, Connection) else bind
    return _OF_ENGINES.setdefault(engine, Remembered())
