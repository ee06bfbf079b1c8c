"""Walks the doors of reviews, alerts and statements, by program and on pages."""

import re
from datetime import date
from functools import partial
from typing import Any

from app.audit import alerts, statements
from app.audit.statements.service import _make
from app.core.journal import Event
from app.identity import sign_statement
from app.log import newest
from tests.walk import Walk

REFUSED = ["review-log.refused"]


def stock(walk: Walk) -> dict[str, str]:
    """Have an alert for Singapore, and imda's statement of a month that is not over yet."""
    portal = walk.api.portal
    with portal.world.work() as work:
        work.record(Event("attachment.damaged", subject=f"attachment:{walk.count()}"))
    portal.world.sequence()
    with portal.world.work() as work:
        policies = portal.world.gate.keeper.current
        alerts.look(work, "SG", portal.services.thresholds, policies)
        sign = partial(sign_statement, portal.services.identity.keys, typ=statements.JWS_TYPE)
        _make(work, sign, "imda", date(2026, 3, 1), newest(work.session))
    with portal.world.work() as work:
        listed = alerts.alerts(work, portal.world.gate, portal.world.actor(work, "abel"))
        actor = portal.world.actor(work, "iris")
        (statement,) = statements.own_statements(work, portal.world.gate, actor)
    return {"alert_id": str(listed.open[0].id), "statement_id": str(statement.id)}


def by_program(walk: Walk) -> None:
    """Ask every door of the API."""
    at = stock(walk)
    path = "/api/v1/audit/reviews"
    walk.ask("abel", "GET", path, leaves=["reviews.listed"])
    walk.ask("uma", "GET", path, status=403, leaves=REFUSED)
    begun = ["review.begun", "review.read"]
    asked: dict[str, Any] = {"name": "Walked", "count": 1, "selection": {"decision": "allow"}}
    made = walk.ask("abel", "POST", path, status=201, leaves=begun, json=asked)
    one = {"review_id": made.json()["line"]["id"], "number": 1}
    door = path + "/{review_id}"
    walk.ask("abel", "GET", door, at=one, leaves=["review.read"])
    marked = {"mark": "exception", "note": "Odd."}
    item = door + "/items/{number}"
    noted = ["review.exception-noted"]
    walk.ask("abel", "PUT", item, at=one, status=204, leaves=noted, json=marked)
    checked = {"mark": "checked"}
    walk.ask("abel", "PUT", item, at=one, status=204, leaves=["review.item-checked"], json=checked)
    done = {"conclusion": "In order."}
    signed = ["review.read", "review.signed-off"]
    walk.ask("abel", "POST", door + "/sign-off", at=one, status=204, leaves=signed, json=done)
    door = "/api/v1/audit/alerts"
    walk.ask("abel", "GET", door, leaves=["alerts.listed"])
    walk.ask("uma", "GET", door, status=403, leaves=REFUSED)
    door += "/{alert_id}/acknowledgement"
    seen = ["alert.acknowledged"]
    walk.ask("abel", "POST", door, at=at, status=204, leaves=seen, json={"note": "Seen to."})
    listed = ["statements.listed"]
    walk.ask("abel", "GET", "/api/v1/audit/statements", leaves=listed)
    walk.ask("iris", "GET", "/api/v1/organisation/statements", leaves=listed)
    refused = ["read-statements.refused"]
    walk.ask("ida", "GET", "/api/v1/organisation/statements", status=403, leaves=refused)
    door = "/api/v1/statements/{statement_id}"
    walk.ask("iris", "GET", door, at=at, leaves=["statement.read"])
    walk.ask("ida", "GET", door, at=at, status=404, leaves=["statement.refused"])


def on_pages(walk: Walk) -> None:
    """Ask every page, and send every form."""
    at = stock(walk)
    path = "/audit/reviews"
    walk.ask("abel", "GET", path, leaves=["reviews.listed"])
    walk.ask("uma", "GET", path, status=403, leaves=REFUSED)
    walk.ask("abel", "GET", path + "/new", leaves=[])
    asked = {"name": "Walked", "count": "1", "decision": "allow"}
    sent = _post(walk, path, ["review.begun"], fields=asked)
    one = {"review_id": re.findall(r"[0-9a-f-]{36}", sent.headers["location"])[0], "number": 1}
    door = path + "/{review_id}"
    walk.ask("abel", "GET", door, at=one, leaves=["review.read"])
    item = door + "/items/{number}"
    noted = {"mark": "exception", "note": "Odd."}
    _post(walk, item, ["review.exception-noted"], at=one, fields=noted)
    _post(walk, item, ["review.item-checked"], at=one, fields={"mark": "checked"})
    signed = ["review.read", "review.signed-off"]
    _post(walk, door + "/sign-off", signed, at=one, fields={"conclusion": "In order."})
    for file in ("/report.pdf", "/signed.json"):
        walk.ask("abel", "GET", door + file, at=one, leaves=["review.read"])
    walk.ask("abel", "GET", "/audit/alerts", leaves=["alerts.listed"])
    walk.ask("uma", "GET", "/audit/alerts", status=403, leaves=REFUSED)
    door = "/audit/alerts/{alert_id}/acknowledge"
    _post(walk, door, ["alert.acknowledged"], at=at, fields={"note": "Seen to."})
    listed = ["statements.listed"]
    walk.ask("abel", "GET", "/audit/statements", leaves=listed)
    walk.ask("olga", "GET", "/organisation/statements", leaves=listed)
    for ending in ("", "/statement.pdf", "/statement.json", "/statement.csv"):
        door = "/statements/{statement_id}" + ending
        walk.ask("olga", "GET", door, at=at, leaves=["statement.read"])
        walk.ask("ida", "GET", door, at=at, status=404, leaves=["statement.refused"])


def _post(walk: Walk, door: str, leaves: list[str], **options: Any) -> Any:
    data = walk.form("abel", options.pop("fields"))
    return walk.ask("abel", "POST", door, leaves=leaves, status=303, data=data, **options)
