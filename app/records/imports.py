"""What was imported from manifests, so that running one again doubles nothing."""

from app.access import Actor, Gate
from app.core.ids import BatchId, RecordId, VersionId
from app.core.work import Work


def imported(work: Work, actor: Actor, row_hash: bytes) -> RecordId | None:
    """Give the record that the actor's organisation has made of this row (32 bytes), if any."""
    raise NotImplementedError


def keep_import(
    work: Work, actor: Actor, row_hash: bytes, record_id: RecordId, batch_id: BatchId
) -> None:
    """Remember that the actor's organisation made this record of a row, in this batch."""
    raise NotImplementedError


def versions_of_batch(work: Work, gate: Gate, actor: Actor, batch_id: BatchId) -> list[VersionId]:
    """List the versions of a batch that the actor may read, in the order of their making."""
    raise NotImplementedError
