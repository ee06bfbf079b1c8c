"""How things are said to people: dates in their zone, sizes, names and labels. Pure functions.

The templates have the first ones as filters; those that need to know who looks take it from there.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from babel import Locale
from markupsafe import Markup, escape

from app.access import Area, Role, State
from app.records import (
    KIND_LABELS,
    AttachmentView,
    FacetValue,
    MarkingTag,
    MarkingView,
    RecordLine,
    Search,
)

# The clocks of the parties, with the name of the zone where the database of zones has only an
# offset; everybody else reads in UTC.
ZONES: Final[Mapping[str, tuple[ZoneInfo, str]]] = {
    "SG": (ZoneInfo("Asia/Singapore"), "SGT"),
    "EU": (ZoneInfo("Europe/Brussels"), ""),
}
AREA_LABELS: Final[Mapping[Area, str]] = {
    Area.INFORMATION_EXCHANGE: "Information exchange",
    Area.JOINT_TESTING: "Joint testing and evaluation",
    Area.TOOLS_BENCHMARKS: "Tools and benchmarks",
    Area.STANDARDISATION: "Standardisation",
    Area.RESEARCH: "AI safety research",
    Area.TRENDS: "Insights on emerging trends",
}
STATE_LABELS: Final[Mapping[State, str]] = {
    State.DRAFT: "Draft",
    State.SUBMITTED: "Submitted",
    State.RELEASED: "Released",
    State.SUPERSEDED: "Superseded",
    State.WITHDRAWN: "Withdrawn",
}
ROLE_LABELS: Final[Mapping[Role, str]] = {
    Role.CONTRIBUTOR: "Contributor",
    Role.RELEASE_AUTHORITY: "Release authority",
    Role.READER: "Reader",
    Role.AUDITOR: "Auditor",
    Role.ORGANISATION_ADMINISTRATOR: "Organisation administrator",
    Role.SYSTEM_ADMINISTRATOR: "System administrator",
}
FACETS: Final = {
    "kind": "Kind",
    "area": "Area",
    "originator": "Originator",
    "marking": "Marking",
    "language": "Language",
    "year": "Year",
}
ENTRY_WORDS: Final = {
    "public": "everyone",
    "community": "all admitted organisations",
    "party": "authorities of {}",
    "partners": "partners of {}",
    "group": "group {}",
}
_LANGUAGES: Final[Mapping[str, str]] = Locale("en").languages
_UNITS: Final = ("bytes", "kB", "MB", "GB", "TB")


@dataclass(frozen=True)
class Moment:
    """A moment in words that name the zone, and for machines."""

    text: str
    iso: str

    def __html__(self) -> str:
        """Give the moment as the templates write it."""
        return Markup('<time datetime="{}">{}</time>').format(self.iso, self.text)


def moment(at: datetime, party: str = "") -> Moment:
    """Say a moment in the zone of a party: `24 November 2026, 14:05 SGT`."""
    zone, name = ZONES.get(party, (UTC, "UTC"))
    local = at.astimezone(zone)
    text = f"{local.day} {local:%B %Y, %H:%M} {name or local.tzname()}"
    return Moment(text, at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"))


def size(size_bytes: int) -> str:
    """Say a number of bytes: `1.4 MB`."""
    amount, unit = float(size_bytes), 0
    while amount >= 999.5 and unit < len(_UNITS) - 1:
        amount, unit = amount / 1000, unit + 1
    if unit == 0:
        return "1 byte" if size_bytes == 1 else f"{size_bytes} bytes"
    return f"{amount:.1f} {_UNITS[unit]}" if amount < 9.95 else f"{amount:.0f} {_UNITS[unit]}"


def label(value: object) -> str:
    """Give the words for a kind, an area, a state or a role; empty for nothing."""
    if value is None or value == "":
        return ""
    known: list[Mapping[str, str]] = [KIND_LABELS, AREA_LABELS, STATE_LABELS, ROLE_LABELS]  # type: ignore[list-item]
    found = (table[str(value)] for table in known if str(value) in table)
    return next(found, str(value).replace("_", " ").capitalize())


def language(code: str) -> str:
    """Give the English name of a language."""
    return _LANGUAGES.get(code, code)


def marked(pieces: Iterable[tuple[str, bool]]) -> Markup:
    """Mark what was searched for in a text that comes in pieces."""
    said = (Markup("<mark>{}</mark>").format(text) if hit else escape(text) for text, hit in pieces)
    return Markup("").join(said)


def release_words(release_to: str, names: Mapping[str, str]) -> str:
    """Say to whom something may be released; `names` are those of organisations and people."""
    said = []
    for entry in filter(None, release_to.split("; ")):
        kind, _, value = entry.partition(":")
        said.append(ENTRY_WORDS.get(kind, "{}").format(names.get(value, value)))
    return ", ".join(said)


def caveats(marking: MarkingView, names: Mapping[str, str]) -> str:
    """Give the line of a banner that stands beside the markings."""
    to = release_words(marking.release_to, names)
    return " · ".join([*marking.caveats, *([f"REL TO {to}"] if to else [])])


@dataclass(frozen=True)
class ResultItem:
    """A record in a list, as `components/records.html` draws it."""

    href: str
    title: Markup
    language: str
    reference: str
    markings: tuple[MarkingTag, ...]
    kind: str
    area: str
    originator: str
    date: str
    date_iso: str
    snippet: Markup
    note: str = ""


def result_item(
    line: RecordLine, names: Mapping[str, str], party: str, *, href: str = "", note: str = ""
) -> ResultItem:
    """Give a line of a list; the date is that of its release, before that of its last change."""
    at = moment(line.released_at or line.amended_at, party)
    return ResultItem(
        href=href or f"/records/{line.id}",
        title=marked(line.title_snippet or ((line.title, False),)),
        language=line.language,
        reference=line.reference,
        markings=line.banner.tags,
        kind=label(line.kind),
        area=label(line.area),
        originator=names.get(line.originator, line.originator),
        date=at.text,
        date_iso=at.iso,
        snippet=marked(line.summary_snippet),
        note=note,
    )


@dataclass(frozen=True)
class AttachmentItem:
    """An attachment in a list; without `href` its bytes may not be had."""

    href: str
    name: str
    media_type: str
    size: str
    markings: tuple[MarkingTag, ...]


def attachment_item(attachment: AttachmentView) -> AttachmentItem:
    """Give an attachment as `components/records.html` draws it."""
    return AttachmentItem(
        href=f"/attachments/{attachment.id}" if attachment.downloadable else "",
        name=attachment.name,
        media_type=attachment.media_type,
        size=size(attachment.size_bytes),
        markings=attachment.marking.tags,
    )


@dataclass(frozen=True)
class Option:
    """A filter that can be chosen, or, when it is chosen, left."""

    text: str
    href: str
    count: int
    chosen: bool


@dataclass(frozen=True)
class FacetGroup:
    """The values of one dimension."""

    title: str
    options: tuple[Option, ...]


def search_href(search: Search, **changes: str | None) -> str:
    """Give the address of a search with some of its parameters changed; paging starts anew."""
    asked = search.model_dump(mode="json", by_alias=True, exclude_none=True, exclude={"cursor"})
    given = {name: value for name, value in (asked | changes).items() if value not in (None, "")}
    if given.get("order") == "newest":
        del given["order"]
    return "/records" + ("?" + urlencode(given) if given else "")


def facet_groups(
    facets: Mapping[str, Iterable[FacetValue]], search: Search, names: Mapping[str, str]
) -> list[FacetGroup]:
    """Give the filters of a search in the order of `FACETS`; a chosen value's link leaves it."""
    return [
        FacetGroup(
            title,
            tuple(
                Option(
                    text=facet_text(name, one.value, names),
                    href=search_href(search, **{name: None if one.selected else one.value}),
                    count=one.count,
                    chosen=one.selected,
                )
                for one in facets.get(name, ())
            ),
        )
        for name, title in FACETS.items()
    ]


def facet_text(name: str, value: str, names: Mapping[str, str]) -> str:
    """Say a value of a dimension."""
    if name == "language":
        return language(value)
    if name == "originator":
        return names.get(value, value)
    return label(value) if name in ("kind", "area") else value


@dataclass(frozen=True)
class Chosen:
    """A filter in force, and the same search without it."""

    text: str
    href: str


def chosen_filters(search: Search, names: Mapping[str, str]) -> list[Chosen]:
    """Give the filters of a search that are in force."""
    asked = search.model_dump(mode="json", by_alias=True, exclude_none=True)
    words = {"from": "From {}", "to": "Until {}"}
    return [
        Chosen(
            words.get(name, "{}").format(facet_text(name, str(asked[name]), names)),
            search_href(search, **{name: None}),
        )
        for name in (*FACETS, *words)
        if name in asked
    ]
