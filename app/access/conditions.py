"""Policies taken apart into single questions: Cedar answers each once for all who are alike to it.

A policy is its head and its conditions, joined by `&&`, `||` and `!`. What is left when these are
taken away, an `Atom`, is what Cedar is asked: it looks at a few facts only, so its answer is the
same for all who have these facts. The joints are put back here with sets of audiences, errors
included: `&&` and `||` look at their right side only where the left side leaves it open.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import cedarpy
from cedarpy import pst

from app.access.policy_facts import GRANTS, Path, path, paths
from app.access.policy_files import PolicyText

Held = tuple[int, int]
"""The audiences, as bits, for which something holds, and those for which it is an error."""

# These compare what both sides hold for being the same, and look at nothing else in it.
_SAMENESS = frozenset({"eq", "not_eq", "contains", "contains_all", "contains_any"})
PERSON: Path = ("principal", "person")


@dataclass(frozen=True, eq=False)
class Atom:
    """One question that Cedar answers by the facts at these paths, and nothing else.

    It is told apart by being itself: equal ones are made once for a set of policies.
    `sameness`: it only compares whether values of the two sides, or `literals`, are the same.
    """

    policy: pst.Template
    principal: tuple[Path, ...]
    resource: tuple[Path, ...]
    sameness: bool = False
    literals: frozenset[object] = frozenset()
    of_action: bool = False
    of_moment: bool = False

    @cached_property
    def handle(self) -> cedarpy.PolicySet:
        """Give it as a policy set of its own: it is true when its one forbid is satisfied."""
        asked = replace(self.policy, id="0")
        return cedarpy.PolicySet.from_pst(pst.PolicySet({}, {"0": asked}, ()))

    @cached_property
    def truths(self) -> dict[object, bool | None]:
        """Remember what Cedar answered, None for an error, by what it saw."""
        return {}

    @cached_property
    def looks_at_persons(self) -> bool:
        """Tell whether it looks at who a person is, beyond whether the other side names them."""
        return not self.sameness and PERSON in self.principal


Ask = Callable[[Atom], Held]


@dataclass(frozen=True)
class Leaf:
    """An atom where it stands in a condition."""

    atom: Atom

    def holds(self, within: int, ask: Ask) -> Held:
        """Give where it holds among the audiences `within`, and where it is an error."""
        true, wrong = ask(self.atom)
        return true & within, wrong & within


@dataclass(frozen=True)
class Not:
    """`!`, and what `unless` does."""

    of: "Condition"

    def holds(self, within: int, ask: Ask) -> Held:
        """Give where the other does not hold; an error stays one."""
        true, wrong = self.of.holds(within, ask)
        return within & ~true & ~wrong, wrong


@dataclass(frozen=True)
class Both:
    """`&&`: the right side is looked at only where the left one holds."""

    left: "Condition"
    right: "Condition"

    def holds(self, within: int, ask: Ask) -> Held:
        """Give where both hold."""
        true, wrong = self.left.holds(within, ask)
        if not true:
            return 0, wrong
        both, wrong_too = self.right.holds(true, ask)
        return both, wrong | wrong_too


@dataclass(frozen=True)
class Either:
    """`||`: the right side is looked at only where the left one does not hold."""

    left: "Condition"
    right: "Condition"

    def holds(self, within: int, ask: Ask) -> Held:
        """Give where one of them holds."""
        true, wrong = self.left.holds(within, ask)
        still = within & ~true & ~wrong
        if not still:
            return true, wrong
        too, wrong_too = self.right.holds(still, ask)
        return true | too, wrong | wrong_too


Condition = Leaf | Not | Both | Either


@dataclass(frozen=True)
class Taken:
    """One policy taken apart: whom and what it is for, and on what condition, None for none."""

    id: str
    permits: bool
    head: Atom
    condition: Condition | None
    atoms: tuple[Atom, ...]


@dataclass(frozen=True)
class Conditions:
    """All policies of a set taken apart; an atom that stands in several is the same one."""

    policies: tuple[Taken, ...]
    of_facts_only: bool

    @cached_property
    def heads(self) -> tuple[Atom, ...]:
        """Give every head once."""
        return tuple(dict.fromkeys(one.head for one in self.policies))

    @cached_property
    def atoms(self) -> tuple[Atom, ...]:
        """Give every atom once."""
        return tuple(dict.fromkeys(atom for one in self.policies for atom in one.atoms))

    @cached_property
    def principal(self) -> tuple[Path, ...]:
        """Give every fact of who asks that some policy looks at."""
        return tuple(sorted({one for atom in self.atoms for one in atom.principal}))

    @cached_property
    def resource(self) -> tuple[Path, ...]:
        """Give every fact of what is asked for that some policy looks at."""
        return tuple(sorted({one for atom in self.atoms for one in atom.resource}))

    @cached_property
    def rows(self) -> dict[object, tuple[Any, ...] | None]:
        """Remember the facts of audiences at `resource`; None for one that is denied unasked."""
        return {}

    @cached_property
    def remembered(self) -> dict[str, Any]:
        """Remember how the audiences that were last asked about were sorted."""
        return {}

    @classmethod
    def of(cls, policies: Iterable[PolicyText]) -> "Conditions":
        """Take policies apart, and tell whether they look at nothing but facts.

        Where one names a person or a thing itself, nobody is alike to the policies.
        """
        texts = tuple(policies)
        atoms: dict[object, Atom] = {}
        return cls(
            policies=tuple(_taken(one, atoms) for one in texts),
            of_facts_only=all(_looks_at_facts(one.parsed) for one in texts),
        )


def _looks_at_facts(policy: pst.Template) -> bool:
    heads = (policy.principal, policy.resource)
    bare = {("principal",), ("resource",)} & paths(policy.clauses)
    return not bare and all(isinstance(one, pst.ScopeAny | pst.ScopeIs) for one in heads)


def _taken(policy: PolicyText, atoms: dict[object, Atom]) -> Taken:
    mine: dict[Atom, None] = {}
    head = replace(policy.parsed, clauses=(), id="", effect="forbid", annotations=pst.FrozenMap())
    condition: Condition | None = None
    for clause in policy.parsed.clauses:
        one = _condition(clause.expr, atoms, mine)
        one = Not(one) if isinstance(clause, pst.Unless) else one
        condition = Both(condition, one) if condition is not None else one
    return Taken(
        id=policy.id,
        permits=policy.effect == "permit",
        head=atoms.setdefault(head, Atom(head, (), (), of_action=True)),
        condition=condition,
        atoms=tuple(mine),
    )


def _condition(expr: pst.Expr, atoms: dict[object, Atom], mine: dict[Atom, None]) -> Condition:
    if isinstance(expr, pst.UnaryOp) and expr.op == "not":
        return Not(_condition(expr.arg, atoms, mine))
    if isinstance(expr, pst.BinaryOp) and expr.op in ("and", "or"):
        joint = Both if expr.op == "and" else Either
        return joint(_condition(expr.left, atoms, mine), _condition(expr.right, atoms, mine))
    if expr not in atoms:
        atoms[expr] = _atom(expr)
    mine[atoms[expr]] = None
    return Leaf(atoms[expr])


def _atom(expr: pst.Expr) -> Atom:
    looked = paths(expr)
    return Atom(
        policy=pst.Template(
            id="",
            effect="forbid",
            principal=pst.ScopeAny(),
            action=pst.ScopeAny(),
            resource=pst.ScopeAny(),
            clauses=(pst.When(expr),),
            annotations=pst.FrozenMap(),
        ),
        principal=tuple(sorted(one for one in looked if one[0] == "principal")),
        resource=tuple(sorted(one for one in looked if one[0] == "resource")),
        sameness=_compares_sameness(expr),
        literals=frozenset(_literals(expr)),
        of_action=("action",) in looked,
        of_moment=any(one[0] == "context" for one in looked),
    )


def _compares_sameness(expr: pst.Expr) -> bool:
    if not isinstance(expr, pst.BinaryOp) or expr.op not in _SAMENESS:
        return False
    roots = [_roots(side) for side in (expr.left, expr.right)]
    return {"principal"} in roots and {"resource"} in roots


def _roots(side: pst.Expr) -> set[str]:
    """Give whose facts stand on a side, "?" among them where anything else does."""
    elements = side.elements if isinstance(side, pst.Set) else (side,)
    found = {(path(one) or ("?",)) for one in elements if not isinstance(one, _LITERALS)}
    return {"?" if one == GRANTS else one[0] for one in found}


_LITERALS = (pst.BoolLit, pst.LongLit, pst.StringLit, pst.EntityLit)


def _literals(expr: pst.Expr) -> Iterable[object]:
    for side in (expr.left, expr.right) if isinstance(expr, pst.BinaryOp) else ():
        for one in side.elements if isinstance(side, pst.Set) else (side,):
            if isinstance(one, pst.EntityLit):
                yield str(one.value.type), one.value.id
            elif isinstance(one, _LITERALS):
                yield one.value
