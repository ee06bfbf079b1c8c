"""One entry of the log: what it says in words, why it was decided so, and its proof."""

from base64 import b64encode
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from app import audit
from app.audit import ProvenEntry
from app.core.ids import EntryId
from app.core.work import Work
from app.edge import SignedInActor, TheGate, TheServices, Working
from app.log import EntryProof
from app.web.audit_log import names_of_subjects
from app.web.log_words import actor_words, asked_href, event_words, subject_words
from app.web.pages import render
from app.web.taking_away import named

router = APIRouter(prefix="/audit/entries")


@router.get("/{entry_id}.tlog-proof")
def entry_proof(
    work: Working, gate: TheGate, services: TheServices, actor: SignedInActor, entry_id: EntryId
) -> Response:
    proven = audit.proven_entry(work, gate, actor, entry_id, services.log.policy())
    name = named(f"{proven.entry.log}.{proven.entry.index}.tlog-proof")
    return Response(proven.proof_text(), media_type="text/plain; charset=utf-8", headers=name)


@router.get("/{entry_id}.json")
def entry_bytes(
    work: Working, gate: TheGate, services: TheServices, actor: SignedInActor, entry_id: EntryId
) -> Response:
    proven = audit.proven_entry(work, gate, actor, entry_id, services.log.policy())
    name = named(f"{proven.entry.log}.{proven.entry.index}.json")
    return Response(proven.raw, media_type="application/json", headers=name)


@router.get("/{entry_id}")
def entry_page(
    request: Request,
    work: Working,
    gate: TheGate,
    services: TheServices,
    actor: SignedInActor,
    entry_id: EntryId,
) -> Response:
    proven = audit.proven_entry(work, gate, actor, entry_id, services.log.policy())
    return render(request, "audit/entry.html", _context(work, proven))


@router.get("/{entry_id}/explanation")
def entry_explanation_page(
    request: Request, work: Working, gate: TheGate, actor: SignedInActor, entry_id: EntryId
) -> Response:
    explained = audit.explain_entry(work, gate, actor, entry_id)
    entry = explained.entry
    context = {
        "explained": explained,
        "words": event_words(entry.type),
        "who": actor_words(entry),
        "subject": subject_words(entry.subject, names_of_subjects(work, [entry])),
    }
    return render(request, "audit/entry_explanation.html", context)


def _context(work: Work, proven: ProvenEntry) -> dict[str, Any]:
    entry = proven.entry
    return {
        "entry": entry,
        "reference": proven.reference,
        "raw": proven.raw,
        "proof": proven.proof,
        "never": proven.unproved if proven.never else "",
        "siblings": siblings(proven.proof),
        "words": event_words(entry.type),
        "who": actor_words(entry),
        "subject": subject_words(entry.subject, names_of_subjects(work, [entry])),
        "subject_href": asked_href(entry.subject),
        "policies": proven.policies,
    }


def siblings(proof: EntryProof | None) -> list[str]:
    """Spell the hashes of a proof as its file does (base64), from the leaf upwards."""
    return [b64encode(one).decode() for one in proof.proof] if proof else []
