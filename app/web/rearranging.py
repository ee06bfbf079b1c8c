"""What the buttons of the editor do to what is typed: sections move, come, go, and are divided.

Nothing here is saved or looked up: fields come in, and the same fields in another order go out.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from app.core.errors import Invalid
from app.interop import Section, at_headings, at_tables, marked_in_words
from app.labels import Marking, Schemes
from app.web.draft_forms import Typed, Values, renumbered

STEPS: Final[Mapping[str, int | None]] = {"move_up": -1, "move_down": 1, "remove": None}
DIVIDE: Final = {"split": at_headings, "split_tables": at_tables}
SUMMARY: Final = "summary"
_OF_TITLE: Final = re.compile(r"marking\.")
_HEADED: Final = re.compile(r"^ {0,3}(#|=+ *$|-+ *$)", re.MULTILINE)
_PART: Final = re.compile(r"sections\.\d{1,4}")


@dataclass(frozen=True)
class Offer:
    """What may be done with a part as it stands: divide it, or mark it as its own words say."""

    marking: str
    headings: bool
    tables: bool


def rearranged(typed: Typed, schemes: Schemes) -> Typed:
    """Do what the button under which the form was sent asks of the sections."""
    if typed.text("add"):
        return with_new_section(typed)
    if typed.text("mark"):
        return marked_as_offered(typed, typed.text("mark"), schemes)
    count = typed.section_count
    for button, divide in DIVIDE.items():
        index = _index(typed, button)
        if index is not None and index < count:
            return divided(typed, index, divide(typed.text(f"sections.{index}.body")))
    return _moved(typed, count)


def section_in_hand(typed: Typed) -> str | None:
    """Give the part that was moved, divided or marked, or what stands where one was removed."""
    for button, step in {**STEPS, **dict.fromkeys(DIVIDE, 0)}.items():
        index = _index(typed, button)
        if index is not None:
            return f"sections.{max(0, min(index + (step or 0), typed.section_count - 1))}"
    part = typed.text("mark")
    return part if part and (part == SUMMARY or _PART.fullmatch(part)) else None


def with_new_section(typed: Typed) -> Typed:
    """Add an empty section, marked as the title."""
    return with_sections(typed, [Section("", "")])


def with_sections(typed: Typed, sections: Sequence[Section]) -> Typed:
    """Add sections at the end, marked as the title."""
    values = dict(typed.values)
    for number, section in enumerate(sections, typed.section_count):
        path = f"sections.{number}"
        values |= {
            f"{path}.{name}": value for name, value in typed.values.items() if _OF_TITLE.match(name)
        }
        values |= {
            f"{path}.heading": (section.heading,),
            f"{path}.body": (section.markdown,),
            f"{path}.marking.own": (),
            f"{path}.marking.gap": (),
        }
    return Typed(values)


def divided(typed: Typed, index: int, pieces: Sequence[Section]) -> Typed:
    """Put pieces in the place of a section, each marked as it was.

    Its heading stays with the first piece, or stands alone before pieces that all have their own.
    """
    path = f"sections.{index}"
    heading = typed.text(f"{path}.heading")
    if pieces and heading and not pieces[0].heading:
        pieces = [Section(heading, pieces[0].markdown), *pieces[1:]]
    elif heading:
        pieces = [Section(heading, ""), *pieces]
    if len(pieces) < 2:
        return typed
    more = len(pieces) - 1
    places = {one: one + more * (one > index) for one in range(typed.section_count)}
    values = dict(renumbered(typed.values, places))
    kept = {name: value for name, value in values.items() if name.startswith(f"{path}.")}
    for number, piece in enumerate(pieces, index):
        here = f"sections.{number}"
        values |= {f"{here}{name.removeprefix(path)}": value for name, value in kept.items()}
        values |= {f"{here}.heading": (piece.heading,), f"{here}.body": (piece.markdown,)}
    return Typed(values)


def marked_as_offered(typed: Typed, part: str, schemes: Schemes) -> Typed:
    """Raise a part's marking to what its own words say, as `offered` tells; never lower it."""
    offer = offered(typed, part, schemes)
    if not offer:
        return typed
    path = _marking_path(part)
    values = {
        name: value for name, value in typed.values.items() if not name.startswith(f"{path}.level.")
    }
    if not typed.own(path):
        values |= _of_title(typed, path)
        values = {k: v for k, v in values.items() if not k.startswith(f"{path}.level.")}
    texts = tuple(schemes.text(one) for one in offer)
    return Typed({**values, f"{path}.own": ("yes",), f"{path}.level.": texts})


def offered(typed: Typed, part: str, schemes: Schemes) -> tuple[Marking, ...]:
    """Give what a part would be marked if its own words were followed, where that is more.

    Nothing is offered that is lower than the marking it has, or that this portal may not hold.

    Args:
        part: `summary`, or a section such as `sections.2`.
    """
    text = typed.text(SUMMARY if part == SUMMARY else f"{part}.body")
    found = [one for one in marked_in_words(schemes, text) if not schemes.above_ceiling(one)]
    if not found:
        return ()
    path = _marking_path(part)
    now = []
    for level in typed.levels(path if typed.own(path) else "marking"):
        try:
            now.append(schemes.parse(level))
        except Invalid:
            return ()
    then = schemes.high_water([*now, *found])
    return () if set(then) == set(schemes.high_water(now)) else then


def offers(typed: Typed, schemes: Schemes) -> Mapping[str, Offer]:
    """Give what may be done with the summary and each section."""
    parts = [SUMMARY, *(f"sections.{number}" for number in range(typed.section_count))]
    return {part: offer_of(typed, part, schemes) for part in parts}


def offer_of(typed: Typed, part: str, schemes: Schemes) -> Offer:
    """Give what may be done with one part."""
    text = "" if part == SUMMARY else typed.text(f"{part}.body")
    return Offer(
        marking=" // ".join(map(schemes.text, offered(typed, part, schemes))),
        headings=bool(_HEADED.search(text)) and any(one.heading for one in at_headings(text)),
        tables=("|" in text or "<table" in text) and len(at_tables(text)) > 1,
    )


def _marking_path(part: str) -> str:
    return "summary_marking" if part == SUMMARY else f"{part}.marking"


def _of_title(typed: Typed, path: str) -> Values:
    """Give the marking of the title under another path."""
    return {
        f"{path}.{name.removeprefix('marking.')}": value
        for name, value in typed.values.items()
        if _OF_TITLE.match(name)
    }


def _moved(typed: Typed, count: int) -> Typed:
    for button, step in STEPS.items():
        index = _index(typed, button)
        if index is None or index >= count:
            continue
        if step is None:
            places = {one: one - (one > index) for one in range(count) if one != index}
        else:
            other = min(max(index + step, 0), count - 1)
            places = {**{one: one for one in range(count)}, index: other, other: index}
        return Typed(renumbered(typed.values, places))
    return typed


def _index(typed: Typed, button: str) -> int | None:
    text = typed.text(button)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 5 else None
