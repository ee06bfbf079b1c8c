"""Which facts a condition of a policy looks at, read off its parsed form."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass

from cedarpy import pst

Path = tuple[str, ...]
GRANTS: Path = ("resource", "grants")
"""The path that stands for the grant of who asks: the one tag that a policy may look at."""


def paths(node: object) -> frozenset[Path]:
    """Give every fact looked at, like `("resource", "state")`; a bare variable like `("action",)`.

    Of what kind somebody is, `principal is Person`, is no fact and not among them.
    """
    return frozenset(_longest_paths(node))


def path(node: object) -> Path:
    """Give the fact that a node is, `()` where it is none."""
    if _is_grant(node):
        return GRANTS
    attributes: list[str] = []
    while isinstance(node, pst.GetAttr):
        attributes.append(node.attr)
        node = node.base
    return (node.name, *reversed(attributes)) if isinstance(node, pst.Var) else ()


def walk(node: object) -> Iterator[object]:
    """Give a node and everything below it."""
    yield node
    for child in _children(node):
        yield from walk(child)


def _longest_paths(node: object) -> Iterator[Path]:
    if isinstance(node, pst.HasAttr) and (base := path(node.base)):
        yield (*base, *node.attrs)
    elif isinstance(node, pst.Is) and isinstance(node.base, pst.Var) and node.in_expr is None:
        return
    elif found := path(node):
        yield found
    else:
        for child in _children(node):
            yield from _longest_paths(child)


def _is_grant(node: object) -> bool:
    return (
        isinstance(node, pst.BinaryOp)
        and node.op in ("has_tag", "get_tag")
        and node.left == pst.Var("resource")
        and path(node.right) == ("principal", "person")
    )


def _children(node: object) -> Iterator[object]:
    if isinstance(node, tuple):
        yield from node
    elif isinstance(node, dict):
        yield from node.values()
    elif is_dataclass(node) and not isinstance(node, type):
        yield from (getattr(node, field.name) for field in fields(node))
