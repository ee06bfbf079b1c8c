"""Facts are kept once: the same profile, the same audience, has the same id."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, cast

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from app.access.facts import Audience, Profile
from app.access.models import AudienceRow, ProfileRow
from app.access.remembered import remembered
from app.core.canonical import canonical_hash
from app.core.ids import AudienceId, ProfileId
from app.labels import Label, Schemes

# Held from the insert of an audience to the commit, so that a greater id commits later and
# "decided up to audience n" leaves none out.
AUDIENCE_LOCK = 0x456E7401
# Where a transaction remembers what it found allowed; forgotten when it interns an audience.
KNOWN = "entente.allowed"
HELD = "entente.decided"
# The profiles that a transaction interned itself: their ids may still be taken back.
_MADE = "entente.profiles-made"


def intern_profile(session: Session, profile: Profile, now: datetime) -> ProfileId:
    """Give the id of these facts, the same for equal facts."""
    known = remembered(session)
    kept = known.get("profile", profile)
    if kept is not None:
        return cast(ProfileId, kept)
    plain = profile.to_json()
    digest = canonical_hash(plain)
    made: set[Profile] = session.info.setdefault(_MADE, set())
    found = session.scalar(select(ProfileRow.id).where(ProfileRow.hash == digest))
    if found is not None and profile not in made:
        known.keep("profile", profile, ProfileId(found))
    if found is None:
        made.add(profile)
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
        session.info.setdefault(_MADE, set()).update(plain)
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
        session.info.pop(HELD, None)
        found = session.scalars(
            insert(AudienceRow)
            .values(
                hash=digest,
                state=audience.state,
                owner=audience.owner,
                originator=audience.originator,
                markings=[schemes.text(marking) for marking in audience.label.markings],
                later_markings=_later(schemes, audience.label),
                facts=plain,
                interned_at=now,
            )
            .returning(AudienceRow.id)
        ).one()
    return AudienceId(found)


def _later(schemes: Schemes, label: Label) -> list[Any] | None:
    """Give the markings of the planned changes as the database reads them; None for none."""
    return [
        [change.at.isoformat(), [schemes.text(marking) for marking in change.markings]]
        for change in label.changes
    ] or None


def audiences(session: Session, ids: Iterable[AudienceId]) -> Mapping[AudienceId, Audience]:
    """Give the facts of interned audiences."""
    known = remembered(session)
    found = {id_: known.get("audience", id_) for id_ in set(ids)}
    missing = [id_ for id_, facts in found.items() if facts is None]
    if missing:
        rows = session.execute(
            select(AudienceRow.id, AudienceRow.facts).where(AudienceRow.id.in_(missing))
        )
        for row in rows:
            found[AudienceId(row.id)] = facts = Audience.from_json(row.facts)
            known.keep("audience", row.id, facts)
    return {id_: cast(Audience, facts) for id_, facts in found.items() if facts is not None}


def all_audiences(session: Session) -> Mapping[AudienceId, Audience]:
    """Give the facts of every interned audience, in the order in which they came."""
    ids = [AudienceId(id_) for id_ in session.scalars(select(AudienceRow.id))]
    known = audiences(session, ids)
    return {id_: known[id_] for id_ in sorted(ids)}


def profiles(session: Session, ids: Iterable[ProfileId]) -> Mapping[ProfileId, Profile]:
    """Give the facts of interned profiles."""
    rows = session.execute(
        select(ProfileRow.id, ProfileRow.facts).where(ProfileRow.id.in_(set(ids)))
    )
    return {ProfileId(row.id): Profile.from_json(row.facts) for row in rows}
