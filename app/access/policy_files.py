"""The policies as they stand in files: each one's text, its name, what it states in words."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cedarpy
from cedarpy import pst

from app.core.errors import Problem

SCHEMA_FILE = "schema.cedarschema"

# One policy up to its semicolon: strings and comments may hold semicolons of their own.
# Possessive, so that no second try reads half a comment as policy.
_POLICY = re.compile(r'(?:"(?:\\.|[^"\\])*+"|//[^\n]*+|[^;"/]|/(?!/))*+;')


class PolicyError(Problem):
    """The policies cannot be used as they are; the detail names file, policy and mistake."""

    title = "The policies do not load"


@dataclass(frozen=True)
class PolicyText:
    """One policy: its `@id`, the sentence that explains it, the requirement it states, its text."""

    id: str
    explain: str
    requirement: str
    effect: pst.Effect
    file: str
    text: str
    parsed: pst.Template

    @property
    def actions(self) -> frozenset[str]:
        """Name the actions, and groups of actions, in its head; none where it is for all."""
        return frozenset(str(uid.id) for uid in pst.entity_uids(self.parsed.action))


def read_schema(folder: Path) -> str:
    """Give the text of the folder's schema.

    Raises:
        PolicyError: there is none, or it is not text.
    """
    return _read(folder / SCHEMA_FILE)


def read_policies(folder: Path) -> tuple[PolicyText, ...]:
    """Give every policy of the folder's `*.cedar` files, in the order of file names.

    Raises:
        PolicyError: a file cannot be read or parsed, or there is no policy at all.
    """
    files = sorted(folder.glob("*.cedar"))
    policies = tuple(policy for file in files for policy in _policies(file.name, _read(file)))
    if not policies:
        raise PolicyError(f"{folder.name}: there is no policy in any *.cedar file.")
    return policies


def _policies(file: str, text: str) -> Iterator[PolicyText]:
    end = 0
    while match := _POLICY.match(text, end):
        end = match.end()
        yield read_policy(file, match.group().strip())
    # What follows the last semicolon may only be blank or a comment: anything else would be a
    # policy that silently does not count.
    rest = re.sub(r"//[^\n]*", "", text[end:]).strip()
    if rest:
        raise PolicyError(f"{file}: this is not a complete policy: {rest[:80]}")


def read_policy(file: str, text: str) -> PolicyText:
    """Give one policy, whose text ends with its semicolon.

    Raises:
        PolicyError: it does not parse, or is a template.
    """
    try:
        parsed = cedarpy.policies_to_pst(text)
    except ValueError as error:
        raise PolicyError(f"{file}: {error} in: {_start(text)}") from None
    if parsed.templates or len(parsed.static_policies) != 1:
        raise PolicyError(f"{file}: templates have no place here: {_start(text)}")
    (policy,) = parsed.static_policies.values()
    notes = policy.annotations
    return PolicyText(
        id=notes.get("id", ""),
        explain=notes.get("explain", ""),
        requirement=notes.get("requirement", ""),
        effect=policy.effect,
        file=file,
        text=text,
        parsed=policy,
    )


def _start(text: str) -> str:
    return " ".join(re.sub(r"//[^\n]*", "", text).split())[:80]


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyError(f"{file.name}: cannot be read: {error}") from None
