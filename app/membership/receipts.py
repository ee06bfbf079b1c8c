"""The receipt of an end of access: printable, signed, and checked against the log."""

from typing import Any, Final
from uuid import UUID

from app import identity, parties
from app.access import Actor, Gate, OfficeAction
from app.core.errors import NotFound, Unavailable
from app.core.ids import PersonId
from app.core.work import Work
from app.identity import IdentityKeys
from app.log import LogParts, proof_of
from app.membership import queries
from app.membership.models import LeavingRow
from app.membership.views import ReceiptView

FORMAT: Final = "entente/leaving/v1"
JWS_TYPE: Final = "entente-leaving+jws"


def receipt(
    work: Work,
    gate: Gate,
    actor: Actor,
    leaving_id: UUID,
    *,
    keys: IdentityKeys,
    log: LogParts,
) -> ReceiptView:
    """Show the receipt of an end of access in the actor's organisation.

    Where an entry that tells of it has its place in the log, its proof stands with it.

    Raises:
        Forbidden: it is not of the actor's organisation, or tells of the actor.
        NotFound: there is none.
    """
    row = queries.leaving(work.session, leaving_id)
    person = PersonId(row.person_id) if row else PersonId(leaving_id)
    office = parties.office_of(work.session, person)
    gate.enter_office(work, actor, OfficeAction.SUSPEND, office, event="leaving.shown")
    if row is None:
        raise NotFound
    facts = _facts(row)
    ids = [PersonId(one) for one in (row.person_id, row.ended_by, row.heir_id) if one]
    names = {one: known.name for one, known in parties.names(work.session, ids).items()}
    organisation = parties.organisation_names(work.session, [row.organisation])
    return ReceiptView(
        id=row.id,
        person_id=person,
        person=names.get(person, ""),
        organisation=organisation.get(row.organisation, row.organisation),
        reason=row.reason,
        ended_by=names.get(PersonId(row.ended_by), "") if row.ended_by else "",
        ended_at=row.ended_at,
        heir=names.get(PersonId(row.heir_id), "") if row.heir_id else "",
        ended=row.ended,
        remains=row.remains,
        entries={str(one): _proof(work, one, log) for one in row.entries},
        facts=facts,
        signature=identity.sign_statement(keys, facts, typ=JWS_TYPE),
    )


def _facts(row: LeavingRow) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "leaving": str(row.id),
        "person": str(row.person_id),
        "organisation": row.organisation,
        "reason": row.reason,
        "ended_by": str(row.ended_by or ""),
        "ended_at": row.ended_at.isoformat(),
        "heir": str(row.heir_id or ""),
        "ended": row.ended,
        "remains": row.remains,
        "entries": [str(one) for one in row.entries],
    }


def _proof(work: Work, entry_id: UUID, log: LogParts) -> str:
    """Give the proof of an entry as a tlog-proof file, "" while none can be made."""
    try:
        return proof_of(work.session, entry_id, policy=log.policy()).text()
    except (NotFound, Unavailable):
        return ""
