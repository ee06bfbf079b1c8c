"""What the policies may know of a person: the facts of who they are, for whom, and under what."""

from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, Select, and_, bindparam, func, select, union
from sqlalchemy.orm import Session

from app.access import (
    PUBLIC,
    Actor,
    Agreement,
    Area,
    Assurance,
    Candidate,
    Delegation,
    Profile,
    Role,
    intern_profile,
)
from app.core.errors import NotSignedIn
from app.core.ids import PersonId
from app.core.work import Work
from app.labels import Marking, Schemes, UnknownMarking
from app.parties.deputies import lent
from app.parties.models import (
    AgreementRow,
    GroupOrganisationRow,
    GroupPersonRow,
    OrganisationRow,
    PersonRow,
)
from app.parties.term_queries import accepted
from app.parties.views import PersonName


def profile_of(
    session: Session, schemes: Schemes, person_id: PersonId, assurance: Assurance
) -> Profile | None:
    """Give the facts of a person as they stand now, in one query; None when there is no such."""
    found = somebody(session, schemes, person_id, assurance)
    return None if found is None else found[0]


def somebody(
    session: Session, schemes: Schemes, person_id: PersonId, assurance: Assurance
) -> tuple[Profile, PersonName] | None:
    """Give the facts of a person and who they are, in one query; None when there is no such."""
    row = session.execute(_OF_ONE, {"person": person_id}).first()
    if row is None:
        return None
    whose = PersonName(row.person_name, row.organisation_name, row.organisation)
    return _profile(schemes, row, assurance), whose


def actor_for(work: Work, schemes: Schemes, person_id: PersonId, assurance: Assurance) -> Actor:
    """Make somebody who asks of a person, under the profile that their facts now give.

    A suspended person is an actor too: the policies refuse them, and the journal says so.

    Raises:
        NotSignedIn: there is no such person.
    """
    profile = profile_of(work.session, schemes, person_id, assurance)
    if profile is None:
        raise NotSignedIn
    return actor_with(work, person_id, profile)


def actor_with(work: Work, person_id: PersonId, profile: Profile) -> Actor:
    """Make somebody who asks of a person whose facts were read in this transaction.

    A deputy asks with the release authority that they hold at this moment, or without.
    """
    now = profile.at(work.now)
    return Actor(person_id, now, intern_profile(work.session, now, work.now))


def public_actor(work: Work) -> Actor:
    """Make the actor that stands for everybody who is not signed in."""
    return Actor(None, PUBLIC, intern_profile(work.session, PUBLIC, work.now))


def candidates(
    session: Session, schemes: Schemes, assurances: Mapping[PersonId, Assurance] | None = None
) -> list[Candidate]:
    """Give every active person with the strongest profile they can ask under, in one query.

    `assurances` names the strongest assurance that each has enrolled; the others have a password.
    """
    strongest = assurances or {}
    rows = session.execute(_facts().where(PersonRow.active, OrganisationRow.active)).all()
    return [
        Candidate(
            PersonId(row.id),
            _profile(schemes, row, strongest.get(PersonId(row.id), Assurance.PASSWORD)),
        )
        for row in rows
    ]


def authorities(work: Work, schemes: Schemes, slug: str) -> list[Candidate]:
    """Give who holds release authority in an organisation now, deputies too, each signed in well.

    That is their profile with a second factor, which everybody can set up.
    """
    rows = work.session.execute(
        _facts().where(PersonRow.organisation == slug, PersonRow.active, OrganisationRow.active)
    )
    everybody = [
        Candidate(PersonId(row.id), _profile(schemes, row, Assurance.MULTI_FACTOR).at(work.now))
        for row in rows
    ]
    return [one for one in everybody if Role.RELEASE_AUTHORITY in one.profile.roles]


def profiles_now(
    session: Session,
    schemes: Schemes,
    assurance: Assurance,
    people: Collection[PersonId] | None = None,
) -> dict[PersonId, Profile]:
    """Give the facts of these people, None for everybody, as they stand now, in one query."""
    chosen = _facts() if people is None else _facts().where(PersonRow.id.in_(people))
    rows = session.execute(chosen)
    return {PersonId(row.id): _profile(schemes, row, assurance) for row in rows}


def _facts() -> Select[*tuple[Any, ...]]:
    """Everything that access depends on, one row for each person."""
    groups = union(
        select(GroupPersonRow.group)
        .where(GroupPersonRow.person_id == PersonRow.id)
        .correlate(PersonRow),
        select(GroupOrganisationRow.group)
        .where(GroupOrganisationRow.organisation == PersonRow.organisation)
        .correlate(PersonRow),
    )
    return (
        select(
            PersonRow.id,
            PersonRow.name.label("person_name"),
            OrganisationRow.name.label("organisation_name"),
            PersonRow.organisation,
            PersonRow.roles,
            PersonRow.clearance,
            OrganisationRow.kind,
            OrganisationRow.party,
            and_(PersonRow.active, OrganisationRow.active).label("active"),
            AgreementRow.valid_from,
            AgreementRow.valid_until,
            AgreementRow.ceiling,
            AgreementRow.areas,
            func.array(groups.scalar_subquery()).label("groups"),
            func.array(lent().scalar_subquery()).label("lent"),
            func.array(accepted().scalar_subquery()).label("accepted"),
        )
        .join(OrganisationRow, OrganisationRow.slug == PersonRow.organisation)
        .outerjoin(AgreementRow, AgreementRow.organisation == PersonRow.organisation)
    )


# Asked by every request: made once.
_OF_ONE = _facts().where(PersonRow.id == bindparam("person"))


def _profile(schemes: Schemes, row: Row[Any], assurance: Assurance) -> Profile:
    return Profile(
        person=str(row.id),
        organisation=row.organisation,
        organisation_kind=row.kind,
        party=row.party,
        roles=frozenset(map(Role, row.roles)),
        clearance=_marking(schemes, row.clearance),
        groups=frozenset(row.groups),
        agreement=_agreement(schemes, row),
        assurance=assurance,
        active=row.active,
        delegations=frozenset(
            Delegation(by, _moment(since), _moment(until)) for by, since, until in row.lent
        ),
        accepted=frozenset(row.accepted),
    )


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _agreement(schemes: Schemes, row: Row[Any]) -> Agreement | None:
    """The agreement; without a ceiling that the schemes know there is none to rely on."""
    ceiling = _marking(schemes, row.ceiling)
    if ceiling is None:
        return None
    return Agreement(
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        ceiling=ceiling,
        areas=frozenset(map(Area, row.areas)),
    )


def _marking(schemes: Schemes, text: str | None) -> Marking | None:
    """A marking as kept; one that the schemes no longer know is worth nothing, and opens nothing.

    A deployment may replace its schemes while people's clearances still name the old ones.
    """
    if text is None:
        return None
    try:
        return schemes.parse(text)
    except UnknownMarking:
        return None
