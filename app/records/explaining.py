"""Why somebody can read what they read: told to them, of the parts that they see, of no others."""

from dataclasses import dataclass

from app.access import Action, Actor, Gate, Requirement, Scope, Subject, audiences, explain
from app.core.ids import AudienceId, RecordId, VersionId
from app.core.work import Work
from app.records import content, queries
from app.records.deciding import part_name
from app.records.showing import Showing
from app.records.views import MarkingView


@dataclass(frozen=True)
class WhyPart:
    """Parts of one audience: their names, their marking, what lets the reader see them, and why.

    `reasons` are the policies that let them, by id, each in words.
    """

    names: tuple[str, ...]
    marking: MarkingView
    reasons: dict[str, str]
    requirements: tuple[Requirement, ...]


@dataclass(frozen=True)
class WhyView:
    """Why a reader can read a version of a record, part by part."""

    id: RecordId
    reference: str
    version_number: int
    title: str
    banner: MarkingView
    parts: tuple[WhyPart, ...]


def why(work: Work, gate: Gate, actor: Actor, record_id: RecordId) -> WhyView:
    """Explain to a reader why they can read a record, having written in the log that they asked.

    Raises:
        Refused: there is no such record, or nothing of it that the actor may read.
    """
    scope = gate.scope(work, actor)
    versions = queries.versions_of_record(work.session, scope, record_id)
    version = queries.shown_first(versions)
    if version is None:
        raise gate.refusal(work, actor, Action.READ, Subject("record", record_id))
    named = _named(work, scope, VersionId(version.row.id))
    known = audiences(work.session, {AudienceId(version.row.audience_id), *named})
    gate.pass_through(
        work,
        actor,
        Action.READ,
        known,
        subject=Subject("record", record_id),
        event="record.explained",
        served_bytes=content.text_size(version.title, *(n for ns in named.values() for n in ns)),
        details={"version": version.row.number},
    )
    showing = Showing(gate, work, actor, known)
    return WhyView(
        id=record_id,
        reference=version.reference,
        version_number=version.row.number,
        title=version.title,
        banner=showing.banner(known),
        parts=tuple(_part(work, gate, actor, showing, id_, names) for id_, names in named.items()),
    )


def _named(work: Work, scope: Scope, version_id: VersionId) -> dict[AudienceId, list[str]]:
    """Give the names of the parts in sight, by audience, in the order in which they are read."""
    found: dict[AudienceId, list[str]] = {}
    for portion in queries.portions(work.session, scope, [version_id]):
        found.setdefault(AudienceId(portion.audience_id), []).append(part_name(portion))
    for file in queries.attachments(work.session, scope, [version_id]):
        found.setdefault(AudienceId(file.audience_id), []).append(file.name)
    return found


def _part(
    work: Work, gate: Gate, actor: Actor, showing: Showing, id_: AudienceId, names: list[str]
) -> WhyPart:
    audience, current = showing.audiences[id_], gate.keeper.current
    told = explain(current, actor.profile, Action.READ, audience, work.now)
    return WhyPart(
        names=tuple(dict.fromkeys(names)),
        marking=showing.marking(id_),
        reasons={one.id: one.explain for one in told.policies},
        requirements=told.requirements,
    )
