"""Whether everything that the portal needs answers; says what does not, and no secret."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import text

from app import log
from app.core.errors import Problem
from app.core.work import Origin
from app.edge.services import Services


@dataclass(frozen=True)
class Check:
    """Whether one part answers; `problem` says what is wrong with it."""

    part: str
    ready: bool
    problem: str = ""


def health(services: Services) -> list[Check]:
    """Ask every part that serving needs."""
    return [
        _check("database", lambda: _ask_database(services)),
        _check("store", lambda: list(islice(services.blobs.list(), 1))),
        _check("keys", services.keys.check),
        _check("log", lambda: _ask_log(services)),
        *_policies(services),
        *_replicas(services),
    ]


def _ask_database(services: Services) -> None:
    with services.units.begin(Origin(door="health")) as work:
        work.session.execute(text("SELECT 1"))


def _ask_log(services: Services) -> None:
    services.log.keys.pairs()
    services.log.policy()
    with services.units.begin(Origin(door="health")) as work:
        log.check(work)


def _check(part: str, ask: Callable[[], object]) -> Check:
    try:
        ask()
    except Problem as problem:
        return Check(part, ready=False, problem=problem.detail or problem.title)
    return Check(part, ready=True)


def _policies(services: Services) -> Iterator[Check]:
    # A set that does not load is not served: the one before it decides, so this is ready. What is
    # wrong with it names policies, which strangers need not know: that is in the operator's log.
    keeper = services.gate.keeper
    why = "wait for a second person" if keeper.waiting else "do not load"
    told = f"The policy files as they stand {why}; those before them are in force."
    yield Check("policies", ready=True, problem=told if keeper.problem else "")


def _replicas(services: Services) -> Iterator[Check]:
    # What is not read there is read on the primary: this is ready without any.
    for number, replica in enumerate(services.units.replicas.all, 1):
        yield Check(f"replica {number}", ready=True, problem=replica.problem)
