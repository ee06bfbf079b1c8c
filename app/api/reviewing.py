"""Auditors at work: reviews of a sample, alerts, statements of access, and the keys that sign."""

from functools import partial
from typing import Any

from fastapi import Response

from app.api.answers import nouns
from app.audit import alerts, reviews, statements
from app.core.ids import AlertId, ReviewId, StatementId
from app.edge import SignedInActor, TheGate, TheServices, Working
from app.identity import sign_statement

router = nouns("reviewing")


@router.get("/audit/reviews")
def list_reviews(work: Working, gate: TheGate, actor: SignedInActor) -> list[reviews.ReviewLine]:
    """List the reviews of your party's auditors, newest first."""
    return reviews.reviews(work, gate, actor)


@router.post("/audit/reviews", status_code=201)
def begin_review(
    work: Working,
    gate: TheGate,
    services: TheServices,
    actor: SignedInActor,
    command: reviews.NewReview,
    response: Response,
) -> reviews.ReviewView:
    """Draw a random sample of the entries that a filter selects."""
    random_bytes = services.identity.random_bytes
    review_id = reviews.begin(work, gate, actor, command, random_bytes)
    response.headers["Location"] = f"/api/v1/audit/reviews/{review_id}"
    return reviews.review(work, gate, actor, review_id)


@router.get("/audit/reviews/{review_id}")
def read_review(
    work: Working, gate: TheGate, actor: SignedInActor, review_id: ReviewId
) -> reviews.ReviewView:
    """Read a review with its sample, its marks and, once signed off, its signature."""
    return reviews.review(work, gate, actor, review_id)


@router.put("/audit/reviews/{review_id}/items/{number}", status_code=204)
def mark_item(
    work: Working,
    gate: TheGate,
    actor: SignedInActor,
    review_id: ReviewId,
    number: int,
    command: reviews.MarkItem,
) -> None:
    """Mark an entry of your sample as checked or as an exception."""
    reviews.mark(work, gate, actor, review_id, number, command)


@router.post("/audit/reviews/{review_id}/sign-off", status_code=204)
def sign_review_off(
    work: Working,
    gate: TheGate,
    services: TheServices,
    actor: SignedInActor,
    review_id: ReviewId,
    command: reviews.SignOff,
) -> None:
    """Sign your review off; nothing of it changes afterwards."""
    sign = partial(sign_statement, services.identity.keys, typ=reviews.JWS_TYPE)
    reviews.sign_off(work, gate, actor, review_id, command, sign)


@router.get("/audit/alerts")
def list_alerts(work: Working, gate: TheGate, actor: SignedInActor) -> alerts.AlertsView:
    """List the alerts of your party, open and acknowledged."""
    return alerts.alerts(work, gate, actor)


@router.post("/audit/alerts/{alert_id}/acknowledgement", status_code=204)
def acknowledge_alert(
    work: Working,
    gate: TheGate,
    actor: SignedInActor,
    alert_id: AlertId,
    command: alerts.Acknowledge,
) -> None:
    """Note that you have seen to an alert, and what came of it."""
    alerts.acknowledge(work, gate, actor, alert_id, command)


@router.get("/audit/statements")
def list_party_statements(
    work: Working, gate: TheGate, actor: SignedInActor
) -> list[statements.StatementLine]:
    """List the monthly statements for the organisations of your party."""
    return statements.party_statements(work, gate, actor)


@router.get("/organisation/statements")
def list_own_statements(
    work: Working, gate: TheGate, actor: SignedInActor
) -> list[statements.StatementLine]:
    """List the monthly statements of who of others opened your organisation's records."""
    return statements.own_statements(work, gate, actor)


@router.get("/statements/{statement_id}")
def read_statement(
    work: Working, gate: TheGate, actor: SignedInActor, statement_id: StatementId
) -> statements.StatementView:
    """Read a statement; `signed` is the whole of it as a JSON Web Signature."""
    return statements.statement(work, gate, actor, statement_id, format_="json")


@router.get("/signing-keys")
def list_signing_keys(services: TheServices) -> dict[str, Any]:
    """List the public keys that sign receipts, approvals, reviews and statements (RFC 7517)."""
    keys = services.identity.keys.verifying.values()
    return {"keys": [{**key.jwk, "pem": key.pem} for key in keys]}
