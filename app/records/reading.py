"""Reading: a record, one of its versions, and what changed between two."""

from app.access import Action, Actor, Gate
from app.core.ids import RecordId, VersionId
from app.core.work import Work
from app.records.views import DifferenceView, RecordView


def read(work: Work, gate: Gate, actor: Actor, record_id: RecordId) -> RecordView:
    """Show the newest version that the actor may read, released ones first."""
    raise NotImplementedError


def read_version(
    work: Work, gate: Gate, actor: Actor, record_id: RecordId, number: int
) -> RecordView:
    """Show one version, having first written in the log that the actor read it."""
    raise NotImplementedError


def review(
    work: Work, gate: Gate, actor: Actor, version_id: VersionId, action: Action
) -> RecordView:
    """Show a version to somebody who has to decide on it: who may not read it yet otherwise."""
    raise NotImplementedError


def compare(
    work: Work, gate: Gate, actor: Actor, record_id: RecordId, old: int, new: int
) -> DifferenceView:
    """Show what changed between two versions, in the parts that the actor may see of each."""
    raise NotImplementedError
