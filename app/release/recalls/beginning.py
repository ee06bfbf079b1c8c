"""A recall begins with the withdrawal, in its transaction: a task for everybody who took a copy."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from app import notices
from app.core.ids import AudienceId, PersonId, RecallId, VersionId, new_id
from app.core.work import Work
from app.notices import Kind
from app.records import VersionFacts
from app.release.recalls import queries


def begin(
    work: Work,
    facts: VersionFacts,
    *,
    audience_id: AudienceId,
    person: PersonId,
    reason: str,
    due_on: date,
    entry_id: UUID,
) -> RecallId:
    """Call back what was taken of a version that is withdrawn in this transaction.

    `audience_id` is the version's as withdrawn, open to this transaction; `entry_id` the entry that
    tells of the withdrawal.
    """
    recall_id = RecallId(new_id())
    queries.keep(
        work.session,
        id=recall_id,
        record_id=facts.record_id,
        version_id=facts.version_id,
        audience_id=audience_id,
        reference=facts.reference,
        number=facts.number,
        owner=facts.owner,
        originator=facts.originator,
        reason=reason,
        due_on=due_on,
        begun_by=person,
        begun_at=work.now,
        entry_id=entry_id,
    )
    add_takers(
        work,
        recall_id,
        facts.version_id,
        until=work.now,
        reference=facts.reference,
        due_on=due_on,
        actor=person,
    )
    return recall_id


def add_takers(
    work: Work,
    recall_id: RecallId,
    version_id: VersionId,
    *,
    until: datetime,
    reference: str,
    due_on: date,
    actor: PersonId,
) -> None:
    """Give everybody a task who took something of a version until a moment and has none yet.

    A download that was let through before the withdrawal may commit after it: whoever looks at a
    recall later finds its taker too.
    """
    by_person: dict[UUID, list[Row[Any]]] = {}
    for row in queries.takers(work.session, version_id, until):
        by_person.setdefault(row.person, []).append(row)
    made = queries.keep_tasks(
        work.session,
        [
            {
                "id": new_id(),
                "recall_id": recall_id,
                "person_id": person,
                "organisation": rows[-1].organisation,
                "taken": list(_taken(rows)),
                "made_at": work.now,
            }
            for person, rows in sorted(by_person.items())
        ],
    )
    tell_takers(
        work, recall_id, set(made) - {actor}, reference=reference, due_on=due_on, key="begun"
    )


def tell_takers(
    work: Work,
    recall_id: RecallId,
    people: Iterable[PersonId],
    *,
    reference: str,
    due_on: date,
    key: str,
) -> None:
    """Tell people that a recall asks them something; they know the record by its number."""
    chosen = set(people)
    if chosen:
        said = {"reference": reference, "day": f"{due_on:%Y-%m-%d}"}
        path = f"/recalls/{recall_id}"
        told = f"recall:{recall_id}:{key}"
        notices.tell(work, Kind.RECALL_TASK, chosen, path=path, said=said, key=told)


def _taken(rows: Sequence[Row[Any]]) -> Iterable[Mapping[str, Any]]:
    """Give each thing once that somebody took: pieces of one file are one thing."""
    things: dict[tuple[UUID | None, str, str, str], list[Row[Any]]] = {}
    for row in rows:
        things.setdefault((row.attachment, row.name, row.form, row.copy), []).append(row)
    for (_, name, form, copy), same in things.items():
        yield {
            "name": name,
            "form": form,
            "copy": copy,
            "taken_at": same[0].taken_at.isoformat(),
            "entries": [str(one.entry_id) for one in same],
        }
