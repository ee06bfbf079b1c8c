"""Which policies were in force, and when: kept whole, so that a past answer can be given again."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from app.access.canary import check_canary
from app.access.models import PolicyLoadRow, PolicySetRow
from app.access.policy_files import read_policy
from app.access.policy_set import PolicySet, assemble
from app.core.errors import Problem, Unavailable
from app.labels import schemes_from_json, schemes_json


class NotKept(Unavailable):
    """Policies that were in force once are not known, or not kept whole."""


@dataclass(frozen=True)
class InForce:
    """A policy set, and the moment from which on it decided."""

    since: datetime
    policies: PolicySet


def register_policies(session: Session, policies: PolicySet, now: datetime) -> None:
    """Keep a policy set that is served, and that it is in force from now on."""
    last = session.scalar(
        select(PolicyLoadRow.policy_set).order_by(PolicyLoadRow.id.desc()).limit(1)
    )
    if last == policies.version:
        return
    keep_policies(session, policies, now)
    session.execute(insert(PolicyLoadRow).values(policy_set=policies.version, loaded_at=now))


def keep_policies(session: Session, policies: PolicySet, now: datetime) -> None:
    """Keep a policy set whole, whether or not it ever comes into force."""
    session.execute(
        upsert(PolicySetRow)
        .values(
            version=policies.version,
            loaded_at=now,
            texts={key: policy.text for key, policy in policies.policies.items()},
            sources=_sources(policies),
        )
        .on_conflict_do_nothing()
    )


def policies_in_force(
    session: Session, current: PolicySet, since: datetime, until: datetime
) -> list[InForce]:
    """Give the policy sets that decided from `since` on, before `until`, oldest first.

    Each is put together from what was kept of it, and has the version that it had then.

    Raises:
        NotKept: what was in force is not known, or is not kept whole.
    """
    before = (
        select(PolicyLoadRow)
        .where(PolicyLoadRow.loaded_at <= since)
        .order_by(PolicyLoadRow.loaded_at.desc(), PolicyLoadRow.id.desc())
        .limit(1)
    )
    within = (
        select(PolicyLoadRow)
        .where(PolicyLoadRow.loaded_at > since, PolicyLoadRow.loaded_at < until)
        .order_by(PolicyLoadRow.loaded_at, PolicyLoadRow.id)
    )
    loads = [*session.scalars(before), *session.scalars(within)]
    if not loads or loads[0].loaded_at > since:
        raise NotKept("Nothing is kept of the policies that were in force then.")
    known = {current.version: current}
    for load in loads:
        if load.policy_set not in known:
            known[load.policy_set] = kept_policies(session, load.policy_set)
    return [InForce(load.loaded_at, known[load.policy_set]) for load in loads]


def in_force_instead(session: Session, current: PolicySet) -> PolicySet | None:
    """Give the set that came into force last, put together as it was; None if it is the current.

    None too where there was none yet.

    Raises:
        PolicyError: with this portal as it is now, it does not answer what every sound set must.
        NotKept: it is not kept whole.
    """
    version = session.scalar(_NEWEST)
    return None if version in (None, current.version) else _sound(session, str(version))


_NEWEST = select(PolicyLoadRow.policy_set).order_by(PolicyLoadRow.id.desc()).limit(1)


def _sound(session: Session, version: str) -> PolicySet:
    found = kept_policies(session, version)
    check_canary(found)
    return found


def _sources(policies: PolicySet) -> dict[str, Any]:
    """Give all that a set was made of: `_made` makes the same set of it."""
    return {
        "policies": [[policy.file, policy.text] for policy in policies.policies.values()],
        "schema": policies.schema,
        "schemes": schemes_json(policies.schemes),
        "tests": [list(one) for one in policies.tests],
    }


def kept_policies(session: Session, version: str) -> PolicySet:
    """Put a set together from its sources; one that is not what it was is never asked.

    Raises:
        NotKept: it is not kept whole.
    """
    sources = session.scalar(select(PolicySetRow.sources).where(PolicySetRow.version == version))
    made = None if sources is None else _made(sources)
    if made is None or made.version != version:
        raise NotKept(
            "The policies that were in force then are not kept whole, so what they decided cannot "
            "be given again."
        )
    return made


def _made(sources: Mapping[str, Any]) -> PolicySet | None:
    """Put a set together from what `_sources` gave; None where that is not whole."""
    try:
        policies = [read_policy(file, text) for file, text in sources["policies"]]
        schemes, tests = schemes_from_json(sources["schemes"]), sources.get("tests", ())
        return assemble(policies, sources["schema"], schemes, [(name, one) for name, one in tests])
    except (Problem, KeyError, ValueError, TypeError):
        return None
