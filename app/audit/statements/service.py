"""Monthly statements: each originator is told of every access by others to its records, signed.

A statement tells of each access the entry itself, byte for byte, and its place: whoever has the
statement hashes the entry, and finds the hash in the published tree under the checkpoint that the
statement names. People stand in it by their pseudonym: their organisation answers for them.
A line in a list or a search is no access to a record; what was opened and downloaded is.
"""

import base64
import hashlib
import json
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row

from app import parties
from app.access import Actor, Gate, Office, OfficeAction
from app.audit.statements import months, queries
from app.audit.statements.models import StatementRow
from app.audit.statements.views import AccessLine, StatementLine, StatementView
from app.core.errors import Refused, Unavailable
from app.core.ids import StatementId, new_id
from app.core.journal import Event
from app.core.work import Work
from app.log import At, checkpoint_at, newest

STATEMENT = "access-statement"
JWS_TYPE = "entente-access-statement+jws"

Sign = Callable[[Mapping[str, Any]], str]


def make_next(work: Work, sign: Sign) -> bool:
    """Make the next statement that is due; returns whether one was, and there may be another.

    `sign` gives the deployment's signature over plain values, a compact JWS of `JWS_TYPE`. What
    another worker makes at the same time is made once.
    """
    try:
        at = newest(work.session)
    except Unavailable:
        return False
    signed_at = queries.signed_at(work.session, at)
    for organisation, since, last in queries.originators(work.session):
        month = months.following(last) if last else months.month_of(since)
        if months.is_complete(month, signed_at):
            _make(work, sign, organisation, month, at)
            return True
    return False


def _make(work: Work, sign: Sign, organisation: str, month: date, at: At) -> None:
    previous = queries.before(work.session, organisation, month)
    seen = At(previous.log, previous.size) if previous else None
    since, until = months.begin(month), months.begin(months.following(month))
    rows = queries.lines(work.session, organisation, since, until, seen, at)
    names = parties.organisation_names(work.session, {row.organisation for row in rows})
    signed = sign(
        {
            "type": STATEMENT,
            "organisation": organisation,
            "month": f"{month:%Y-%m}",
            "made_at": work.now.isoformat(),
            "at": at.text(),
            "follows": seen.text() if seen else "",
            "checkpoint": checkpoint_at(work.session, at),
            "lines": [_line(row, names) for row in rows],
        }
    )
    statement_id = StatementId(new_id())
    if not queries.keep(
        work.session,
        id=statement_id,
        organisation=organisation,
        month=month,
        log=at.log,
        size=at.size,
        line_count=len(rows),
        made_at=work.now,
        statement=signed,
    ):
        return
    work.record(
        Event(
            "statement.made",
            subject=f"statement:{statement_id}",
            organisations=frozenset({organisation}),
            details={
                "organisation": organisation,
                "month": f"{month:%Y-%m}",
                "at": at.text(),
                "lines": len(rows),
                "statement_hash": hashlib.sha256(signed.encode()).hexdigest(),
            },
        )
    )


def _line(row: Row[Any], names: Mapping[str, str]) -> dict[str, Any]:
    return {
        "log": row.log,
        "index": row.index,
        "leaf_hash": row.leaf_hash.hex(),
        "entry": row.entry.decode(),
        "reference": row.reference or "",
        "organisation_name": names.get(row.organisation, ""),
    }


def party_statements(work: Work, gate: Gate, actor: Actor) -> list[StatementLine]:
    """List the statements for the organisations of an auditor's party, newest first.

    Raises:
        Forbidden: the actor is not an auditor of a party.
    """
    _enter(work, gate, actor, Office(party=actor.profile.party), "statements.listed")
    ours = [
        one.slug for one in parties.organisations(work.session) if one.party == actor.profile.party
    ]
    return _listed(work, ours)


def own_statements(work: Work, gate: Gate, actor: Actor) -> list[StatementLine]:
    """List the statements for the actor's organisation, newest first.

    Raises:
        Forbidden: the actor neither administers the organisation nor releases for it.
    """
    slug = actor.profile.organisation
    office = Office(party=actor.profile.party, organisation=slug)
    _enter(work, gate, actor, office, "statements.listed")
    return _listed(work, [slug])


def statement(
    work: Work, gate: Gate, actor: Actor, statement_id: StatementId, *, format_: str = "page"
) -> StatementView:
    """Show a statement to whoever may read those of its organisation.

    `format_` says in the log as what it was taken: a page, or a document to keep.

    Raises:
        NotFound: no such statement, or (as `Refused`) one for others.
    """
    row = queries.statement(work.session, statement_id)
    slug = row.organisation if row else ""
    party = parties.parties_of(work.session, [slug]).get(slug, "")
    office = Office(party=party, organisation=slug)
    decided = gate.keeper.current.decide_office(
        actor.profile, OfficeAction.READ_STATEMENTS, office, work.now
    )
    if row is None or not decided.allowed:
        raise _absent(actor, statement_id)
    details = {"statement": str(statement_id), "format": format_}
    gate.enter_office(
        work, actor, OfficeAction.READ_STATEMENTS, office, event="statement.read", details=details
    )
    return _view(work, row)


def _absent(actor: Actor, statement_id: StatementId) -> Refused:
    """Make the refusal of a statement that is not there, or is for others: they are alike."""
    return Refused(
        Event(
            "statement.refused",
            subject=f"statement:{statement_id}",
            actor=str(actor.person or ""),
            organisation=actor.profile.organisation,
            agreement=actor.agreement,
            organisations=actor.organisations,
            decision="deny",
        )
    )


def _enter(work: Work, gate: Gate, actor: Actor, office: Office, event: str) -> None:
    gate.enter_office(work, actor, OfficeAction.READ_STATEMENTS, office, event=event)


def _listed(work: Work, slugs: list[str]) -> list[StatementLine]:
    rows = queries.statements(work.session, slugs)
    names = parties.organisation_names(work.session, {row.organisation for row in rows})
    return [_listing(row, names) for row in rows]


def _listing(row: StatementRow, names: Mapping[str, str]) -> StatementLine:
    return StatementLine(
        id=StatementId(row.id),
        organisation=row.organisation,
        organisation_name=names.get(row.organisation, row.organisation),
        month=row.month,
        line_count=row.line_count,
        made_at=row.made_at,
        at=At(row.log, row.size).text(),
    )


def _view(work: Work, row: StatementRow) -> StatementView:
    names = parties.organisation_names(work.session, [row.organisation])
    payload = row.statement.split(".")[1]
    said = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return StatementView(
        line=_listing(row, names),
        accesses=tuple(_access(line) for line in said["lines"]),
        checkpoint=said["checkpoint"],
        signed=row.statement,
    )


def _access(line: Mapping[str, Any]) -> AccessLine:
    """Show a line; what happened is read from the entry that stands in it."""
    entry = json.loads(line["entry"])
    return AccessLine(
        at=datetime.fromisoformat(entry["time"]),
        type=entry["type"],
        reference=line["reference"],
        subject=entry["subject"],
        organisation=entry["organisation"],
        organisation_name=line["organisation_name"],
        person=entry["actor"],
        markings=tuple(entry["markings"]),
        served_bytes=entry["served_bytes"],
        log=line["log"],
        index=line["index"],
        leaf_hash_hex=line["leaf_hash"],
    )
