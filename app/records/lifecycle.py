"""The state of a version, moved by whoever holds the permit for it: the release domain.

The procedure around it - who may, four eyes, signatures - is that domain's. Moving a version
re-interns the audience of each of its parts, since the state decides who may read it.
"""

from collections.abc import Collection, Mapping
from typing import Any

from app.access import Action, Gate, Permit, State, Subject
from app.core.errors import Invalid
from app.core.ids import AudienceId, PersonId, RecordId, VersionId
from app.core.work import Work
from app.records import grants, lookups, queries, store
from app.records.errors import NotInThisState
from app.records.kinds import Kind
from app.records.models import VersionRow
from app.records.parts import audience_ids_of, interned_in
from app.records.queries import PartsOfAudience
from app.records.rules import missing_fields


def freeze(work: Work, gate: Gate, permit: Permit, version_id: VersionId, by: PersonId) -> None:
    """Submit a draft: from here on nothing in it changes.

    What was imported comes without the fields of its kind: its document says them.

    Raises:
        NotInThisState: it is no draft any more, or a part came that the permit does not cover.
        Invalid: a field is missing that a version of this kind needs.
    """
    # Whoever writes in a draft interns first, then holds the row: in the same order, nobody waits
    # for somebody who waits for them.
    interned_in(work, gate, permit.audience_ids, State.SUBMITTED)
    _intern_said(work, gate, version_id, State.SUBMITTED)
    row, known = _held(work, permit, [Action.SUBMIT], version_id, [State.DRAFT])
    ids = _covered(permit, known, version_id)
    if row.batch_id is None:
        missing = missing_fields(Kind(row.kind), lookups.kind_fields(work.session, version_id))
        if missing:
            raise Invalid("Some fields are still empty.", fields=missing)
    _move(
        work,
        gate,
        permit,
        row,
        ids,
        State.SUBMITTED,
        submitted_by=by,
        submitted_at=work.now,
    )


def reopen(work: Work, gate: Gate, permit: Permit, version_id: VersionId) -> None:
    """Make a submitted version a draft again, as after a return, a refusal or a decline.

    An originator who declines sees its own parts; the others move with them, unseen.

    Raises:
        NotInThisState: it is not submitted any more.
    """
    if permit.action is Action.CONSENT and permit.subject.record is not None:
        every = queries.every_part(work.session, RecordId(permit.subject.record))
        if not permit.audience_ids <= audience_ids_of(every, version_id):
            raise TypeError("the permit is for another version")
        gate.admit(work, permit, audience_ids_of(every, version_id))
    _intern_said(work, gate, version_id, State.DRAFT)
    actions = [Action.RETURN, Action.REFUSE, Action.CONSENT]
    row, known = _held(work, permit, actions, version_id, [State.SUBMITTED])
    ids = audience_ids_of(known, version_id)
    _move(work, gate, permit, row, ids, State.DRAFT, submitted_by=None, submitted_at=None)


def publish(work: Work, gate: Gate, permit: Permit, version_id: VersionId, by: PersonId) -> None:
    """Release a submitted version; the one released before becomes superseded.

    Raises:
        NotInThisState: it is not submitted any more, or the permit does not cover all of it.
    """
    _intern_said(work, gate, version_id, State.RELEASED)
    row, known = _held(work, permit, [Action.APPROVE], version_id, [State.SUBMITTED])
    ids = _covered(permit, known, version_id)
    for before in {part.version_id for part in known if part.state is State.RELEASED}:
        gate.admit(work, permit, audience_ids_of(known, before))
        old = queries.lock_version(work.session, before, [State.RELEASED])
        if old is None:
            raise NotInThisState("The released version was changed meanwhile. Try again.")
        old_ids = audience_ids_of(known, before)
        _move(work, gate, permit, old, old_ids, State.SUPERSEDED, ended_at=work.now)
    _move(work, gate, permit, row, ids, State.RELEASED, released_by=by, released_at=work.now)
    grants.carry_over(work, gate, permit, RecordId(row.record_id))


def withdraw(
    work: Work,
    gate: Gate,
    permit: Permit,
    version_id: VersionId,
    reason: str,
    *,
    successor_id: RecordId | None = None,
) -> AudienceId:
    """Take a version back; a tombstone with the reason remains for those who could read it.

    `successor_id` is another record that took its place. Gives the audience of the withdrawn title.

    Raises:
        NotInThisState: it is not released or superseded any more.
        Invalid: there is no reason.
    """
    if not reason.strip():
        raise Invalid(fields={"reason": "Say why, for those who have read it."})
    states = [State.RELEASED, State.SUPERSEDED]
    _intern_said(work, gate, version_id, State.WITHDRAWN)
    row, known = _held(work, permit, [Action.WITHDRAW], version_id, states)
    title_id = AudienceId(row.audience_id)
    ids = audience_ids_of(known, version_id)
    reference = lookups.reference(work.session, RecordId(row.record_id))
    number = row.number
    moved = _move(work, gate, permit, row, ids, State.WITHDRAWN, ended_at=work.now)
    store.insert_tombstone(
        work.session,
        version_id=version_id,
        record_id=row.record_id,
        audience_id=title_id,
        reference=reference,
        number=number,
        successor_id=successor_id,
        reason=reason.strip(),
        withdrawn_at=work.now,
    )
    return moved[title_id]


def _intern_said(work: Work, gate: Gate, version_id: VersionId, state: State) -> None:
    """Intern what is said at a version in its next state before the version is held.

    Whoever says something interns first, then refers to the row: in the same order, nobody waits
    for somebody who waits for them.
    """
    interned_in(work, gate, lookups.thread_audience_ids(work.session, version_id), state)


def _held(
    work: Work,
    permit: Permit,
    actions: Collection[Action],
    version_id: VersionId,
    states: Collection[State],
) -> tuple[VersionRow, list[PartsOfAudience]]:
    """Hold the version still, if it is in one of these states, and give all of its parts."""
    if permit.action not in actions or permit.subject != Subject("version", version_id):
        raise TypeError("the permit is for another act or another version")
    row = queries.lock_version(work.session, version_id, states)
    theirs = permit.action is Action.CONSENT or (row and row.audience_id in permit.audience_ids)
    if row is None or not theirs:
        raise NotInThisState
    return row, queries.every_part(work.session, RecordId(row.record_id))


def _covered(
    permit: Permit, known: list[PartsOfAudience], version_id: VersionId
) -> frozenset[AudienceId]:
    """Give the audiences of all parts: whoever submits or approves must have seen all of them."""
    ids = audience_ids_of(known, version_id)
    if not ids <= permit.audience_ids:
        raise NotInThisState("A part was added or marked anew meanwhile. Look again.")
    return ids


def _move(
    work: Work,
    gate: Gate,
    permit: Permit,
    row: VersionRow,
    ids: frozenset[AudienceId],
    state: State,
    **values: Any,
) -> Mapping[AudienceId, AudienceId]:
    every = ids | lookups.thread_audience_ids(work.session, VersionId(row.id))
    moved: Mapping[AudienceId, AudienceId] = interned_in(work, gate, every, state)
    gate.admit(work, permit, [*every, *moved.values()])
    store.move_version(
        work.session,
        VersionId(row.id),
        moved,
        state=state,
        audience_id=moved[AudienceId(row.audience_id)],
        **values,
    )
    return moved
