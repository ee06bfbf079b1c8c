"""Decisions about conversations that need no database: markings, quotations, what is overdue."""

import re
from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import date, datetime
from typing import Final

from app.conversation.commands import Circle, StartThread
from app.core.errors import Invalid
from app.labels import Entry, Label, Schemes, combine

QUOTED_WORDS: Final = 8  # that follow each other: fewer are chance
_WORD: Final = re.compile(r"\w+")
_QUOTATION: Final = re.compile(r"^\s*>+", re.MULTILINE)
LEAST_QUOTED: Final = 3  # words in a line that says itself that it quotes


def label_of_thread(
    schemes: Schemes,
    base: Label,
    asked: Label | None,
    circle: Circle,
    *,
    writer: str,
    insiders: Collection[str],
    now: datetime,
) -> Label:
    """Give the label of what is said at a place: never lower, nor for more, than the place's.

    The public is no part of a conversation: who says something is named in it.

    Args:
        base: the label of what it stands at.
        asked: a label to raise it to, which may narrow the releasability too.
        writer: the id of who writes; a `private` thread is released to them.
        insiders: those of the persons whom `base` names that are the owner's or the originator's:
            EYES ONLY keeps from everybody else even what is internal.

    Raises:
        Invalid: what was asked for is lower.
    """
    if asked is not None:
        check_not_lower(schemes, base, asked, now)
    whole = base
    to = base.releasability
    if asked is not None:
        whole = combine(schemes, [base, replace(asked, releasability=to)])
        to = to & asked.releasability if asked.releasability else to
    named = insiders if whole.eyes_only else ()
    if circle == "internal":
        to = frozenset(Entry("person", one) for one in named)
    elif circle == "private":
        to = frozenset(Entry("person", one) for one in (*named, writer))
    else:
        to = frozenset(Entry("community") if one.kind == "public" else one for one in to)
    return replace(whole, releasability=to)


def check_not_lower(schemes: Schemes, base: Label, asked: Label, now: datetime) -> None:
    """Check that a label asked for is at least as high as what it stands at is now.

    Raises:
        Invalid: it is not.
    """
    needed = base.at(now).markings
    if schemes.high_water([*needed, *asked.markings]) != schemes.high_water(
        [*asked.markings, *(one for one in needed if one.scheme not in _schemes(asked))]
    ):
        stands = " // ".join(map(schemes.text, needed))
        raise Invalid(
            "This marking is too low.",
            fields={"markings": f"It stands at what is marked {stands}. Mark it that high."},
        )


def dominates(schemes: Schemes, label: Label, part: Label, now: datetime) -> bool:
    """Tell whether a label is at least as strict as a part's in everything but releasability."""
    high, low = label.at(now), part.at(now)
    alike = combine(schemes, [high, replace(low, releasability=high.releasability)])
    return replace(alike, changes=()) == replace(high, changes=())


def covers(part: Label, entries: Collection[Entry], writer: str) -> bool:
    """Tell whether a part is released at least to these; whoever writes has it before them."""
    wide = {one.kind for one in part.releasability} & {"community", "public"}
    own = Entry("person", writer)
    return all(wide or one == own or one in part.releasability for one in entries)


def quotes(said: str, words: str) -> bool:
    """Tell whether a text quotes another: a run of words, or a line that says that it quotes."""
    text = _words(words)
    if not text:
        return False
    joined = f" {' '.join(text)} "
    mine = _words(said)
    runs = (" ".join(mine[at : at + QUOTED_WORDS]) for at in range(len(mine) - QUOTED_WORDS + 1))
    return any(f" {run} " in joined for run in (*runs, *_quoted_lines(said)))


def check_request(command: StartThread, today: date) -> None:
    """Check that a request for information says whom it asks, and until when.

    Raises:
        Invalid: it does not, or something else does.
    """
    wrong: dict[str, str] = {}
    if command.kind == "information-request":
        if not command.addressee:
            wrong["addressee"] = "Choose the organisation that you ask."
        if command.due_on is None:
            wrong["due_on"] = "Say by which day you need the answer, like 2026-03-31."
        elif command.due_on < today:
            wrong["due_on"] = "Choose today or a later day."
    elif command.addressee or command.due_on:
        wrong["kind"] = "Only a request for information has an addressee and a day. Choose that."
    if wrong:
        raise Invalid("Some of this needs another look.", fields=wrong)


def overdue(due_on: date | None, answered: bool, now: datetime) -> bool:
    """Tell whether the day has passed, in UTC, without an answer."""
    return due_on is not None and not answered and due_on < now.date()


def _quoted_lines(said: str) -> Iterator[str]:
    for line in said.splitlines():
        words = _words(_QUOTATION.sub("", line)) if _QUOTATION.match(line) else []
        if len(words) >= LEAST_QUOTED:
            yield " ".join(words)


def _words(text: str) -> list[str]:
    return [word.casefold() for word in _WORD.findall(text)]


def _schemes(label: Label) -> set[str]:
    return {marking.scheme for marking in label.markings}
