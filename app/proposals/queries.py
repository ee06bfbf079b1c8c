"""Every SELECT of proposals, and how one is decided."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, true
from sqlalchemy.orm import Session

from app.access import Profile, Role
from app.core.ids import PersonId, ProposalId
from app.proposals.models import ProposalRow

MOST_DECIDED = 25


def proposal(session: Session, proposal_id: ProposalId) -> ProposalRow | None:
    """Give a proposal."""
    return session.get(ProposalRow, proposal_id)


def take(session: Session, proposal_id: ProposalId) -> ProposalRow | None:
    """Take a proposal to decide on it; nobody else does before this transaction ends."""
    return session.get(ProposalRow, proposal_id, with_for_update=True, populate_existing=True)


def waiting(session: Session, now: datetime, whose: ColumnElement[bool]) -> Sequence[ProposalRow]:
    """Give what waits, the first to lapse first."""
    return session.scalars(
        select(ProposalRow)
        .where(_waits(now), whose)
        .order_by(ProposalRow.lapses_at, ProposalRow.id)
    ).all()


def waiting_count(session: Session, now: datetime, whose: ColumnElement[bool]) -> int:
    """Count what waits."""
    counted = select(func.count()).select_from(ProposalRow).where(_waits(now), whose)
    return session.scalar(counted) or 0


def decided(session: Session, now: datetime, whose: ColumnElement[bool]) -> Sequence[ProposalRow]:
    """Give what was decided or has lapsed, the last first, no more than a page."""
    return session.scalars(
        select(ProposalRow)
        .where(~_waits(now), whose)
        .order_by(ProposalRow.proposed_at.desc(), ProposalRow.id.desc())
        .limit(MOST_DECIDED)
    ).all()


def like(session: Session, now: datetime, changes: Sequence[dict[str, Any]]) -> ProposalRow | None:
    """Give a proposal of just these changes that waits."""
    return session.scalars(
        select(ProposalRow).where(_waits(now), ProposalRow.changes == list(changes)).limit(1)
    ).first()


def lapsed(session: Session, now: datetime) -> Sequence[ProposalRow]:
    """Give what has lapsed without being put down as such."""
    undecided = select(ProposalRow).where(ProposalRow.decision.is_(None))
    return session.scalars(undecided.where(ProposalRow.lapses_at <= now).with_for_update()).all()


def is_confirmed(session: Session, kind: str, key: str) -> bool:
    """Tell whether a change of this kind and key was confirmed."""
    named = ProposalRow.changes.contains([{"kind": kind, "key": key}])
    found = select(ProposalRow.id).where(named, ProposalRow.decision == "confirmed").limit(1)
    return session.scalar(found) is not None


def concerning(profile: Profile) -> ColumnElement[bool]:
    """Give the filter for what somebody with these facts may be the second person for.

    It is wider than what the policies let them confirm, which is asked one by one.
    """
    own = ProposalRow.organisation == profile.organisation
    if profile.organisation_kind != "authority":
        return own
    return or_(own, ProposalRow.party.in_([profile.party, ""]))


def proposed_by(person: PersonId) -> ColumnElement[bool]:
    """Give the filter for what somebody proposed themselves."""
    return ProposalRow.proposed_by == person


def runs_an_organisation(profile: Profile) -> bool:
    """Tell whether somebody may be a second person at all."""
    return Role.ORGANISATION_ADMINISTRATOR in profile.roles


def _waits(now: datetime) -> ColumnElement[bool]:
    return and_(true(), ProposalRow.decision.is_(None), ProposalRow.lapses_at > now)
