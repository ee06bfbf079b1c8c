"""The audiences of a seeded store, which share its records out among the five of `SHARES`.

The first is released to all who take part or to one that sees half, the second to one that sees a
hundredth, and so on; the last to none of them. All are released to who sees everything, and most to
organisations, groups, parties, partners and people besides.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Final

from sqlalchemy.orm import Session

from app.access import Area, Audience, State, intern_audience
from app.bench.people import groups, organisations
from app.bench.plan import NAMES, Plan
from app.core.ids import AudienceId, PersonId
from app.labels import Entry, Label, Schemes

# Which part of the audiences each share has; the rest is nobody's of the five but the first's.
PARTS: Final = {"50%": 0.4, "1%": 0.05, "0.01%": 0.001}
REST: Final = ""
TLP: Final = {
    "50%": ("TLP:CLEAR", "TLP:GREEN", "TLP:GREEN", "TLP:AMBER"),
    "1%": ("TLP:GREEN", "TLP:AMBER"),
    "0.01%": ("TLP:AMBER",),
    REST: ("TLP:GREEN", "TLP:AMBER", "TLP:AMBER", "TLP:AMBER+STRICT", "TLP:RED"),
}
CLASSIFIED: Final = {
    "50%": ("", "COMMISSION USE", "SENSITIVE", "OFFICIAL (CLOSED) \\ NON-SENSITIVE"),
    "1%": ("",),
    "0.01%": ("",),
    REST: ("", "", "SENSITIVE", "OFFICIAL (CLOSED) \\ SENSITIVE NORMAL", "RESTRICTED"),
}
NAMED_ONLY: Final = frozenset({"TLP:AMBER+STRICT", "TLP:RED"})


@dataclass(frozen=True)
class Shared:
    """The audiences of one share, in the order in which they have the most records.

    They have ids without a gap, from `first` on.
    """

    first: AudienceId
    count: int


def make_audiences(
    session: Session, schemes: Schemes, plan: Plan, people: Mapping[str, PersonId], now: datetime
) -> dict[str, Shared]:
    """Intern as many audiences as planned, by share; the last share is the rest.

    `people` are the ids of everybody, by e-mail address.
    """
    chance = Random(plan.seed + 1)  # noqa: S311 - nothing secret is drawn
    counts = {share: max(2, round(plan.audiences * part)) for share, part in PARTS.items()}
    counts[REST] = plan.audiences - sum(counts.values())
    shared = {}
    for share, count in counts.items():
        drawn = _Drawn(schemes, chance, share, plan, people)
        ids = [intern_audience(session, schemes, one, now) for one in drawn.distinct(count)]
        if ids != list(range(ids[0], ids[0] + count)):
            raise RuntimeError("audiences were interned by somebody else meanwhile")
        shared[share] = Shared(ids[0], count)
    return shared


@dataclass(frozen=True)
class _Drawn:
    """Audiences of one share, drawn by chance."""

    schemes: Schemes
    chance: Random
    share: str
    plan: Plan
    people: Mapping[str, PersonId]

    def distinct(self, count: int) -> list[Audience]:
        """Draw until there are as many."""
        found: dict[Audience, None] = {}
        while len(found) < count:
            found[self._one()] = None
        return list(found)

    def _one(self) -> Audience:
        slugs = list(organisations(self.plan))
        owner = slugs[int(len(slugs) * self.chance.random() ** 1.5)]
        originator = owner if self.chance.random() < 0.9 else self.chance.choice(slugs)
        tlp = self.chance.choice(TLP[self.share])
        classified = self.chance.choice(CLASSIFIED[self.share])
        texts = [tlp, *([classified] if classified else [])]
        community = bool(classified) and self.share == "50%" and tlp != "TLP:AMBER"
        entries = set(self._entries(tlp))
        if community and self.chance.random() < 0.2:
            entries = {Entry("community"), *entries}
        return Audience(
            state=State.RELEASED,
            owner=owner,
            originator=originator,
            label=Label(
                tuple(map(self.schemes.parse, texts)),
                orcon=self.chance.random() < 0.1,
                view_only=self.chance.random() < 0.05,
                releasability=frozenset(entries),
            ),
            area=self.chance.choice(list(Area)),
        )

    def _entries(self, tlp: str) -> Iterator[Entry]:
        everything = self.people["everything@bench.example"]
        yield (
            Entry("person", str(everything))
            if tlp in NAMED_ONLY
            else Entry("group", f"see-{NAMES['everything']}")
        )
        if self.share != REST:
            yield Entry("group", f"see-{NAMES[self.share]}")
        for _ in range(self.chance.randrange(1, 4)):
            yield self._anybody()

    def _anybody(self) -> Entry:
        kind = self.chance.choice(("org", "org", "org", "group", "group", "party", "partners", "p"))
        if kind == "org":
            return Entry("org", self.chance.choice(list(organisations(self.plan))))
        if kind == "group":
            return Entry("group", self.chance.choice(groups()))
        if kind == "party":
            return Entry("party", self.chance.choice(("SG", "EU")))
        if kind == "partners":
            return Entry("partners", self.chance.choice(("SG", "EU")))
        known = sorted(one for one in self.people if not one.endswith("@bench.example"))
        return Entry("person", str(self.people[self.chance.choice(known)]))
