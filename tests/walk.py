"""Walks the application's routes, and holds each to the events that it must leave."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fastapi.routing import iter_route_contexts
from sqlalchemy import text

from app.core.database import Database
from app.identity.sessions import csrf_token
from tests.api_world import Api, make_api

WALKERS = ("ida", "ivan", "iris", "ines", "uma", "bo", "abel", "olga", "emil")
Door = tuple[str, str]  # method and path template


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

        `template` takes its values from `options["at"]`.
        """
        at = options.pop("at", {})
        client = self.client(name, template)
        before = self.count()
        answer = client.request(method, template.format(**at), follow_redirects=False, **options)
        self.asked.add((method, template))
        assert answer.status_code == status, f"{method} {template}: {answer.text[:500]}"
        assert self.events_since(before) == leaves, f"{method} {template}"
        return answer

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

    def events_since(self, count: int) -> list[str]:
        """The types of the entries since there were so many, oldest first."""
        return [entry["type"] for entry in self.api.portal.world.entries()[count:]]


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
