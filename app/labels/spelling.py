"""How markings are written: one official text for each, and the spellings that mean the same.

Case, spaces, accents and the dashes and slashes of word processors make no difference; words do.
"""

import re
import unicodedata
from collections.abc import Iterator

from app.labels.scheme import Level, Marking, Scheme

BESIDE = " \\ "
_DASHES = dict.fromkeys(range(0x2010, 0x2016), "-")
_AROUND_SIGNS = re.compile(r"\s*([\\/:()+-])\s*")


def fold(text: str) -> str:
    """The same for every accepted way of writing the same words: `très secret` as `TRES SECRET`."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    words = " ".join(bare.translate(_DASHES).upper().split())
    return _AROUND_SIGNS.sub(r"\1", words)


def official(scheme: Scheme, marking: Marking) -> str:
    """The one text that is printed for a marking: `OFFICIAL (CLOSED) \\ SENSITIVE NORMAL`."""
    level, sensitivity = scheme.level(marking), scheme.sensitivity(marking)
    if sensitivity is None or (level.sensitivity == "optional" and sensitivity.rank == 0):
        return level.name
    return f"{level.name}{BESIDE}{sensitivity.name}"


def spellings(scheme: Scheme) -> Iterator[tuple[str, Marking]]:
    """Every folded text that the scheme accepts, with the marking it means.

    A sensitivity left out means the lowest. A slash is taken for the backslash between the two.
    """
    for level in scheme.levels:
        first, *_ = scheme.markings_of(level)
        for name in level_spellings(level):
            yield name, first
            if level.sensitivity == "none":
                continue
            for marking, sensitivity in zip(
                scheme.markings_of(level), scheme.sensitivities, strict=True
            ):
                for beside in level_spellings(sensitivity):
                    yield f"{name}\\{beside}", marking
                    yield f"{name}/{beside}", marking


def level_spellings(level: Level) -> tuple[str, ...]:
    """The folded name and abbreviations of a level, without repetitions."""
    return tuple(dict.fromkeys(fold(name) for name in (level.name, *level.abbreviations)))


def accepted(scheme: Scheme) -> str:
    """What a person may write in this scheme, in a line for an error message."""
    names = ", ".join(level.name for level in scheme.levels)
    if not scheme.sensitivities:
        return f"{scheme.title}: {names}"
    beside = ", ".join(f"\\ {sensitivity.name}" for sensitivity in scheme.sensitivities)
    first = next(level for level in scheme.levels if level.sensitivity != "none")
    return f"{scheme.title}: {names} (from {first.name} upwards, beside it {beside})"
