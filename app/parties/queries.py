"""Every SELECT of the domain, but for the facts that policies look at."""

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import UUID, ColumnElement, Text, and_, any_, bindparam, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session

from app.access import Area, Office, Role
from app.core.ids import PersonId
from app.parties.models import (
    AgreementRow,
    GroupOrganisationRow,
    GroupPersonRow,
    GroupRow,
    OrganisationRow,
    PartyRow,
    PersonRow,
)
from app.parties.views import (
    Account,
    AgreementEnd,
    AgreementView,
    GroupMembers,
    GroupView,
    Members,
    OrganisationAgreement,
    OrganisationSummary,
    PartyView,
    PersonName,
    PersonView,
)

# Asked by most pages: made once.
_ORGANISATION_NAMES = select(OrganisationRow.slug, OrganisationRow.name).where(
    OrganisationRow.slug == any_(bindparam("slugs", type_=ARRAY(Text)))
)
_NAMES = (
    select(PersonRow.id, PersonRow.name, OrganisationRow.name, OrganisationRow.slug)
    .join(OrganisationRow, OrganisationRow.slug == PersonRow.organisation)
    .where(PersonRow.id == any_(bindparam("people", type_=ARRAY(UUID))))
)


def parties(session: Session) -> list[PartyView]:
    """Give all parties."""
    rows = session.scalars(select(PartyRow).order_by(PartyRow.name))
    return [PartyView(row.code, row.name, row.scheme) for row in rows]


def party(session: Session, code: str) -> PartyView:
    """Give the party of this code, which an organisation names."""
    row = session.get_one(PartyRow, code)
    return PartyView(row.code, row.name, row.scheme)


def organisations(session: Session) -> list[OrganisationSummary]:
    """Give all organisations by name, suspended ones too."""
    rows = session.scalars(select(OrganisationRow).order_by(OrganisationRow.name))
    return [
        OrganisationSummary(row.slug, row.name, row.kind, row.party, row.active) for row in rows
    ]


def organisation_names(session: Session, slugs: Collection[str]) -> dict[str, str]:
    """Give the name of each organisation that is known."""
    rows = session.execute(_ORGANISATION_NAMES, {"slugs": list(slugs)}) if slugs else ()
    return {row.slug: row.name for row in rows}


def parties_of(session: Session, slugs: Collection[str]) -> dict[str, str]:
    """Give the party (for a partner, the sponsoring one) of each organisation that is known."""
    rows = session.execute(
        select(OrganisationRow.slug, OrganisationRow.party).where(OrganisationRow.slug.in_(slugs))
    )
    return {row.slug: row.party for row in rows}


def groups(session: Session) -> list[GroupView]:
    """Give all groups by name."""
    rows = session.scalars(select(GroupRow).order_by(GroupRow.name))
    return [GroupView(row.slug, row.name) for row in rows]


def names(session: Session, person_ids: Collection[PersonId]) -> dict[PersonId, PersonName]:
    """Give who people are, whether or not they are still active."""
    rows = session.execute(_NAMES, {"people": list(person_ids)}) if person_ids else ()
    return {PersonId(id_): PersonName(name, whose, slug) for id_, name, whose, slug in rows}


def person_by_email(session: Session, email: str) -> PersonId | None:
    """Find the person who is known by an e-mail address, in whatever capitals it is written."""
    found = session.scalar(select(PersonRow.id).where(func.lower(PersonRow.email) == email.lower()))
    return None if found is None else PersonId(found)


def account(session: Session, email: str) -> Account | None:
    """Find whose account an e-mail address is."""
    return _account(session, func.lower(PersonRow.email) == email.lower())


def account_of(session: Session, person_id: PersonId) -> Account | None:
    """Give the account of a person."""
    return _account(session, PersonRow.id == person_id)


def _account(session: Session, whose: ColumnElement[bool]) -> Account | None:
    row = session.execute(
        select(
            PersonRow.id,
            PersonRow.email,
            PersonRow.organisation,
            and_(PersonRow.active, OrganisationRow.active).label("active"),
        )
        .join(OrganisationRow, OrganisationRow.slug == PersonRow.organisation)
        .where(whose)
    ).first()
    return row and Account(PersonId(row.id), row.email, row.organisation, row.active)


def people_of(session: Session, slug: str) -> list[PersonView]:
    """Give the people of an organisation: the active ones first, each by name."""
    rows = session.scalars(
        select(PersonRow)
        .where(PersonRow.organisation == slug)
        .order_by(PersonRow.active.desc(), PersonRow.name, PersonRow.id)
    )
    return [person_view(row) for row in rows]


def people_in(session: Session, organisation: str, role: Role) -> list[PersonId]:
    """Give the people of an organisation who hold a role and are active, as their house is."""
    found = session.scalars(
        select(PersonRow.id)
        .join(OrganisationRow, OrganisationRow.slug == PersonRow.organisation)
        .where(
            PersonRow.organisation == organisation,
            PersonRow.active,
            OrganisationRow.active,
            PersonRow.roles.contains([role.value]),
        )
        .order_by(PersonRow.id)
    )
    return list(map(PersonId, found))


def person_view(row: PersonRow) -> PersonView:
    """Show a person as their administrator sees them."""
    return PersonView(
        id=PersonId(row.id),
        name=row.name,
        email=row.email,
        roles=_in_order(row.roles),
        clearance=row.clearance or "",
        active=row.active,
        admitted_at=row.admitted_at,
    )


def _in_order(roles: Sequence[str]) -> tuple[Role, ...]:
    return tuple(role for role in Role if role in roles)


def office_of(session: Session, person_id: PersonId) -> Office:
    """Give the office that acts on a person: their organisation's.

    Nobody holds the office of an unknown person, nor of one who was erased, so that asking about
    one is refused like asking about a stranger.
    """
    row = session.execute(
        select(OrganisationRow.party, OrganisationRow.slug)
        .join(PersonRow, PersonRow.organisation == OrganisationRow.slug)
        .where(PersonRow.id == person_id, PersonRow.erased_at.is_(None))
    ).first()
    if row is None:
        return Office(party="", person=str(person_id))
    return Office(party=row.party, organisation=row.slug, person=str(person_id))


def person(session: Session, person_id: PersonId) -> PersonRow:
    """Take a person's row to change it; nobody else changes it before this transaction ends."""
    return session.get_one(PersonRow, person_id, with_for_update=True)


def organisation(session: Session, slug: str) -> OrganisationRow:
    """Give the row of an organisation that a profile names."""
    return session.get_one(OrganisationRow, slug)


def agreements_ending(session: Session, since: datetime, until: datetime) -> list[AgreementEnd]:
    """Give the agreements of active organisations that end after a moment, up to another."""
    rows = session.execute(
        select(
            OrganisationRow.slug,
            OrganisationRow.name,
            OrganisationRow.party,
            AgreementRow.valid_until,
        )
        .join(AgreementRow, AgreementRow.organisation == OrganisationRow.slug)
        .where(
            OrganisationRow.active,
            AgreementRow.valid_until > since,
            AgreementRow.valid_until <= until,
        )
        .order_by(AgreementRow.valid_until, OrganisationRow.slug)
    )
    return [AgreementEnd(*row) for row in rows]


def agreement(session: Session, slug: str) -> AgreementRow | None:
    """Give the agreement of an organisation."""
    return session.get(AgreementRow, slug)


def agreement_view(row: AgreementRow, now: datetime) -> AgreementView:
    """Show an agreement, as it stands at a moment."""
    return AgreementView(
        title=row.title,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        ceiling=row.ceiling,
        areas=tuple(area for area in Area if area in row.areas),
        running=row.valid_from <= now < row.valid_until,
    )


def agreements_of(session: Session, party: str, now: datetime) -> list[OrganisationAgreement]:
    """Give the organisations of a party, those that it sponsors too, with their agreements."""
    counted = (
        select(func.count())
        .where(PersonRow.organisation == OrganisationRow.slug, PersonRow.active)
        .correlate(OrganisationRow)
        .scalar_subquery()
    )
    rows = session.execute(
        select(OrganisationRow, AgreementRow, counted)
        .outerjoin(AgreementRow, AgreementRow.organisation == OrganisationRow.slug)
        .where(OrganisationRow.party == party)
        .order_by(OrganisationRow.name, OrganisationRow.slug)
    )
    return [
        OrganisationAgreement(
            OrganisationSummary(house.slug, house.name, house.kind, house.party, house.active),
            None if row is None else agreement_view(row, now),
            count,
        )
        for house, row, count in rows
    ]


def members_of(session: Session, party: str) -> Members:
    """Give whom of a party a group may hold: nobody who was erased."""
    houses = select(OrganisationRow.slug).where(OrganisationRow.party == party)
    people = select(PersonRow.email).where(
        PersonRow.organisation.in_(houses), PersonRow.erased_at.is_(None)
    )
    return Members(frozenset(session.scalars(people)), frozenset(session.scalars(houses)))


def group_members(session: Session, party: str) -> list[GroupMembers]:
    """Give every group with its members of a party by name, and how many it has of others."""
    people: dict[str, list[tuple[str, str]]] = {}
    houses: dict[str, list[tuple[str, str]]] = {}
    others: Counter[tuple[str, str]] = Counter()
    for group, whose, email, name in session.execute(
        select(GroupPersonRow.group, OrganisationRow.party, PersonRow.email, PersonRow.name)
        .join(PersonRow, PersonRow.id == GroupPersonRow.person_id)
        .join(OrganisationRow, OrganisationRow.slug == PersonRow.organisation)
        .order_by(PersonRow.name, PersonRow.id)
    ):
        if whose == party:
            people.setdefault(group, []).append((email, name))
        else:
            others["people", group] += 1
    for group, whose, slug, name in session.execute(
        select(
            GroupOrganisationRow.group,
            OrganisationRow.party,
            OrganisationRow.slug,
            OrganisationRow.name,
        )
        .join(OrganisationRow, OrganisationRow.slug == GroupOrganisationRow.organisation)
        .order_by(OrganisationRow.name)
    ):
        if whose == party:
            houses.setdefault(group, []).append((slug, name))
        else:
            others["organisations", group] += 1
    return [
        GroupMembers(
            slug=group.slug,
            name=group.name,
            people=tuple(people.get(group.slug, ())),
            organisations=tuple(houses.get(group.slug, ())),
            other_people_count=others["people", group.slug],
            other_organisations_count=others["organisations", group.slug],
        )
        for group in groups(session)
    ]
