"""Where something can be said of a version: the whole of it, or one of its portions in sight."""

from dataclasses import dataclass

from app.access import Actor, Gate, Scope, State
from app.core.ids import AudienceId, PortionId, RecordId, VersionId
from app.core.work import Work
from app.labels import Label
from app.records import queries
from app.records.markdown import plain
from app.records.models import PortionRow
from app.records.showing import Showing
from app.records.views import MarkingView

_ROLE_NAMES = {"title": "Title", "summary": "Summary", "fields": "Details"}


@dataclass(frozen=True)
class Place:
    """A portion by its name ("Title", a section's heading), and the text that a reader sees."""

    portion_id: PortionId
    name: str
    audience_id: AudienceId
    words: str


@dataclass(frozen=True)
class Places:
    """A version in somebody's scope, with its portions that are in that scope."""

    version_id: VersionId
    record_id: RecordId
    reference: str
    number: int
    state: State
    title: str
    audience_id: AudienceId
    portions: tuple[Place, ...]


def places(work: Work, scope: Scope, version_id: VersionId) -> Places | None:
    """Give a version and its portions as far as a scope holds them; None where it holds none.

    Nothing of it may be shown before the gate was passed with what is shown.
    """
    found = queries.version(work.session, scope, version_id)
    if found is None:
        return None
    return Places(
        version_id=version_id,
        record_id=RecordId(found.row.record_id),
        reference=found.reference,
        number=found.row.number,
        state=found.state,
        title=found.title,
        audience_id=AudienceId(found.row.audience_id),
        portions=tuple(map(_place, queries.portions(work.session, scope, [version_id]))),
    )


def show_label(work: Work, gate: Gate, actor: Actor, label: Label) -> MarkingView:
    """Show a label as this reader is shown it."""
    return Showing(gate, work, actor, {}).marking_of(label)


def _place(row: PortionRow) -> Place:
    name = _ROLE_NAMES.get(row.role) or row.heading or "Section without heading"
    return Place(
        portion_id=PortionId(row.id),
        name=name,
        audience_id=AudienceId(row.audience_id),
        words=f"{row.heading}\n{plain(row.body)}",
    )
