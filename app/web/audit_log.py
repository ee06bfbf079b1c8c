"""The log as it is: a page of entries by filter, and the files to take away of them."""

from collections.abc import Iterable
from typing import Annotated, Final
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from app import audit, parties
from app.audit import EntryView, LogFilter
from app.core.ids import PersonId
from app.core.work import Work
from app.edge import ForAuditors, SignedInActor, TheGate, Working
from app.web.forms import parse
from app.web.log_words import event_words, folded, log_item
from app.web.pages import render
from app.web.presenting import moment

router = APIRouter(prefix="/audit", dependencies=[ForAuditors])

LOG: Final = "/audit/log"
FILES: Final = (
    ("CSV", "/audit/export/log.csv"),
    ("OCSF events", "/audit/export/log.ocsf.jsonl"),
    ("Evidence with proofs", "/audit/export/evidence.zip"),
)


def asked_for(request: Request) -> LogFilter:
    """Read the filter out of the address; what was left empty was not asked for."""
    given = {name: value for name, value in request.query_params.items() if value.strip()}
    return parse(LogFilter, given)


Asked = Annotated[LogFilter, Depends(asked_for)]


@router.get("/log")
def log_page(
    request: Request, work: Working, gate: TheGate, actor: SignedInActor, asked: Asked
) -> Response:
    found = audit.log(work, gate, actor, asked)
    party, named = actor.profile.party, names_of_subjects(work, found.page.items)
    context = {
        "entries": folded(log_item(entry, party, named) for entry in found.page.items),
        "asked": asked,
        "types": [(name, event_words(name) or name) for name in found.types],
        "organisations": [(one.slug, one.name) for one in parties.organisations(work.session)],
        "older_href": _href(LOG, asked, found.page.next_cursor),
        "newest_href": _href(LOG, asked, "") if asked.cursor else "",
        "archives": [
            (one.origin, moment(one.until, party)) for one in audit.archived_logs(work.session)
        ],
        "files": [(text, _href(path, asked, "")) for text, path in FILES],
    }
    return render(request, "audit/log.html", context)


def names_of_subjects(work: Work, entries: Iterable[EntryView]) -> dict[str, str]:
    """Give the names of the people, organisations and parties, and the numbers of the records."""
    about = [entry.subject.partition(":") for entry in entries]
    people = {PersonId(UUID(what)) for kind, _, what in about if kind == "person"}
    records = {UUID(what) for kind, _, what in about if kind == "record"}
    named = {
        f"person:{one}": name.name for one, name in parties.names(work.session, people).items()
    }
    named |= {f"organisation:{one.slug}": one.name for one in parties.organisations(work.session)}
    named |= {f"party:{one.code}": one.name for one in parties.parties(work.session)}
    numbers = audit.references(work.session, records)
    return named | {f"record:{one}": number for one, number in numbers.items()}


def _href(path: str, asked: LogFilter, cursor: str | None) -> str:
    """Give the address of the same question at another place; empty without a place."""
    if cursor is None:
        return ""
    given = asked.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    given = {**given, "cursor": cursor}
    query = urlencode({name: value for name, value in given.items() if value})
    return f"{path}?{query}" if query else path
