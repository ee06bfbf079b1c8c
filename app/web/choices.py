"""What the editor offers to choose from: markings of each scheme, and to whom to release."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Final

from app import parties
from app.access import Area, Gate
from app.core.ids import PersonId
from app.core.work import Work
from app.core.zones import ZONES
from app.labels import Scheme, Schemes
from app.parties import GroupView, OrganisationSummary, PartyView
from app.web.presenting import AREA_LABELS, language

# The official languages of the parties, and those of neighbours in this field; others can be
# imported.
LANGUAGES: Final = [
    "en",
    "zh",
    "ms",
    "ta",
    "bg",
    "hr",
    "cs",
    "da",
    "nl",
    "et",
    "fi",
    "fr",
    "de",
    "el",
    "hu",
    "ga",
    "it",
    "lv",
    "lt",
    "mt",
    "pl",
    "pt",
    "ro",
    "sk",
    "sl",
    "es",
    "sv",
    "ja",
    "ko",
    "hi",
]

Entries = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class SchemeChoice:
    """The markings of one scheme that this portal may hold, low to high."""

    id: str
    title: str
    markings: tuple[str, ...]


@dataclass(frozen=True)
class _Partners:
    """Who takes part, as it is looked up once for a page."""

    sides: Sequence[PartyView]
    organisations: Sequence[OrganisationSummary]
    groups: Sequence[GroupView]


@dataclass(frozen=True)
class Choices:
    """Everything that a marking is chosen from; `narrowing` says what TLP does to releasability."""

    schemes: tuple[SchemeChoice, ...]
    releases: tuple[tuple[str, Entries], ...]
    originators: Entries
    areas: Entries
    languages: Entries
    narrowing: tuple[str, ...]
    names: Mapping[str, str]
    zone: tzinfo
    zone_name: str
    terms: Entries = ()

    def others(self, entries: Collection[str]) -> Entries:
        """Give the entries that are not among those offered, such as a group that was dissolved."""
        offered = {entry for _, group in self.releases for entry, _ in group}
        return tuple((entry, entry) for entry in entries if entry not in offered)

    def release_names(self, entries: Collection[str]) -> str:
        """Say on one line to whom something is released."""
        names = {entry: name for _, group in self.releases for entry, name in group}
        return ", ".join(names.get(entry, entry) for entry in entries)

    def terms_offered(self, chosen: Collection[str]) -> Entries:
        """Give the terms of use by slug and title, with those chosen that nobody issues."""
        known = dict(self.terms)
        return (*self.terms, *((slug, slug) for slug in chosen if slug not in known))

    def terms_names(self, chosen: Collection[str]) -> str:
        """Say on one line which terms of use are to be accepted."""
        return ", ".join(title for slug, title in self.terms_offered(chosen) if slug in chosen)


def choices(work: Work, gate: Gate, party: str, *, own: str) -> Choices:
    """Give what a person of a party may choose from; `own` is their organisation."""
    policies = gate.keeper.current
    partners = _partners(work)
    zone, zone_name = ZONES.get(party, (UTC, "UTC"))
    own_scheme = next((one.scheme for one in partners.sides if one.code == party), "")
    active = ((one.slug, one.name) for one in partners.organisations if one.active)
    return Choices(
        schemes=_schemes(policies.schemes, own_scheme),
        releases=_releases(partners),
        originators=tuple(sorted(active, key=lambda entry: (entry[0] != own, entry[1]))),
        areas=tuple((area.value, AREA_LABELS[area]) for area in Area),
        languages=tuple((code, language(code)) for code in LANGUAGES),
        narrowing=tuple(
            policy.explain for name, policy in policies.policies.items() if name.startswith("tlp-")
        ),
        names=_names(partners),
        zone=zone,
        zone_name=zone_name or datetime.now(zone).tzname() or "",
        terms=tuple(parties.terms_titles(work.session).items()),
    )


def names_of(work: Work) -> Mapping[str, str]:
    """Give the names of all that something can be released to, by the words of its marking."""
    return _names(_partners(work))


def emails_of(work: Work, people: Iterable[PersonId]) -> Mapping[str, str]:
    """Give the address under which the person of each id is known."""
    accounts = (parties.account_of(work.session, person) for person in people)
    return {str(one.person): one.email for one in accounts if one is not None}


def _schemes(schemes: Schemes, own: str) -> tuple[SchemeChoice, ...]:
    """Put the scheme that the person thinks in first, and those that only give rules last."""
    ordered = sorted(
        schemes.by_id.values(), key=lambda one: (one.kind == "rules", one.id != own, one.title)
    )
    return tuple(SchemeChoice(one.id, one.title, _within_ceiling(schemes, one)) for one in ordered)


def _within_ceiling(schemes: Schemes, scheme: Scheme) -> tuple[str, ...]:
    return tuple(
        schemes.text(marking) for marking in scheme.markings if not schemes.above_ceiling(marking)
    )


def _partners(work: Work) -> _Partners:
    session = work.session
    return _Partners(
        parties.parties(session), parties.organisations(session), parties.groups(session)
    )


def _names(partners: _Partners) -> Mapping[str, str]:
    return {
        **{one.slug: one.name for one in partners.groups},
        **{one.slug: one.name for one in partners.organisations},
        **{one.code: one.name for one in partners.sides},
    }


def _releases(partners: _Partners) -> tuple[tuple[str, Entries], ...]:
    sides = [(one.code, one.name) for one in partners.sides]
    organisations = [(one.slug, one.name) for one in partners.organisations]
    everybody = (
        ("public", "Everyone, without signing in"),
        ("community", "All admitted organisations"),
    )
    groups: tuple[tuple[str, Entries], ...] = (
        ("Everybody", everybody),
        ("Authorities", tuple((f"party:{code}", f"Authorities of {name}") for code, name in sides)),
        ("Partners", tuple((f"partners:{code}", f"Partners of {name}") for code, name in sides)),
        ("Organisations", tuple((f"org:{slug}", name) for slug, name in organisations)),
        ("Groups", tuple((f"group:{one.slug}", one.name) for one in partners.groups)),
    )
    return tuple((title, entries) for title, entries in groups if entries)
