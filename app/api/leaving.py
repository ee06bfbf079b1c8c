"""Leaving and reviews of access: what somebody reaches, the end of it, its receipt, coverage."""

from uuid import UUID

from app import membership
from app.api.answers import nouns
from app.core.ids import PersonId
from app.edge import SignedInActor, TheGate, TheServices, Working
from app.membership import (
    AccessReview,
    AnswerReview,
    Coverage,
    EndAccess,
    LeavingView,
    ReceiptLine,
    ReceiptView,
)

router = nouns("organisation", "/organisation")


@router.get("/people/{person_id}/leaving")
def show_reach(
    work: Working, gate: TheGate, actor: SignedInActor, person_id: PersonId
) -> LeavingView:
    """Show what somebody of your organisation can reach, and what hangs on them."""
    return membership.leaving_page(work, gate, actor, person_id)


@router.post("/people/{person_id}/leaving", status_code=201)
def end_access(
    work: Working, gate: TheGate, actor: SignedInActor, person_id: PersonId, ending: EndAccess
) -> ReceiptLine:
    """End all access of somebody at once, with a receipt."""
    return membership.end_all(work, gate, actor, person_id, ending)


@router.get("/leavings/{leaving_id}")
def read_receipt(
    work: Working, gate: TheGate, services: TheServices, actor: SignedInActor, leaving_id: UUID
) -> ReceiptView:
    """Read the receipt of an end of access; `signature` is a JWS over `facts`."""
    keys, log = services.identity.keys, services.log
    return membership.receipt(work, gate, actor, leaving_id, keys=keys, log=log)


@router.get("/review")
def show_review(
    work: Working, gate: TheGate, services: TheServices, actor: SignedInActor
) -> AccessReview:
    """Show who is looked at in this period's review of access."""
    return membership.access_review(work, gate, services.review_rules, actor)


@router.post("/review/answers", status_code=204)
def answer_review(
    work: Working, gate: TheGate, services: TheServices, actor: SignedInActor, answer: AnswerReview
) -> None:
    """Keep or remove people in this period's review, never yourself."""
    membership.answer_review(work, gate, services.review_rules, actor, answer)


@router.get("/review/coverage")
def show_coverage(
    work: Working, gate: TheGate, services: TheServices, actor: SignedInActor
) -> tuple[Coverage, ...]:
    """Report what reviews of access covered: of your organisation or, to an auditor, your party."""
    return membership.coverage(work, gate, services.review_rules, actor)
