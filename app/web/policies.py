"""The policies as people read them: what each says and how it is tested, schemes, history."""

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from app import audit, labels
from app.access import (
    Actor,
    PoliciesView,
    PolicyChange,
    Role,
    TestView,
    policy_changes,
    show_former,
    show_policies,
)
from app.core.work import Work
from app.edge import SignedInActor, TheGate, Working
from app.web.pages import render
from app.web.policy_words import base_words, test_words
from app.web.presenting import marking_tags

router = APIRouter(prefix="/policies")


@router.get("")
def policies_page(request: Request, work: Working, gate: TheGate, _: SignedInActor) -> Response:
    shown = show_policies(work.session, gate.keeper.current)
    by_requirement = groupby(shown.policies, key=lambda policy: policy.requirement)
    context = {
        "shown": shown,
        "waiting": gate.keeper.waiting is not None,
        "groups": [(name, shown.requirements[name], list(ones)) for name, ones in by_requirement],
    }
    return render(request, "reference/policies.html", context)


@router.get("/history")
def history_page(request: Request, work: Working, gate: TheGate, actor: SignedInActor) -> Response:
    changes = policy_changes(work.session)
    context = {
        "changes": changes,
        "entries": _entries(work, actor, changes),
        "titles": {one.id: one.title for one in gate.keeper.current.schemes.by_id.values()},
    }
    return render(request, "reference/policy_history.html", context)


@router.get("/schemes")
def schemes_page(request: Request, gate: TheGate, _: SignedInActor) -> Response:
    schemes = gate.keeper.current.schemes
    shown = labels.show_schemes(schemes)
    context = {"shown": shown, "tags": marking_tags(schemes)}
    return render(request, "reference/schemes.html", context)


@router.get("/{policy_id}")
def policy_page(
    request: Request, work: Working, gate: TheGate, _: SignedInActor, policy_id: str
) -> Response:
    shown = show_policies(work.session, gate.keeper.current)
    found = next((one for one in shown.policies if one.id == policy_id), None)
    if found is None:
        former = show_former(work.session, policy_id)
        return render(request, "reference/former_policy.html", {"policy": former})
    context = {
        "policy": found,
        "requirement": shown.requirements[found.requirement],
        "files": _tests(shown, found.id, found.tests),
    }
    return render(request, "reference/policy.html", context)


def _entries(work: Work, actor: Actor, changes: Sequence[PolicyChange]) -> dict[Any, Any]:
    """Find the entries of the log for those who may open one."""
    if Role.AUDITOR not in actor.profile.roles:
        return {}
    return audit.load_entries(work.session, [(one.version, one.since) for one in changes])


def _tests(shown: PoliciesView, policy: str, tests: Sequence[TestView]) -> list[dict[str, Any]]:
    """Give a policy's tests by the file that they stand in."""
    return [
        {
            "name": name,
            "about": shown.test_bases[name].about,
            "base": base_words(shown.test_bases[name]),
            "tests": [test_words(one, policy) for one in ones],
        }
        for name, ones in groupby(tests, key=lambda one: one.file)
    ]
