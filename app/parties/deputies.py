"""Who stands in for whom, as the facts of a person know it: every SELECT of it, and how it ends."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, cast, func, not_, or_, select, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Session, aliased
from sqlalchemy.types import Text

from app.access import CONTENT_ROLES, OVERSIGHT_ROLES, Role
from app.core.ids import PersonId
from app.parties.models import DelegationRow, OrganisationRow, PersonRow

_DELEGATOR = aliased(PersonRow)
_DEPUTY = aliased(PersonRow)


def lent() -> Select[tuple[object]]:
    """Give what others lend the person of the outer query: by whom, from when and until when.

    Nothing is lent by whom is suspended or no release authority any more, nor over the border of an
    organisation, nor to whom may not stand in, or decides by themselves.
    """
    return (
        select(
            func.jsonb_build_array(
                DelegationRow.delegator_id, DelegationRow.since, DelegationRow.until
            )
        )
        .join(_DELEGATOR, _DELEGATOR.id == DelegationRow.delegator_id)
        .where(
            DelegationRow.deputy_id == PersonRow.id,
            DelegationRow.ended_at.is_(None),
            _lends(_DELEGATOR),
            _DELEGATOR.organisation == PersonRow.organisation,
            _borrows(PersonRow),
        )
        .correlate(PersonRow)
    )


def settle(session: Session, now: datetime) -> frozenset[PersonId]:
    """End what nobody may lend or borrow any more, for good; give who stood in until now.

    A suspension that is lifted again brings nothing back.
    """
    stands = (
        select(DelegationRow.id)
        .join(_DELEGATOR, _DELEGATOR.id == DelegationRow.delegator_id)
        .join(_DEPUTY, _DEPUTY.id == DelegationRow.deputy_id)
        .join(OrganisationRow, OrganisationRow.slug == _DELEGATOR.organisation)
        .where(
            _lends(_DELEGATOR),
            _borrows(_DEPUTY),
            _DEPUTY.active,
            OrganisationRow.active,
            _DELEGATOR.organisation == _DEPUTY.organisation,
        )
    )
    ended = session.execute(
        update(DelegationRow)
        .where(DelegationRow.ended_at.is_(None), DelegationRow.until > now)
        .where(DelegationRow.id.not_in(stands))
        .values(ended_at=now)
        .returning(DelegationRow.deputy_id)
        .execution_options(synchronize_session=False)
    )
    return frozenset(PersonId(row.deputy_id) for row in ended)


def choices(session: Session, person: PersonId) -> list[tuple[PersonId, str]]:
    """Give who may stand in for a person, by name: colleagues who do not decide by themselves."""
    own = select(PersonRow.organisation).where(PersonRow.id == person).scalar_subquery()
    rows = session.execute(
        select(PersonRow.id, PersonRow.name)
        .where(PersonRow.organisation == own, PersonRow.active, PersonRow.id != person)
        .where(_borrows(PersonRow))
        .order_by(PersonRow.name, PersonRow.id)
    )
    return [(PersonId(row.id), row.name) for row in rows]


def of_person(session: Session, person: PersonId) -> Sequence[DelegationRow]:
    """Give what a person lends and borrows, or did, the last to end first."""
    return session.scalars(
        select(DelegationRow)
        .where(or_(DelegationRow.delegator_id == person, DelegationRow.deputy_id == person))
        .order_by(DelegationRow.until.desc(), DelegationRow.id.desc())
    ).all()


def take(session: Session, delegation_id: UUID) -> DelegationRow | None:
    """Take a row to end it; nobody else does before this transaction ends."""
    return session.get(DelegationRow, delegation_id, with_for_update=True)


def holds_authority(session: Session, person: PersonId) -> bool:
    """Tell whether release authority is the person's own: a deputy's is not."""
    roles = session.scalar(select(PersonRow.roles).where(PersonRow.id == person))
    return Role.RELEASE_AUTHORITY in (roles or ())


def _lends(person: type[PersonRow]) -> ColumnElement[bool]:
    return and_(person.active, _holds(person, Role.RELEASE_AUTHORITY))


def _borrows(person: type[PersonRow]) -> ColumnElement[bool]:
    return and_(
        _holds(person, *CONTENT_ROLES),
        not_(_holds(person, Role.RELEASE_AUTHORITY, *OVERSIGHT_ROLES)),
    )


def _holds(person: type[PersonRow], *roles: Role) -> ColumnElement[bool]:
    asked = cast([str(role) for role in sorted(roles)], ARRAY(Text))
    return person.roles.op("&&", is_comparison=True)(asked)
