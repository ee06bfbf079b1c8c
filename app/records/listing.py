"""Lists of versions in a scope: one event in the log, and a fixed number of queries."""

from collections.abc import Iterable, Sequence

from app.access import Actor, Area, Gate, Scope, audiences
from app.core.ids import RecordId, VersionId
from app.core.journal import Detail
from app.core.work import Work
from app.records import queries
from app.records.content import text_size
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
    **details: Detail,
) -> list[RecordLine]:
    """Show versions as lines of a list, having written in the log which are shown."""
    version_ids = [VersionId(version.row.id) for version in versions]
    ids = queries.audience_ids_of_parts(work.session, scope, version_ids)
    summaries = queries.summaries(work.session, scope, version_ids)
    facts = audiences(work.session, set().union(*ids.values()))
    showing = Showing(gate, work, actor, facts)
    shown = [
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
    gate.show(
        work,
        actor,
        scope,
        facts,
        event=event,
        served_bytes=size_of_lines(shown),
        details={"versions": [str(line.version_id) for line in shown], **details},
    )
    return shown


def size_of_lines(shown: Iterable[RecordLine]) -> int:
    """Give the bytes of what lines of a list say: titles and snippets in UTF-8."""
    return sum(text_size(line.title, *(text for text, _ in line.summary_snippet)) for line in shown)


def _start(summary: str) -> tuple[tuple[str, bool], ...]:
    text = " ".join(plain(summary).split())
    if len(text) > SNIPPET_CHARACTERS:
        text = text[:SNIPPET_CHARACTERS].rsplit(" ", 1)[0] + " …"
    return ((text, False),) if text else ()
