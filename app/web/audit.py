"""Pages for auditors: the log, one entry of it, and the log as a CSV."""

import csv
import io
import tempfile
from collections.abc import Iterable, Iterator
from typing import IO, Annotated, Final
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from starlette.background import BackgroundTask
from starlette.responses import Response, StreamingResponse

from app import audit, parties
from app.audit import EntryView, LogFilter
from app.core.ids import EntryId, PersonId
from app.core.work import Work
from app.edge import SignedInActor, TheGate, Working
from app.web.forms import parse
from app.web.log_words import actor_words, event_words, folded, log_item, subject_words
from app.web.pages import render

router = APIRouter(prefix="/audit")

IN_MEMORY_BYTES: Final = 8 * 2**20
CHUNK_BYTES: Final = 64 * 2**10
COLUMNS: Final = (
    *("id", "at", "type", "subject", "actor", "actor_name", "organisation", "decision"),
    *("policies", "markings", "served_bytes", "details", "leaf_hash_hex"),
)
# What a spreadsheet would run as a formula (OWASP, CSV injection).
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


def asked_for(request: Request) -> LogFilter:
    """Read the filter out of the address; what was left empty was not asked for."""
    given = {name: value for name, value in request.query_params.items() if value.strip()}
    return parse(LogFilter, given)


Asked = Annotated[LogFilter, Depends(asked_for)]


@router.get("")
def log_page(
    request: Request, work: Working, gate: TheGate, actor: SignedInActor, asked: Asked
) -> Response:
    found = audit.log(work, gate, actor, asked)
    party, named = actor.profile.party, _names_of_subjects(work, found.page.items)
    context = {
        "entries": folded(log_item(entry, party, named) for entry in found.page.items),
        "asked": asked,
        "types": [(name, event_words(name) or name) for name in found.types],
        "organisations": [(one.slug, one.name) for one in parties.organisations(work.session)],
        "older_href": _href("/audit", asked, found.page.next_cursor),
        "newest_href": _href("/audit", asked, "") if asked.cursor else "",
        "csv_href": _href("/audit/log.csv", asked, ""),
    }
    return render(request, "audit/log.html", context)


@router.get("/log.csv")
def log_csv(work: Working, gate: TheGate, actor: SignedInActor, asked: Asked) -> Response:
    """Give the log as a CSV: gathered beside memory, and sent once the export is on the log."""
    spool: IO[bytes] = tempfile.SpooledTemporaryFile(IN_MEMORY_BYTES)  # noqa: SIM115
    for line in _lines(audit.log_rows(work, gate, actor, asked)):
        spool.write(line)
    spool.seek(0)
    return StreamingResponse(
        iter(lambda: spool.read(CHUNK_BYTES), b""),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="entente-log.csv"'},
        background=BackgroundTask(spool.close),
    )


@router.get("/{entry_id}")
def entry_page(
    request: Request, work: Working, gate: TheGate, actor: SignedInActor, entry_id: EntryId
) -> Response:
    entry = audit.entry(work, gate, actor, entry_id)
    explains = gate.keeper.current.policies
    context = {
        "entry": entry,
        "words": event_words(entry.type),
        "who": actor_words(entry),
        "subject": subject_words(entry.subject, _names_of_subjects(work, [entry])),
        "policies": [
            (name, explains[name].explain if name in explains else "") for name in entry.policies
        ],
    }
    return render(request, "audit/entry.html", context)


def _names_of_subjects(work: Work, entries: Iterable[EntryView]) -> dict[str, str]:
    """Give the names of the people, organisations and parties that entries are about."""
    about = [entry.subject.partition(":") for entry in entries]
    people = {PersonId(UUID(what)) for kind, _, what in about if kind == "person"}
    named = {
        f"person:{one}": name.name for one, name in parties.names(work.session, people).items()
    }
    named |= {f"organisation:{one.slug}": one.name for one in parties.organisations(work.session)}
    return named | {f"party:{one.code}": one.name for one in parties.parties(work.session)}


def _href(path: str, asked: LogFilter, cursor: str | None) -> str:
    """Give the address of the same question at another place; empty without a place."""
    if cursor is None:
        return ""
    given = asked.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    given = {**given, "cursor": cursor}
    query = urlencode({name: value for name, value in given.items() if value})
    return f"{path}?{query}" if query else path


def _lines(entries: Iterable[EntryView]) -> Iterator[bytes]:
    yield _line(COLUMNS)
    for entry in entries:
        yield _line([_cell(getattr(entry, name)) for name in COLUMNS])


def _cell(value: object) -> str:
    text = "; ".join(map(str, value)) if isinstance(value, tuple) else str(value)
    return f"'{text}" if text.startswith(FORMULA) else text


def _line(cells: Iterable[str]) -> bytes:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue().encode()
