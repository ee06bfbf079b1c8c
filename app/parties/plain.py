"""Changes as they are kept until somebody decides on them: what JSON holds, and people by id.

Whoever is known already stands in it by their id alone, so that nothing of it has to be erased with
them. Only of who is to be admitted it holds the name and the address.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.core.errors import Conflict
from app.parties.apply import Change, difference
from app.parties.models import PersonRow
from app.parties.planning import OUTDATED
from app.parties.stock import Facts

Plain = dict[str, Any]


def as_plain(session: Session, change: Change) -> Plain:
    """Give a change of a person, an agreement or a group as it is kept."""
    key, before, after = change.key, change.before, change.after
    if change.kind == "person" and before is not None and after is not None:
        key = str(_ids(session, [key])[key])
        before, after = _nameless(before), _nameless(after)
    if change.kind == "group":
        known = _ids(session, [*(before or {}).get("people", ()), *(after or {})["people"]])
        before, after = (
            facts and {**facts, "people": sorted(str(known[email]) for email in facts["people"])}
            for facts in (before, after)
        )
    return {"kind": change.kind, "key": key, "before": _plain(before), "after": _plain(after)}


def from_plain(session: Session, kept: Mapping[str, Any]) -> Change:
    """Give the change that was kept, with people by the addresses that they have now.

    Raises:
        Conflict: somebody whom it is about is not known any more.
    """
    kind, key = kept["kind"], kept["key"]
    before, after = _facts(kept["before"]), _facts(kept["after"])
    if kind == "person" and before is not None:
        row = session.execute(
            select(PersonRow.email, PersonRow.name).where(
                PersonRow.id == UUID(key), PersonRow.erased_at.is_(None)
            )
        ).first()
        if row is None:
            raise Conflict(OUTDATED)
        named = {"name": row.name}
        key, before, after = row.email, {**before, **named}, {**(after or {}), **named}
    if kind == "group":
        before, after = (facts and _addressed(session, facts) for facts in (before, after))
    return difference(kind, key, before, after or {})


def _nameless(facts: Facts) -> Facts:
    return {name: value for name, value in facts.items() if name != "name"}


def _plain(facts: Facts | None) -> Plain | None:
    return facts and {  # type: ignore[return-value]
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in facts.items()
    }


def _facts(plain: Mapping[str, Any] | None) -> Facts | None:
    return plain and {
        name: datetime.fromisoformat(value) if name.startswith("valid_") else value
        for name, value in plain.items()
    }


def _ids(session: Session, emails: list[str]) -> dict[str, UUID]:
    rows = session.execute(select(PersonRow.email, PersonRow.id).where(PersonRow.email.in_(emails)))
    return dict(rows.all())


def _addressed(session: Session, facts: Facts) -> Facts:
    """Give a group's facts with people by address, leaving out whoever was erased since."""
    ids = list(map(UUID, facts["people"]))
    emails = session.scalars(
        select(PersonRow.email).where(PersonRow.id.in_(ids), PersonRow.erased_at.is_(None))
    )
    return {**facts, "people": sorted(emails)}
