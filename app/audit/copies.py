"""Finds the entry of a copy by the number that stands on each of its pages."""

import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import text

from app.access import Actor, Gate, Office, OfficeAction
from app.audit import queries, service
from app.audit.views import EntryView
from app.core.errors import Invalid, Refused
from app.core.ids import AttachmentId
from app.core.journal import Detail
from app.core.work import Work

# Numbers are drawn in signs that are not taken for each other; lines and blanks are for the eye.
SIGNS: Final = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
NUMBER: Final = re.compile(f"C?([{SIGNS}]{{4}})([{SIGNS}]{{4}})")


@dataclass(frozen=True)
class CopyView:
    """A copy that left, and the entry that tells who took it; nothing of what it holds.

    `reference` is the number of the record that the attachment belongs to.
    """

    number: str
    made_at: datetime
    attachment_id: AttachmentId
    reference: str
    entry: EntryView


def copy(work: Work, gate: Gate, actor: Actor, asked: str) -> CopyView:
    """Show an auditor which copy has a number, if its entry concerns their party.

    Raises:
        Forbidden: the actor is not an auditor of a party.
        Invalid: this is no number of a copy.
        Refused: there is no such copy, or none that concerns the party; the log holds the question.
    """
    office = Office(party=actor.profile.party)
    permit = gate.decide_office(work, actor, OfficeAction.REVIEW_LOG, office)
    number = read_number(asked)
    told: dict[str, Detail] = {"copy": number}
    found = work.session.execute(
        text("SELECT entry_id, attachment_id, made_at FROM copies WHERE number = :number"),
        {"number": number},
    ).one_or_none()
    concerning = queries.concerning(service.slugs_of(work, actor))
    row = queries.by_id(work.session, concerning, found.entry_id) if found else None
    if found is None or row is None:
        raise Refused(replace(permit.entry, type="log.reviewed", details=told))
    gate.record_office(work, permit, event="log.reviewed", details=told)
    known = queries.references(work.session, [row.record]) if row.record else {}
    return CopyView(
        number=number,
        made_at=found.made_at,
        attachment_id=AttachmentId(UUID(str(found.attachment_id))),
        reference=known.get(row.record, "") if row.record else "",
        entry=service.entry_views(work, [row])[0],
    )


def read_number(asked: str) -> str:
    """Give the number that was typed, however its signs were set.

    Raises:
        Invalid: it is none.
    """
    signs = re.sub(r"[^0-9A-Za-z]", "", asked).upper()
    match = NUMBER.fullmatch(signs)
    if match is None:
        message = "Write the number as it stands on the page, like C-7K3M-9QXA."
        raise Invalid(message, fields={"number": message})
    return "C-{}-{}".format(*match.groups())
