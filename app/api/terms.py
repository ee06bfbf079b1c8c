"""Terms of use: what must be accepted before reading."""

from app import parties
from app.api.answers import nouns
from app.edge import SignedInActor, TheGate, Working
from app.parties import AcceptTerms, IssueTerms, TermsView

router = nouns("terms", "/terms")


@router.get("")
def list_terms(work: Working, actor: SignedInActor) -> list[TermsView]:
    """List the texts in force, and when you accepted each."""
    return parties.all_terms(work, actor)


@router.post("", status_code=201)
def issue_terms(
    work: Working, gate: TheGate, actor: SignedInActor, issued: IssueTerms
) -> TermsView:
    """Issue a text, or the next version of one, in your organisation's name."""
    return parties.issue_terms(work, gate, actor, issued)


@router.get("/{slug}")
def show_terms(work: Working, actor: SignedInActor, slug: str) -> TermsView:
    """Read the version in force of a text."""
    return parties.show_terms(work, actor, slug)


@router.post("/{slug}/acceptance", status_code=201)
def accept_terms(
    work: Working, gate: TheGate, actor: SignedInActor, slug: str, accepted: AcceptTerms
) -> TermsView:
    """Accept the version that you read; it stands on the log with the hash of the text."""
    return parties.accept_terms(work, gate, actor, slug, accepted)
