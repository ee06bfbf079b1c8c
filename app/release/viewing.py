"""Viewing a version as somebody who will read it: chosen from its exact audience, and logged."""

from collections.abc import Sequence
from datetime import datetime

from app import records
from app.access import Action, Actor, Gate, Subject
from app.core.errors import Refused
from app.core.ids import RecordId, VersionId
from app.core.work import Work
from app.release.audience import crowd_of, exact_audience
from app.release.review import look_at, preview
from app.release.views import AudiencePreview, OrganisationReaders, Reader, ViewedAs

ORGANISATION = "org"
PERSON = "person"


def view_as(
    work: Work, gate: Gate, actor: Actor, record_id: RecordId, number: int, whom: str
) -> ViewedAs:
    """Show a version as a person or an organisation of its exact audience will see it.

    A person is viewed as with the surest sign-in that they have set up. An organisation sees what
    any of its readers sees, and what not all of them see is told apart. Where nobody of them reads
    yet, it is shown as it will be when the first of them does.

    Args:
        whom: `person:` and an id, or `org:` and a slug, as in a marking.

    Raises:
        Refused: the actor may not see the version whole to prepare, decide on or own it; there is
            none; or nobody like that is in its audience.
    """
    version_id = records.version_numbered(work, gate, actor, record_id, number)
    case = look_at(work, gate, actor, version_id)
    audience = exact_audience(work, gate, actor, case.facts, case.action)
    home, chosen = _chosen(audience, whom)
    if home is None:
        raise gate.refusal(work, actor, Action.READ, Subject("version", version_id))
    reading = [one for one in chosen if one.change != "gone" and one not in home.kept_out]
    profiles = crowd_of(work, gate).profiles([one.person for one in reading])
    at = _first_moment(reading)
    seen = records.seen_as(work, gate, actor, version_id, profiles, whom=whom, at=at)
    return ViewedAs(
        whom=whom,
        name=home.name if whom.startswith(ORGANISATION) else chosen[0].name,
        organisation=home.name,
        people_count=len(reading),
        at=at,
        why="" if reading else " ".join(dict.fromkeys(one.why for one in chosen)),
        seen=seen,
    )


def who_loses(
    work: Work, gate: Gate, actor: Actor, version_id: VersionId
) -> AudiencePreview | None:
    """Show who can read a version that is to be taken back; None to who does not see it whole."""
    try:
        return preview(work, gate, actor, version_id)
    except Refused:
        return None


def _chosen(
    preview: AudiencePreview, whom: str
) -> tuple[OrganisationReaders | None, Sequence[Reader]]:
    """Find whom to view as among those who read the title, will no longer, or cannot yet."""
    kind, _, value = whom.partition(":")
    for home in preview.groups[0].organisations:
        everybody = (*home.people, *home.kept_out)
        if kind == ORGANISATION and home.slug == value:
            return home, everybody
        person = [one for one in everybody if kind == PERSON and str(one.person) == value]
        if person:
            return home, person
    return None, ()


def _first_moment(reading: Sequence[Reader]) -> datetime | None:
    """Give when the first of them reads, None for now."""
    moments = [one.from_at for one in reading]
    return None if None in moments else min(filter(None, moments), default=None)
