"""Uploads that outlive a broken connection: begun, taken further, made an attachment, given up.

One request at a time takes bytes for an upload: it holds the claim, which lapses when it is not
renewed, so that a server that was killed holds nobody up for long. Each renewal judges its sender
again and keeps what arrived so far. An upload is its beginner's: to all others it does not exist.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, insert, select, text, update

from app.access import Action, Actor, Gate, Subject
from app.core.ids import VersionId, new_id
from app.core.work import Work
from app.records.allowing import check_unfinished
from app.records.arriving import (
    Claimed,
    Incoming,
    UploadView,
    claimed_of,
    stretch_json,
    stretch_of,
    view_of,
)
from app.records.attachments import attach
from app.records.errors import BeingSent, OffsetElsewhere
from app.records.limits import Limits
from app.records.models import UploadRow
from app.records.naming import file_name, media_type_of
from app.records.parts import amendable, writer_of
from app.records.views import AttachingFacts, AttachmentView
from app.vault import BlobName, NotAuthentic, Sealed, Stretch, Upload, blob_name, salted

KEPT_FOR: Final = timedelta(hours=24)
CLAIMED_FOR: Final = timedelta(seconds=30)


def begin_upload(
    work: Work,
    gate: Gate,
    actor: Actor,
    facts: AttachingFacts,
    upload: Upload,
    incoming: Incoming,
    limits: Limits,
    *,
    salt: bytes,
) -> UploadView:
    """Make room for a file that `authorise_attaching` and `allowance` let in.

    Args:
        salt: random, for what is kept of the file's announced SHA-256.

    Raises:
        Refused: there is no such draft any more, or the actor may not amend it any more.
        TooManyFiles: the actor has begun as many as may be.
    """
    amendable(work, gate, actor, facts.version_id)
    person = writer_of(actor)
    work.session.execute(
        text("SELECT FROM people WHERE id = :id FOR NO KEY UPDATE"), {"id": person}
    )
    check_unfinished(work, person, limits, incoming.size_bytes)
    expected = incoming.sha256 and salted(salt, incoming.sha256)
    row: dict[str, Any] = {
        "id": new_id(),
        "version_id": facts.version_id,
        "attachment_id": facts.attachment_id,
        "person_id": person,
        "name": file_name(incoming.name),
        "media_type": media_type_of(incoming.media_type),
        "metadata_": incoming.metadata,
        "size_bytes": incoming.size_bytes,
        "offset_bytes": 0,
        "label": dict(facts.label_json),
        "seal_marking": facts.seal_label.marking,
        "scheme_version": facts.seal_label.scheme_version,
        "wrapping": upload.wrapping.as_json(),
        "stretches": [],
        "expected_salt": salt if expected else None,
        "expected_hash": expected,
        "begun_at": work.now,
        "expires_at": work.now + KEPT_FOR,
    }
    work.session.execute(insert(UploadRow).values(**row))
    return view_of(_of_person(work, gate, actor, row["id"]))


def see_upload(work: Work, gate: Gate, actor: Actor, upload_id: UUID) -> UploadView:
    """Say exactly how far the actor's own upload is.

    Raises:
        Refused: there is none, it is another's, or it has lapsed.
        BeingSent: it is being taken further, so that nobody knows.
    """
    row = _of_person(work, gate, actor, upload_id)
    _check_free(row, work.now)
    return view_of(row)


def claim_upload(
    work: Work,
    gate: Gate,
    actor: Actor,
    upload_id: UUID,
    offset_bytes: int,
    *,
    arrangement: str,
) -> Claimed:
    """Let this request alone take an upload further, and write that down.

    Raises:
        Refused: there is none, it is another's, or the actor may not amend the draft any more.
        BeingSent: another request has the claim.
        OffsetElsewhere: it has arrived up to another place.
    """
    row = _of_person(work, gate, actor, upload_id, lock=True)
    _check_free(row, work.now)
    if row.offset_bytes != offset_bytes:
        raise OffsetElsewhere(f"It has arrived up to byte {row.offset_bytes}. Go on from there.")
    version, ids = amendable(work, gate, actor, VersionId(row.version_id))
    claimed = claimed_of(row, version, new_id(), arrangement)
    if claimed.attachment_id:
        return claimed
    gate.pass_through(
        work,
        actor,
        Action.AMEND,
        ids,
        subject=Subject("version", row.version_id, version.row.record_id),
        event="attachment.continued",
        details={
            "attachment": str(row.attachment_id),
            "offset": offset_bytes,
            "key": claimed.upload.wrapping.key_id,
        },
    )
    work.session.execute(
        update(UploadRow)
        .where(UploadRow.id == row.id)
        .values(claim=claimed.claim, claimed_until=work.now + CLAIMED_FOR)
    )
    return claimed


def extend_upload(
    work: Work, gate: Gate, actor: Actor, claimed: Claimed, arriving: Stretch | None = None
) -> Claimed:
    """Keep what arrived, `arriving` under way included, and the claim a while longer.

    Raises:
        Refused, BeingSent: the actor may not go on, or the claim went to another request.
    """
    gate.scope(work, actor, Action.AMEND)
    stretches = (*claimed.stretches, arriving) if arriving else claimed.stretches
    kept = replace(claimed, stretches=stretches, expires_at=work.now + KEPT_FOR)
    _update(
        work,
        claimed,
        stretches=[stretch_json(one) for one in stretches],
        offset_bytes=kept.offset_bytes,
        claimed_until=work.now + CLAIMED_FOR,
        expires_at=kept.expires_at,
    )
    return kept


def complete_upload(
    work: Work, gate: Gate, actor: Actor, claimed: Claimed, sealed: Sealed
) -> Claimed:
    """Keep the whole of an upload as the one stream that it is now, whatever follows.

    Raises:
        Refused, BeingSent: the actor may not go on, or the claim went to another request.
    """
    gate.scope(work, actor, Action.AMEND)
    _update(
        work,
        claimed,
        stretches=[],
        sealed=sealed.envelope.as_json(),
        offset_bytes=claimed.size_bytes,
        claimed_until=work.now + CLAIMED_FOR,
    )
    return replace(claimed, stretches=(), envelope=sealed.envelope)


def finish_upload(work: Work, gate: Gate, actor: Actor, claimed: Claimed) -> AttachmentView:
    """Make an upload that has come whole an attachment of its draft; its sender is judged again.

    Raises:
        Refused, NotInThisState: as `attach` tells; what came stays, for another try.
        BeingSent: the claim went to another request.
    """
    envelope = claimed.envelope
    if envelope is None:
        raise NotAuthentic
    view = attach(
        work,
        gate,
        actor,
        claimed.facts,
        Sealed(envelope, envelope.blob, envelope.size_bytes),
        name=claimed.name,
        media_type=claimed.media_type,
    )
    _update(work, claimed, sealed=None, attached_at=work.now, claim=None, claimed_until=None)
    return view


def let_go(work: Work, gate: Gate, actor: Actor, claimed: Claimed) -> None:
    """Give the claim back, if it is still this request's."""
    gate.scope(work, actor, Action.AMEND)
    work.session.execute(
        update(UploadRow)
        .where(UploadRow.id == claimed.id, UploadRow.claim == claimed.claim)
        .values(claim=None, claimed_until=None)
    )


def abandon_upload(work: Work, gate: Gate, actor: Actor, upload_id: UUID) -> list[BlobName]:
    """Forget an upload, and give the blobs that nothing needs any more.

    Whatever request still sends it finds its claim gone, and ends.

    Raises:
        Refused: there is none, it is another's, or it has lapsed.
    """
    row = _of_person(work, gate, actor, upload_id, lock=True)
    if row.attached_at is None:
        version, ids = amendable(work, gate, actor, VersionId(row.version_id))
        gate.pass_through(
            work,
            actor,
            Action.AMEND,
            ids,
            subject=Subject("version", row.version_id, version.row.record_id),
            event="attachment.abandoned",
            details={"attachment": str(row.attachment_id), "offset": row.offset_bytes},
        )
    work.session.execute(delete(UploadRow).where(UploadRow.id == row.id))
    sealed = [blob_name(row.sealed["blob"])] if row.sealed else []
    return [*(stretch_of(one).blob for one in row.stretches), *sealed]


def expire_uploads(work: Work) -> list[BlobName]:
    """Forget every upload that nothing has arrived for in a day, and give their blobs."""
    gone = work.session.scalars(text("SELECT entente_expire_uploads(:now)"), {"now": work.now})
    return [blob_name(name) for name in gone]


def _of_person(
    work: Work, gate: Gate, actor: Actor, upload_id: UUID, *, lock: bool = False
) -> UploadRow:
    gate.scope(work, actor, Action.AMEND)
    asked = select(UploadRow).where(
        UploadRow.id == upload_id,
        UploadRow.person_id == actor.person,
        UploadRow.expires_at > work.now,
    )
    found = work.session.scalar(asked.with_for_update() if lock else asked)
    if found is None:
        raise gate.refusal(work, actor, Action.AMEND, Subject("upload", upload_id))
    return found


def _check_free(row: UploadRow, now: datetime) -> None:
    if row.claimed_until is not None and row.claimed_until > now:
        raise BeingSent


def _update(work: Work, claimed: Claimed, **values: Any) -> None:
    """Change the row while the claim is this request's.

    Raises:
        BeingSent: it is another's, or the upload is gone.
    """
    changed = work.session.execute(
        update(UploadRow)
        .where(UploadRow.id == claimed.id, UploadRow.claim == claimed.claim)
        .values(**values)
        .returning(UploadRow.id)
    )
    if changed.first() is None:
        raise BeingSent
