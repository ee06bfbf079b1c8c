"""What an entry of the log tells of a question to the log.

Identifiers and words that the portal knows stand as they are; an address that was looked for stands
as whose it is; whatever else was typed may name somebody, and stands beside the log.
"""

import re
from collections.abc import Callable
from typing import Final

from app import parties
from app.access import Gate
from app.audit.actions import ACTIONS
from app.audit.commands import LogFilter
from app.core.journal import Detail, Typed
from app.core.work import Work
from app.labels import Schemes, UnknownMarking

IDENTIFIER: Final = re.compile(
    r"((record|version|attachment):)?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|ENT-\d{4}-\d{6,}"
)
TYPE: Final = re.compile(r"[a-z]+(-[a-z]+)*\.[a-z]+(-[a-z]+)*")


def filters_told(work: Work, gate: Gate, asked: LogFilter, person: str | None) -> dict[str, Detail]:
    """Give the filters as an entry tells them; `person` is whom they were resolved to."""
    given = asked.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    if person is not None:
        given["person"] = person
    slugs = {organisation.slug for organisation in parties.organisations(work.session)}
    schemes = gate.keeper.current.schemes
    known: dict[str, Callable[[str], bool]] = {
        "record": lambda word: IDENTIFIER.fullmatch(word) is not None,
        "person": lambda word: IDENTIFIER.fullmatch(word) is not None or word == "nobody",
        "type": lambda word: TYPE.fullmatch(word) is not None,
        "organisation": lambda word: word in slugs,
        "marking": lambda word: _is_marking(schemes, word),
        "action": lambda word: word in ACTIONS,
    }
    return {
        name: value if name not in known or known[name](value) else Typed(value)
        for name, value in given.items()
    }


def _is_marking(schemes: Schemes, word: str) -> bool:
    try:
        schemes.parse(word)
    except UnknownMarking:
        return False
    return True
