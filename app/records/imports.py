"""What was imported from manifests, so that running one again doubles nothing."""

from app.access import Actor, Gate
from app.core.ids import BatchId, RecordId, VersionId
from app.core.journal import Event
from app.core.work import Work
from app.records import lookups, queries, store


def imported(work: Work, actor: Actor, row_hash: bytes) -> RecordId | None:
    """Give the record that the actor's organisation has made of this row (32 bytes), if any.

    It tells nothing of the record but its id, which the actor's organisation chose.
    """
    return lookups.imported(work.session, actor.profile.organisation, row_hash)


def keep_import(
    work: Work, actor: Actor, row_hash: bytes, record_id: RecordId, batch_id: BatchId
) -> None:
    """Remember that the actor's organisation made this record of a row, in this batch."""
    store.insert_import(
        work.session,
        owner=actor.profile.organisation,
        row_hash=row_hash,
        record_id=record_id,
        batch_id=batch_id,
        imported_at=work.now,
    )


def versions_of_batch(work: Work, gate: Gate, actor: Actor, batch_id: BatchId) -> list[VersionId]:
    """List the versions of a batch that the actor may read, in the order of their making."""
    scope = gate.scope(work, actor)
    found = queries.versions_of_batch(work.session, scope, batch_id)
    work.record(
        Event(
            type="batch.listed",
            actor=str(actor.person or ""),
            organisation=actor.profile.organisation,
            agreement=actor.agreement,
            organisations=actor.organisations,
            decision="allow",
            details={"batch": str(batch_id), "count": len(found)},
        )
    )
    return found
