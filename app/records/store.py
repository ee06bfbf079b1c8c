"""Writes the rows of records; each statement says which state it needs, and none commits."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    Executable,
    any_,
    case,
    column,
    delete,
    exists,
    func,
    insert,
    literal,
    select,
    table,
    text,
    update,
)
from sqlalchemy.orm import Session
from sqlalchemy.types import Integer, Uuid

from app.access import State
from app.core.ids import AudienceId, PersonId, RecordId, VersionId, new_id
from app.records.models import (
    AttachmentRow,
    CopyRow,
    ImportRow,
    PortionRow,
    RecordRow,
    TombstoneRow,
    VersionRow,
)
from app.records.queries import Version
from app.records.rules import Part
from app.records.words import words_expression

# What is said belongs to the conversation domain above; its audiences move with the version's.
_THREADS = table("threads", column("version_id", Uuid()), column("audience_id", Integer()))
PartKey = tuple[str, int, str]
_COPIED = ("owner", "originator", "kind", "area", "language")
_COPIED_OF_PORTIONS = (
    "record_id",
    "position",
    "role",
    "heading",
    "body",
    "fields",
    "language",
    "gap",
    "source_id",
)
_COPIED_OF_ATTACHMENTS = (
    "record_id",
    "position",
    "name",
    "media_type",
    "size_bytes",
    "blob",
    "envelope",
    "leaves",
    "cleaned",
    "source_id",
    "added_by",
    "added_at",
)


def insert_record(session: Session, **values: Any) -> None:
    """Add a record; its first version follows in the same transaction."""
    session.execute(insert(RecordRow).values(**values))


def insert_version(session: Session, **values: Any) -> None:
    """Add a draft version."""
    session.execute(insert(VersionRow).values(state=State.DRAFT, edition=1, **values))


def amend_version(
    session: Session, version_id: VersionId, edition: int, *, writer: PersonId, **values: Any
) -> bool:
    """Change a draft if it still has this edition; tell whether it had."""
    changed = (
        update(VersionRow)
        .where(
            VersionRow.id == version_id,
            VersionRow.edition == edition,
            VersionRow.state == State.DRAFT,
        )
        .values(edition=edition + 1, writers=_writers_with(writer), **values)
    )
    return _count(session, changed) == 1


def add_writer(session: Session, version_id: VersionId, writer: PersonId) -> None:
    """Count a person among those who wrote in a draft."""
    session.execute(
        update(VersionRow).where(VersionRow.id == version_id).values(writers=_writers_with(writer))
    )


def _writers_with(writer: PersonId) -> ColumnElement[Any]:
    """Give the writers that the row has then with this one: others may be added meanwhile."""
    person = literal(writer, Uuid())
    known = person == any_(VersionRow.writers)
    return case((known, VersionRow.writers), else_=func.array_append(VersionRow.writers, person))


def replace_portions(
    session: Session,
    record_id: RecordId,
    version_id: VersionId,
    language: str,
    parts: Iterable[tuple[Part, AudienceId]],
) -> None:
    """Make these the portions of a draft; one that stays in its place keeps its id."""
    known: Mapping[PartKey, UUID] = {
        (row.role, row.position, row.heading): row.id
        for row in session.execute(
            select(PortionRow.id, PortionRow.role, PortionRow.position, PortionRow.heading).where(
                PortionRow.version_id == version_id
            )
        )
    }
    session.execute(delete(PortionRow).where(PortionRow.version_id == version_id))
    rows = [
        {
            "id": known.get((part.role, part.position, part.heading)) or new_id(),
            **_row_of(record_id, version_id, language, part, audience_id),
        }
        for part, audience_id in parts
    ]
    insert_portions(session, rows)


def add_portion(
    session: Session,
    record_id: RecordId,
    version_id: VersionId,
    language: str,
    part: Part,
    audience_id: AudienceId,
) -> None:
    """Add one portion to a draft."""
    row = _row_of(record_id, version_id, language, part, audience_id)
    insert_portions(session, [{"id": new_id(), **row}])


def _row_of(
    record_id: RecordId, version_id: VersionId, language: str, part: Part, audience_id: AudienceId
) -> dict[str, Any]:
    return {
        "version_id": version_id,
        "record_id": record_id,
        "position": part.position,
        "role": part.role,
        "heading": part.heading,
        "body": part.body,
        "fields": dict(part.fields),
        "language": language,
        "audience_id": audience_id,
        "gap": part.gap,
        "source_id": part.source_id,
        "words": words_expression(language, part.words),
    }


def copy_version(
    session: Session,
    source: Version,
    version_id: VersionId,
    portions: Sequence[PortionRow],
    attachments: Sequence[AttachmentRow],
    audience_ids: Mapping[AudienceId, AudienceId],
    **values: Any,
) -> None:
    """Make a draft that says and carries what a version does; the sealed bytes are the same."""
    row, record_id = source.row, RecordId(source.row.record_id)
    kept = {name: getattr(row, name) for name in _COPIED}
    title_id = audience_ids[AudienceId(row.audience_id)]
    insert_version(
        session,
        id=version_id,
        record_id=record_id,
        audience_id=title_id,
        change_note="",
        **kept,
        **values,
    )
    insert_portions(
        session,
        [
            {
                **{name: getattr(part, name) for name in _COPIED_OF_PORTIONS},
                "id": new_id(),
                "version_id": version_id,
                "audience_id": audience_ids[AudienceId(part.audience_id)],
                "words": select(PortionRow.words).where(PortionRow.id == part.id).scalar_subquery(),
            }
            for part in portions
        ],
    )
    for part in attachments:
        insert_attachment(
            session,
            **{name: getattr(part, name) for name in _COPIED_OF_ATTACHMENTS},
            id=new_id(),
            version_id=version_id,
            audience_id=audience_ids[AudienceId(part.audience_id)],
        )


def insert_portions(session: Session, rows: list[dict[str, Any]]) -> None:
    """Add the portions of a draft, in one statement."""
    session.execute(insert(PortionRow).values(rows))


def move_attachments(
    session: Session, version_id: VersionId, audience_ids: Mapping[AudienceId, AudienceId]
) -> None:
    """Give the attachments of a version other audiences."""
    for old, new in audience_ids.items():
        session.execute(
            update(AttachmentRow)
            .where(AttachmentRow.version_id == version_id, AttachmentRow.audience_id == old)
            .values(audience_id=new)
        )


def move_threads(
    session: Session, version_id: VersionId, audience_ids: Mapping[AudienceId, AudienceId]
) -> None:
    """Give the threads at a version other audiences; they must be open to this transaction."""
    for old, new in audience_ids.items():
        session.execute(
            update(_THREADS)
            .where(_THREADS.c.version_id == version_id, _THREADS.c.audience_id == old)
            .values(audience_id=new)
        )


def insert_attachment(session: Session, **values: Any) -> None:
    """Add an attachment to a draft."""
    session.execute(insert(AttachmentRow).values(**values))


def update_attachment(session: Session, attachment_id: UUID, **values: Any) -> None:
    """Change the marking of an attachment, and the wrapping that is bound to it."""
    session.execute(update(AttachmentRow).where(AttachmentRow.id == attachment_id).values(**values))


def delete_attachment(session: Session, attachment_id: UUID) -> None:
    """Take an attachment off its draft; the vault's sweep removes a blob that no row names."""
    session.execute(delete(AttachmentRow).where(AttachmentRow.id == attachment_id))


def delete_draft(
    session: Session, record_id: RecordId, version_id: VersionId, *, alone: bool
) -> bool:
    """Remove a draft, and its record when it was all of it; tell whether it was still a draft.

    One statement removes both: a record is in sight only as long as one of its versions is. What
    an import made of a row stays known, so that running it again does not bring it back.
    """
    draft = delete(VersionRow).where(VersionRow.id == version_id, VersionRow.state == State.DRAFT)
    if not alone:
        return _count(session, draft) == 1
    gone = draft.returning(VersionRow.record_id).cte("gone")
    imported = exists().where(ImportRow.record_id == record_id)
    session.execute(
        delete(RecordRow).where(RecordRow.id.in_(select(gone.c.record_id)), ~imported).add_cte(gone)
    )
    return not session.scalar(select(exists().where(VersionRow.id == version_id)))


def move_version(
    session: Session,
    version_id: VersionId,
    audience_ids: Mapping[AudienceId, AudienceId],
    **values: Any,
) -> None:
    """Give each part of a version, and what is said at it, the audience of its next state."""
    for old, new in audience_ids.items():
        session.execute(
            update(PortionRow)
            .where(PortionRow.version_id == version_id, PortionRow.audience_id == old)
            .values(audience_id=new)
        )
    move_attachments(session, version_id, audience_ids)
    move_threads(session, version_id, audience_ids)
    session.execute(update(VersionRow).where(VersionRow.id == version_id).values(**values))


def move_parts(
    session: Session,
    version_id: VersionId,
    audience_ids: Mapping[AudienceId, AudienceId],
    *,
    title_id: AudienceId | None,
) -> None:
    """Give parts of a version other audiences in the state that it is in.

    What is said at it keeps its own (see `move_threads`); `title_id` is the version's new one, None
    when it stays.
    """
    for old, new in audience_ids.items():
        session.execute(
            update(PortionRow)
            .where(PortionRow.version_id == version_id, PortionRow.audience_id == old)
            .values(audience_id=new)
        )
    move_attachments(session, version_id, audience_ids)
    if title_id is not None:
        session.execute(
            update(VersionRow).where(VersionRow.id == version_id).values(audience_id=title_id)
        )


def insert_tombstone(session: Session, **values: Any) -> None:
    """Leave what remains of a withdrawn version."""
    session.execute(insert(TombstoneRow).values(**values))


def insert_import(session: Session, **values: Any) -> None:
    """Remember a row of a manifest that was imported."""
    session.execute(insert(ImportRow).values(**values))


def new_copy_number(session: Session) -> str:
    """Draw a number for a copy that is about to leave."""
    drawn: str = session.execute(text("SELECT entente_new_copy()")).scalar_one()
    return drawn


def insert_copy(session: Session, **values: Any) -> None:
    """Keep the number of a copy beside the entry that tells of it."""
    session.execute(insert(CopyRow).values(**values))


def _count(session: Session, statement: Executable) -> int:
    return cast("CursorResult[Any]", session.execute(statement)).rowcount
