"""Judges, before any byte flows, whether there is room for a file and how large it may be."""

from datetime import datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from app.access import Actor
from app.core.errors import TooLarge
from app.core.ids import PersonId, VersionId
from app.core.work import Work
from app.labels import Label
from app.records.errors import TooManyFiles
from app.records.limits import Limits, told
from app.records.models import AttachmentRow, UploadRow
from app.records.views import AttachingFacts


def allowance(
    work: Work,
    actor: Actor,
    facts: AttachingFacts,
    limits: Limits,
    *,
    size_bytes: int | None = None,
) -> int:
    """Say how many bytes a file may have that the actor is about to attach.

    Args:
        size_bytes: how many it has, where that is known before it comes.

    Raises:
        TooLarge: it has more.
        TooManyFiles: the draft has, or the actor has begun, as many as may be.
    """
    count = _attached(work.session, facts.version_id) + _arriving(
        work.session, work.now, UploadRow.version_id == facts.version_id
    )
    if count >= limits.attachments_per_version:
        raise TooManyFiles(
            f"A draft has at most {limits.attachments_per_version} attachments."
            " Put files together into an archive, or take some off."
        )
    largest = limits.largest_bytes(actor.profile, Label.from_json(dict(facts.label_json)))
    if size_bytes is not None and size_bytes > largest:
        raise too_large(largest)
    return largest


def check_unfinished(work: Work, person: PersonId, limits: Limits, size_bytes: int) -> None:
    """Check that a person has not begun more uploads than they end.

    Raises:
        TooManyFiles: as many are under way, or as much, as may be.
    """
    mine = UploadRow.person_id == person
    count = _arriving(work.session, work.now, mine)
    asked = select(func.coalesce(func.sum(UploadRow.size_bytes), 0)).where(
        mine, UploadRow.attached_at.is_(None), UploadRow.expires_at > work.now
    )
    under_way = int(work.session.scalar(asked) or 0)
    if count >= limits.unfinished_per_person:
        raise TooManyFiles(
            f"You have begun {count} uploads that have not ended. Resume or cancel some of them."
        )
    if under_way + size_bytes > limits.unfinished_size_per_person:
        most = told(limits.unfinished_size_per_person)
        raise TooManyFiles(
            f"Your uploads that have not ended would be more than {most} together."
            " Let some of them end, or cancel them."
        )


def too_large(largest_bytes: int) -> TooLarge:
    """Make the refusal of a file that is over its limit."""
    return TooLarge(
        f"You may attach files of up to {told(largest_bytes)} with this marking."
        " Divide the file, or ask whoever runs the portal to raise the limit."
    )


def _attached(session: Session, version_id: VersionId) -> int:
    asked = select(func.count()).where(AttachmentRow.version_id == version_id)
    return int(session.scalar(asked) or 0)


def _arriving(session: Session, now: datetime, which: ColumnElement[bool]) -> int:
    asked = select(func.count()).where(
        which,
        UploadRow.attached_at.is_(None),
        UploadRow.expires_at > now,
    )
    return int(session.scalar(asked) or 0)
