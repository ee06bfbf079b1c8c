"""The auditor's verbs. Reading the log is an event too; the gate of the office lets it through."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select

from app import parties
from app.access import Actor, Gate, Office, OfficeAction
from app.audit import queries
from app.audit.commands import LogFilter
from app.audit.questions.lookups import person_in_sight, record_of_reference
from app.audit.telling import filters_told
from app.audit.views import EntryView, LogPage
from app.core.errors import Invalid, NotFound, NotSignedIn
from app.core.ids import EntryId, PersonId
from app.core.journal import Event
from app.core.paging import Page, decode_cursor, encode_cursor
from app.core.work import Work
from app.log import LoggedRow

REFERENCE: Final = re.compile(r"ENT-\d{4}-\d{6,}", re.IGNORECASE)
PAGE_ENTRIES = 50


def check_office(work: Work, gate: Gate, actor: Actor) -> None:
    """Check that the actor may review the log, before anything that they ask is looked at.

    Raises:
        Forbidden: the actor is not an auditor of a party.
    """
    gate.decide_office(work, actor, OfficeAction.REVIEW_LOG, Office(party=actor.profile.party))


def log(work: Work, gate: Gate, actor: Actor, asked: LogFilter) -> LogPage:
    """Show a page of the entries that concern the auditor's party, newest first.

    Raises:
        Forbidden: the actor is not an auditor of a party.
    """
    person = person_asked(work, actor, asked.person)
    _review(work, gate, actor, asked, person)
    ours = queries.concerning(slugs_of(work, actor))
    chosen = queries.matching(ours, about_asked(work, asked), person)
    return LogPage(_page(work, chosen, asked.cursor), queries.types(work.session, ours))


def entry(work: Work, gate: Gate, actor: Actor, entry_id: EntryId) -> EntryView:
    """Show one entry that concerns the auditor's party.

    Raises:
        Forbidden: the actor is not an auditor of a party.
        NotFound: no such entry, or none that concerns the party.
    """
    _review(work, gate, actor, LogFilter())
    row = queries.by_id(work.session, queries.concerning(slugs_of(work, actor)), entry_id)
    if row is None:
        raise NotFound
    return entry_views(work, [row])[0]


def own_acts(work: Work, actor: Actor, cursor: str = "") -> Page[EntryView]:
    """Show a person what the journal holds of their own acts, newest first.

    Raises:
        NotSignedIn: the public has no acts of its own.
    """
    if actor.person is None:
        raise NotSignedIn
    page = _page(work, queries.acts_of(actor.person), cursor)
    page = replace(page, items=[_as_told(entry) for entry in page.items])
    work.record(
        Event(
            "log.reviewed",
            subject=f"person:{actor.person}",
            actor=str(actor.person),
            organisation=actor.profile.organisation,
            agreement=actor.agreement,
            organisations=actor.organisations,
            decision="allow",
            details={"own": True},
        )
    )
    return page


def _as_told(entry: EntryView) -> EntryView:
    """Leave out of a person's own refusal what the answer did not say: whether the thing exists."""
    if entry.decision != "deny":
        return entry
    details = {name: value for name, value in entry.details.items() if name != "exists"}
    return replace(entry, policies=(), markings=(), details=details)


def _review(
    work: Work,
    gate: Gate,
    actor: Actor,
    asked: LogFilter,
    person: str | None = None,
) -> None:
    """Enter the office, and have what was asked written in the log."""
    gate.enter_office(
        work,
        actor,
        OfficeAction.REVIEW_LOG,
        Office(party=actor.profile.party),
        event="log.reviewed",
        details=filters_told(work, gate, asked, person),
    )


def slugs_of(work: Work, actor: Actor) -> list[str]:
    """Give the organisations of an actor's party: an auditor sees what concerns one of them."""
    return [
        organisation.slug
        for organisation in parties.organisations(work.session)
        if organisation.party == actor.profile.party
    ]


def person_asked(work: Work, actor: Actor, asked: str) -> str | None:
    """Give the identifier of whom a filter names, by an identifier or an e-mail address.

    An address of somebody whom the auditor may not know of is like one of nobody.
    """
    if "@" not in asked:
        return asked or None
    found = parties.person_by_email(work.session, asked)
    if found is None or not person_in_sight(work.session, slugs_of(work, actor), found):
        return "nobody"
    return str(found)


def about_asked(work: Work, asked: LogFilter) -> LogFilter:
    """Give the filter with a record's number replaced by its identifier."""
    if not REFERENCE.fullmatch(asked.record):
        return asked
    found = record_of_reference(work.session, asked.record.upper())
    return asked.model_copy(update={"record": str(found or "nothing")})


def _page(work: Work, chosen: Select[LoggedRow], cursor: str) -> Page[EntryView]:
    rows = queries.newest_first(work.session, chosen, _place(cursor), PAGE_ENTRIES + 1)
    shown = rows[:PAGE_ENTRIES]
    more = len(rows) > PAGE_ENTRIES
    return Page(
        entry_views(work, shown),
        next_cursor=_cursor(shown[-1]) if more else None,
    )


def _cursor(row: LoggedRow) -> str:
    return encode_cursor(row.at.isoformat(), row.log, row.index)


def _place(cursor: str) -> tuple[datetime, int, int] | None:
    if not cursor:
        return None
    try:
        at, log_number, index = decode_cursor(cursor)
        return datetime.fromisoformat(at), _place_number(log_number), _place_number(index)
    except (ValueError, TypeError, AttributeError) as error:
        raise Invalid("This page link is damaged. Start again from the first page.") from error


def _place_number(told: object) -> int:
    if type(told) is not int or not 0 <= told < 2**31:
        raise ValueError
    return told


def entry_views(work: Work, rows: Sequence[LoggedRow]) -> list[EntryView]:
    """Show entries of the log, with the names that are still known."""
    people = parties.names(work.session, {PersonId(row.actor) for row in rows if row.actor})
    organisations = parties.organisation_names(
        work.session, {row.organisation for row in rows if row.organisation}
    )
    ids = [row.entry_id for row in rows]
    entries, texts = queries.entries(work.session, ids), queries.texts(work.session, ids)
    return [
        _view(row, json.loads(entries[row.entry_id]), texts[row.entry_id], people, organisations)
        for row in rows
    ]


def _view(
    row: LoggedRow,
    told: Mapping[str, Any],
    texts: Mapping[str, str],
    people: Mapping[PersonId, parties.PersonName],
    organisations: Mapping[str, str],
) -> EntryView:
    person = people.get(PersonId(row.actor)) if row.actor else None
    return EntryView(
        id=EntryId(row.entry_id),
        at=row.at,
        type=row.type,
        subject=row.subject,
        actor=str(row.actor or ""),
        actor_name=person.name if person else "",
        organisation=row.organisation,
        organisation_name=organisations.get(row.organisation, ""),
        decision=row.decision,
        policies=tuple(told["policies"]),
        markings=tuple(row.markings),
        served_bytes=row.served_bytes,
        details=_with_texts(told["details"], texts),
        leaf_hash_hex=row.leaf_hash.hex(),
        log=row.log,
        index=row.index,
    )


def _with_texts(details: Mapping[str, Any], texts: Mapping[str, str]) -> dict[str, Any]:
    """Put what was typed in the place of its commitment, as long as it was not erased."""
    kept = {f"{name}_commitment" for name in texts}
    return {**{name: value for name, value in details.items() if name not in kept}, **texts}
