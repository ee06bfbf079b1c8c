"""Looks at one file, and at the files in it: what every kind of file is asked, then its own format.

All files in a file share one `Budget`, so that an archive of archives ends as an archive does.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import IO

from app.inspection.entities import hazards_of
from app.inspection.names import claims_another_kind, disguised, is_program
from app.inspection.registry import Format, format_of
from app.inspection.report import Finding, Note, Passage
from app.inspection.sniffing import XML, media_type_of, text_of

MAX_DEPTH = 6
MAX_MEMBERS = 10_000
MAX_UNPACKED_BYTES = 1 << 30
MAX_OF_A_KIND = 20
MAX_READ_BYTES = 16 << 20


class OverBudget(Exception):
    """The files in the file are too many, too deep or too large; the rest is not looked at."""


@dataclass
class Budget:
    """What is left for the files in a file."""

    depth: int = 0
    members: int = field(default_factory=lambda: MAX_MEMBERS)
    unpacked_bytes: int = field(default_factory=lambda: MAX_UNPACKED_BYTES)
    unread: bool = False  # some text could not be read to its end

    def spend(self, size_bytes: int) -> None:
        """Take `size_bytes` of unpacked content off what is left.

        Raises:
            OverBudget: there is not so much left.
        """
        self.unpacked_bytes -= size_bytes
        if self.unpacked_bytes < 0:
            raise OverBudget

    @contextmanager
    def member(self) -> Iterator[None]:
        """Stand in one more file, one level further down.

        Raises:
            OverBudget: it is one too many, or too deep.
        """
        self.members -= 1
        if self.members < 0 or self.depth >= MAX_DEPTH:
            raise OverBudget
        self.depth += 1
        try:
            yield
        finally:
            self.depth -= 1


_budget: ContextVar[Budget] = ContextVar("budget")


def budget() -> Budget:
    """Give the budget of the file that is being looked at."""
    return _budget.get()


class Notes:
    """Keeps findings: the first few of each kind, and how many more there were."""

    def __init__(self) -> None:
        self._seen: set[Finding] = set()
        self._kept: list[Finding] = []
        self._of_kind: Counter[str] = Counter()

    def __call__(self, finding: Finding) -> None:
        """Keep a finding once."""
        if finding in self._seen:
            return
        self._seen.add(finding)
        self._of_kind[finding.kind] += 1
        if self._of_kind[finding.kind] <= MAX_OF_A_KIND:
            self._kept.append(finding)

    def findings(self) -> tuple[Finding, ...]:
        """Give what was found, in the order in which it was found."""
        more = (
            Finding(kind, f"{count - MAX_OF_A_KIND} more places")
            for kind, count in self._of_kind.items()
            if count > MAX_OF_A_KIND
        )
        return (*self._kept, *more)


def look_at(file: IO[bytes], name: str, note: Note) -> str:
    """Note what is hidden in a file that stands for itself, and give its media type."""
    _budget.set(Budget())
    try:
        return _look(file, name, note)
    except OverBudget:
        note(Finding("archive-bomb", excerpt="Not everything in it was looked at."))
        return media_type_of(file, name)


def look_at_member(file: IO[bytes], name: str, note: Note) -> None:
    """Note what is hidden in a file that a container holds, as "name › place".

    Raises:
        OverBudget: it is one too many, or too deep.
    """
    with budget().member():
        _look(file, name, lambda finding: note(_within(name, finding)))


def passages_of(file: IO[bytes], name: str) -> Iterator[Passage]:
    """Yield the text of a file that stands for itself, as far as text is read."""
    _budget.set(Budget())
    return first_bytes(_passages(file, name), MAX_READ_BYTES)


def first_bytes(passages: Iterable[Passage], most: int) -> Iterator[Passage]:
    """Yield passages until their text is `most` bytes long, the last one cut."""
    left = most
    for passage in passages:
        text = passage.text.encode("utf-8", "replace")
        if len(text) > left:
            yield replace(passage, text=text[:left].decode("utf-8", "ignore"))
            return
        left -= len(text)
        yield passage


def passages_of_member(file: IO[bytes], name: str) -> Iterator[Passage]:
    """Yield the text of a file that a container holds.

    Raises:
        OverBudget: it is one too many, or too deep.
    """
    with budget().member():
        for passage in _passages(file, name):
            yield replace(passage, place=_joined(name, passage.place), page=None)


def guarded(act: Callable[[], None]) -> str:
    """Do something with a hostile file; gives the kind of error where it could not be done.

    What a library raises over one is any exception at all; the memory limit alone is passed on.
    """
    try:
        act()
    except (MemoryError, OverBudget):
        raise
    except Exception as error:
        return type(error).__name__
    return ""


def _look(file: IO[bytes], name: str, note: Note) -> str:
    media_type = media_type_of(file, name)
    if disguised(name):
        note(Finding("disguised-text", "Name of the file", excerpt=name))
    if is_program(media_type, name):
        note(Finding("executable", excerpt=name))
        return media_type
    if claims_another_kind(name, media_type):
        note(Finding("type-mismatch", excerpt=f"{name}: {media_type}"))
    form = format_of(media_type)
    hazards = _hazards(file, media_type)
    for kind, excerpt in hazards:
        note(Finding(kind, excerpt=excerpt))
    if hazards:
        return media_type
    if form is None:
        note(Finding("not-inspectable", excerpt=media_type))
    elif error := guarded(lambda: _look_with(form, file, note)):
        note(Finding("not-inspectable", excerpt=f"{media_type} ({error})"))
    return media_type


def _look_with(form: Format, file: IO[bytes], note: Note) -> None:
    file.seek(0)
    form.look(file, note)


def _passages(file: IO[bytes], name: str) -> Iterator[Passage]:
    media_type = media_type_of(file, name)
    form = format_of(media_type)
    if form is None or _hazards(file, media_type):
        return
    file.seek(0)
    given: Iterator[Passage] | None = None
    while True:
        try:
            given = given or form.passages(file)
            passage = next(given)
        except StopIteration:
            return
        except (MemoryError, OverBudget):
            raise
        except Exception:  # as in `guarded`
            budget().unread = True
            return
        yield passage


def _hazards(file: IO[bytes], media_type: str) -> tuple[tuple[str, str], ...]:
    """Give what makes XML dangerous to read at all; no format sees a file that has any of it."""
    if media_type not in XML:
        return ()
    file.seek(0)
    return tuple(hazards_of(text_of(file.read()) or ""))


def _within(name: str, finding: Finding) -> Finding:
    return replace(finding, place=_joined(name, finding.place), page=None)


def _joined(name: str, place: str) -> str:
    return " › ".join(filter(None, (name, place)))
