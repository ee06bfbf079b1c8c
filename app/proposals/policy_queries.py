"""Every SELECT about policies that were proposed."""

from datetime import datetime

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from app.proposals.models import ProposalRow


def policies_confirmed(session: Session, before: str, after: str, since: datetime) -> bool:
    """Tell whether somebody confirmed, after that moment, that one set follows the other."""
    named = _of(before, after)
    found = select(ProposalRow.id).where(named, ProposalRow.decision == "confirmed")
    return session.scalar(found.where(ProposalRow.decided_at > since).limit(1)) is not None


def policies_proposed(session: Session, before: str, after: str, now: datetime) -> bool:
    """Tell whether it waits for a second person that one set follow the other."""
    named = _of(before, after)
    found = select(ProposalRow.id).where(named, ProposalRow.decision.is_(None))
    return session.scalar(found.where(ProposalRow.lapses_at > now).limit(1)) is not None


def _of(before: str, after: str) -> ColumnElement[bool]:
    told = {"kind": "policies", "key": after, "before": {"version": before}}
    return ProposalRow.changes.contains([told])
