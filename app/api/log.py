"""The log: what auditors may review of it, and everybody's own acts."""

from typing import Annotated

from fastapi import Query, Request, Response

from app import audit
from app.api.answers import link_pages, nouns
from app.audit import EntryExplained, EntryView, LogFilter
from app.core.ids import EntryId
from app.edge import ForAuditors, SignedInActor, TheGate, TheServices, Working

router = nouns("log")


@router.get("/log", dependencies=[ForAuditors])
def review_log(
    request: Request,
    response: Response,
    work: Working,
    gate: TheGate,
    actor: SignedInActor,
    asked: Annotated[LogFilter, Query()],
) -> list[EntryView]:
    """Review the entries that concern your party, newest first."""
    found = audit.log(work, gate, actor, asked)
    link_pages(request, response, found.page)
    return list(found.page.items)


@router.get("/log/{entry_id}")
def read_entry(work: Working, gate: TheGate, actor: SignedInActor, entry_id: EntryId) -> EntryView:
    """Read one entry that concerns your party."""
    return audit.entry(work, gate, actor, entry_id)


@router.get("/log/{entry_id}/explanation")
def explain_entry(
    work: Working, gate: TheGate, actor: SignedInActor, entry_id: EntryId
) -> EntryExplained:
    """Explain the decision of an entry that concerns your party, by the policies of then."""
    return audit.explain_entry(work, gate, actor, entry_id)


@router.get("/log/{entry_id}/proof", response_class=Response)
def read_proof(
    work: Working, gate: TheGate, services: TheServices, actor: SignedInActor, entry_id: EntryId
) -> Response:
    """Read the proof that an entry which concerns your party is on the log."""
    proven = audit.proven_entry(work, gate, actor, entry_id, services.log.policy())
    return Response(proven.proof_text(), media_type="text/plain; charset=utf-8")


@router.get("/me/acts")
def own_acts(
    request: Request, response: Response, work: Working, actor: SignedInActor, cursor: str = ""
) -> list[EntryView]:
    """List what the journal holds of your own acts, newest first."""
    page = audit.own_acts(work, actor, cursor)
    link_pages(request, response, page)
    return list(page.items)
