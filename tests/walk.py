"""Walks the application's routes, and holds each to the events that it must leave."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

from fastapi.routing import iter_route_contexts
from sqlalchemy import text

from app.core.database import Database
from app.core.errors import Unavailable
from app.identity.sessions import csrf_token
from app.log import DatabaseJournal
from tests.api_world import Api, make_api
from tests.complete import faults

WALKERS = ("ida", "ivan", "iris", "ines", "uma", "bo", "abel", "olga", "emil")
Door = tuple[str, str]  # method and path template


# The trigger is there from the first time on; it fails while there is a table of this name.
FAILING = """
CREATE TABLE failing ();
CREATE OR REPLACE FUNCTION fail_at_commit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF to_regclass('public.failing') IS NOT NULL THEN
    RAISE EXCEPTION 'no space left on device' USING ERRCODE = 'disk_full';
  END IF;
  RETURN NULL;
END $$;
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_trigger WHERE tgname = 'fail_at_commit') THEN
    CREATE CONSTRAINT TRIGGER fail_at_commit AFTER INSERT ON journal
      DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION fail_at_commit();
  END IF;
END $$;
"""


@dataclass
class Walk:
    """Asks routes one after the other and remembers which were asked and what they left."""

    api: Api
    asked: set[Door] = field(default_factory=set)
    sessions: dict[str, str] = field(default_factory=dict)

    def doors(self) -> set[Door]:
        """Every door that the application has; HEAD only where it is a route of its own."""
        found = set()
        for context in iter_route_contexts(self.api.portal.app.routes):
            methods = set(context.methods or {"GET"})
            for method in methods - ({"HEAD"} if "GET" in methods else set()):
                found.add((method, str(context.path)))
        return found

    def ask(
        self,
        name: str | None,
        method: str,
        template: str,
        *,
        leaves: list[str],
        status: int = 200,
        **options: Any,
    ) -> Any:
        """Ask a door; assert its status and exactly the events that it left in the journal.

        `template` takes its values from `options["at"]`. Each entry must be complete, none may
        stand twice; and where entries are due, the door gives nothing while the journal fails.
        """
        at = options.pop("at", {})
        client = self.client(name, template)
        before = self.count()
        path = template.replace(":path}", "}").format(**at)
        if leaves:
            self._ask_in_vain(client, method, path, options)
        answer = client.request(method, path, follow_redirects=False, **options)
        self.asked.add((method, template))
        assert answer.status_code == status, f"{method} {template}: {answer.text[:500]}"
        entries = self.entries_since(before)
        assert [entry["type"] for entry in entries] == leaves, f"{method} {template}"
        wrong = [(one["type"], faults(one, serves=method != "HEAD")) for one in entries]
        assert not [one for one in wrong if one[1]], f"{method} {template}: {wrong}"
        told = [(one["type"], one["subject"], str(one["details"])) for one in entries]
        assert len(set(told)) == len(told), f"{method} {template}: {told}"
        return answer

    def _ask_in_vain(self, client: Any, method: str, path: str, options: dict[str, Any]) -> None:
        """Ask while the journal cannot be written, then while it cannot be committed."""
        before = self.count()
        for failing in (failing_append, self.failing_commit):
            with failing():
                answer = client.request(method, path, follow_redirects=False, **options)
            assert answer.status_code == 503, f"{method} {path}: {answer.status_code}"
            assert self.count() == before

    @contextmanager
    def failing_commit(self) -> Iterator[None]:
        """Make every transaction that wrote an entry fail when it commits, as on a full disk."""
        owner = self.api.portal.world.owner
        with owner() as session:
            session.execute(text(FAILING))
        yield
        with owner() as session:
            session.execute(text("DROP TABLE failing"))

    def client(self, name: str | None, template: str) -> Any:
        """A client of the API by token, of the pages by session."""
        if template.startswith("/api/"):
            return self.api.client(name)
        client = self.api.client(None)
        if name is not None:
            client.cookies.set("entente", self.session(name))
        return client

    def session(self, name: str) -> str:
        """The secret of this person's browser session."""
        if name not in self.sessions:
            self.sessions[name] = self.api.portal.cookie(name)
        return self.sessions[name]

    def form(self, name: str, fields: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The fields of a form of this person's session."""
        return {"csrf_token": csrf_token(self.session(name)), **(fields or {})}

    def count(self) -> int:
        """How many entries the journal has."""
        with self.api.portal.world.owner() as session:
            return int(session.execute(text("SELECT count(*) FROM journal")).scalar_one())

    def entries_since(self, count: int) -> list[dict[str, Any]]:
        """The entries since there were so many, oldest first."""
        return self.api.portal.world.entries()[count:]

    def events_since(self, count: int) -> list[str]:
        """The types of the entries since there were so many, oldest first."""
        return [entry["type"] for entry in self.entries_since(count)]


@contextmanager
def failing_append() -> Iterator[None]:
    """Make the journal refuse every entry."""
    broken = Unavailable("The journal does not answer.")
    with patch.object(DatabaseJournal, "append", side_effect=broken):
        yield


def make_walk(database: Database, folder: Path) -> Walk:
    """Put the application together; programs have their tokens first, people their sessions.

    So the events that a door leaves are its own.
    """
    api = make_api(database, folder)
    tokens = {name: api.token(name) for name in WALKERS}
    api.tokens.update(tokens)
    walk = Walk(api)
    for name in WALKERS:
        walk.session(name)
    return walk
