"""What the facts of people would be if changes were made: worked out, and nothing written.

A transaction that writes holds the log's places back, and working out what a change would do may
take seconds. A property test holds what is supposed here to what writing the same changes gives.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.access import (
    CONTENT_ROLES,
    OVERSIGHT_ROLES,
    Agreement,
    Area,
    Assurance,
    Profile,
    Role,
)
from app.core.ids import PersonId, new_id
from app.labels import Marking, Schemes, UnknownMarking
from app.parties.apply import Change
from app.parties.facts import profiles_now
from app.parties.models import PersonRow
from app.parties.stock import Facts, Stock, kept
from app.parties.views import PersonName


@dataclass(frozen=True)
class Supposed:
    """Whose facts would be others: as they are, None for who is not known yet, and as they'd be.

    Both are with a second factor, the strongest that everybody can set up. `names` are those of
    the people who are not known yet.
    """

    before: Mapping[PersonId, Profile | None]
    after: Mapping[PersonId, Profile]
    names: Mapping[PersonId, PersonName]


def suppose(session: Session, schemes: Schemes, changes: Sequence[Change]) -> Supposed:
    """Give whose facts would be others if these changes were made, and which."""
    stock = dict(kept(session))
    for change in changes:
        if change.after is None:
            stock.pop((change.kind, change.key), None)
        else:
            stock[change.kind, change.key] = change.after
    now = profiles_now(session, schemes, Assurance.MULTI_FACTOR)
    known = dict(session.execute(select(PersonRow.email, PersonRow.id)).all())
    people = {
        email: PersonId(known.get(email) or new_id()) for kind, email in stock if kind == "person"
    }
    made = {
        person: _profile(schemes, stock, email, now.get(person), person)
        for email, person in people.items()
    }
    after = {person: _lent(profile, {**now, **made}) for person, profile in made.items()}
    differs = {person for person, profile in after.items() if profile != now.get(person)}
    return Supposed(
        before={person: now.get(person) for person in differs},
        after={person: after[person] for person in differs},
        names={
            person: _name(stock, email)
            for email, person in people.items()
            if person in differs and person not in now
        },
    )


def _profile(
    schemes: Schemes, stock: Stock, email: str, now: Profile | None, person: PersonId
) -> Profile:
    facts = stock["person", email]
    slug = facts["organisation"]
    house = stock["organisation", slug]
    made = Profile(
        person=str(person),
        organisation=slug,
        organisation_kind=house["kind"],
        party=house["party"],
        roles=frozenset(map(Role, facts["roles"])),
        clearance=_marking(schemes, facts["clearance"]),
        groups=frozenset(
            group
            for (kind, group), members in stock.items()
            if kind == "group" and (email in members["people"] or slug in members["organisations"])
        ),
        agreement=_agreement(schemes, stock.get(("agreement", slug))),
        assurance=Assurance.MULTI_FACTOR,
        active=facts["active"] and house["active"],
    )
    if now is None:
        return made
    return replace(made, delegations=now.delegations, accepted=now.accepted)


def _lent(profile: Profile, everybody: Mapping[PersonId, Profile]) -> Profile:
    """Leave of what others lend somebody what these could still lend, and they still borrow."""
    if not profile.delegations:
        return profile
    lenders = {one.person: one for one in everybody.values()}
    borrows = bool(
        profile.active
        and profile.roles & CONTENT_ROLES
        and not profile.roles & (OVERSIGHT_ROLES | {Role.RELEASE_AUTHORITY})
    )
    return replace(
        profile,
        delegations=frozenset(
            one
            for one in profile.delegations
            if borrows and _lends(lenders[one.by], profile.organisation)
        ),
    )


def _lends(lender: Profile, organisation: str) -> bool:
    return (
        lender.active
        and Role.RELEASE_AUTHORITY in lender.roles
        and lender.organisation == organisation
    )


def _agreement(schemes: Schemes, facts: Facts | None) -> Agreement | None:
    ceiling = None if facts is None else _marking(schemes, facts["ceiling"])
    if facts is None or ceiling is None:
        return None
    return Agreement(
        valid_from=facts["valid_from"],
        valid_until=facts["valid_until"],
        ceiling=ceiling,
        areas=frozenset(map(Area, facts["areas"])),
    )


def _marking(schemes: Schemes, text: str | None) -> Marking | None:
    try:
        return None if text is None else schemes.parse(text)
    except UnknownMarking:
        return None


def _name(stock: Stock, email: str) -> PersonName:
    facts = stock["person", email]
    slug = facts["organisation"]
    return PersonName(facts["name"], stock["organisation", slug]["name"], slug)
