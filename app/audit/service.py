"""The auditor's verbs. Reading the log is an event too; the gate of the office lets it through."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice
from uuid import UUID

from sqlalchemy import Select

from app import parties
from app.access import Actor, Gate, Office, OfficeAction
from app.audit import queries
from app.audit.commands import LogFilter
from app.audit.models import EntryRow
from app.audit.views import EntryView, LogPage
from app.core.errors import Invalid, NotFound, NotSignedIn
from app.core.ids import EntryId, PersonId
from app.core.journal import Event
from app.core.paging import Page, decode_cursor, encode_cursor
from app.core.work import Work

PAGE_ENTRIES = 50
NAMES_AT_ONCE = 500


def log(work: Work, gate: Gate, actor: Actor, asked: LogFilter) -> LogPage:
    """Show a page of the entries that concern the auditor's party, newest first.

    Raises:
        Forbidden: the actor is not an auditor of a party.
    """
    person = _person(work, asked.person)
    _review(work, gate, actor, asked, "log.reviewed", person)
    ours = queries.concerning(_slugs(work, actor))
    chosen = queries.matching(ours, asked, person)
    return LogPage(_page(work, chosen, asked.cursor), queries.types(work.session, ours))


def log_rows(work: Work, gate: Gate, actor: Actor, asked: LogFilter) -> Iterator[EntryView]:
    """Give every entry asked for, oldest first, in constant memory: for a CSV.

    Raises:
        Forbidden: the actor is not an auditor of a party.
    """
    person = _person(work, asked.person)
    _review(work, gate, actor, asked, "log.exported", person)
    ours = queries.concerning(_slugs(work, actor))
    rows = queries.oldest_first(work.session, queries.matching(ours, asked, person))
    return _views_in_batches(work, rows)


def entry(work: Work, gate: Gate, actor: Actor, entry_id: EntryId) -> EntryView:
    """Show one entry that concerns the auditor's party.

    Raises:
        Forbidden: the actor is not an auditor of a party.
        NotFound: no such entry, or none that concerns the party.
    """
    _review(work, gate, actor, LogFilter(), "log.reviewed")
    row = queries.by_id(work.session, queries.concerning(_slugs(work, actor)), entry_id)
    if row is None:
        raise NotFound
    return _views(work, [row])[0]


def own_acts(work: Work, actor: Actor, cursor: str = "") -> Page[EntryView]:
    """Show a person what the journal holds of their own acts, newest first.

    Raises:
        NotSignedIn: the public has no acts of its own.
    """
    if actor.person is None:
        raise NotSignedIn
    page = _page(work, queries.acts_of(str(actor.person)), cursor)
    page = replace(page, items=[_as_told(entry) for entry in page.items])
    work.record(
        Event(
            "log.reviewed",
            subject=f"person:{actor.person}",
            actor=str(actor.person),
            organisation=actor.profile.organisation,
            organisations=actor.organisations,
            decision="allow",
            details={"own": True},
        )
    )
    return page


def _as_told(entry: EntryView) -> EntryView:
    """Leave out of a person's own refusal what the answer did not say: whether the thing exists."""
    details = {name: value for name, value in entry.details.items() if name != "exists"}
    return replace(entry, details=details)


def _review(
    work: Work,
    gate: Gate,
    actor: Actor,
    asked: LogFilter,
    event: str,
    person: str | None = None,
) -> None:
    """Enter the office; an address that was looked for stands in the log as whose it is."""
    filters = asked.model_dump(mode="json", exclude_defaults=True)
    if person is not None:
        filters["person"] = person
    gate.enter_office(
        work,
        actor,
        OfficeAction.REVIEW_LOG,
        Office(party=actor.profile.party),
        event=event,
        details={key: str(value) for key, value in filters.items()},
    )


def _slugs(work: Work, actor: Actor) -> list[str]:
    return [
        organisation.slug
        for organisation in parties.organisations(work.session)
        if organisation.party == actor.profile.party
    ]


def _person(work: Work, asked: str) -> str | None:
    if not asked:
        return None
    if "@" in asked:
        return str(parties.person_by_email(work.session, asked) or "nobody")
    return asked


def _page(work: Work, chosen: Select[EntryRow], cursor: str) -> Page[EntryView]:
    rows = queries.newest_first(work.session, chosen, _place(cursor), PAGE_ENTRIES + 1)
    shown = rows[:PAGE_ENTRIES]
    more = len(rows) > PAGE_ENTRIES
    return Page(
        _views(work, shown),
        next_cursor=encode_cursor(shown[-1].at.isoformat(), str(shown[-1].id)) if more else None,
    )


def _place(cursor: str) -> tuple[datetime, UUID] | None:
    if not cursor:
        return None
    try:
        at, entry_id = decode_cursor(cursor)
        return datetime.fromisoformat(at), UUID(entry_id)
    except (ValueError, TypeError, AttributeError) as error:
        raise Invalid("This page link is damaged. Start again from the first page.") from error


def _views_in_batches(work: Work, rows: Iterator[EntryRow]) -> Iterator[EntryView]:
    while batch := list(islice(rows, NAMES_AT_ONCE)):
        yield from _views(work, batch)


def _views(work: Work, rows: Sequence[EntryRow]) -> list[EntryView]:
    people = parties.names(work.session, {PersonId(UUID(row.actor)) for row in rows if row.actor})
    organisations = parties.organisation_names(
        work.session, {row.organisation for row in rows if row.organisation}
    )
    return [
        EntryView(
            id=EntryId(row.id),
            at=row.at,
            type=row.type,
            subject=row.subject,
            actor=row.actor,
            actor_name=people[PersonId(UUID(row.actor))].name
            if row.actor and PersonId(UUID(row.actor)) in people
            else "",
            organisation=row.organisation,
            organisation_name=organisations.get(row.organisation, ""),
            decision=row.decision,
            policies=tuple(row.policies),
            markings=tuple(row.markings),
            served_bytes=row.served_bytes,
            details=row.details,
            leaf_hash_hex=row.leaf_hash.hex(),
        )
        for row in rows
    ]
