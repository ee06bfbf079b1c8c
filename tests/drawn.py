"""Draws many people and many audiences by chance, always alike, each with a little of everything.

Organisations, groups and persons are as many as in a deployment of fifty organisations. Most facts
are favourable, so that usually one thing at a time stands in the way.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random

from app.access import Agreement, Area, Assurance, Audience, Grant, Profile, Role, State
from app.labels import Entry, EntryKind, Label, Marking, PlannedChange, SchemeId, Schemes

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
ROLES = (
    *((Role.READER,), (Role.READER,), (Role.CONTRIBUTOR,), (Role.RELEASE_AUTHORITY,)),
    *((Role.READER,), (Role.CONTRIBUTOR, Role.RELEASE_AUTHORITY), (Role.READER,), (Role.AUDITOR,)),
    *((Role.READER, Role.ORGANISATION_ADMINISTRATOR), (Role.READER,)),
)
TERMS = ("data-use-1", "ethics-2", "testing-3")
STATES = (*[State.RELEASED] * 8, State.SUPERSEDED, State.DRAFT, State.SUBMITTED, State.WITHDRAWN)

KINDS: tuple[EntryKind, ...] = (
    *("org", "org", "org", "group", "group", "party", "partners", "person", "community", "public"),
)


@dataclass
class Drawn:
    """A deployment from which facts are drawn."""

    schemes: Schemes
    seed: int
    organisations: int = 50
    persons: int = 500
    groups: int = 12
    agreements: dict[str, Agreement] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.chance = Random(self.seed)  # noqa: S311 - nothing secret is drawn

    def profiles(self, count: int) -> list[Profile]:
        """Draw people that differ."""
        found: dict[Profile, None] = {}
        while len(found) < count:
            found[self._profile(len(found))] = None
        return list(found)

    def audiences(self, count: int) -> list[Audience]:
        """Draw audiences that differ."""
        found: dict[Audience, None] = {}
        while len(found) < count:
            found[self._audience()] = None
        return list(found)

    def _profile(self, number: int) -> Profile:
        home = number % self.organisations
        chosen = self.chance.random() < 0.2
        return Profile(
            person=f"person{number % self.persons}",
            organisation=f"org{home}",
            organisation_kind="partner" if home % 5 >= 2 else "authority",
            party=_party(home),
            roles=frozenset(self.chance.choice(ROLES)),
            clearance=self._highest(_party(home)) if not chosen else self._clearance(),
            groups=frozenset(f"group{n}" for n in range(self.groups) if (home + n) % 4 == 0),
            agreement=None if self.chance.random() < 0.02 else self._agreement(home),
            assurance=self.chance.choice((*[Assurance.MULTI_FACTOR] * 4, *Assurance)),
            active=self.chance.random() < 0.98,
            accepted=frozenset(one for one in TERMS if self.chance.random() < 0.5),
        )

    def _agreement(self, home: int) -> Agreement:
        slug = f"org{home}"
        if slug not in self.agreements:
            self.agreements[slug] = Agreement(
                valid_from=NOW - timedelta(days=self.chance.choice((900, 400, 0, -30))),
                valid_until=NOW + timedelta(days=self.chance.choice((900, 400, 100, 0))),
                ceiling=self._highest(_party(home)),
                areas=frozenset(Area) - set(self.chance.sample(list(Area), k=home % 3)),
            )
        return self.agreements[slug]

    def _audience(self) -> Audience:
        owner = self._organisation()
        return Audience(
            state=self.chance.choice(STATES),
            owner=owner,
            originator=owner if self.chance.random() < 0.85 else self._organisation(),
            label=self._label(),
            area=self.chance.choice(list(Area)),
            grants=frozenset(self._grants()),
        )

    def _label(self) -> Label:
        markings = tuple(self._markings())
        entries = frozenset(self._entry() for _ in range(self.chance.randrange(1, 6)))
        rolled = self.chance.random
        return Label(
            markings,
            orcon=rolled() < 0.1,
            eyes_only=rolled() < 0.04,
            view_only=rolled() < 0.06,
            releasability=entries,
            not_before=self._moment() if rolled() < 0.08 else None,
            terms=frozenset(one for one in TERMS if rolled() < 0.1),
            changes=tuple(self._changes(markings)) if rolled() < 0.08 else (),
        )

    def _markings(self) -> list[Marking]:
        found = []
        for scheme in ("tlp", "eu", "sg"):
            every = self.schemes.markings(SchemeId(scheme))
            if self.chance.random() < 0.5:
                low = every if scheme == "tlp" else every[: len(every) // 2 + 1]
                found.append(self.chance.choice(low))
        return found or [self.schemes.markings(SchemeId("tlp"))[1]]

    def _changes(self, markings: tuple[Marking, ...]) -> list[PlannedChange]:
        lower = tuple(
            self.chance.choice([one for one in scheme.markings if scheme.covers(marking, one)])
            for marking in markings
            for scheme in [self.schemes.by_id[marking.scheme]]
        )
        return [PlannedChange(self._moment(), lower)] if lower != markings else []

    def _grants(self) -> list[Grant]:
        if self.chance.random() > 0.08:
            return []
        return [Grant(self._person(), self._moment()) for _ in range(self.chance.randrange(1, 4))]

    def _entry(self) -> Entry:
        kind = self.chance.choice(KINDS)
        if kind == "org":
            return Entry("org", self._organisation())
        if kind == "group":
            return Entry("group", f"group{self.chance.randrange(self.groups)}")
        if kind == "person":
            return Entry("person", self._person())
        if kind in ("party", "partners"):
            return Entry(kind, self.chance.choice(("SG", "EU")))
        return Entry(kind)

    def _organisation(self) -> str:
        return f"org{int(self.organisations * self.chance.random() ** 1.5)}"

    def _person(self) -> str:
        return f"person{self.chance.randrange(self.persons)}"

    def _moment(self) -> datetime:
        return NOW + timedelta(days=self.chance.choice((-20, -1, 0, 1, 30)))

    def _highest(self, party: str) -> Marking:
        return self.schemes.markings(SchemeId(party.lower()))[-1]

    def _clearance(self) -> Marking | None:
        scheme = self.chance.choice(("eu", "sg", ""))
        return self.chance.choice(self.schemes.markings(SchemeId(scheme))) if scheme else None


def _party(home: int) -> str:
    return ("SG", "EU")[home % 2]
