"""How people stood, and from when on: noted whenever a fact of them changes, and never rewritten.

What is noted is the profile that a person asks under with a second factor: everybody can set one
up. With it and the audiences of a record, who could read on a past day can be decided again.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, insert, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from app.access import Assurance, Profile, intern_profiles, profiles
from app.core.ids import PersonId, ProfileId
from app.core.work import Work
from app.labels import Schemes
from app.parties.deputies import settle
from app.parties.facts import profiles_now
from app.parties.models import StandingRow

# Held to the end of the transaction, so that whoever notes last has seen what all others changed.
STANDINGS_LOCK = 0x456E7403


@dataclass(frozen=True)
class Standing:
    """How a person stood from `since` on."""

    person: PersonId
    since: datetime
    profile: Profile


def note_standings(
    work: Work, schemes: Schemes, people: Collection[PersonId] | None = None
) -> None:
    """Note how these people, None for everybody, stand now, where it is not how they stood last.

    Call it after the change, in its transaction: what somebody lent or borrowed ends with what lets
    them. Whoever has no standing yet gets one from now on.
    """
    session = work.session
    session.flush()
    ended = settle(session, work.now)
    people = None if people is None else ended | frozenset(people)
    session.execute(select(func.pg_advisory_xact_lock(STANDINGS_LOCK)))
    known = _last(session, people)
    facts = profiles(session, {ProfileId(row.profile_id) for row in known.values()})
    changed = {
        person: profile
        for person, profile in profiles_now(
            session, schemes, Assurance.MULTI_FACTOR, people
        ).items()
        if person not in known or facts[ProfileId(known[person].profile_id)] != profile
    }
    ids = intern_profiles(session, changed.values(), work.now)
    rows = [
        {"person_id": person, "at": _after(known.get(person), work.now), "profile_id": ids[profile]}
        for person, profile in changed.items()
    ]
    if rows:
        session.execute(insert(StandingRow), rows)


def _after(last: StandingRow | None, now: datetime) -> datetime:
    """A clock that was set back must not put a newer standing before an older one."""
    return now if last is None else max(now, last.at)


def standings_between(session: Session, since: datetime, until: datetime) -> list[Standing]:
    """Give how everybody stood at `since` and each change after it, before `until`, in order."""
    before = _newest().where(StandingRow.at <= since)
    within = (
        select(StandingRow)
        .where(StandingRow.at > since, StandingRow.at < until)
        .order_by(StandingRow.at, StandingRow.id)
    )
    rows = [*session.scalars(before), *session.scalars(within)]
    facts = profiles(session, {ProfileId(row.profile_id) for row in rows})
    return [
        Standing(PersonId(row.person_id), row.at, facts[ProfileId(row.profile_id)]) for row in rows
    ]


def standing_at(session: Session, person: PersonId, moment: datetime) -> Profile | None:
    """Give how a person stood at a moment; None before there was anybody, or for nobody known."""
    found = session.scalar(
        select(StandingRow.profile_id)
        .where(StandingRow.person_id == person, StandingRow.at <= moment)
        .order_by(StandingRow.at.desc(), StandingRow.id.desc())
        .limit(1)
    )
    # Asked also where there is none: nobody is to be told from somebody by what is asked.
    return profiles(session, [ProfileId(found or 0)]).get(ProfileId(found or 0))


def standings_since(session: Session) -> datetime | None:
    """Give the moment from which on standings are kept; None while there are none."""
    return session.scalar(select(func.min(StandingRow.at)))


def _newest() -> Select[StandingRow]:
    return (
        select(StandingRow)
        .ext(distinct_on(StandingRow.person_id))
        .order_by(StandingRow.person_id, StandingRow.at.desc(), StandingRow.id.desc())
    )


def _last(session: Session, people: Collection[PersonId] | None) -> Mapping[PersonId, StandingRow]:
    chosen = _newest()
    if people is not None:
        chosen = chosen.where(StandingRow.person_id.in_(people))
    return {PersonId(row.person_id): row for row in session.scalars(chosen)}
