"""What the log tells of a change of markings and audiences: from what to what, part by part.

Handling notes are free text, in which somebody may be named: of them only the change is told.
"""

from collections.abc import Mapping
from typing import Final

from app.access import Area
from app.labels import Label, Schemes, print_releasability, print_time
from app.records.rules import FIRST_SECTION, Place

# Together far below what one entry of the log can hold.
LONGEST: Final = 1_000
MOST: Final = 30


def label_changes(
    schemes: Schemes,
    before: Mapping[Place, Label],
    after: Mapping[Place, Label],
    *,
    areas: tuple[Area, Area],
) -> list[str]:
    """Say how the labels of the parts that stay in their places change, and the area of all."""
    told = [] if areas[0] == areas[1] else [f"area: {areas[0]} becomes {areas[1]}"]
    told += [
        label_change(schemes, _name(place), before[place], label)
        for place, label in after.items()
        if place in before and before[place] != label
    ]
    rest = len(told) - MOST
    return [*told[:MOST], f"and {rest} more"] if rest > 0 else told


def label_change(schemes: Schemes, name: str, before: Label, after: Label) -> str:
    """Say how one label changes: `title: TLP:AMBER, to org:dtc becomes TLP:GREEN, to community`."""
    note = ", another handling note" if before.handling != after.handling else ""
    told = f"{name}: {_said(schemes, before)} becomes {_said(schemes, after)}{note}"
    return told if len(told) <= LONGEST else f"{told[: LONGEST - 1]}…"


def _name(place: Place) -> str:
    role, position = place
    if role == "fields" and position > FIRST_SECTION:
        return "a table of the fields"
    return f"{role} {position - FIRST_SECTION + 1}" if role == "section" else role


def _said(schemes: Schemes, label: Label) -> str:
    caveats = [
        *(["ORCON"] if label.orcon else []),
        *(["EYES ONLY"] if label.eyes_only else []),
        *(["VIEW ONLY"] if label.view_only else []),
        *([f"not before {label.not_before.isoformat()}"] if label.not_before else []),
        *(f"terms {slug}" for slug in sorted(label.terms)),
        *(
            f"from {print_time(one.at)} {' // '.join(map(schemes.text, one.markings))}"
            for one in label.changes
        ),
    ]
    to = print_releasability(label.releasability) or "the owner and the originator only"
    return ", ".join([" // ".join(map(schemes.text, label.markings)), *caveats, f"to {to}"])
