"""Where something can be said of a version: the whole of it, or one of its portions in sight."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from app.access import Actor, Gate, Scope, State
from app.core.ids import AudienceId, PortionId, RecordId, VersionId
from app.core.work import Work
from app.labels import Label
from app.records import queries
from app.records.markdown import plain
from app.records.showing import Showing
from app.records.views import MarkingView

_ROLE_NAMES = {"title": "Title", "summary": "Summary", "fields": "Details"}


@dataclass(frozen=True)
class Place:
    """A portion by its name ("Title", a section's heading), and what is written in it."""

    portion_id: PortionId
    name: str
    audience_id: AudienceId
    heading: str
    body: str

    @property
    def words(self) -> str:
        """Give the text that a reader sees."""
        return f"{self.heading}\n{plain(self.body)}"


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
    rows = queries.places(work.session, scope, version_id)
    title = next((row for row in rows if row.role == "title"), None)
    if title is None:
        return None
    return Places(
        version_id=version_id,
        record_id=RecordId(title.record_id),
        reference=title.reference,
        number=title.number,
        state=State(title.state),
        title=title.heading,
        audience_id=AudienceId(title.title_audience_id),
        portions=tuple(map(_place, rows)),
    )


def show_label(work: Work, gate: Gate, actor: Actor, label: Label) -> MarkingView:
    """Show a label as this reader is shown it."""
    return Showing(gate, work, actor, {}).marking_of(label)


def _place(row: Row[*tuple[Any, ...]]) -> Place:
    name = _ROLE_NAMES.get(row.role) or row.heading or "Section without heading"
    return Place(
        portion_id=PortionId(row.id),
        name=name,
        audience_id=AudienceId(row.audience_id),
        heading=row.heading,
        body=row.body,
    )
