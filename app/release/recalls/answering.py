"""A taker answers: what they took is deleted, or why it is not; signed, and only once."""

import hashlib
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Row

from app import identity, notices, parties
from app.access import Actor, Role
from app.core.errors import Conflict, Invalid, NotFound
from app.core.ids import PersonId, RecallId
from app.core.journal import Event
from app.core.work import Work
from app.identity import IdentityKeys
from app.notices import Kind
from app.release.recalls import queries
from app.release.recalls.commands import AnswerRecall
from app.release.recalls.views import RecallTaskView, TakenView

FORMAT: Final = "entente/recall-answer/v1"
JWS_TYPE: Final = "entente-recall-answer+jws"
STATEMENT: Final = (
    "I deleted every file listed here, and every copy of them that I made or passed on."
)


def answer(
    work: Work,
    actor: Actor,
    recall_id: RecallId,
    command: AnswerRecall,
    *,
    keys: IdentityKeys,
) -> RecallTaskView:
    """Keep what a taker says of what they took, signed and in the log; it is said once.

    Whoever took something answers for it, whatever they may still read.

    Raises:
        NotFound: this recall asks the actor nothing.
        Invalid: the statement is not confirmed under their own name, or there is no reason.
        Conflict: they have answered.
    """
    row = own_row(work, actor, recall_id)
    person = PersonId(actor.person) if actor.person else None
    if row is None or person is None:
        raise NotFound
    if row.answer is not None:
        raise Conflict("You have answered this recall. What you said stays as it is.")
    name = parties.names(work.session, [person])[person].name
    said = _said(command, name)
    statement = _statement(work, actor, row, command, name, said)
    signature = identity.sign_statement(keys, statement, typ=JWS_TYPE)
    event = "recall.confirmed" if command.answer == "deleted" else "recall.declined"
    digest = hashlib.sha256(signature.encode()).hexdigest()
    tell_own(work, actor, event, row, {"statement_hash": digest, "files": len(row.taken)})
    entry_id, _ = work.appended[-1]
    kept = queries.answer(
        work.session,
        task=row.id,
        person=person,
        now=work.now,
        answer=command.answer,
        said=said,
        signature=signature,
        entry=entry_id,
    )
    if not kept:
        raise Conflict("You have answered this recall. What you said stays as it is.")
    notices.settle(work, f"/recalls/{recall_id}", [person])
    _tell_owner(work, actor, row)
    return own_task(work, actor, recall_id) or _never()


def _statement(
    work: Work, actor: Actor, row: Row[Any], command: AnswerRecall, name: str, said: str
) -> dict[str, Any]:
    """Give what a taker's answer signs."""
    return {
        "format": FORMAT,
        "recall": str(row.recall_id),
        "reference": row.reference,
        "version": row.number,
        "person": str(actor.person),
        "organisation": actor.profile.organisation,
        "taken": row.taken,
        "answer": command.answer,
        "statement": STATEMENT if command.answer == "deleted" else said,
        "name": name,
        "answered_at": work.now.isoformat(),
    }


def own_tasks(work: Work, actor: Actor) -> tuple[RecallTaskView, ...]:
    """Give what the actor is asked to delete: what they took themselves, and nothing else."""
    if actor.person is None:
        return ()
    names = parties.names(work.session, [actor.person])
    rows = queries.tasks_of(work.session, actor.person)
    slugs = {slug for row in rows for slug in (row.owner, row.originator)}
    asking = parties.organisation_names(work.session, slugs)
    return tuple(_view(row, asking, actor.person, names[actor.person], work.now) for row in rows)


def own_task(work: Work, actor: Actor, recall_id: RecallId) -> RecallTaskView | None:
    """Give what one recall asks the actor, None when it asks them nothing."""
    return next((one for one in own_tasks(work, actor) if one.recall_id == recall_id), None)


def waiting_task_count(work: Work, actor: Actor) -> int:
    """Count the recalls that wait for the actor's answer."""
    if actor.person is None:
        return 0
    return sum(row.answer is None for row in queries.tasks_of(work.session, actor.person))


def due_tasks(work: Work, actor: Actor, until: date) -> tuple[RecallTaskView, ...]:
    """Give the recalls that wait for the actor's answer by a day, those due first."""
    found = own_tasks(work, actor)
    return tuple(one for one in found if one.answer is None and one.due_on <= until)


def taken_views(taken: list[dict[str, Any]]) -> tuple[TakenView, ...]:
    """Show what somebody took, in the order in which they first took it."""
    return tuple(
        TakenView(
            name=one["name"],
            form=one["form"],
            copy=one["copy"],
            taken_at=datetime.fromisoformat(one["taken_at"]),
            times=len(one["entries"]),
        )
        for one in taken
    )


def tell_own(
    work: Work,
    actor: Actor,
    event: str,
    row: Row[Any],
    details: Mapping[str, str | int],
    served_bytes: int = 0,
) -> None:
    """Write in the log what somebody does with their own task: that it is theirs lets them."""
    work.record(
        Event(
            type=event,
            subject=f"recall:{row.recall_id}",
            actor=str(actor.person or ""),
            organisation=actor.profile.organisation,
            agreement=actor.agreement,
            organisations=actor.organisations | {row.owner, row.originator},
            decision="allow",
            served_bytes=served_bytes,
            details=dict(details),
        )
    )


def own_row(work: Work, actor: Actor, recall_id: RecallId) -> Row[Any] | None:
    """Give the row of what one recall asks the actor, None when it asks them nothing."""
    if actor.person is None:
        return None
    rows = queries.tasks_of(work.session, actor.person)
    return next((row for row in rows if row.recall_id == recall_id), None)


def _said(command: AnswerRecall, name: str) -> str:
    """Give what a taker says in their own words, having checked that they say it.

    Raises:
        Invalid: it is not confirmed, or under another name, or there is no reason.
    """
    wrong: dict[str, str] = {}
    if command.answer == "deleted":
        if not command.confirmed:
            wrong["confirmed"] = "Confirm the statement, or say why you did not delete it."
        if " ".join(command.name.split()).casefold() != " ".join(name.split()).casefold():
            wrong["name"] = f"Type your own name as the portal knows it: {name}."
    elif not command.why:
        wrong["why"] = "Say why, for those who ask you to delete it."
    if wrong:
        raise Invalid("Some of this needs another look.", fields=wrong)
    return "" if command.answer == "deleted" else command.why


def _tell_owner(work: Work, actor: Actor, row: Row[Any]) -> None:
    people = {
        person
        for slug in {row.owner, row.originator}
        for person in parties.people_in(work.session, slug, Role.RELEASE_AUTHORITY)
    }
    told = people - {actor.person}
    if told:
        notices.tell(
            work,
            Kind.RECALL_ANSWERED,
            {one for one in told if one},
            path=f"/recalls/{row.recall_id}",
            key=f"recall:{row.recall_id}:answered:{row.id}",
        )


def _view(
    row: Row[Any],
    asking: Mapping[str, str],
    person_id: PersonId,
    person: parties.PersonName,
    now: datetime,
) -> RecallTaskView:
    return RecallTaskView(
        recall_id=RecallId(row.recall_id),
        reference=row.reference,
        number=row.number,
        asked_by=tuple(asking[slug] for slug in dict.fromkeys((row.owner, row.originator))),
        due_on=row.due_on,
        overdue=row.answer is None and row.due_on < now.date(),
        begun_at=row.begun_at,
        person_id=person_id,
        person=person,
        taken=taken_views(row.taken),
        answer=row.answer,
        answered_at=row.answered_at,
        said=row.said,
        signature=row.signature,
    )


def _never() -> RecallTaskView:
    raise NotFound
