"""Walks the doors of deputies and of signed decisions, by program and on pages."""

from datetime import timedelta
from typing import Any

from app.core.ids import VersionId
from tests.walk import Walk


def by_program(walk: Walk, at: dict[str, str]) -> None:
    """Ask every door of the API; `at` names a version that Iris approved."""
    world, door = walk.api.portal.world, "/api/v1/deputies"
    until = (world.clock().date() + timedelta(days=3)).isoformat()
    said = {"deputy": str(world.people["ines"]), "until": until}
    walk.ask("ida", "POST", door, status=403, leaves=["name-deputy.refused"], json=said)
    named = walk.ask("iris", "POST", door, status=201, leaves=["deputy.named"], json=said).json()
    one, revoked = {"delegation_id": named["id"]}, ["deputy.revoked"]
    walk.ask("iris", "DELETE", door + "/{delegation_id}", at=one, status=204, leaves=revoked)
    decision, door = _approval(walk, at), "/api/v1/decisions/{decision_id}"
    walk.ask("ida", "GET", door, at=decision, leaves=["decisions.read"])
    walk.ask("bo", "GET", door, at=decision, status=404, leaves=["read.refused"])


def on_pages(walk: Walk, at: dict[str, str]) -> None:
    """Ask every page; `at` names a version that Iris approved."""
    world, door = walk.api.portal.world, "/desk/away"
    until = (world.clock().date() + timedelta(days=3)).isoformat()
    sent: dict[str, Any] = {"deputy": str(world.people["ines"]), "until": until}
    data, named = walk.form("iris", sent), ["deputy.named"]
    walk.ask("iris", "POST", door, status=303, leaves=named, data=data)
    with world.owner() as session:
        one = {"delegation_id": str(session.connection().exec_driver_sql(
            "SELECT id FROM delegations WHERE ended_at IS NULL").scalar_one())}  # fmt: skip
    door += "/{delegation_id}/revoke"
    data, revoked = walk.form("iris"), ["deputy.revoked"]
    walk.ask("iris", "POST", door, at=one, status=303, leaves=revoked, data=data)
    decision, door = _approval(walk, at), "/decisions/{decision_id}"
    walk.ask("ida", "GET", door, at=decision, leaves=["decisions.read"])
    walk.ask("ida", "GET", door + "/signature", at=decision, leaves=["decisions.read"])
    walk.ask("bo", "GET", door, at=decision, status=404, leaves=["read.refused"])


def looked_at_together(walk: Walk, version_id: VersionId | str) -> None:
    """Look at one submission on the page for several."""
    looking = ["record.read", "audience.previewed"]
    asked = {"version": str(version_id)}
    walk.ask("iris", "GET", "/desk/together", leaves=looking, params=asked)


def _approval(walk: Walk, at: dict[str, str]) -> dict[str, str]:
    with walk.api.portal.world.owner() as session:
        found = session.connection().exec_driver_sql(
            "SELECT id FROM decisions WHERE version_id = %s AND kind = 'approve'",
            (at["version_id"],),
        )
        return {"decision_id": str(found.scalar_one())}
