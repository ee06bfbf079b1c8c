"""The next version of a record, and the end of a draft."""

from collections.abc import Mapping

from sqlalchemy.exc import IntegrityError

from app.access import Action, Actor, Gate, Scope, State, Subject, audiences
from app.core.ids import AudienceId, PersonId, RecordId, VersionId, new_id
from app.core.work import Work
from app.records import content, queries, store
from app.records.editor import open_draft
from app.records.errors import NotInThisState
from app.records.parts import amendable, audience_ids_of, interned_in, writer_of
from app.records.views import DraftView


def revise(work: Work, gate: Gate, actor: Actor, record_id: RecordId) -> DraftView:
    """Begin the next version: a draft that says what the released version says.

    Its attachments are the same sealed bytes; nothing is copied or wrapped anew.

    Raises:
        Refused: nothing is released that the actor may read whole and write for.
        NotInThisState: there is a draft of the next version already.
    """
    scope = gate.scope(work, actor)
    versions = queries.versions_of_record(work.session, scope, record_id)
    current = next((one for one in versions if one.state is State.RELEASED), None)
    subject = Subject("record", record_id)
    if current is None:
        raise gate.refusal(work, actor, Action.AMEND, subject)
    known = queries.every_part(work.session, record_id)
    number = max(part.number for part in known) + 1
    ids = audience_ids_of(known, VersionId(current.row.id))
    portions = queries.portions(work.session, scope, [VersionId(current.row.id)])
    attachments = queries.attachments(work.session, scope, [VersionId(current.row.id)])
    shown = content.shown(current, portions, attachments, audiences(work.session, ids))
    details = {**shown.told, "next": number}
    # EYES ONLY does not bind drafts: without this, revising would show what may not be read.
    gate.pass_through(
        work,
        actor,
        Action.READ,
        ids,
        subject=subject,
        event="record.read",
        served_bytes=shown.size_bytes,
        details=details,
    )
    moved = interned_in(work, gate, ids, State.DRAFT)
    gate.pass_through(
        work,
        actor,
        Action.AMEND,
        list(moved.values()),
        subject=subject,
        event="record.revised",
        details=details,
    )
    version_id = VersionId(new_id())
    _copy(work, scope, current, version_id, moved, number, writer_of(actor))
    return open_draft(work, gate, actor, version_id)


def discard(work: Work, gate: Gate, actor: Actor, version_id: VersionId) -> None:
    """Remove a draft that was never submitted, and its record if it has no other version.

    Raises:
        Refused: there is no such draft, or the actor may not amend every part of it.
        NotInThisState: it was submitted once; what was decided on it stays, and so does it.
    """
    version, ids = amendable(work, gate, actor, version_id)
    record_id = RecordId(version.row.record_id)
    gate.pass_through(
        work,
        actor,
        Action.AMEND,
        ids,
        subject=Subject("version", version_id, record_id),
        event="draft.discarded",
        details={"version": version.row.number},
    )
    alone = {part.version_id for part in queries.every_part(work.session, record_id)} == {
        version_id
    }
    try:
        with work.session.begin_nested():
            gone = store.delete_draft(work.session, record_id, version_id, alone=alone)
    except IntegrityError as error:
        raise NotInThisState(
            "This draft was submitted before; what was decided on it stays on record."
        ) from error
    if not gone:
        raise NotInThisState("This is not a draft any more.")


def _copy(
    work: Work,
    scope: Scope,
    source: queries.Version,
    version_id: VersionId,
    audience_ids: Mapping[AudienceId, AudienceId],
    number: int,
    writer: PersonId,
) -> None:
    source_ids = [VersionId(source.row.id)]
    try:
        with work.session.begin_nested():
            store.copy_version(
                work.session,
                source,
                version_id,
                queries.portions(work.session, scope, source_ids),
                queries.attachments(work.session, scope, source_ids),
                audience_ids,
                number=number,
                writers=[writer],
                created_at=work.now,
                amended_at=work.now,
            )
    except IntegrityError as error:
        raise NotInThisState("There is a draft of the next version already.") from error
