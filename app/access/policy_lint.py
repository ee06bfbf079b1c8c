"""What Cedar's validator lets pass and this portal does not.

The validator knows types. It does not know that a policy without conditions applies to everybody,
that two policies must not share a name, that content needs a role, that access is decided once for
an audience (so that no policy may look at anything else), or which way round a comparison belongs.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from cedarpy import pst

from app.access.policy_facts import path, paths, walk
from app.access.policy_files import PolicyError, PolicyText
from app.access.requirements import REQUIREMENTS
from app.labels import Schemes

PUBLIC_POLICY = "public-reading"
"""The only permit without a role: for those who did not sign in."""

_ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
# Pages beside those of the policies, which have addresses by their ids.
_PAGES = frozenset({"history", "schemes"})

# Everything a policy may look at: the facts of a profile, of an audience, of an office, the time.
# The schemes of the deployment add one attribute each to what an audience carries.
PROFILE_FACTS = frozenset(
    {
        "person",
        "organisation",
        "organisation_kind",
        "party",
        "roles",
        "groups",
        "clearance",
        "agreement",
        "assurance",
        "active",
        "accepted",
    }
)
AUDIENCE_FACTS = frozenset(
    {
        "state",
        "owner",
        "originator",
        "area",
        "all_public",
        "step_up",
        "eyes_only",
        "view_only",
        "not_before",
        "terms",
        "grants",
        "to_public",
        "to_community",
        "to_parties",
        "to_partners",
        "to_organisations",
        "to_groups",
        "to_persons",
    }
)
OFFICE_FACTS = frozenset({"party", "organisation", "person"})
_NAMED_KINDS = frozenset({"Role", "State", "Area", "Assurance", "OrganisationKind"})

# Ranks are compared one way only (holds >= needs), and moments so that an end is exclusive.
_COMPARISONS = frozenset(
    {
        ("principal", "greater_eq", "resource"),
        ("principal", "less_eq", "context"),
        ("context", "less", "principal"),
        ("context", "less", "resource"),
    }
)
_ORDERINGS = frozenset({"less", "less_eq", "greater", "greater_eq"})


def lint(policies: Sequence[PolicyText], schemes: Schemes) -> None:
    """Check that every policy is named, explained, conditional and looks only at what it may.

    Raises:
        PolicyError: the detail lists every fault found, by file and policy.
    """
    faults = [
        *_shared(policies, "id"),
        *_shared(policies, "explain"),
        *_unjudged(policies, schemes),
    ]
    for policy in policies:
        name = f"{policy.file}: {policy.id or 'a policy without @id'}"
        faults += [f"{name}: {fault}" for fault in _faults(policy, schemes)]
    if faults:
        raise PolicyError("\n".join(faults))


def _faults(policy: PolicyText, schemes: Schemes) -> Iterator[str]:
    if not _ID.fullmatch(policy.id):
        yield "needs an @id of small letters, digits and hyphens"
    if policy.id in _PAGES:
        yield "has the name of a page as its @id"
    if not policy.explain.strip():
        yield "needs an @explain, a sentence for the reader"
    if policy.requirement not in REQUIREMENTS:
        yield f"needs a @requirement, one of {', '.join(REQUIREMENTS)}"
    yield from _scope_faults(policy)
    yield from _condition_faults(policy)
    yield from _look_faults(policy, schemes)
    yield from _comparison_faults(policy)


def _shared(policies: Sequence[PolicyText], what: str) -> Iterator[str]:
    values = Counter(getattr(policy, what) for policy in policies)
    for policy in policies:
        value = getattr(policy, what)
        if value and values[value] > 1:
            yield f"{policy.file}: {policy.id}: another policy has the same @{what}"


def _unjudged(policies: Sequence[PolicyText], schemes: Schemes) -> Iterator[str]:
    """A scheme that no policy looks at would protect nothing."""
    seen = {
        looked
        for policy in policies
        if policy.effect == "forbid"
        for looked in paths(policy.parsed.clauses)
    }
    for scheme in schemes.by_id.values():
        needed: list[tuple[str, ...]] = [("resource", str(scheme.id))]
        if scheme.kind == "lattice":
            needed += [
                ("principal", "clearance", str(scheme.id)),
                ("principal", "agreement", "ceiling", str(scheme.id)),
            ]
        for fact in needed:
            if not any(looked[: len(fact)] == fact for looked in seen):
                yield f"no forbid looks at {'.'.join(fact)}: the scheme {scheme.name} goes unjudged"


def _scope_faults(policy: PolicyText) -> Iterator[str]:
    parsed = policy.parsed
    for scope, name in ((parsed.principal, "principal"), (parsed.resource, "resource")):
        if not isinstance(scope, pst.ScopeAny | pst.ScopeIs):
            yield f"names a single {name} in its head; write `{name}` or `{name} is Kind`"
    if isinstance(parsed.action, pst.ScopeAny) and policy.effect == "permit":
        yield "permits every action; name them"


def _condition_faults(policy: PolicyText) -> Iterator[str]:
    clauses = policy.parsed.clauses
    if not clauses:
        yield "has neither `when` nor `unless`, so it would apply always"
    for clause in clauses:
        if not any(isinstance(node, pst.GetAttr | pst.HasAttr) for node in walk(clause)):
            yield "has a condition that looks at no fact, so it would hold always or never"
    if policy.effect == "forbid":
        return
    if policy.id == PUBLIC_POLICY:
        if policy.parsed.principal != pst.ScopeIs(pst.EntityType("Public")):
            yield "must be for `principal is Public` only"
    elif not any(map(_asks_for_role, _conjuncts(policy))):
        yield "permits without asking for a role"


def _look_faults(policy: PolicyText, schemes: Schemes) -> Iterator[str]:
    kinds = _NAMED_KINDS | {str(scheme).capitalize() for scheme in schemes.by_id}
    for uid in pst.entity_uids(policy.parsed.clauses):
        if str(uid.type) not in kinds:
            yield f"looks at the identity of {uid}"
    allowed = {
        "principal": PROFILE_FACTS,
        "resource": AUDIENCE_FACTS | OFFICE_FACTS | {str(scheme) for scheme in schemes.by_id},
        "context": frozenset({"now"}),
    }
    for looked in paths(policy.parsed.clauses):
        root, *attributes = looked
        if not attributes:
            yield f"looks at the {root} itself; only its facts count"
        elif attributes[0] not in allowed.get(root, ()):
            yield f"looks at {'.'.join(looked)}, which is no fact that access may depend on"


def _comparison_faults(policy: PolicyText) -> Iterator[str]:
    for node in walk(policy.parsed.clauses):
        if not isinstance(node, pst.BinaryOp) or node.op not in _ORDERINGS:
            continue
        left, right = path(node.left), path(node.right)
        shape = (left[0] if left else "", node.op, right[0] if right else "")
        if shape not in _COMPARISONS:
            yield (
                f"compares `{'.'.join(left)}` with `{'.'.join(right)}` the wrong way round; write "
                "principal >= resource for ranks, from <= now and now < until for times"
            )
        elif "context" not in shape and left[-1] != right[-1]:
            yield f"compares `{'.'.join(left)}` with `{'.'.join(right)}`, which are not alike"


def _asks_for_role(condition: object) -> bool:
    return (
        isinstance(condition, pst.BinaryOp)
        and condition.op in ("contains", "contains_any")
        and path(condition.left) == ("principal", "roles")
        and bool(pst.entity_uids(condition.right))
        and not any(isinstance(node, pst.GetAttr) for node in walk(condition.right))
    )


def _conjuncts(policy: PolicyText) -> Iterator[pst.Expr]:
    """What must hold in any case: the parts of the `when` clauses joined by `&&`."""
    waiting: list[pst.Expr] = [
        clause.expr for clause in policy.parsed.clauses if isinstance(clause, pst.When)
    ]
    while waiting:
        expr = waiting.pop()
        if isinstance(expr, pst.BinaryOp) and expr.op == "and":
            waiting += [expr.left, expr.right]
        else:
            yield expr
