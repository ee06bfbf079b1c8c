"""The verbs of a review: begin, read, mark, sign off. Each is itself an entry of the log.

What people write (names, notes, conclusions) may tell of people: it stands in the review's own
tables, and the log keeps a salted hash of it. A review is of one party's auditors; to those of
another it does not exist. Only its author marks it, and the author signs it off: an auditor answers
for what they looked at. That somebody else reads it is the business of the party.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import Select

from app import parties
from app.access import Actor, Gate, Office, OfficeAction
from app.audit import queries as log_queries
from app.audit.actions import ACTIONS
from app.audit.commands import LogFilter
from app.audit.reviews import queries
from app.audit.reviews.commands import MarkItem, NewReview, SignOff
from app.audit.reviews.models import ReviewItemRow, ReviewRow
from app.audit.reviews.sampling import SEED_BYTES, rank
from app.audit.reviews.views import ItemView, ReviewLine, ReviewView
from app.audit.service import about_asked, entry_views, person_asked, slugs_of
from app.core.errors import Conflict, Forbidden, Invalid, Refused
from app.core.ids import EntryId, PersonId, ReviewId, new_id
from app.core.journal import Detail, Event
from app.core.work import Work
from app.log import At, LoggedRow, checkpoint_at, newest

SALT_BYTES = 16
STATEMENT = "review"
JWS_TYPE = "entente-review+jws"

Sign = Callable[[Mapping[str, Any]], str]


def begin(
    work: Work,
    gate: Gate,
    actor: Actor,
    command: NewReview,
    random_bytes: Callable[[int], bytes],
) -> ReviewId:
    """Begin a review: the seed is drawn and on the log before anybody sees the sample.

    Raises:
        Forbidden: the actor is not an auditor of a party.
        Invalid: nothing on the log matches the selection.
        NotFound: no checkpoint was signed at the place that the selection names.
        Unavailable: no checkpoint of the log has been signed yet.
    """
    review_id, seed, salt = ReviewId(new_id()), random_bytes(SEED_BYTES), random_bytes(SALT_BYTES)
    at = At.parse(command.selection.at) if command.selection.at else newest(work.session)
    checkpoint_at(work.session, at)
    person = person_asked(work, actor, command.selection.person)
    filters = _filters(command.selection, person)
    told: dict[str, Detail] = {
        "review": str(review_id),
        "at": at.text(),
        "seed": seed.hex(),
        "count": command.count,
        "name_hash": _hash(salt, command.name),
        "selection": [f"{name}={value}" for name, value in filters.items()],
    }
    _enter(work, gate, actor, "review.begun", **told)
    population = queries.at_place(_selected(work, actor, command.selection, person), at)
    rows = queries.draw(work.session, population, seed, command.count)
    if not rows:
        raise Invalid("Nothing on the log matches this selection. Take a filter away.")
    row = ReviewRow(
        id=review_id,
        party=actor.profile.party,
        author=actor.person,
        name=command.name,
        filters=filters,
        log=at.log,
        size=at.size,
        seed=seed,
        population=queries.count(work.session, population),
        drawn=len(rows),
        begun_at=work.now,
        salt=salt,
    )
    queries.keep(work.session, row, rows, [random_bytes(SALT_BYTES) for _ in rows])
    return review_id


def reviews(work: Work, gate: Gate, actor: Actor) -> list[ReviewLine]:
    """List the reviews of the auditor's party, newest first.

    Raises:
        Forbidden: the actor is not an auditor of a party.
    """
    _enter(work, gate, actor, "reviews.listed")
    rows = queries.reviews(work.session, actor.profile.party)
    names = parties.names(work.session, {PersonId(row.author) for row, _, _ in rows})
    return [_line(row, open_, exceptions, names) for row, open_, exceptions in rows]


def review(work: Work, gate: Gate, actor: Actor, review_id: ReviewId) -> ReviewView:
    """Show a review of the auditor's party.

    Raises:
        Forbidden: the actor is not an auditor of a party.
        NotFound: no such review, or one of another party's auditors.
    """
    _enter(work, gate, actor, "review.read", review=str(review_id))
    row = _known(work, actor, review_id)
    items = queries.items(work.session, review_id)
    logged = queries.logged(work.session, [item.entry_id for item in items])
    entries = {one.id: one for one in entry_views(work, logged)}
    open_count = sum(item.mark is None for item in items)
    exceptions = sum(item.mark == "exception" for item in items)
    names = parties.names(work.session, {PersonId(row.author)})
    return ReviewView(
        line=_line(row, open_count, exceptions, names),
        party=row.party,
        own=actor.person == row.author,
        filters=row.filters,
        at=At(row.log, row.size).text(),
        seed_hex=row.seed.hex(),
        population=row.population,
        items=tuple(
            ItemView(
                number=item.number,
                entry=entries.get(EntryId(item.entry_id)),
                place=f"{item.log}.{item.index}",
                leaf_hash_hex=item.leaf_hash.hex(),
                rank_hex=rank(row.seed, item.leaf_hash).hex(),
                mark=item.mark or "",
                note=item.note,
                marked_at=item.marked_at,
            )
            for item in items
        ),
        conclusion=row.conclusion or "",
        statement=row.statement or "",
    )


def mark(
    work: Work, gate: Gate, actor: Actor, review_id: ReviewId, number: int, command: MarkItem
) -> None:
    """Mark an entry of the author's sample as checked or as an exception; the last mark counts.

    Raises:
        Forbidden: the actor is not an auditor of a party, or not the review's author.
        NotFound: no such review or entry, or one of another party's auditors.
        Invalid: it is an exception that does not say what it is.
        Conflict: the review was signed off.
    """
    row = queries.review(work.session, actor.profile.party, review_id, lock=True)
    item = queries.item(work.session, row.id, number) if row else None
    # Looked up first, since the entry names it; told of only after the gate.
    _enter(
        work,
        gate,
        actor,
        "review.item-checked" if command.mark == "checked" else "review.exception-noted",
        review=str(review_id),
        number=number,
        entry=str(item.entry_id) if item else "",
        note_hash=_hash(item.salt, command.note) if item else "",
    )
    if row is None or item is None:
        raise _absent(actor, review_id)
    _check_own_open(actor, row)
    if command.lacks_note:
        raise Invalid("Say what the exception is.", fields={f"note-{number}": "Say what it is."})
    item.mark, item.note, item.marked_at = command.mark, command.note, work.now
    work.session.flush()  # the database's own guard speaks now, not at the commit


def sign_off(
    work: Work, gate: Gate, actor: Actor, review_id: ReviewId, command: SignOff, sign: Sign
) -> None:
    """Sign the author's review off: its content is signed, and nothing of it changes any more.

    `sign` gives the deployment's signature over plain values, as a compact JWS of `JWS_TYPE`.

    Raises:
        Forbidden: the actor is not an auditor of a party, or not the review's author.
        NotFound: no such review, or one of another party's auditors.
        Conflict: it was signed off already, or an entry of the sample has no mark yet.
    """
    _enter(work, gate, actor, "review.read", review=str(review_id))
    row = _known(work, actor, review_id, lock=True)
    _check_own_open(actor, row)
    items = queries.items(work.session, review_id)
    left = sum(item.mark is None for item in items)
    if left:
        raise Conflict(f"Mark every entry first: {left} of {len(items)} have no mark yet.")
    statement = sign(_content(work, row, items, command.conclusion))
    _enter(
        work,
        gate,
        actor,
        "review.signed-off",
        review=str(review_id),
        statement_hash=hashlib.sha256(statement.encode()).hexdigest(),
        exceptions=sum(item.mark == "exception" for item in items),
        conclusion_hash=_hash(row.salt, command.conclusion),
    )
    row.conclusion, row.statement, row.signed_off_at = command.conclusion, statement, work.now
    work.session.flush()  # the database's own guard speaks now, not at the commit


def _selected(
    work: Work, actor: Actor, selection: LogFilter, person: str | None
) -> Select[LoggedRow]:
    """Select as the log's page and its exports do, within the sight of the auditor's party."""
    ours = log_queries.concerning(slugs_of(work, actor))
    chosen = log_queries.matching(ours, about_asked(work, selection), person)
    if not selection.action:
        return chosen
    if selection.action not in ACTIONS:
        said = f"Choose one of these actions: {', '.join(ACTIONS)}."
        raise Invalid(said, fields={"action": said})
    return chosen.where(LoggedRow.type.in_(sorted(ACTIONS[selection.action])))


def _content(
    work: Work, row: ReviewRow, items: Sequence[ReviewItemRow], conclusion: str
) -> dict[str, Any]:
    """Give all that is signed. Free text is there as its salted hash: it may have to be erased."""
    at = At(row.log, row.size)
    return {
        "type": STATEMENT,
        "review": str(row.id),
        "party": row.party,
        "author": str(row.author),
        "begun_at": row.begun_at.isoformat(),
        "signed_off_at": work.now.isoformat(),
        "name_hash": _hash(row.salt, row.name),
        "conclusion_hash": _hash(row.salt, conclusion),
        "selection": dict(row.filters),
        "at": at.text(),
        "checkpoint": checkpoint_at(work.session, at),
        "population": row.population,
        "seed": row.seed.hex(),
        "sample": [
            {
                "log": item.log,
                "index": item.index,
                "entry": str(item.entry_id),
                "leaf_hash": item.leaf_hash.hex(),
                "mark": item.mark,
                "note_hash": _hash(item.salt, item.note),
            }
            for item in items
        ],
    }


def _enter(work: Work, gate: Gate, actor: Actor, event: str, **details: Detail) -> None:
    office = Office(party=actor.profile.party)
    gate.enter_office(work, actor, OfficeAction.REVIEW_LOG, office, event=event, details=details)


def _known(work: Work, actor: Actor, review_id: ReviewId, *, lock: bool = False) -> ReviewRow:
    row = queries.review(work.session, actor.profile.party, review_id, lock=lock)
    if row is None:
        raise _absent(actor, review_id)
    return row


def _check_own_open(actor: Actor, row: ReviewRow) -> None:
    if row.author != actor.person:
        raise Forbidden("A review is marked and signed off by the auditor who began it.")
    if row.signed_off_at is not None:
        raise Conflict("This review was signed off: nothing of it changes any more.")


def _absent(actor: Actor, review_id: ReviewId) -> Refused:
    """Make the refusal of a review that is not there, or is another party's: they are alike."""
    return Refused(
        Event(
            "review.refused",
            subject=f"review:{review_id}",
            actor=str(actor.person or ""),
            organisation=actor.profile.organisation,
            agreement=actor.agreement,
            organisations=actor.organisations,
            decision="deny",
        )
    )


def _line(
    row: ReviewRow,
    open_count: int,
    exceptions: int,
    names: Mapping[PersonId, parties.PersonName],
) -> ReviewLine:
    author = names.get(PersonId(row.author))
    return ReviewLine(
        id=ReviewId(row.id),
        name=row.name,
        author=str(row.author),
        author_name=author.name if author else "",
        begun_at=row.begun_at,
        signed_off_at=row.signed_off_at,
        drawn=row.drawn,
        open_count=open_count,
        exception_count=exceptions,
    )


def _filters(selection: LogFilter, person: str | None) -> dict[str, str]:
    """Give what was selected by, as it stands on the log: a person by identifier, not address."""
    given = selection.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    if person is not None:
        given["person"] = person
    return {name: str(value) for name, value in given.items()}


def _hash(salt: bytes, text: str) -> str:
    return hashlib.sha256(salt + text.encode()).hexdigest()
