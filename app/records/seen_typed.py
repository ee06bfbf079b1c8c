"""What is typed into a draft, as somebody else would see it once released: nothing is saved."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from app.access import Action, Actor, Area, Audience, Gate, Profile, State, Subject
from app.core.ids import AudienceId, RecordId, VersionId, new_id
from app.core.work import Work
from app.records import content, grants, queries
from app.records.commands import DraftInput
from app.records.facts import audience_of
from app.records.models import PortionRow
from app.records.parts import amendable
from app.records.rules import Part, parts_of
from app.records.seen_as import Seen, Sight, imagined_in, only_some_of, record_of, sight_of
from app.records.showing import Showing, audience_ids_in
from app.records.sight import Eyes
from app.records.sources import sources, with_links
from app.records.views import SeenAs

MOST_REMEMBERED: Final = 20_000
_told: set[tuple[str, str, str]] = set()  # what this process has told the log: see `_tell_once`


def seen_typed(
    work: Work,
    gate: Gate,
    actor: Actor,
    version_id: VersionId,
    command: DraftInput,
    profiles: Sequence[Profile],
    *,
    whom: str,
    at: datetime | None = None,
) -> SeenAs:
    """Show what is typed into a draft as `profiles` would see it, with the files that it has.

    The log tells once who looked as whom in which session: what is shown is the writer's own text,
    and each keystroke shows it anew.

    Args:
        profiles: one for a person; for an organisation those of all its people who would read.
        whom: `person:` and an id, or `org:` and a slug, for the log.

    Raises:
        Refused: there is no such draft, or the actor does not see it whole.
        Invalid: what is typed needs another look.
    """
    version, _ = amendable(work, gate, actor, version_id)
    sight = sight_of(work, gate, actor, version_id)
    parts = parts_of(gate.keeper.current.schemes, with_links(command, sight.portions))
    links = sources(work.session, [part.source_id for part in sight.portions])
    row = version.row
    facts = {
        id_: replace(one, area=command.area)
        for id_, one in imagined_in(work, sight, State.RELEASED).items()
    }
    rows = []
    held = grants.in_force(work.session, RecordId(row.record_id), work.now)
    for number, part in enumerate(parts, 1):
        whose = links[part.source_id].originator if part.source_id else row.originator
        made = audience_of(State.RELEASED, row.owner, whose, command.area, part.label)
        facts[AudienceId(-number)] = grants.with_grants(made, held)
        rows.append(_row(part, AudienceId(-number), command, sight))
    typed = replace(sight, portions=rows, version=_retitled(sight, command))
    _tell_once(work, gate, actor, sight, whom, content.size_of(rows))
    eyes = Eyes(gate.keeper.current, tuple(profiles), at or work.now)
    return _seen(work, gate, actor, typed, facts, eyes, command.area)


def _seen(
    work: Work,
    gate: Gate,
    actor: Actor,
    typed: Sight,
    facts: dict[AudienceId, Audience],
    eyes: Eyes,
    area: Area,
) -> SeenAs:
    seen = Seen.by(eyes, facts, AudienceId(-1))
    portions = [part for part in typed.portions if part.audience_id in seen.by_some]
    attachments = [part for part in typed.attachments if part.audience_id in seen.by_some]
    if not portions:
        return SeenAs(None)
    # Which earlier versions they see depends on what is saved, and is not shown here.
    alone = replace(typed, versions=[])
    showing = Showing(gate, work, actor, facts, eyes)
    record = record_of(work, showing, eyes, alone, State.RELEASED, portions, attachments)
    return SeenAs(replace(record, area=area), only_some_of(portions, attachments, seen))


def _row(part: Part, audience_id: AudienceId, command: DraftInput, sight: Sight) -> PortionRow:
    """Make a portion that no table holds."""
    return PortionRow(
        id=new_id(),
        version_id=sight.version.row.id,
        record_id=sight.version.row.record_id,
        position=part.position,
        role=part.role,
        heading=part.heading,
        body=part.body,
        fields=dict(part.fields),
        language=command.language,
        audience_id=audience_id,
        gap=part.gap,
        source_id=part.source_id,
    )


def _retitled(sight: Sight, command: DraftInput) -> queries.Version:
    return replace(sight.version, title=command.title)


def _tell_once(
    work: Work, gate: Gate, actor: Actor, sight: Sight, whom: str, served_bytes: int
) -> None:
    """Write in the log who looks as whom, unless this process has for this session and draft.

    It is remembered once the entry is kept, and forgotten when there is much, to be told again.
    """
    key = (work.origin.session or str(actor.person), str(sight.version.row.id), whom)
    if key in _told:
        return
    portions, attachments = sight.portions, sight.attachments
    shown = content.shown(sight.version, portions, attachments, sight.facts)
    gate.pass_through(
        work,
        actor,
        Action.AMEND,
        audience_ids_in(portions, attachments),
        subject=Subject("record", sight.version.row.record_id),
        event="record.viewed-as",
        served_bytes=served_bytes,
        details={**shown.told, "as": whom},
    )

    def keep() -> None:
        if len(_told) >= MOST_REMEMBERED:
            _told.clear()
        _told.add(key)

    work.after_commit.append(keep)
