"""Pages of the monthly statements: for an originator's organisation, and its party's auditors."""

import json
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.responses import Response

from app.audit import statements
from app.core.ids import StatementId
from app.core.spreadsheets import csv_line
from app.edge import SignedInActor, TheGate, TheServices, Working
from app.web.log_words import event_words
from app.web.pages import render
from app.web.presenting import moment, size
from app.web.printing import pdf

router = APIRouter()

SHOWN: Final = 500
COLUMNS: Final = (
    *("at", "type", "reference", "subject", "organisation", "organisation_name", "person"),
    *("markings", "served_bytes", "log", "index", "leaf_hash_hex"),
)
VERIFYING: Final = (
    "Each line of the JSON holds the entry itself. SHA-256 over a zero byte and the entry gives its"
    " hash, which stands in the published log at the place that the line names. The command"
    " `entente audit verify-statement` checks the signature, every line and every place."
)


@router.get("/audit/statements")
def party_statements_page(
    request: Request, work: Working, gate: TheGate, actor: SignedInActor
) -> Response:
    listed = statements.party_statements(work, gate, actor)
    return render(request, "audit/statements.html", {"statements": listed})


@router.get("/organisation/statements")
def own_statements_page(
    request: Request, work: Working, gate: TheGate, actor: SignedInActor
) -> Response:
    listed = statements.own_statements(work, gate, actor)
    return render(request, "organisation/statements.html", {"statements": listed})


@router.get("/statements/{statement_id}")
def statement_page(
    request: Request,
    work: Working,
    gate: TheGate,
    actor: SignedInActor,
    statement_id: StatementId,
) -> Response:
    view = statements.statement(work, gate, actor, statement_id)
    context = {
        "statement": view,
        "accesses": view.accesses[:SHOWN],
        "events": {one.type: event_words(one.type) or one.type for one in view.accesses},
    }
    return render(request, "organisation/statement.html", context)


@router.get("/statements/{statement_id}/statement.pdf")
def statement_pdf(
    work: Working,
    gate: TheGate,
    services: TheServices,
    actor: SignedInActor,
    statement_id: StatementId,
) -> Response:
    view = statements.statement(work, gate, actor, statement_id, format_="pdf")
    data = _report(view, actor.profile.party, services.settings.arrangement)
    data["link"] = f"{services.settings.base_url}/statements/{statement_id}"
    return _file(pdf("report", data, made_at=view.line.made_at), "application/pdf", view, "pdf")


@router.get("/statements/{statement_id}/statement.json")
def statement_json(
    work: Working, gate: TheGate, actor: SignedInActor, statement_id: StatementId
) -> Response:
    """Give what was signed, as a JSON Web Signature (RFC 7515, section 7.2.2)."""
    view = statements.statement(work, gate, actor, statement_id, format_="json")
    text = json.dumps(view.flattened, indent=1)
    return _file(text.encode(), "application/jose+json", view, "json")


@router.get("/statements/{statement_id}/statement.csv")
def statement_csv(
    work: Working, gate: TheGate, actor: SignedInActor, statement_id: StatementId
) -> Response:
    view = statements.statement(work, gate, actor, statement_id, format_="csv")
    rows = ([_words(getattr(one, name)) for name in COLUMNS] for one in view.accesses)
    return _file(b"".join(map(csv_line, [COLUMNS, *rows])), "text/csv; charset=utf-8", view, "csv")


def _file(data: bytes, media_type: str, view: statements.StatementView, ending: str) -> Response:
    name = f"entente-statement-{view.line.organisation}-{view.line.month:%Y-%m}.{ending}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(data, media_type=media_type, headers=headers)


def _words(value: object) -> str:
    return " // ".join(value) if isinstance(value, tuple) else str(value)


def _report(view: statements.StatementView, party: str, arrangement: str) -> dict[str, Any]:
    line = view.line
    month = f"{line.month:%B %Y}"
    count = {0: "No access", 1: "1 access"}.get(line.line_count, f"{line.line_count:,} accesses")
    return {
        "arrangement": arrangement,
        "title": f"{line.organisation_name}, {month}",
        "kind": "Statement of access",
        "sentence": f"{count} by others to records of {line.organisation_name} in {month} (UTC).",
        "facts": [["Made", moment(line.made_at, party).text], ["Place in the log", line.at]],
        "parts": [
            {"heading": "Accesses", **_table(view.accesses, party)},
            {"heading": "How to verify it", "text": VERIFYING},
            {"heading": "Checkpoint of the log", "text": view.checkpoint.replace("\n", "\n\n")},
        ],
        "answered": f"At {line.at} of the log",
        "when": moment(line.made_at, party).text,
    }


def _table(accesses: tuple[statements.AccessLine, ...], party: str) -> dict[str, Any]:
    if not accesses:
        return {"text": "None."}
    rows = [
        [
            moment(one.at, party, seconds=True).text,
            one.reference,
            event_words(one.type) or one.type,
            one.organisation_name or one.organisation or "The public",
            one.person[-12:],
            size(one.served_bytes) if one.served_bytes else "",
            f"{one.log}.{one.index}",
        ]
        for one in accesses
    ]
    columns = ["When", "Record", "What happened", "By", "Person", "Size", "Place"]
    widths = [5, 3, 4, 5, 3, 2, 2]
    return {"table": {"caption": "Accesses", "columns": columns, "widths": widths, "rows": rows}}
