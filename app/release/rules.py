"""Decisions of the procedure that need no database: four eyes, findings, consent, reasons."""

import hmac
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime

from app.core.errors import Invalid
from app.core.ids import PersonId
from app.records import Inspected
from app.release.errors import (
    ApprovedAlready,
    AwaitsConsent,
    BeingInspected,
    ChangedMeanwhile,
    OwnWork,
)

NAMES_SHOWN = 3


def check_four_eyes(
    person: PersonId, *, submitters: Collection[PersonId], writers: Collection[PersonId]
) -> None:
    """Check that a second person decides.

    Raises:
        OwnWork: the person ever submitted this version, or wrote any part of it.
    """
    if person in submitters:
        raise OwnWork("You submitted this version. Another release authority has to decide on it.")
    if person in writers:
        raise OwnWork("You wrote in this version. Another release authority has to decide on it.")


def check_not_approved(person: PersonId, approvers: Collection[PersonId]) -> None:
    """Check that nobody approves twice.

    Args:
        approvers: who approved what stands now, and for whom they did.

    Raises:
        ApprovedAlready: the person did, or their deputy in their place.
    """
    if person in approvers:
        raise ApprovedAlready(
            "You approved this version, or your deputy did for you. Another release authority has "
            "to approve it too."
        )


def acting_for(
    delegators: Collection[PersonId], own_work_of: Collection[PersonId]
) -> PersonId | None:
    """Give for whom a deputy decides: one who could decide on it; None for who is no deputy.

    Nobody names who approves their own work: a deputy is as barred as the one they stand in for.

    Args:
        delegators: who named the person their deputy; nobody, where they decide by themselves.
        own_work_of: who submitted, wrote or approved the version.

    Raises:
        OwnWork: all of them did.
    """
    if not delegators:
        return None
    free = sorted(set(delegators) - set(own_work_of), key=str)
    if not free:
        raise OwnWork(
            "You stand in for somebody who submitted, wrote in or approved this version. Another "
            "release authority has to decide on it."
        )
    return free[0]


def check_seen(seen_hash: str, content_hash: bytes) -> None:
    """Check that what is decided on is what the person looked at.

    Args:
        seen_hash: the content hash that the page or answer carried, in hexadecimal.
        content_hash: that of the version as it stands now, 32 bytes.

    Raises:
        ChangedMeanwhile: it is not.
    """
    if not hmac.compare_digest(seen_hash.strip().lower().encode(), content_hash.hex().encode()):
        raise ChangedMeanwhile("This version was changed meanwhile. Look at it again, then decide.")


def awaited(asked: Mapping[str, bytes], consented: Collection[bytes]) -> tuple[str, ...]:
    """Name the originators who have not consented to exactly their parts.

    Args:
        asked: of each foreign originator the hash of its parts as they stand now, 32 bytes.
        consented: the hashes that were consented to.
    """
    return tuple(sorted(one for one, parts_hash in asked.items() if parts_hash not in consented))


def check_consented(missing: Sequence[str]) -> None:
    """Check that no originator's consent is missing.

    Args:
        missing: the names of those who have not consented to exactly their parts.

    Raises:
        AwaitsConsent: one is; says whose.
    """
    if missing:
        raise AwaitsConsent(
            "This carries another originator’s information. A release authority of each of these "
            f"has to consent to exactly its parts first: {'; '.join(missing)}."
        )


def check_ended(files: Sequence[Inspected]) -> None:
    """Check that it is known what was found in every file.

    Raises:
        BeingInspected: one is still being inspected.
    """
    for file in files:
        if file.state in ("waiting", "running"):
            raise BeingInspected(
                f"“{file.name}” is still being inspected, which takes seconds as a rule. Try again."
            )


def check_inspected(files: Sequence[Inspected], override: str) -> str:
    """Give the written reason to go on in spite of what was found, "" where nothing asks for one.

    Raises:
        BeingInspected: a file is still being inspected.
        Invalid: something was found that needs a written reason, and there is none.
    """
    check_ended(files)
    grave = [f"“{file.name}”: {'; '.join(file.blocking)}" for file in files if file.blocking]
    if not grave:
        return ""
    reason = override.strip()
    if not reason:
        raise Invalid(
            "Something was found in the files that holds the release back.",
            fields={
                "override": f"{'. '.join(grave)}. Correct the files, or write why they may be"
                " released all the same."
            },
        )
    return reason


def check_needed_by(needed_by: date | None, why: str, now: datetime) -> dict[str, str]:
    """Give what is kept of the day that a decision is needed by, and why.

    Raises:
        Invalid: the day has passed, or nobody says why the others should wait.
    """
    reason = why.strip()
    if needed_by is None:
        return {}
    if needed_by < now.date():
        raise Invalid(fields={"needed_by": "Give a day that has not passed."})
    if not reason:
        raise Invalid(fields={"needed_why": "Say why it is needed by then: others wait for it."})
    return {"needed_by": needed_by.isoformat(), "needed_why": reason}


def check_reason(comment: str) -> str:
    """Give the reason, trimmed.

    Raises:
        Invalid: there is none.
    """
    reason = comment.strip()
    if not reason:
        raise Invalid("Give a reason.", fields={"comment": "Say why, for those who read it later."})
    return reason


def name_parts(names: Sequence[str]) -> str:
    """Name several parts in one line: "Title, Summary and Method", at most three by name."""
    if len(names) > NAMES_SHOWN + 1:
        return f"{', '.join(names[:NAMES_SHOWN])} and {len(names) - NAMES_SHOWN} more parts"
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last
