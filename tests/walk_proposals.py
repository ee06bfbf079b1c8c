"""Walks the doors of proposed changes, of agreements and of groups."""

import re
from typing import Any

from tests.proposals_world import add_person
from tests.walk import Walk

ROLES = {"roles": ["reader"]}
SHOWN = ["impact.shown"]
MADE = ["person.roles-assigned", "change.confirmed"]
REFUSED = ["confirm-change.refused"]
NOTHING = "01900000-0000-7000-8000-000000000000"


def on_pages(walk: Walk) -> None:
    """Ask every page of a change: what it would do, its proposal, and each decision on it."""
    second = _second(walk, "otto")
    door, at = "/organisation/people/{person_id}/roles", _somebody(walk, "rolf")
    data = walk.form("olga", ROLES)
    walk.ask("olga", "POST", door, at=at, leaves=SHOWN, data=data)
    found = {"proposal_id": _proposed(walk, at)}
    walk.ask("olga", "GET", "/proposals", leaves=["proposals.listed"])
    refused = ["propose-policies.refused"]
    walk.ask("uma", "GET", "/proposals", status=403, leaves=refused)
    one = "/proposals/{proposal_id}"
    page = walk.ask(second, "GET", one, at=found, leaves=["proposal.read"])
    unknown = {"proposal_id": NOTHING}
    same = [
        walk.ask("uma", "GET", one, at=asked, status=404, leaves=REFUSED)
        for asked in (found, unknown)
    ]
    assert re.sub(r"reference.*", "", same[0].text) == re.sub(r"reference.*", "", same[1].text)
    (seen,) = re.findall(r'name="seen_hash_hex" value="([0-9a-f]{64})"', page.text)
    given = {"seen_hash_hex": seen}
    form = walk.form("olga", given)
    walk.ask("olga", "POST", one + "/confirm", at=found, status=403, leaves=REFUSED, data=form)
    form = walk.form(second, given)
    walk.ask(second, "POST", one + "/confirm", at=found, status=303, leaves=MADE, data=form)
    whom = _somebody(walk, "rosa")
    for by, verb, fields in (
        (second, "decline", {"reason": "Not now."}),
        ("olga", "take-back", {}),
    ):
        found = {"proposal_id": _proposed(walk, whom)}
        left = ["change.declined" if verb == "decline" else "change.taken-back"]
        form = walk.form(by, fields)
        walk.ask(by, "POST", f"{one}/{verb}", at=found, status=303, leaves=left, data=form)
    _agreements_on_pages(walk)
    _groups_on_pages(walk)


def by_program(walk: Walk) -> None:
    """Ask every door of the API for the same."""
    second, office = _second(walk, "odile"), "/api/v1/organisation"
    door, at = office + "/people/{person_id}/roles", _somebody(walk, "ruth")
    walk.ask("olga", "PUT", door, at=at, leaves=SHOWN, json=ROLES, params={"show": "true"})
    left = ["change.proposed"]
    one, every = "/api/v1/proposals/{proposal_id}", "/api/v1/proposals"

    def propose() -> dict[str, str]:
        made = walk.ask("olga", "PUT", door, at=at, status=202, leaves=left, json=ROLES)
        return {"proposal_id": made.json()["proposal_id"]}

    found = propose()
    walk.ask("olga", "GET", every, leaves=["proposals.listed"])
    walk.ask("uma", "GET", every, status=403, leaves=["propose-policies.refused"])
    for asked in (found, {"proposal_id": NOTHING}):
        walk.ask("uma", "GET", one, at=asked, status=404, leaves=REFUSED)
    declined, reason = ["change.declined"], {"reason": "Not now."}
    walk.ask(second, "POST", one + "/refusal", at=found, status=204, leaves=declined, json=reason)
    walk.ask("olga", "DELETE", one, at=propose(), status=204, leaves=["change.taken-back"])
    found = propose()
    shown = walk.ask(second, "GET", one, at=found, leaves=["proposal.read"]).json()
    seen = {"seen_hash_hex": shown["seen_hash_hex"]}
    confirm = one + "/confirmation"
    walk.ask("olga", "POST", confirm, at=found, status=403, leaves=REFUSED, json=seen)
    walk.ask(second, "POST", confirm, at=found, status=204, leaves=MADE, json=seen)
    agreements, group = office + "/agreements", {"name": "Drill", "slug": "api-drill"}
    kept = walk.ask("olga", "GET", agreements, leaves=["agreements.listed"]).json()
    walk.ask("uma", "GET", agreements, status=403, leaves=["change-agreement.refused"])
    at, said = {"slug": "biz-sg"}, _said(kept)
    saved = ["agreement.changed"]
    walk.ask("olga", "PUT", agreements + "/{slug}", at=at, leaves=saved, json=said)
    groups, at = "/api/v1/groups", {"slug": group["slug"]}
    walk.ask("olga", "GET", groups, leaves=["groups.listed"])
    walk.ask("uma", "GET", groups, status=403, leaves=["change-group.refused"])
    walk.ask("olga", "POST", groups, status=201, leaves=["group.formed"], json=group)
    renamed = {"name": "Exercise"}
    left = ["group.changed"]
    walk.ask("olga", "PUT", groups + "/{slug}", at=at, leaves=left, json=renamed)


def _agreements_on_pages(walk: Walk) -> None:
    door, at, listed = "/organisation/agreements", {"slug": "biz-sg"}, ["agreements.listed"]
    one, refused = door + "/{slug}", ["change-agreement.refused"]
    kept = walk.client("olga", "/api/").get("/api/v1" + door).json()
    walk.ask("olga", "GET", door, leaves=listed)
    walk.ask("uma", "GET", door, status=403, leaves=refused)
    walk.ask("olga", "GET", one, at=at, leaves=listed)
    said = _said(kept)
    data = walk.form("uma", said)
    walk.ask("uma", "POST", one, at=at, status=403, leaves=refused, data=data)
    data = walk.form("olga", said)
    walk.ask("olga", "POST", one, at=at, status=303, leaves=["agreement.changed"], data=data)


def _groups_on_pages(walk: Walk) -> None:
    door, one, at = "/groups", "/groups/{slug}", {"slug": "drill"}
    listed, refused = ["groups.listed"], ["change-group.refused"]
    walk.ask("olga", "GET", door, leaves=listed)
    walk.ask("uma", "GET", door, status=403, leaves=refused)
    data = walk.form("olga", {"name": "Drill", "slug": "drill", "people": ""})
    walk.ask("olga", "POST", door, status=303, leaves=["group.formed"], data=data)
    walk.ask("olga", "GET", one, at=at, leaves=listed)
    data = walk.form("olga", {"name": "Exercise", "people": ""})
    walk.ask("olga", "POST", one, at=at, status=303, leaves=["group.changed"], data=data)


def _said(kept: list[dict[str, Any]]) -> dict[str, Any]:
    """Give an agreement of those listed as a program sends it again, a day shorter."""
    (found,) = (one["agreement"] for one in kept if one["organisation"]["slug"] == "biz-sg")
    said = {name: found[name] for name in ("title", "ceiling", "areas")}
    return {**said, "first_day": found["valid_from"][:10], "last_day": found["valid_until"][:10]}


def _second(walk: Walk, name: str) -> str:
    """A second administrator, with a session and a token of their own."""
    add_person(walk.api.portal.world, name, "imda", "organisation_administrator")
    walk.session(name)
    walk.api.tokens[name] = walk.api.token(name)
    return name


def _somebody(walk: Walk, name: str) -> dict[str, str]:
    """Somebody without a role, who gains by one."""
    return {"person_id": str(add_person(walk.api.portal.world, name, "imda"))}


def _proposed(walk: Walk, whom: dict[str, str]) -> str:
    door = "/organisation/people/{person_id}/roles"
    data = walk.form("olga", ROLES | {"step": "propose"})
    left = ["change.proposed"]
    sent = walk.ask("olga", "POST", door, at=whom, status=303, leaves=left, data=data)
    return str(sent.headers["location"]).split("/")[2].partition("?")[0]
