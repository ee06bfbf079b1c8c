"""Attachments of drafts: judged before bytes flow, kept once sealed.

The order that survives a crash: `authorise_attaching` in a short transaction; the bytes are sealed
into a temporary blob; `attach` writes row and event; commit; the blob is promoted.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from app.access import Action, Actor, Area, Audience, Gate, State, Subject, audiences
from app.core.ids import AttachmentId, AudienceId, PersonId, RecordId, VersionId, new_id
from app.core.journal import Detail
from app.core.work import Work
from app.labels import Label, Schemes
from app.records import inspections, lookups, queries, rules, store
from app.records.commands import MarkingInput
from app.records.errors import NotInThisState
from app.records.facts import audience_of
from app.records.file_texts import forget_file_texts
from app.records.inspection_views import OpenedReports
from app.records.keys.telling import check_usable
from app.records.labels_told import label_change
from app.records.models import AttachmentRow
from app.records.naming import file_name, media_type_of
from app.records.parts import amendable, check_may_amend, intern, writer_of
from app.records.sealing import COLUMNS, SealedRow, commitment_of, new_seal_label, sealed_files
from app.records.showing import Showing
from app.records.sources import check_floors, keep_source, sources
from app.records.views import AttachingFacts, AttachmentView
from app.vault import Binding, KeyProvider, Sealed


def authorise_attaching(
    work: Work,
    gate: Gate,
    actor: Actor,
    version_id: VersionId,
    marking: MarkingInput | None,
    *,
    arrangement: str,
) -> AttachingFacts:
    """Judge, before any bytes flow, whether the actor may attach a file, and say what seals it.

    Without a marking the file is marked as the title is now.

    Raises:
        Refused: there is no such draft, or the actor may not amend every part of it.
        Invalid: the marking needs another look.
    """
    version, ids = amendable(work, gate, actor, version_id)
    schemes = gate.keeper.current.schemes
    if marking is None:
        title_id = AudienceId(version.row.audience_id)
        label = audiences(work.session, [title_id])[title_id].label
    else:
        label = rules.label_of(schemes, marking)
    row = version.row
    asked = audience_of(State.DRAFT, row.owner, row.originator, Area(row.area), label)
    check_may_amend(work, gate, actor, {"marking": asked})
    attachment_id = AttachmentId(new_id())
    gate.pass_through(
        work,
        actor,
        Action.AMEND,
        ids,
        subject=Subject("version", version_id, version.row.record_id),
        event="attachment.begun",
        details={"attachment": str(attachment_id)},
    )
    return AttachingFacts(
        version_id=version_id,
        attachment_id=attachment_id,
        binding=Binding(
            arrangement=arrangement,
            originator=row.originator,
            record=RecordId(row.record_id),
            attachment=attachment_id,
            version=row.number,
        ),
        seal_label=new_seal_label(label, schemes),
        label_json=label.to_json(),
    )


def attach(
    work: Work,
    gate: Gate,
    actor: Actor,
    facts: AttachingFacts,
    sealed: Sealed,
    *,
    name: str,
    media_type: str,
) -> AttachmentView:
    """Make a sealed file an attachment of the draft that it was sealed for.

    Raises:
        Refused: there is no such draft any more, or the actor may not amend it any more.
        NotInThisState: it was submitted while the bytes flowed.
    """
    version, ids = amendable(work, gate, actor, facts.version_id)
    row, scheme = version.row, facts.seal_label.scheme_version
    stored = SealedRow(sealed.envelope, facts.attachment_id, row.number, scheme).to_json()
    permit = gate.pass_through(
        work,
        actor,
        Action.AMEND,
        ids,
        subject=Subject("attachment", facts.attachment_id, row.record_id),
        event="attachment.added",
        details=_sealed_facts(row.number, stored) | {"key": sealed.envelope.key_id},
    )
    check_usable(work.session, sealed.envelope.key_id)
    (audience_id,) = intern(work, gate, [_audience_of(version, facts)])
    gate.admit(work, permit, [audience_id])
    writer, carried = writer_of(actor), facts.carried
    write_in(work, version, writer)
    store.insert_attachment(
        work.session,
        id=facts.attachment_id,
        version_id=facts.version_id,
        record_id=row.record_id,
        position=lookups.last_position(work.session, facts.version_id) + 1,
        name=file_name(name),
        media_type=media_type_of(media_type),
        size_bytes=sealed.size_bytes,
        audience_id=audience_id,
        blob=sealed.blob,
        envelope=stored,
        added_by=writer,
        added_at=work.now,
        source_id=keep_source(work, writer, carried.source) if carried else None,
    )
    return view_of_draft(work, gate, actor, facts.attachment_id)


def _audience_of(version: queries.Version, facts: AttachingFacts) -> Audience:
    """Give who a file is for that was sealed for a draft: its originator is the one it has then."""
    row, label = version.row, Label.from_json(facts.label_json)
    return audience_of(State.DRAFT, row.owner, facts.binding.originator, Area(row.area), label)


def detach(work: Work, gate: Gate, actor: Actor, attachment_id: AttachmentId) -> VersionId:
    """Take an attachment off its draft, and give that draft.

    Raises:
        Refused: there is no such attachment of a draft that the actor may amend.
        NotInThisState: the draft was submitted meanwhile.
    """
    row, _ = of_draft(work, gate, actor, attachment_id)
    version_id = VersionId(row.version_id)
    version, ids = amendable(work, gate, actor, version_id)
    gate.pass_through(
        work,
        actor,
        Action.AMEND,
        ids,
        subject=Subject("attachment", attachment_id, version.row.record_id),
        event="attachment.removed",
    )
    write_in(work, version, writer_of(actor))
    store.delete_attachment(work.session, attachment_id)
    return version_id


def relabel(
    work: Work,
    gate: Gate,
    actor: Actor,
    attachment_id: AttachmentId,
    marking: MarkingInput,
    *,
    arrangement: str,
    keys: KeyProvider,
) -> AttachmentView:
    """Give an attachment of a draft another marking; its key is wrapped anew under it.

    Raises:
        Refused: there is no such attachment of a draft that the actor may amend.
        Invalid: the marking needs another look.
        NotInThisState, Conflict: the draft was submitted, or its key's end agreed to, meanwhile.
        NotAuthentic, KeyUnavailable: as the vault tells.
    """
    row, originator = of_draft(work, gate, actor, attachment_id)
    version, ids = amendable(work, gate, actor, VersionId(row.version_id))
    schemes = gate.keeper.current.schemes
    (old,) = audiences(work.session, [AudienceId(row.audience_id)]).values()
    new = replace(old, label=rules.label_of(schemes, marking))
    _check_marking(work, gate, actor, row, new)
    files = _usable_files(work, row)
    wrapped = {
        COLUMNS[sealed.form]: sealed.relabelled(
            sealed.binding(row, originator, arrangement),
            old.label,
            new_seal_label(new.label, schemes),
            keys,
        ).to_json()
        for sealed in files
    }
    labels = [label_change(schemes, "file", old.label, new.label)]
    permit = gate.pass_through(
        work,
        actor,
        Action.AMEND,
        ids,
        subject=Subject("attachment", attachment_id, version.row.record_id),
        event="attachment.relabelled",
        details={"version": version.row.number, "labels": labels, "key": _keys_of(files)},
    )
    (audience_id,) = intern(work, gate, [new])
    gate.admit(work, permit, [audience_id])
    write_in(work, version, writer_of(actor))
    store.update_attachment(work.session, attachment_id, audience_id=audience_id, **wrapped)
    _settle_text(work, schemes, attachment_id, files, old.label, new.label)
    return view_of_draft(work, gate, actor, attachment_id)


def _check_marking(work: Work, gate: Gate, actor: Actor, row: AttachmentRow, new: Audience) -> None:
    """Check that the actor could open the file again, and that it is marked as its source is."""
    check_may_amend(work, gate, actor, {"marking": new})
    links = sources(work.session, [row.source_id])
    schemes = gate.keeper.current.schemes
    check_floors(schemes, {"marking": (new.label, row.source_id)}, links, work.now)


def _usable_files(work: Work, row: AttachmentRow) -> list[SealedRow]:
    """Give the files of a row, none of which is wrapped by a key whose end was agreed to."""
    files = sealed_files(row)
    for sealed in files:
        if not sealed.envelope.destroyed:
            check_usable(work.session, sealed.envelope.key_id)
    return files


def _settle_text(
    work: Work,
    schemes: Schemes,
    attachment_id: AttachmentId,
    files: Sequence[SealedRow],
    old: Label,
    new: Label,
) -> None:
    """Take the text of a file out of search, or have it looked into for that, as its label says."""
    if not schemes.may_index(new):
        forget_file_texts(work.session, [sealed.envelope.blob for sealed in files])
    elif not schemes.may_index(old):
        inspections.again(work.session, attachment_id, work.now)


def _keys_of(files: Sequence[SealedRow]) -> str:
    """Name the keys that unwrap these files: the original and its cleaned copy may differ."""
    return ", ".join(sorted({sealed.envelope.key_id for sealed in files}))


def _sealed_facts(number: int, stored: Mapping[str, Any]) -> dict[str, Detail]:
    """Give what the log keeps of a sealed file: nothing from which its bytes could be guessed."""
    committed = commitment_of(stored)
    return {
        "version": number,
        "size_bytes": committed["size_bytes"],
        "commitment": committed["commitment"],
    }


def of_draft(
    work: Work, gate: Gate, actor: Actor, attachment_id: AttachmentId
) -> tuple[AttachmentRow, str]:
    """Give an attachment of a draft, and its originator.

    Raises:
        Refused: there is no such attachment of a draft that the actor may amend.
    """
    scope = gate.scope(work, actor, Action.AMEND)
    found = queries.attachment(work.session, scope, attachment_id)
    if found is None:
        raise gate.refusal(work, actor, Action.AMEND, Subject("attachment", attachment_id))
    return found[0], found[1]


def write_in(work: Work, version: queries.Version, writer: PersonId) -> None:
    """Count the writer among those who wrote in the draft: they do not decide on it.

    The draft is kept from being submitted or moved before this change to it is committed.
    """
    area, version_id = version.row.area, VersionId(version.row.id)
    held = queries.lock_version(work.session, version_id, [State.DRAFT])
    if held is None or held.area != area:
        raise NotInThisState("The draft was changed meanwhile. Try again.")
    store.add_writer(work.session, version_id, writer)


def view_of_draft(
    work: Work,
    gate: Gate,
    actor: Actor,
    attachment_id: AttachmentId,
    opened: OpenedReports | None = None,
) -> AttachmentView:
    """Show an attachment of a draft to one who amends it."""
    row, _ = of_draft(work, gate, actor, attachment_id)
    audience_id = AudienceId(row.audience_id)
    showing = Showing(gate, work, actor, audiences(work.session, [audience_id]))
    return showing.prepared([row], opened)[0]
