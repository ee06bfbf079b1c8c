"""YAML and JSON become headings, lists and tables; what is nested deep stays a block of code.

Values are kept as they were written (a date, `1.10`, `yes`), keys that occur twice are kept twice,
and tags that would make objects are never followed.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass

import yaml

from app.core.errors import Invalid
from app.interop.document import heading_line
from app.interop.writing import fenced, literal

LARGEST_CHARACTERS = 1_000_000
_DEEPEST = 6
_MOST_NODES = 20_000
_SHORT_CHARACTERS = 200
_WIDEST_TABLE = 6
_EMPTY = "—"
_TELLING = ("abstract", "description", "summary")  # under a heading, however short
_NAMES = ("name", "title", "label", "id")


@dataclass(frozen=True)
class Pairs:
    """A mapping as it was written: in order, a key as often as it occurs."""

    items: tuple[tuple[str, "Node"], ...]


Node = str | tuple["Node", ...] | Pairs


class _TooMuch(Exception):
    """It is nested too deep, or aliases unfold it to more than a person would read."""


def yaml_to_markdown(text: str) -> str:
    """Give Markdown that says what the YAML says; several documents follow each other.

    Raises:
        Invalid: it is not YAML; says where.
    """
    if len(text) > LARGEST_CHARACTERS:
        return fenced(text, "yaml")
    try:
        roots = [root for root in yaml.compose_all(text, Loader=yaml.SafeLoader) if root]
        budget = [_MOST_NODES]
        documents = [_document(_from_yaml(root, 0, budget)) for root in roots]
    except (_TooMuch, RecursionError):
        return fenced(text, "yaml")
    except yaml.YAMLError as problem:
        mark = getattr(problem, "problem_mark", None)
        where = f" at line {mark.line + 1}" if mark else ""
        raise Invalid(
            f"This is not valid YAML{where}. Correct it, or attach it as a file."
        ) from None
    return "\n\n".join(documents)


def json_to_markdown(text: str) -> str:
    """Give Markdown that says what the JSON says.

    Raises:
        Invalid: it is not JSON; says where.
    """
    if len(text) > LARGEST_CHARACTERS:
        return fenced(text, "json")
    try:
        parsed = json.loads(
            text, object_pairs_hook=_as_pairs, parse_int=str, parse_float=str, parse_constant=str
        )
        return _document(_from_json(parsed, 0, [_MOST_NODES]))
    except (_TooMuch, RecursionError):
        return fenced(text, "json")
    except json.JSONDecodeError as problem:
        raise Invalid(
            f"This is not valid JSON at line {problem.lineno}. Correct it, or attach it as a file."
        ) from None


def _from_yaml(node: yaml.Node, depth: int, budget: list[int]) -> Node:
    _spend(depth, budget)
    if isinstance(node, yaml.MappingNode):
        return Pairs(
            tuple((_key(key), _from_yaml(value, depth + 1, budget)) for key, value in node.value)
        )
    if isinstance(node, yaml.SequenceNode):
        return tuple(_from_yaml(item, depth + 1, budget) for item in node.value)
    return str(node.value)


def _key(node: yaml.Node) -> str:
    if not isinstance(node, yaml.ScalarNode):
        raise _TooMuch
    return str(node.value)


def _as_pairs(pairs: list[tuple[str, object]]) -> "_JsonObject":
    return _JsonObject(pairs)


@dataclass(frozen=True)
class _JsonObject:
    pairs: list[tuple[str, object]]


def _from_json(value: object, depth: int, budget: list[int]) -> Node:
    _spend(depth, budget)
    match value:
        case _JsonObject():
            return Pairs(
                tuple((key, _from_json(item, depth + 1, budget)) for key, item in value.pairs)
            )
        case list():
            return tuple(_from_json(item, depth + 1, budget) for item in value)
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case _:
            return str(value)


def _spend(depth: int, budget: list[int]) -> None:
    budget[0] -= 1
    if depth > _DEEPEST or budget[0] < 0:
        raise _TooMuch


def _document(node: Node) -> str:
    """Write the top: a heading for each member that is more than a line."""
    match node:
        case Pairs() if node.items:
            return "\n\n".join(_members(node))
        case tuple() if len(node) > 1 and all(isinstance(item, Pairs) for item in node):
            return "\n\n".join(
                heading_line(2, _name(item, place)) + "\n\n" + _value(item)
                for place, item in enumerate(node, start=1)
            )
    return _value(node)


def _members(node: Pairs) -> Iterator[str]:
    """Write the short members first: after a heading they would seem to belong to it."""
    short = [member for member in node.items if _is_line(*member)]
    if short:
        yield _value(Pairs(tuple(short)))
    for key, value in node.items:
        if not _is_line(key, value):
            yield f"{heading_line(2, key)}\n\n{_value(value)}"


def _name(item: Node, place: int) -> str:
    members = dict(item.items) if isinstance(item, Pairs) else {}
    named = (members[name] for name in _NAMES if name in members)
    return next((name for name in named if isinstance(name, str) and _is_short(name)), str(place))


def _value(node: Node) -> str:
    match node:
        case str():
            return literal(node)
        case () | Pairs(items=()):
            return _EMPTY
        case Pairs():
            return "\n".join(f"- {_indented(_pair(key, value))}" for key, value in node.items)
    if _is_table(node):
        return _table(node)
    return "\n".join(f"- {_indented(_item(item))}" for item in node)


def _item(node: Node) -> str:
    if isinstance(node, Pairs) and node.items:
        return "\n\n".join(_pair(key, value) for key, value in node.items)
    return _value(node)


def _pair(key: str, value: Node) -> str:
    name = f"**{literal(key)}**:"
    one_line = isinstance(value, str) or value in ((), Pairs(()))
    return f"{name} {_value(value)}" if one_line else f"{name}\n\n{_value(value)}"


def _indented(text: str) -> str:
    """Indent all lines but the first, so that they belong to a list item."""
    return "\n".join(
        f"  {line}" if line and at else line for at, line in enumerate(text.split("\n"))
    )


def _is_line(key: str, value: Node) -> bool:
    return _is_short(value) and key.lower() not in _TELLING


def _is_short(node: Node) -> bool:
    return isinstance(node, str) and len(node) <= _SHORT_CHARACTERS and "\n" not in node.strip()


def _is_table(node: tuple[Node, ...]) -> bool:
    heads = {tuple(k for k, _ in item.items) if isinstance(item, Pairs) else () for item in node}
    head = next(iter(heads), ())
    return (
        len(node) > 1
        and len(heads) == 1
        and 1 < len(head) <= _WIDEST_TABLE
        and all(
            _is_short(value) for item in node if isinstance(item, Pairs) for _, value in item.items
        )
    )


def _table(node: tuple[Node, ...]) -> str:
    rows = [
        [literal(str(v).strip()) for _, v in item.items] for item in node if isinstance(item, Pairs)
    ]
    first = node[0]
    head = [literal(key) for key, _ in first.items] if isinstance(first, Pairs) else []
    return "\n".join(f"| {' | '.join(row)} |" for row in [head, ["---"] * len(head), *rows])
