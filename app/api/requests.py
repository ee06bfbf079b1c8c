"""Requests for access, what can be asked for, and grants."""

from datetime import date
from uuid import UUID

from app import requests
from app.api.answers import nouns
from app.core.ids import RecordId, RequestId
from app.edge import SignedInActor, TheGate, TheServices, Working
from app.release import AudiencePreview
from app.requests import (
    AccessView,
    AskAccess,
    GrantAccess,
    ListingView,
    ListRecord,
    RequestsView,
    RequestView,
    Say,
)

router = nouns("requests")


@router.get("/requests")
def list_requests(
    work: Working, gate: TheGate, services: TheServices, actor: SignedInActor
) -> RequestsView:
    """List what you asked for, what waits for your answer, and what you may be able to offer."""
    return requests.requests_page(work, gate, services.request_rules, actor)


@router.post("/requests", status_code=201)
def ask_for_access(
    work: Working, gate: TheGate, services: TheServices, actor: SignedInActor, asked: AskAccess
) -> RequestView:
    """Ask for a record by its reference, or describe what you seek."""
    rules = services.request_rules
    made = requests.ask(work, gate, rules, actor, asked)
    return requests.show(work, gate, rules, actor, made)


@router.get("/requests/{request_id}")
def show_request(
    work: Working,
    gate: TheGate,
    services: TheServices,
    actor: SignedInActor,
    request_id: RequestId,
) -> RequestView:
    """Read a request: its state, its place in the queue, when an answer is due."""
    return requests.show(work, gate, services.request_rules, actor, request_id)


@router.get("/requests/{request_id}/audience")
def audience_of_grant(
    work: Working,
    gate: TheGate,
    actor: SignedInActor,
    request_id: RequestId,
    last_day: date,
    record_id: RecordId | None = None,
) -> AudiencePreview:
    """Show exactly who will be able to read what, once you grant this."""
    command = GrantAccess(last_day=last_day, record_id=record_id)
    return requests.preview(work, gate, actor, request_id, command)


@router.post("/requests/{request_id}/grant", status_code=201)
def grant_request(
    work: Working,
    gate: TheGate,
    services: TheServices,
    actor: SignedInActor,
    request_id: RequestId,
    granted: GrantAccess,
) -> RequestView:
    """Grant access to all who are named in the request, to the end of the last day (UTC)."""
    rules = services.request_rules
    requests.grant(work, gate, rules, actor, request_id, granted)
    return requests.show(work, gate, rules, actor, request_id)


@router.post("/requests/{request_id}/return", status_code=201)
def return_request(
    work: Working,
    gate: TheGate,
    services: TheServices,
    actor: SignedInActor,
    request_id: RequestId,
    said: Say,
) -> RequestView:
    """Give a request back with a question; the clock stands until it is answered."""
    requests.return_with_question(work, gate, actor, request_id, said)
    return requests.show(work, gate, services.request_rules, actor, request_id)


@router.post("/requests/{request_id}/answer", status_code=201)
def answer_question(
    work: Working,
    gate: TheGate,
    services: TheServices,
    actor: SignedInActor,
    request_id: RequestId,
    said: Say,
) -> RequestView:
    """Answer the originator's question about your request."""
    rules = services.request_rules
    requests.answer(work, gate, rules, actor, request_id, said)
    return requests.show(work, gate, rules, actor, request_id)


@router.post("/requests/{request_id}/refusal", status_code=201)
def refuse_request(
    work: Working,
    gate: TheGate,
    services: TheServices,
    actor: SignedInActor,
    request_id: RequestId,
    said: Say,
) -> RequestView:
    """Refuse a request with a reason."""
    requests.refuse(work, gate, actor, request_id, said)
    return requests.show(work, gate, services.request_rules, actor, request_id)


@router.post("/requests/{request_id}/withdrawal", status_code=201)
def withdraw_request(
    work: Working,
    gate: TheGate,
    services: TheServices,
    actor: SignedInActor,
    request_id: RequestId,
) -> RequestView:
    """Take your request back."""
    requests.withdraw(work, gate, actor, request_id)
    return requests.show(work, gate, services.request_rules, actor, request_id)


@router.delete("/requests/{request_id}/matches/{record_id}", status_code=204)
def pass_over_match(
    work: Working, gate: TheGate, actor: SignedInActor, request_id: RequestId, record_id: RecordId
) -> None:
    """Leave what somebody seeks unanswered; nobody outside your organisation learns of it."""
    requests.stay_silent(work, gate, actor, request_id, record_id)


@router.get("/listings")
def list_listings(
    work: Working, gate: TheGate, actor: SignedInActor, q: str = ""
) -> list[ListingView]:
    """List what can be asked for, with all of these words."""
    return requests.listed(work, gate, actor, q)


@router.get("/records/{record_id}/access")
def show_access(
    work: Working, gate: TheGate, actor: SignedInActor, record_id: RecordId
) -> AccessView:
    """List whom your organisation granted access to a record, and the stub of it that is shown."""
    return requests.access_page(work, gate, actor, record_id)


@router.put("/records/{record_id}/access/listing", status_code=204)
def list_record(
    work: Working, gate: TheGate, actor: SignedInActor, record_id: RecordId, stub: ListRecord
) -> None:
    """Show a stub of a record, so that it can be asked for."""
    requests.list_record(work, gate, actor, record_id, stub)


@router.delete("/records/{record_id}/access/listing", status_code=204)
def unlist_record(work: Working, gate: TheGate, actor: SignedInActor, record_id: RecordId) -> None:
    """Show the stub of a record no longer."""
    requests.unlist(work, gate, actor, record_id)


@router.delete("/records/{record_id}/access/grants/{grant_id}", status_code=204)
def end_grant(
    work: Working, gate: TheGate, actor: SignedInActor, record_id: RecordId, grant_id: UUID
) -> None:
    """End a grant before its time."""
    requests.end_grant(work, gate, actor, record_id, grant_id)
