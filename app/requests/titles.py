"""Titles beside requests: of the record where it is in sight, else of what is listed of it."""

from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID

from app import records
from app.access import Actor, Gate, Scope, audiences
from app.core.ids import AudienceId, RecordId
from app.core.work import Work
from app.requests import queries
from app.requests.views import RequestLine


def with_titles(
    work: Work, gate: Gate, actor: Actor, scope: Scope, lines: Mapping[UUID, RequestLine]
) -> tuple[dict[UUID, RequestLine], frozenset[AudienceId]]:
    """Put beside requests the titles that are in a scope, each with its marking.

    Gives the audiences of the titles too: whoever shows them has that written in the log.
    """
    ids = {line.record_id for line in lines.values() if line.record_id}
    seen = records.titles_in_sight(work, gate, actor, scope, ids).items()
    titles = {record: (one.title, one.audience_id) for record, one in seen if one.title}
    for row in queries.listings_of(work.session, scope, ids - set(titles)):
        titles[RecordId(row.record_id)] = row.title, AudienceId(row.audience_id)
    facts = audiences(work.session, {audience_id for _, audience_id in titles.values()})
    schemes = gate.keeper.current.schemes
    marks = {
        one: " // ".join(map(schemes.text, facts[one].label.at(work.now).markings)) for one in facts
    }
    titled = dict(lines)
    for key, line in lines.items():
        if line.record_id in titles:
            title, audience_id = titles[line.record_id]
            titled[key] = replace(line, title=title, title_marking=marks[audience_id])
    return titled, frozenset(facts)
