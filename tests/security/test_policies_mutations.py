"""Take a policy away, or a part of one, and a case of the table fails.

What is mutated: each policy is left out; each part of a condition joined by `&&` or `||` is left
out; each member of a list (a role, a state, an organisation) is left out; each `!` is left out;
each comparison is made to include, or not to include, its boundary; each head is widened to all
actions of the group above. A mutant that survives is a line of policy that no case needs.
"""

import json
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import cedarpy
import pytest

from app.access.cases import Case, cases_of
from app.access.pdp import PolicySet, load_policies
from app.access.policy_files import PolicyText
from app.access.policy_set import context, request
from tests.strategies import POLICIES, SCHEMES

POLICY_SET = load_policies(POLICIES, SCHEMES)
CASES = cases_of(POLICY_SET)
WIDENED = {"for all of content"}
ROLES = {"&& without principal.roles.containsAny(reader, contributor, release_authority)"}
BOUNDARIES = {">=": ">", "<=": "<", "<": "<=", "==": "!="}
WIDER = {"see": "content", "prepare": "content", "decide": "content", "people": "office"}

# Mutants that change no answer, and why these lines stand all the same.
EQUIVALENT = {
    # Those whom these bind may do nothing else either: the other actions are for the exempted.
    **dict.fromkeys(
        ("tlp-red", "tlp-amber-strict", "tlp-amber", "not-before", "terms-of-use"), WIDENED
    ),
    # The schema has no other action for the public.
    "public-reading": WIDENED,
    # That content needs a role is said twice, so that neither a new permit nor an edited forbid
    # alone can give it away.
    "content-role": ROLES,
    "read-released-to-person": ROLES,
    "read-granted": ROLES,
    "read-released-to-organisation": ROLES,
    "read-released-to-group": ROLES,
    "read-released-to-party": ROLES,
    "read-released-to-partners": ROLES,
    "read-released-to-community": ROLES,
}

Plain = Any  # a node of Cedar's JSON form


def _asked(case: Case) -> tuple[list[dict[str, object]], cedarpy.Entities]:
    world = POLICY_SET.maker.world(case.profile, [case.thing], case.now)
    (resource,) = world.resources
    assert resource is not None, case.name
    asked = request(world.principal, case.action, resource, context(case.now))
    return [asked], world.entities


ASKED = [(case, *_asked(case)) for case in CASES]


def killed_by(handle: cedarpy.PolicySet) -> str | None:
    """The name of the first case whose answer changes under other policies."""
    for case, asked, entities in ASKED:
        schema = POLICY_SET.maker.schema
        (result,) = cedarpy.is_authorized_batch(asked, handle, entities, schema)
        allowed = result.allowed and not result.diagnostics.errors
        if allowed != case.allowed:
            return case.name
    return None


def others(policy: PolicyText, policy_set: PolicySet = POLICY_SET) -> list[str]:
    """The texts of all policies but one."""
    return [one.text for one in policy_set.policies.values() if one.id != policy.id]


def mutants(policy: PolicyText) -> Iterator[tuple[str, str]]:
    """Each mutation of a policy with what was done to it."""
    plain = json.loads(cedarpy.policies_to_json_str(policy.text))
    (body,) = plain["staticPolicies"].values()
    for what, mutated in _policy_mutations(body):
        plain["staticPolicies"] = {"policy0": mutated}
        yield what, cedarpy.policies_from_json_str(json.dumps(plain))


def _policy_mutations(body: Plain) -> Iterator[tuple[str, Plain]]:
    for number, condition in enumerate(body["conditions"]):
        if len(body["conditions"]) > 1:
            rest = [one for place, one in enumerate(body["conditions"]) if place != number]
            yield f"without its {condition['kind']}", {**body, "conditions": rest}
        for what, mutated in _expression_mutations(condition["body"]):
            changed = deepcopy(body)
            changed["conditions"][number]["body"] = mutated
            yield what, changed
    group = body["action"].get("entity", {}).get("id")
    if group in WIDER:
        changed = deepcopy(body)
        changed["action"]["entity"]["id"] = WIDER[group]
        yield f"for all of {WIDER[group]}", changed


def _expression_mutations(node: Plain) -> Iterator[tuple[str, Plain]]:
    if not isinstance(node, dict):
        return
    for operator, inner in node.items():
        yield from _node_mutations(operator, inner)
        children = inner.items() if isinstance(inner, dict) else ()
        for side, child in children:
            for what, mutated in _expression_mutations(child):
                yield what, {operator: {**inner, side: mutated}}


def _node_mutations(operator: str, inner: Plain) -> Iterator[tuple[str, Plain]]:
    if operator in ("&&", "||"):
        yield from _halves(operator, inner)
    if operator == "!":
        yield "without its !", inner["arg"]
    if operator in BOUNDARIES:
        yield f"{BOUNDARIES[operator]} for {operator}", {BOUNDARIES[operator]: inner}
    if operator == "Set":
        for number in range(len(inner)):
            rest = [one for place, one in enumerate(inner) if place != number]
            yield f"without {_short(inner[number])} in a list", {"Set": rest}


def _halves(operator: str, inner: Plain) -> Iterator[tuple[str, Plain]]:
    for left_out, kept in (("left", "right"), ("right", "left")):
        # What only guards an access (`has`, `is`) makes an error when left out, and so a deny.
        if not _guards(inner[left_out]):
            yield f"{operator} without {_short(inner[left_out])}", inner[kept]


def _guards(node: Plain) -> bool:
    if "&&" in node:
        return all(map(_guards, node["&&"].values()))
    return "has" in node or "hasTag" in node or "is" in node


def _short(node: Plain) -> str:
    """Enough of a condition to find it by."""
    if isinstance(node, str):
        return node
    if "." in node:
        return f"{_short(node['.']['left'])}.{node['.']['attr']}"
    if "Var" in node:
        return str(node["Var"])
    if "Value" in node:
        value = node["Value"]
        return str(value["__entity"]["id"] if isinstance(value, dict) else value)
    if "Set" in node:
        return ", ".join(map(_short, node["Set"]))
    ((operator, inner),) = node.items()
    if operator.startswith("contains"):
        return f"{_short(inner['left'])}.{operator}({_short(inner['right'])})"
    return f"({f' {operator} '.join(_short(one) for one in inner.values() if one)})"


@pytest.mark.parametrize("policy", POLICY_SET.policies.values(), ids=lambda policy: policy.id)
def test_each_policy_decides_a_case_that_fails_without_it(policy: PolicyText) -> None:
    assert killed_by(cedarpy.PolicySet.from_str("\n".join(others(policy))))
    assert any(policy.id in case.policies for case in CASES)


@pytest.mark.parametrize("policy", POLICY_SET.policies.values(), ids=lambda policy: policy.id)
def test_each_part_of_a_policy_is_needed_by_a_case(policy: PolicyText) -> None:
    rest = cedarpy.PolicySet.from_str("\n".join(others(policy)))
    survivors = {what for what, text in mutants(policy) if not killed_by(rest.with_added_str(text))}

    assert survivors == EQUIVALENT.get(policy.id, set())


def test_there_are_mutants_and_the_policies_as_they_are_survive() -> None:
    """The mutations are judged by the same means as the policies that are in force."""
    assert sum(1 for policy in POLICY_SET.policies.values() for _ in mutants(policy)) > 200
    assert killed_by(POLICY_SET.handle) is None
