"""The mark of a copy or a page: the label in its official spelling, and who takes or looks."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from app import parties
from app.access import Actor
from app.copies import Mark, Tag
from app.labels import Label, Marking, Releasability, Schemes, print_label

NOBODY: Final = "Nobody signed in"
ENTRIES: Final[Mapping[str, str]] = {
    "public": "everyone",
    "community": "all admitted organisations",
    "party": "authorities of {}",
    "partners": "partners of {}",
    "group": "group {}",
    "org": "{}",
    "person": "named people",
}


def mark_of(
    session: Session,
    schemes: Schemes,
    actor: Actor,
    label: Label,
    *,
    at: datetime,
    number: str = "",
) -> Mark:
    """Make the mark of a file with this label for whoever asks, at the moment of the entry."""
    name = parties.names(session, [actor.person]).get(actor.person) if actor.person else None
    account = parties.account_of(session, actor.person) if actor.person else None
    caveats = print_label(schemes, label).split("; ")[len(label.markings) :]
    to = _release_words(session, label.releasability)
    return Mark(
        tags=tuple(_tag(schemes, marking) for marking in label.markings),
        caveats=" · ".join([*caveats, *([f"REL TO {to}"] if to else [])]),
        name=name.name if name else "" if account else NOBODY,
        email=account.email if account else "",
        organisation=name.organisation if name else "",
        slug=actor.profile.organisation,
        at=at,
        number=number,
    )


def _tag(schemes: Schemes, marking: Marking) -> Tag:
    scheme = schemes.scheme(marking.scheme)
    level = scheme.level(marking)
    # TLP asks to stand at the right (version 2.0, in documents).
    return Tag(schemes.text(marking), level.colour, level.background, scheme.kind == "rules")


def _release_words(session: Session, releasability: Releasability) -> str:
    """Say to whom something may be released, by the names of organisations, parties and groups."""
    names = {one.code: one.name for one in parties.parties(session)}
    names |= {one.slug: one.name for one in parties.groups(session)}
    slugs = {one.value for one in releasability if one.kind == "org"}
    names |= parties.organisation_names(session, slugs) if slugs else {}
    said = (
        ENTRIES[one.kind].format(names.get(one.value, one.value)) for one in sorted(releasability)
    )
    return ", ".join(dict.fromkeys(said))
