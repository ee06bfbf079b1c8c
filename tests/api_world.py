"""Clients of the API for tests: the real application, asked without a socket."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient

from app import identity
from app.core.database import Database
from app.identity import NewApiClient
from tests.portal import Portal, assemble_portal


@dataclass
class Api:
    """A portal and a client for each person who asks it."""

    portal: Portal
    secrets: dict[str, tuple[str, str]] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)  # to be asked with, instead of new ones

    def client(self, name: str | None = None) -> TestClient:
        """A client that asks as this person, or as the public."""
        headers = {"Authorization": f"Bearer {self.token(name)}"} if name else {}
        return TestClient(self.portal.app, headers=headers, raise_server_exceptions=False)

    def token(self, name: str) -> str:
        """An access token of this person, got as any program gets it."""
        if name in self.tokens:
            return self.tokens[name]
        client_id, secret = self.credentials(name)
        answer = TestClient(self.portal.app).post(
            "/api/v1/token", data={"grant_type": "client_credentials"}, auth=(client_id, secret)
        )
        return str(answer.json()["access_token"])

    def credentials(self, name: str) -> tuple[str, str]:
        """The id and secret of this person's API client."""
        if name not in self.secrets:
            world = self.portal.world
            with world.work() as work:
                made = identity.create_api_client(
                    work,
                    self.portal.services.identity,
                    world.actor(work, name),
                    NewApiClient(name="tests"),
                )
            self.secrets[name] = (made.client_id, made.client_secret)
        return self.secrets[name]


def make_api(database: Database, folder: Path) -> Api:
    """Put the application together."""
    return Api(assemble_portal(database, folder, "http://127.0.0.1:8000"))


def draft_json(**changes: Any) -> dict[str, Any]:
    """A complete draft as a program sends it."""
    given: dict[str, Any] = {
        "kind": "best_practice",
        "area": "research",
        "title": "Red teaming in pairs",
        "marking": {"markings": "TLP:GREEN", "release_to": "org:uni-eu"},
        "summary": "Two people find more than one.",
        "fields": {"practice": "Work in pairs."},
        "sections": [{"heading": "How", "body": "Take *turns*."}],
    }
    return given | changes
