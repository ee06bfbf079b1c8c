"""Requests for tests, each step in a transaction of its own."""

from datetime import date, timedelta
from typing import Any

from app import requests
from app.core.ids import RecordId, RequestId
from app.requests import AskAccess, GrantAccess, ListRecord, RequestView, Say, load_rules
from tests.world import POLICIES, World

RULES = load_rules(POLICIES)


def day(world: World, days: int) -> date:
    """A day so many days from now."""
    return (world.clock() + timedelta(days=days)).date()


def ask(world: World, name: str = "uma", **given: Any) -> RequestId:
    """Ask, by default until a month from now."""
    asked: dict[str, Any] = {"purpose": "To compare methods.", "last_day": day(world, 30)}
    with world.work() as work:
        command = AskAccess(**(asked | given))
        return requests.ask(work, world.gate, RULES, world.actor(work, name), command)


def show(world: World, request_id: RequestId, name: str = "uma") -> RequestView:
    """What this person sees of a request."""
    with world.work() as work:
        return requests.show(work, world.gate, RULES, world.actor(work, name), request_id)


def list_it(world: World, record_id: RecordId, by: str = "iris", **given: Any) -> None:
    """Have a record listed, by default for the community."""
    stub: dict[str, Any] = {"title": "An evaluation", "description": "Of a model."}
    with world.work() as work:
        command = ListRecord(**(stub | given))
        requests.list_record(work, world.gate, world.actor(work, by), record_id, command)


def grant(
    world: World, request_id: RequestId, by: str = "iris", days: int = 20, **more: Any
) -> None:
    """Grant a request."""
    with world.work() as work:
        command = GrantAccess(last_day=day(world, days), **more)
        requests.grant(work, world.gate, RULES, world.actor(work, by), request_id, command)


def say(world: World, verb: str, request_id: RequestId, by: str, text: str = "Why?") -> None:
    """Return, refuse or answer a request."""
    with world.work() as work:
        actor, command = world.actor(work, by), Say(text=text)
        if verb == "answer":
            requests.answer(work, world.gate, RULES, actor, request_id, command)
        elif verb == "return":
            requests.return_with_question(work, world.gate, actor, request_id, command)
        else:
            requests.refuse(work, world.gate, actor, request_id, command)


def match_all(world: World) -> int:
    """Look for what may answer each need, as the worker does."""
    count = 0
    with world.work() as work:
        while requests.match_next(work, world.gate, RULES):
            count += 1
    return count
