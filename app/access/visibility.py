"""Which profile may do what with which audience: decided by Cedar once, kept as rows.

A row is served only while it holds: under the policies now in force, for every audience there is,
and before the next moment at which time alone could change an answer. Everything else is decided
again before anything is answered.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.access.facts import Action, Audience, Profile, State
from app.access.models import (
    AudienceRow,
    ProfileRow,
    VisibilityRow,
    VisibilitySetRow,
)
from app.access.pdp import PolicySet
from app.access.policy_history import register_policies
from app.core.canonical import canonical_hash
from app.core.ids import AudienceId, ProfileId
from app.labels import Schemes

# Held from the insert of an audience to the commit, so that a greater id commits later and
# "decided up to audience n" leaves none out.
AUDIENCE_LOCK = 0x456E7401
# Where a transaction remembers what it found allowed; forgotten when it interns an audience.
KNOWN = "entente.allowed"


@dataclass(frozen=True)
class Allowed:
    """The audiences that a profile may act on now, all of them and the released ones."""

    all: tuple[AudienceId, ...]
    released: tuple[AudienceId, ...]


def intern_profile(session: Session, profile: Profile, now: datetime) -> ProfileId:
    """Give the id of these facts, the same for equal facts."""
    plain = profile.to_json()
    digest = canonical_hash(plain)
    found = session.scalar(select(ProfileRow.id).where(ProfileRow.hash == digest))
    if found is None:
        session.execute(
            insert(ProfileRow)
            .values(hash=digest, facts=plain, interned_at=now)
            .on_conflict_do_nothing()
        )
        found = session.scalars(select(ProfileRow.id).where(ProfileRow.hash == digest)).one()
    return ProfileId(found)


def intern_profiles(
    session: Session, profiles: Iterable[Profile], now: datetime
) -> dict[Profile, ProfileId]:
    """Give the ids of many sets of facts at once."""
    plain = {profile: profile.to_json() for profile in profiles}
    hashes = {profile: canonical_hash(facts) for profile, facts in plain.items()}
    if plain:
        rows = [
            {"hash": hashes[profile], "facts": facts, "interned_at": now}
            for profile, facts in plain.items()
        ]
        session.execute(insert(ProfileRow).on_conflict_do_nothing(), rows)
    found = session.execute(
        select(ProfileRow.hash, ProfileRow.id).where(ProfileRow.hash.in_(hashes.values()))
    )
    ids = {bytes(digest): ProfileId(id_) for digest, id_ in found}
    return {profile: ids[digest] for profile, digest in hashes.items()}


def intern_audience(
    session: Session, schemes: Schemes, audience: Audience, now: datetime
) -> AudienceId:
    """Give the id of these facts, the same for equal facts."""
    plain = audience.to_json()
    digest = canonical_hash(plain)
    known = select(AudienceRow.id).where(AudienceRow.hash == digest)
    found = session.scalar(known)
    if found is None:
        session.execute(select(func.pg_advisory_xact_lock(AUDIENCE_LOCK)))
        found = session.scalar(known)
    if found is None:
        session.info.pop(KNOWN, None)
        found = session.scalars(
            insert(AudienceRow)
            .values(
                hash=digest,
                state=audience.state,
                owner=audience.owner,
                originator=audience.originator,
                markings=[schemes.text(marking) for marking in audience.label.markings],
                facts=plain,
                interned_at=now,
            )
            .returning(AudienceRow.id)
        ).one()
    return AudienceId(found)


def audiences(session: Session, ids: Iterable[AudienceId]) -> Mapping[AudienceId, Audience]:
    """Give the facts of interned audiences."""
    rows = session.execute(
        select(AudienceRow.id, AudienceRow.facts).where(AudienceRow.id.in_(set(ids)))
    )
    return {AudienceId(row.id): Audience.from_json(row.facts) for row in rows}


def profiles(session: Session, ids: Iterable[ProfileId]) -> Mapping[ProfileId, Profile]:
    """Give the facts of interned profiles."""
    rows = session.execute(
        select(ProfileRow.id, ProfileRow.facts).where(ProfileRow.id.in_(set(ids)))
    )
    return {ProfileId(row.id): Profile.from_json(row.facts) for row in rows}


def allowed(
    session: Session,
    policies: PolicySet,
    profile_id: ProfileId,
    profile: Profile,
    action: Action,
    now: datetime,
) -> Allowed:
    """Give the audiences that the profile may act on now, deciding what is not decided yet.

    Rows and what they rest on are read in one statement: rows that a process with other policies
    writes in between are not served.
    """
    _refresh(session, policies, profile_id, profile, action, now)
    rows = session.execute(
        select(VisibilityRow.audience_id, AudienceRow.state)
        .join(AudienceRow, AudienceRow.id == VisibilityRow.audience_id)
        .join(
            VisibilitySetRow,
            and_(
                VisibilitySetRow.profile_id == VisibilityRow.profile_id,
                VisibilitySetRow.action == VisibilityRow.action,
            ),
        )
        .where(
            VisibilitySetRow.policy_set == policies.version,
            or_(VisibilitySetRow.holds_until.is_(None), VisibilitySetRow.holds_until > now),
            VisibilityRow.profile_id == profile_id,
            VisibilityRow.action == action,
            VisibilityRow.allowed,
        )
        .order_by(VisibilityRow.audience_id)
    ).all()
    return Allowed(
        all=tuple(AudienceId(row.audience_id) for row in rows),
        released=tuple(AudienceId(row.audience_id) for row in rows if row.state == State.RELEASED),
    )


def deciding_policies(
    session: Session, profile_id: ProfileId, action: Action, ids: Iterable[AudienceId]
) -> tuple[str, ...]:
    """Give the ids of the policies that decided about these audiences, sorted."""
    found = session.scalars(
        select(func.unnest(VisibilityRow.policies))
        .where(
            VisibilityRow.profile_id == profile_id,
            VisibilityRow.action == action,
            VisibilityRow.audience_id.in_(set(ids)),
        )
        .distinct()
    )
    return tuple(sorted(found))


def _refresh(
    session: Session,
    policies: PolicySet,
    profile_id: ProfileId,
    profile: Profile,
    action: Action,
    now: datetime,
) -> None:
    newest = session.scalar(select(func.coalesce(func.max(AudienceRow.id), 0))) or 0
    held = session.execute(
        select(VisibilitySetRow.through_audience_id, VisibilitySetRow.holds_until).where(
            VisibilitySetRow.profile_id == profile_id,
            VisibilitySetRow.action == action,
            VisibilitySetRow.policy_set == policies.version,
        )
    ).first()
    current = held is not None and (held.holds_until is None or now < held.holds_until)
    if held is not None and current and held.through_audience_id >= newest:
        return
    register_policies(session, policies, now)
    after = held.through_audience_id if held is not None and current else 0
    until = held.holds_until if held is not None and current else None
    rows = session.execute(
        select(AudienceRow.id, AudienceRow.facts)
        .where(AudienceRow.id > after, AudienceRow.id <= newest)
        .order_by(AudienceRow.id)
    ).all()
    until = _decide(session, policies, profile_id, profile, action, now, rows, until)
    _upsert_set(session, policies.version, profile_id, action, newest, now, until)


def _decide(
    session: Session,
    policies: PolicySet,
    profile_id: ProfileId,
    profile: Profile,
    action: Action,
    now: datetime,
    rows: Sequence[Row[tuple[int, dict[str, Any]]]],
    until: datetime | None,
) -> datetime | None:
    facts = [Audience.from_json(row.facts) for row in rows]
    decisions = policies.decide(profile, action, facts, now)
    boundaries = [d.holds_until for d in decisions if d.holds_until is not None]
    if until is not None:
        boundaries.append(until)
    values = [
        {
            "profile_id": profile_id,
            "action": action,
            "audience_id": row.id,
            "allowed": decision.allowed,
            "policies": list(decision.policies),
        }
        for row, decision in zip(rows, decisions, strict=True)
    ]
    if values:
        statement = insert(VisibilityRow)
        session.execute(
            statement.on_conflict_do_update(
                index_elements=["profile_id", "action", "audience_id"],
                set_={
                    "allowed": statement.excluded.allowed,
                    "policies": statement.excluded.policies,
                },
            ),
            values,
        )
    return min(boundaries, default=None)


def _upsert_set(
    session: Session,
    version: str,
    profile_id: ProfileId,
    action: Action,
    through: int,
    now: datetime,
    until: datetime | None,
) -> None:
    held = {
        "policy_set": version,
        "through_audience_id": through,
        "decided_at": now,
        "holds_until": until,
    }
    session.execute(
        insert(VisibilitySetRow)
        .values(profile_id=profile_id, action=action, **held)
        .on_conflict_do_update(index_elements=["profile_id", "action"], set_=held)
    )
