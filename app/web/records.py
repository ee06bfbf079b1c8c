"""Pages for finding and reading records: browse, search, a version, a difference."""

from collections.abc import Collection, Iterable
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from app import conversation, parties, records
from app.access import Actor, Gate
from app.core.ids import RecordId
from app.core.work import Work
from app.edge import TheGate, TheServices, Visitor, Working
from app.records import Found, MarkingView, RecordView, Search
from app.web.forms import parse
from app.web.pages import render
from app.web.presenting import citation, result_item
from app.web.searching import (
    asked_for,
    chosen_filters,
    facet_groups,
    given_in,
    page_href,
    search_href,
    search_name,
)

router = APIRouter(prefix="/records")


@router.get("")
def browse(request: Request, work: Working, gate: TheGate, actor: Visitor) -> Response:
    search = parse(Search, asked_for(request.query_params))
    found = records.find(work, gate, actor, search)
    names = parties.organisation_names(work.session, _originators(found, search))
    context = {
        "search": search,
        "given": given_in(search),
        "found": found,
        "items": [result_item(line, names, actor.profile.party) for line in found.page.items],
        "facets": facet_groups(found.facets, search, names),
        "chosen": chosen_filters(search, names),
        "newer_href": page_href(search, found.page.previous_cursor),
        "older_href": page_href(search, found.page.next_cursor),
        "order_hrefs": {one: search_href(search, order=one) for one in ("relevance", "newest")},
        "follow_query": urlencode(given_in(search)),
        "follow_name": search_name(search, names),
    }
    return render(request, "records/browse.html", context)


@router.get("/{record_id}")
def record_page(
    request: Request,
    work: Working,
    gate: TheGate,
    services: TheServices,
    actor: Visitor,
    record_id: RecordId,
) -> Response:
    record = records.read(work, gate, actor, record_id)
    return _show(request, work, gate, actor, services.settings.base_url, record)


@router.get("/{record_id}/versions/{number}")
def version_page(
    request: Request,
    work: Working,
    gate: TheGate,
    services: TheServices,
    actor: Visitor,
    record_id: RecordId,
    number: int,
) -> Response:
    record = records.read_version(work, gate, actor, record_id, number)
    return _show(request, work, gate, actor, services.settings.base_url, record)


@router.get("/{record_id}/compare")
def difference_page(
    request: Request,
    work: Working,
    gate: TheGate,
    actor: Visitor,
    record_id: RecordId,
    old: Annotated[int, Query(alias="from")],
    new: Annotated[int, Query(alias="to")],
) -> Response:
    changed = records.compare(work, gate, actor, record_id, old, new)
    shown = [one for part in changed.parts for one in (part.old_marking, part.new_marking) if one]
    context = {"changed": changed, "names": names_of(work, shown, [])}
    return render(request, "records/compare.html", context)


def _show(
    request: Request, work: Work, gate: Gate, actor: Actor, base_url: str, record: RecordView
) -> Response:
    shown = [part.marking for part in record.portions]
    shown += [attachment.marking for attachment in record.attachments]
    whose = {part.originator for part in record.portions} - {""}
    names = names_of(work, shown, {record.owner, record.originator, *whose})
    context = {
        "record": record,
        "names": names,
        "cite": citation(record, names, base_url),
        "terms": sorted(gate.terms_for_more(work, actor, record.id, record.version_id))
        if record.portions
        else [],
        "talk": conversation.threads_beside(work, gate, actor, record.version_id)
        if record.portions
        else None,
    }
    template = "records/record.html" if record.portions else "records/tombstone.html"
    return render(request, template, context)


def names_of(
    work: Work, shown: Iterable[MarkingView], organisations: Collection[str]
) -> dict[str, str]:
    """Give the names of organisations, and of all that markings name; asks for no other table."""
    named = [entry.split(":", 1) for one in shown for entry in one.release_to.split("; ")]
    kinds = {kind for kind, *_ in named}
    slugs = {value for kind, *values in named for value in values if kind == "org"}
    names = parties.organisation_names(work.session, slugs.union(organisations))
    if kinds & {"party", "partners"}:
        names |= {one.code: one.name for one in parties.parties(work.session)}
    if "group" in kinds:
        names |= {one.slug: one.name for one in parties.groups(work.session)}
    return names


def _originators(found: Found, search: Search) -> set[str]:
    counted = {one.value for one in found.facets.get("originator", ())}
    return counted | {line.originator for line in found.page.items} | {search.originator or ""}
