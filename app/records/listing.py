"""Lists of versions in a scope: one event in the log, and a fixed number of queries."""

from collections.abc import Sequence

from app.access import Actor, Area, Gate, Scope, audiences
from app.core.ids import RecordId, VersionId
from app.core.journal import Event
from app.core.work import Work
from app.records import queries
from app.records.kinds import Kind
from app.records.markdown import plain
from app.records.showing import Showing
from app.records.views import RecordLine

SNIPPET_CHARACTERS = 240


def lines(
    work: Work,
    gate: Gate,
    actor: Actor,
    scope: Scope,
    versions: Sequence[queries.Version],
    *,
    event: str,
) -> list[RecordLine]:
    """Show versions as lines of a list, having first written in the log which were shown."""
    work.record(
        Event(
            type=event,
            actor=str(actor.person or ""),
            organisation=actor.profile.organisation,
            organisations=actor.organisations,
            decision="allow",
            details={"versions": [str(version.row.id) for version in versions]},
        )
    )
    if not versions:
        return []
    version_ids = [VersionId(version.row.id) for version in versions]
    ids = queries.audience_ids_of_parts(work.session, scope, version_ids)
    summaries = queries.summaries(work.session, scope, version_ids)
    facts = audiences(work.session, set().union(*ids.values()))
    showing = Showing(gate, work, actor, facts)
    return [
        RecordLine(
            id=RecordId(version.row.record_id),
            version_id=VersionId(version.row.id),
            reference=version.reference,
            number=version.row.number,
            title=version.title,
            summary_snippet=_start(summaries.get(version.row.id, "")),
            kind=Kind(version.row.kind),
            area=Area(version.row.area),
            language=version.row.language,
            originator=version.row.originator,
            released_at=version.row.released_at,
            amended_at=version.row.amended_at,
            state=version.state,
            banner=showing.banner(ids[VersionId(version.row.id)]),
            title_snippet=((version.title, False),),
            mine=actor.person in version.row.writers,
        )
        for version in versions
    ]


def _start(summary: str) -> tuple[tuple[str, bool], ...]:
    text = " ".join(plain(summary).split())
    if len(text) > SNIPPET_CHARACTERS:
        text = text[:SNIPPET_CHARACTERS].rsplit(" ", 1)[0] + " …"
    return ((text, False),) if text else ()
