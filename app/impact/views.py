"""What is told of a change before it is made: who gains, who loses, which records, how many."""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal, Self
from uuid import UUID

from app.core.ids import PersonId

Change = Literal["gained", "lost", "more", "less"]


@dataclass(frozen=True)
class Example:
    """A record that somebody gains or loses, whole or in part: told without its title."""

    change: Change
    reference: str
    kind: str
    originator: str
    marking: str


@dataclass(frozen=True)
class PersonImpact:
    """What one person gains and loses.

    A record is gained when its title becomes readable; `more_count` and `less_count` are records
    whose title they read before and after, and of which they see parts more or less. `later_count`
    are records of which they gain something not at once, but as time passes or once they accept
    terms or set up a second factor. The acts, by their names, are those beside reading releases.
    """

    person: PersonId
    name: str
    organisation: str
    gained_count: int = 0
    lost_count: int = 0
    more_count: int = 0
    less_count: int = 0
    later_count: int = 0
    acts_gained: tuple[str, ...] = ()
    acts_lost: tuple[str, ...] = ()
    examples: tuple[Example, ...] = ()

    @property
    def gains(self) -> bool:
        """Tell whether the person may do anything that they could not do before."""
        return bool(self.gained_count or self.more_count or self.later_count or self.acts_gained)

    @property
    def loses(self) -> bool:
        """Tell whether there is anything that the person may no longer do."""
        return bool(self.lost_count or self.less_count or self.acts_lost)


@dataclass(frozen=True)
class ActImpact:
    """For an act beside reading releases: how many people gain and how many lose it somewhere."""

    act: str
    gaining_count: int
    losing_count: int


@dataclass(frozen=True)
class Impact:
    """What a change would do, as of a moment, over the whole store.

    `people` are those who gain or lose anything, by name. Each record counts once in
    `records_gained_count` (of which anybody gains anything at once) and `records_lost_count`,
    whoever gains or loses it. The public counts apart from the people: nobody who did not sign in.
    `opened` names the cases of the policies that others would open, whatever records there are.
    """

    as_of: datetime
    policy_set: str
    people: tuple[PersonImpact, ...]
    acts: tuple[ActImpact, ...]
    gaining_count: int
    losing_count: int
    records_gained_count: int
    records_lost_count: int
    public_gained_count: int
    public_lost_count: int
    public_later_count: int
    public_examples: tuple[Example, ...]
    opened: tuple[str, ...] = ()

    @property
    def anybody_gains(self) -> bool:
        """Tell whether a second person is needed: somebody could do what they could not before."""
        public = self.public_gained_count or self.public_later_count
        acts = any(one.gaining_count for one in self.acts)
        return bool(self.gaining_count or public or acts or self.opened)

    @property
    def in_short(self) -> str:
        """Say in a few words who gains what, for lists and messages."""
        told = [f"{self.gaining_count} people"] if self.gaining_count else []
        records = self.records_gained_count
        told += [f"{records} records"] if records else []
        told += ["the public"] if self.public_gained_count or self.public_later_count else []
        told += [f"{len(self.opened)} cases beside the policies"] if self.opened else []
        return ", ".join(told) or "nobody gains"

    @property
    def changes_anything(self) -> bool:
        """Tell whether anybody gains or loses anything at all."""
        return bool(self.people or self.anybody_gains or self.public_lost_count)

    def to_json(self) -> dict[str, Any]:
        """Give it as plain values, as it is kept with a proposal and given by the command."""
        plain = asdict(self)
        plain["as_of"] = self.as_of.isoformat()
        plain["anybody_gains"] = self.anybody_gains
        for person in plain["people"]:
            person["person"] = str(person["person"])
        return plain

    @classmethod
    def from_json(cls, plain: dict[str, Any]) -> Self:
        """Read back what `to_json` gave."""
        kept = {key: value for key, value in plain.items() if key != "anybody_gains"}
        kept |= {
            "as_of": datetime.fromisoformat(plain["as_of"]),
            "people": tuple(map(_person, plain["people"])),
            "acts": tuple(ActImpact(**one) for one in plain["acts"]),
            "public_examples": tuple(Example(**one) for one in plain["public_examples"]),
            "opened": tuple(plain["opened"]),
        }
        return cls(**kept)


def _person(plain: dict[str, Any]) -> PersonImpact:
    return PersonImpact(
        **{
            **plain,
            "person": PersonId(UUID(plain["person"])),
            "acts_gained": tuple(plain["acts_gained"]),
            "acts_lost": tuple(plain["acts_lost"]),
            "examples": tuple(Example(**one) for one in plain["examples"]),
        }
    )
