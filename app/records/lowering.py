"""Which parts of a submission would be marked lower than they are, in words."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.access import Actor, Gate, State, audiences
from app.core.ids import AudienceId, RecordId, VersionId
from app.core.work import Work
from app.labels import Label, Marking, Schemes
from app.records import queries
from app.records.deciding import part_name
from app.records.models import AttachmentRow, PortionRow
from app.records.sources import lowered

Part = PortionRow | AttachmentRow


def lowerings(
    work: Work, gate: Gate, actor: Actor, record_id: RecordId, parts: Sequence[Part]
) -> tuple[str, ...]:
    """Say of each part in sight whether it is marked lower than in the last release, or will be.

    Compared with what the actor may read of the last release; a part is known again by its name,
    by what it quotes or by what it says.
    """
    schemes = gate.keeper.current.schemes
    number, before = _last(work, gate, actor, record_id)
    known = audiences(work.session, {AudienceId(one.audience_id) for one in (*parts, *before)})
    told = _Told(schemes, {id_: one.label.at(work.now) for id_, one in known.items()}, number)
    return tuple(line for part in parts for line in told.of(part, before))


def lowerings_of_version(
    work: Work, gate: Gate, actor: Actor, record_id: RecordId, version_id: VersionId
) -> tuple[str, ...]:
    """Say the same of all parts of a version that the actor may read."""
    scope = gate.scope(work, actor)
    parts: list[Part] = [*queries.portions(work.session, scope, [version_id])]
    parts += queries.attachments(work.session, scope, [version_id])
    return lowerings(work, gate, actor, record_id, parts)


def _last(work: Work, gate: Gate, actor: Actor, record_id: RecordId) -> tuple[int, Sequence[Part]]:
    known = queries.every_part(work.session, record_id)
    released = next((one for one in known if one.state is State.RELEASED), None)
    if released is None:
        return 0, ()
    scope = gate.scope(work, actor)
    ids = [released.version_id]
    parts: list[Part] = [*queries.portions(work.session, scope, ids)]
    return released.number, [*parts, *queries.attachments(work.session, scope, ids)]


@dataclass(frozen=True)
class _Told:
    schemes: Schemes
    labels: Mapping[AudienceId, Label]
    number: int

    def of(self, part: Part, before: Sequence[Part]) -> Iterator[str]:
        label, name = self.labels[AudienceId(part.audience_id)], _name(part)
        old = _same(part, before)
        if old is not None:
            was = self.labels[AudienceId(old.audience_id)]
            if lowered(self.schemes, was, label):
                yield (
                    f"“{name}” is marked {self._text(label.markings)}. In version {self.number} it"
                    f" is marked {self._text(was.markings)}."
                )
        for change in label.changes:
            yield (
                f"“{name}” is marked {self._text(label.markings)} only until"
                f" {change.at:%-d %B %Y, %H:%M} UTC, then {self._text(change.markings)}."
            )

    def _text(self, markings: Iterable[Marking]) -> str:
        return "; ".join(map(self.schemes.text, markings))


def _same(part: Part, before: Sequence[Part]) -> Part | None:
    """Find a part in the last release: by what it quotes, by its name, or by what it says."""
    like = [one for one in before if type(one) is type(part)]
    ways = (
        lambda one: part.source_id is not None and one.source_id == part.source_id,
        lambda one: _name(one) == _name(part),
        lambda one: bool(_said(part)) and _said(one) == _said(part),
    )
    return next((one for way in ways for one in like if way(one)), None)


def _name(part: Part) -> str:
    return part.name if isinstance(part, AttachmentRow) else part_name(part)


def _said(part: Part) -> str:
    return part.blob if isinstance(part, AttachmentRow) else " ".join(part.body.split())
