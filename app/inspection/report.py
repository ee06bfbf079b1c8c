"""What an inspection tells: findings, the markings and the text in the file, as JSON and back.

The report comes from a process that has read a hostile file: what is read back here is bounded,
and is shown as text only.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from app.inspection.findings import KINDS, FindingKind

INSPECTOR = "1"
MAX_EXCERPT = 200
MAX_PLACE = 200
MAX_TEXT_BYTES = 2 << 20
MOST_PAGES = (1 << 31) - 1


def shortened(text: str, most: int) -> str:
    """Give the text on one line and no longer than `most`, as it can be shown and kept."""
    line = " ".join(text.split()).replace("\x00", "").encode("utf-8", "replace").decode()
    return line if len(line) <= most else line[: most - 1] + "…"


@dataclass(frozen=True)
class Finding:
    """One thing that was found, where a person would look for it, with a few words of it."""

    kind: str
    place: str = ""
    page: int | None = None
    excerpt: str = ""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError("there is no such kind of finding")
        object.__setattr__(self, "place", shortened(self.place, MAX_PLACE))
        object.__setattr__(self, "excerpt", shortened(self.excerpt, MAX_EXCERPT))

    @property
    def about(self) -> FindingKind:
        """What this kind of finding means and what to do."""
        return KINDS[self.kind]

    @property
    def blocking(self) -> bool:
        """Tell whether a release needs a written override."""
        return self.about.blocking

    def to_json(self) -> dict[str, Any]:
        """Give the finding as plain values."""
        return asdict(self)

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Self:
        """Read back what `to_json` gave.

        Raises:
            ValueError, TypeError, KeyError: it is something else.
        """
        return cls(
            str(plain["kind"]), str(plain["place"]), _page(plain["page"]), str(plain["excerpt"])
        )


Note = Callable[[Finding], None]


@dataclass(frozen=True)
class Passage:
    """A stretch of the file's text, and where it stands."""

    place: str
    page: int | None
    text: str

    def to_json(self) -> dict[str, Any]:
        """Give the passage as plain values."""
        return asdict(self)

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Self:
        """Read back what `to_json` gave."""
        text = str(plain["text"]).encode("utf-8", "replace").decode()
        return cls(shortened(str(plain["place"]), MAX_PLACE), _page(plain["page"]), text)


@dataclass(frozen=True)
class Marked:
    """A marking that the file bears: judged against its label when asked, since labels change.

    `mention` tells that a text about markings names it: the file does not say it of itself.
    """

    marking: str
    place: str
    page: int | None
    excerpt: str
    mention: bool = False

    def to_json(self) -> dict[str, Any]:
        """Give the marking found as plain values."""
        return asdict(self)

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Self:
        """Read back what `to_json` gave."""
        return cls(
            str(plain["marking"])[:MAX_PLACE],
            shortened(str(plain["place"]), MAX_PLACE),
            _page(plain["page"]),
            shortened(str(plain["excerpt"]), MAX_EXCERPT),
            plain["mention"] is True,
        )


@dataclass(frozen=True)
class Report:
    """All that one inspection found in one file; `inspector` is the inspectors' version."""

    media_type: str
    findings: tuple[Finding, ...] = ()
    markings: tuple[Marked, ...] = ()
    pages: int | None = None
    text: tuple[Passage, ...] = ()
    cleaned: bool = False
    inspector: str = INSPECTOR

    @property
    def blocking(self) -> tuple[Finding, ...]:
        """The findings that need a written override before a release."""
        return tuple(finding for finding in self.findings if finding.blocking)

    def to_json(self) -> dict[str, Any]:
        """Give the report as plain values."""
        return asdict(self) | {
            "findings": [one.to_json() for one in self.findings],
            "markings": [one.to_json() for one in self.markings],
            "text": [one.to_json() for one in self.text],
        }

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Self:
        """Read back what `to_json` gave.

        Raises:
            ValueError, TypeError, KeyError: it is something else.
        """
        return cls(
            media_type=shortened(str(plain["media_type"]), 100),
            findings=tuple(Finding.from_json(one) for one in plain["findings"]),
            markings=tuple(Marked.from_json(one) for one in plain["markings"]),
            pages=_page(plain["pages"]),
            text=tuple(Passage.from_json(one) for one in plain["text"]),
            cleaned=bool(plain["cleaned"]),
            inspector=str(plain["inspector"]),
        )


def _page(number: Any) -> int | None:
    if number is None or (type(number) is int and 0 <= number <= MOST_PAGES):
        return number
    raise ValueError("that is no number of a page")
