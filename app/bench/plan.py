"""How large a seeded store is, and who stands in it for how much somebody may see."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from app.core.errors import Invalid

# Of the records, by title: what each of five people sees. The keys are how people say it.
SHARES: Final = {
    "everything": 1.0,
    "50%": 0.5,
    "1%": 0.01,
    "0.01%": 0.0001,
    "nothing": 0.0,
}
NAMES: Final = {
    "everything": "everything",
    "50%": "half",
    "1%": "hundredth",
    "0.01%": "trace",
    "nothing": "nothing",
}
COMMON_WORD: Final = "evaluation"
RARE_WORD: Final = "zygomorphic"
DOMAIN: Final = "bench.example"
# What is released, is so between these two: the same years however many records there are.
BEGINNING: Final = datetime(2021, 1, 1, tzinfo=UTC)
ENDING: Final = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Plan:
    """How much to make; `seed` is where chance begins.

    Raises:
        Invalid: there would be an organisation without two people, or too few audiences to share
            out.
    """

    records: int
    audiences: int = 2_000
    profiles: int = 500
    organisations: int = 50
    seed: int = 1

    def __post_init__(self) -> None:
        if self.records < 1 or self.organisations < 3 or self.audiences < 40:
            raise Invalid("Ask for at least 1 record, 3 organisations and 40 audiences.")
        if self.profiles < 2 * self.organisations + len(SHARES):
            raise Invalid(
                f"{self.organisations} organisations need at least"
                f" {2 * self.organisations + len(SHARES)} profiles: two people each, and five more."
            )


def address(share: str) -> str:
    """Give the e-mail address of who sees this share, one of `SHARES`."""
    return f"{NAMES[share]}@{DOMAIN}"
