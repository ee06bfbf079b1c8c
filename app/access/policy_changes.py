"""The history of policy sets as people read it: from when on each was in force, what it changed."""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access.models import PolicyLoadRow, PolicySetRow
from app.access.policy_set import PolicySet
from app.access.remembered import remembered


@dataclass(frozen=True)
class PolicyChange:
    """A policy set that came into force, and what it changed against the one before.

    `until` is None while it is in force. `added`, `removed` and `reworded` are ids of policies;
    `schemes` the ids of marking schemes that were changed. The first set of all changed nothing.
    Where a set was not kept `whole`, nothing is said of schemes and schema.
    """

    version: str
    since: datetime
    until: datetime | None
    policies_count: int
    first: bool
    whole: bool = True
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    reworded: tuple[str, ...] = ()
    schemes: tuple[str, ...] = ()
    equivalence_changed: bool = False
    schema_changed: bool = False

    @property
    def unchanged(self) -> bool:
        """Whether the policies only stand in another order, or in other files."""
        names = self.added or self.removed or self.reworded or self.schemes
        changed = names or self.equivalence_changed or self.schema_changed
        return self.whole and not self.first and not changed


@dataclass(frozen=True)
class Wording:
    """What a policy said in the last set that held it, for one that is in force no more."""

    text: str
    until: datetime


def policy_changes(session: Session) -> list[PolicyChange]:
    """Give every policy set that came into force, newest first."""
    loads = _loads(session)
    held = _held(session, [load.policy_set for load in loads])
    changes = []
    for place, load in enumerate(loads):
        following = loads[place + 1].loaded_at if place + 1 < len(loads) else None
        now = held[load.policy_set]
        change = PolicyChange(load.policy_set, load.loaded_at, following, len(now.policies), True)
        before = held[loads[place - 1].policy_set] if place else None
        changes.append(_compared(change, before, now) if before else change)
    return changes[::-1]


def policies_since(session: Session, policies: PolicySet) -> dict[str, datetime]:
    """Say of each policy since when its very text is in force without a break.

    A policy is absent where the set was never in force.
    """
    loads = _loads(session)
    while loads and loads[-1].policy_set != policies.version:
        loads.pop()
    held = _held(session, [load.policy_set for load in loads])
    since: dict[str, datetime] = {}
    standing = dict(held[policies.version].policies) if loads else {}
    for load in reversed(loads):
        then = held[load.policy_set].policies
        standing = {name: digest for name, digest in standing.items() if then.get(name) == digest}
        since |= dict.fromkeys(standing, load.loaded_at)
    return since


def last_wording(session: Session, name: str) -> Wording | None:
    """Give what a policy said when it was last in force; None if it never was."""
    loads = _loads(session)
    held = _held(session, [load.policy_set for load in loads])
    for place in range(len(loads) - 1, -1, -1):
        version = loads[place].policy_set
        if name in held[version].policies:
            row = select(PolicySetRow.texts).where(PolicySetRow.version == version)
            following = loads[min(place + 1, len(loads) - 1)]
            return Wording(session.scalars(row).one()[name], following.loaded_at)
    return None


@dataclass(frozen=True)
class _Held:
    """The hashes of all that a set is made of; a scheme's is absent where it was not kept."""

    policies: Mapping[str, str]
    schemes: Mapping[str, str]
    equivalence: str
    schema: str


def _loads(session: Session) -> list[PolicyLoadRow]:
    """Give the loads, oldest first; what two processes both noted counts once."""
    found: list[PolicyLoadRow] = []
    for load in session.scalars(select(PolicyLoadRow).order_by(PolicyLoadRow.id)):
        if not found or found[-1].policy_set != load.policy_set:
            found.append(load)
    return found


def _held(session: Session, versions: Sequence[str]) -> dict[str, _Held]:
    """Give what each set is made of; a set never changes, so that each is read once."""
    known = remembered(session)
    found = {version: known.get("policy-set", version) for version in versions}
    missing = [version for version, one in found.items() if one is None]
    rows = select(PolicySetRow).where(PolicySetRow.version.in_(missing))
    for row in session.scalars(rows) if missing else ():
        found[row.version] = _hashes(row.texts, row.sources)
        known.keep("policy-set", row.version, found[row.version])
    return {version: one for version, one in found.items() if isinstance(one, _Held)}


def _hashes(texts: Mapping[str, Any], sources: Mapping[str, Any] | None) -> _Held:
    schemes = (sources or {}).get("schemes", {})
    return _Held(
        policies={name: _hash(text) for name, text in texts.items()},
        schemes={one["id"]: _hash(one) for one in schemes.get("schemes", ())},
        equivalence=_hash(schemes["table"]) if "table" in schemes else "",
        schema=_hash(sources["schema"]) if sources else "",
    )


def _hash(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def _compared(change: PolicyChange, before: _Held, now: _Held) -> PolicyChange:
    # Of a set that was not kept whole, nothing is said but its policies.
    whole = bool(before.schema and now.schema)
    return replace(
        change,
        first=False,
        whole=whole,
        added=_sorted(now.policies.keys() - before.policies.keys()),
        removed=_sorted(before.policies.keys() - now.policies.keys()),
        reworded=_differing(before.policies, now.policies),
        schemes=_sorted(
            set(_differing(before.schemes, now.schemes)) | (before.schemes.keys() ^ now.schemes)
        )
        if whole
        else (),
        equivalence_changed=whole and before.equivalence != now.equivalence,
        schema_changed=whole and before.schema != now.schema,
    )


def _differing(before: Mapping[str, str], now: Mapping[str, str]) -> tuple[str, ...]:
    return _sorted(name for name in before.keys() & now.keys() if before[name] != now[name])


def _sorted(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(names))
