"""How things are said to people: dates in their zone, sizes, names and labels. Pure functions.

The templates have the first ones as filters; those that need to know who looks take it from there.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from babel import Locale
from markupsafe import Markup, escape

from app.access import Area, Role, State
from app.core.zones import spell_moment
from app.labels import Marking, Scheme, Schemes
from app.records import (
    KIND_LABELS,
    AttachmentView,
    FacetValue,
    FieldType,
    FieldView,
    Kind,
    MarkingTag,
    MarkingView,
    RecordLine,
    RecordView,
)

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
ENTRY_WORDS: Final = {
    "public": "everyone",
    "community": "all admitted organisations",
    "party": "authorities of {}",
    "partners": "partners of {}",
    "group": "group {}",
}
SENTENCE_ENDS: Final = (".", "?", "!", "…", "。", "？", "！")
FORM_WORDS: Final = {
    "marked": "Download marked copy",
    "original": "Download without marks",
    "unmarked": "Download",
}
UNKNOWN_TYPE: Final = "application/octet-stream"
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


def moment(at: datetime, party: str = "", *, seconds: bool = False) -> Moment:
    """Say a moment in the zone of a party: `24 November 2026, 14:05 SGT`."""
    text = spell_moment(at, party, seconds=seconds)
    return Moment(text, at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"))


def size(size_bytes: int) -> str:
    """Say a number of bytes: `1.4 MB`."""
    amount, unit = float(size_bytes), 0
    while amount >= 999.5 and unit < len(_UNITS) - 1:
        amount, unit = amount / 1000, unit + 1
    if unit == 0:
        return "1 byte" if size_bytes == 1 else f"{size_bytes} bytes"
    return f"{amount:.1f} {_UNITS[unit]}" if amount < 9.95 else f"{amount:.0f} {_UNITS[unit]}"


def label(value: Kind | Area | State | Role | None) -> str:
    """Give the words for a kind, an area, a state or a role; empty for nothing."""
    match value:
        case Kind():
            return KIND_LABELS[value]
        case Area():
            return AREA_LABELS[value]
        case State():
            return STATE_LABELS[value]
        case Role():
            return ROLE_LABELS[value]
    return ""


def language(code: str) -> str:
    """Give the English name of a language."""
    return _LANGUAGES.get(code, code)


def marked(pieces: Iterable[tuple[str, bool]]) -> Markup:
    """Mark what was searched for in a text that comes in pieces."""
    said = (Markup("<mark>{}</mark>").format(text) if hit else escape(text) for text, hit in pieces)
    return Markup("").join(said)


def field_value(field: FieldView) -> Markup:
    """Give the value of a field of a kind: an address as a link, a long text with its lines."""
    if field.type is FieldType.URL and field.value.startswith(("https://", "http://")):
        link = Markup('<a class="govuk-link" rel="noreferrer" href="{0}">{0}</a>')
        return link.format(field.value)
    return Markup("<br>").join(field.value.splitlines())


def release_words(release_to: str, names: Mapping[str, str]) -> str:
    """Say to whom something may be released; `names` are those of organisations and people."""
    entries = [entry.partition(":") for entry in release_to.split("; ") if entry]
    said = [
        ENTRY_WORDS.get(kind, "{}").format(names.get(value, value))
        for kind, _, value in entries
        if kind != "person" or value in names
    ]
    people_count = sum(kind == "person" and value not in names for kind, _, value in entries)
    if people_count:
        said.append("1 named person" if people_count == 1 else f"{people_count} named people")
    return ", ".join(said)


def sentence(text: str) -> str:
    """Begin a text with a capital letter."""
    return text[:1].upper() + text[1:]


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
    """An attachment in a list: what its name leads to, and all that may be done with it.

    `ways` are texts with their addresses; without any, `why_not` says why.
    """

    href: str
    name: str
    media_type: str
    size: str
    markings: tuple[MarkingTag, ...]
    ways: tuple[tuple[str, str], ...]
    why_not: str


def attachment_item(attachment: AttachmentView) -> AttachmentItem:
    """Give an attachment as `components/records.html` draws it."""
    path, count = f"/attachments/{attachment.id}", attachment.pages_count
    ways = [(f"View {count} pages" if count > 1 else "View", f"{path}/pages")] if count else []
    ways += [
        (FORM_WORDS[form], path if place == 0 else f"{path}?form={form}")
        for place, form in enumerate(attachment.forms)
    ]
    return AttachmentItem(
        href=path if attachment.downloadable else ways[0][1] if ways else "",
        name=attachment.name,
        media_type="" if attachment.media_type == UNKNOWN_TYPE else attachment.media_type,
        size=size(attachment.size_bytes),
        markings=attachment.marking.tags,
        ways=tuple(ways),
        why_not=attachment.why_not,
    )


def attachment_seen(attachment: AttachmentView) -> AttachmentItem:
    """Give an attachment as somebody else would see it: what they could take, with no way to it."""
    item = attachment_item(attachment)
    could = ", ".join(text for text, _ in item.ways)
    told = f"They could: {could[:1].lower()}{could[1:]}." if could else item.why_not
    return replace(item, href="", ways=(), why_not=told)


@dataclass(frozen=True)
class Tile:
    """An area of cooperation, and how many records of it the reader may see."""

    title: str
    href: str
    count: int


def area_tiles(counted: Iterable[FacetValue]) -> list[Tile]:
    """Give all six areas, those without a record too."""
    counts = {one.value: one.count for one in counted}
    return [
        Tile(title, f"/records?area={area}", counts.get(area, 0))
        for area, title in AREA_LABELS.items()
    ]


def citation(record: RecordView, names: Mapping[str, str], base_url: str) -> str:
    """Give the line with which others cite this version; it names what the marking asks for."""
    at = record.released_at or record.created_at
    parts = [
        names.get(record.originator, record.originator),
        f"({at.year})." if at else "",
        record.title if record.title.endswith(SENTENCE_ENDS) else f"{record.title}.",
        f"{record.reference}, version {record.version_number},",
        f"marked {record.banner.text}." if record.banner else "",
        f"{base_url}/records/{record.id}/versions/{record.version_number}",
    ]
    return " ".join(filter(None, parts))


@dataclass(frozen=True)
class SchemeTable:
    """A scheme's markings, each with what it means and its equivalents."""

    title: str
    rows: tuple[tuple[MarkingTag, str], ...]


def scheme_tables(schemes: Schemes) -> list[SchemeTable]:
    """Give a table of every scheme that has an order; those of rules come first."""
    ordered = sorted(schemes.by_id.values(), key=lambda scheme: (scheme.kind != "rules", scheme.id))
    return [SchemeTable(scheme.title, tuple(_rows(schemes, scheme, ordered))) for scheme in ordered]


def marking_tags(schemes: Schemes) -> dict[str, MarkingTag]:
    """Give every marking of every scheme as it is drawn, by its key."""
    markings = [one for scheme in schemes.by_id.values() for one in scheme.markings]
    return {one.key: _tag(schemes, one) for one in markings}


def _tag(schemes: Schemes, marking: Marking) -> MarkingTag:
    return MarkingTag(schemes.text(marking), f"{marking.scheme}-{marking.level}", "")


def _rows(
    schemes: Schemes, scheme: Scheme, others: Iterable[Scheme]
) -> Iterator[tuple[MarkingTag, str]]:
    lattices = [one for one in others if one.kind == "lattice" and one.id != scheme.id]
    for marking in scheme.markings:
        equal = [schemes.equivalent(marking, one.id) for one in lattices]
        also = " or ".join(schemes.text(one) for one in equal if one)
        meaning = scheme.level(marking).meaning
        tag = _tag(schemes, marking)
        yield tag, f"{meaning} Equivalent: {also}." if also else meaning
