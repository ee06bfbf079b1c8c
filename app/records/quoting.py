"""Quoting a part of a record in a draft, and attaching a file of one: never without the link.

The part stays its first originator's, however many hands it passed through, and is marked no lower
than where it comes from. A file is opened by the gate's permit and sealed anew; only what may be
taken as it is can be carried on, since a marked copy bears its reader's name.
"""

from collections.abc import Sequence
from dataclasses import replace

from app.access import Action, Actor, Area, Audience, Gate, State, Subject, audiences
from app.core.canonical import canonical_hash
from app.core.errors import Conflict, Invalid
from app.core.ids import AttachmentId, AudienceId, PortionId, RecordId, VersionId, new_id
from app.core.work import Work
from app.records import queries, store
from app.records.commands import SECTIONS_COUNT_LIMIT
from app.records.content import text_size
from app.records.deciding import part_name
from app.records.downloading import open_attachment
from app.records.editor import open_draft
from app.records.errors import NotInThisState
from app.records.facts import audience_of
from app.records.forms import AskedForm
from app.records.kinds import FieldType, Kind
from app.records.models import AttachmentRow, PortionRow
from app.records.parts import amendable, check_may_amend, intern, writer_of
from app.records.queries import Version
from app.records.rules import FIRST_SECTION, Part
from app.records.sealing import commitment_of, new_seal_label, stored_leaving
from app.records.showing import field_views
from app.records.sources import keep_source
from app.records.views import AttachingFacts, Carried, DraftView, OpenedAttachment, SourceFacts
from app.vault import Binding

QUOTABLE = frozenset({State.RELEASED, State.SUPERSEDED})


class CannotBeCarried(Conflict):
    """The file may be read, and not be taken on as it is."""

    title = "This file cannot be attached to another record"


def quote(
    work: Work, gate: Gate, actor: Actor, version_id: VersionId, portion_id: PortionId
) -> DraftView:
    """Quote a part of a released version in a draft, as its last section, linked to where it is.

    Raises:
        Refused: the actor may not read that part, or may not amend every part of the draft.
        Invalid: its marking is not for what the actor writes, or the draft has no room.
        NotInThisState: the draft was changed meanwhile.
    """
    scope = gate.scope(work, actor)
    found = queries.portion(work.session, scope, portion_id)
    if found is None or found[1].state not in QUOTABLE:
        raise gate.refusal(work, actor, Action.READ, Subject("portion", portion_id))
    row, version = found
    facts, audience = _read(work, gate, actor, row, version, event="portion.quoted")
    body = quotation(row, version, facts)
    draft, _ = amendable(work, gate, actor, version_id)
    # Never the title of the whole: it may be marked higher than the part.
    heading = row.heading or part_name(row)
    _amend(work, gate, actor, draft, heading, body, audience, facts)
    return open_draft(work, gate, actor, version_id)


def quotation(row: PortionRow, version: Version, facts: SourceFacts) -> str:
    """Give the Markdown that quotes a part and says whose it is and where it stands."""
    text = row.body or "\n\n".join(_field_lines(row, Kind(version.row.kind))) or row.heading
    quoted = "\n".join(f"> {line}".rstrip() for line in text.splitlines())
    return f"{quoted}\n\n— {facts.reference}, version {facts.number}"


def carry(
    work: Work,
    gate: Gate,
    actor: Actor,
    version_id: VersionId,
    attachment_id: AttachmentId,
    *,
    arrangement: str,
) -> tuple[OpenedAttachment, AttachingFacts]:
    """Let a file of a released version be opened and sealed anew for a draft; `attach` keeps it.

    Raises:
        Refused: the actor may not take that file, or may not amend every part of the draft.
        CannotBeCarried: they may take it only as a copy that bears their name, or look at it.
        Invalid: its marking is not for what the actor writes.
    """
    scope = gate.scope(work, actor)
    found = queries.attachment(work.session, scope, attachment_id)
    if found is None:
        raise gate.refusal(work, actor, Action.READ, Subject("attachment", attachment_id))
    row = found[0]
    version = queries.version(work.session, scope, VersionId(row.version_id))
    if version is None or version.state not in QUOTABLE:
        raise gate.refusal(work, actor, Action.READ, Subject("attachment", attachment_id))
    opened = _as_it_is(work, gate, actor, row, arrangement)
    source, audience = _facts_of(work, row, version)
    draft, ids = amendable(work, gate, actor, version_id)
    asked = _draft_audience(draft, audience, work)
    check_may_amend(work, gate, actor, {"marking": asked})
    new = AttachmentId(new_id())
    gate.pass_through(
        work,
        actor,
        Action.AMEND,
        ids,
        subject=Subject("version", version_id, draft.row.record_id),
        event="attachment.begun",
        details={"attachment": str(new), "source": str(source.part_id)},
    )
    binding = Binding(
        arrangement=arrangement,
        originator=asked.originator,
        record=RecordId(draft.row.record_id),
        attachment=new,
        version=draft.row.number,
    )
    seal = new_seal_label(asked.label, gate.keeper.current.schemes)
    carried = Carried(source, opened.view.name, row.media_type)
    return opened, AttachingFacts(version_id, new, binding, seal, asked.label.to_json(), carried)


def _as_it_is(
    work: Work, gate: Gate, actor: Actor, row: AttachmentRow, arrangement: str
) -> OpenedAttachment:
    may_original = gate.may(work, actor, Action.TAKE_ORIGINAL, [row.audience_id])
    form: AskedForm = "original" if may_original else ""
    opened = open_attachment(
        work, gate, actor, AttachmentId(row.id), arrangement=arrangement, form=form
    )
    if opened.taken == "marked":
        raise CannotBeCarried(
            "You may take it only as a copy that bears your name, which is for you alone. Ask its"
            " originator to share the file itself with your organisation, or refer to the record."
        )
    return opened


def _read(
    work: Work, gate: Gate, actor: Actor, row: PortionRow, version: Version, *, event: str
) -> tuple[SourceFacts, Audience]:
    facts, audience = _facts_of(work, row, version)
    gate.pass_through(
        work,
        actor,
        Action.READ,
        [AudienceId(row.audience_id)],
        subject=Subject("record", facts.record_id),
        event=event,
        served_bytes=text_size(row.heading, row.body),
        details={"version": facts.number, "portion": str(row.id)},
    )
    return facts, audience


def _facts_of(
    work: Work, row: PortionRow | AttachmentRow, version: Version
) -> tuple[SourceFacts, Audience]:
    audience_id = AudienceId(row.audience_id)
    audience = audiences(work.session, [audience_id])[audience_id]
    said = (
        {"heading": row.heading, "body": row.body, "fields": row.fields}
        if isinstance(row, PortionRow)
        else {"name": row.name, "sealed": commitment_of(stored_leaving(row))}
    )
    facts = SourceFacts(
        record_id=RecordId(version.row.record_id),
        version_id=VersionId(version.row.id),
        part_id=row.id,
        reference=version.reference,
        number=version.row.number,
        owner=version.row.owner,
        originator=audience.originator,
        content_hash=canonical_hash(said),
        label_json=audience.label.to_json(),
        upstream=row.source_id,
    )
    return facts, audience


def _amend(
    work: Work,
    gate: Gate,
    actor: Actor,
    draft: Version,
    heading: str,
    body: str,
    audience: Audience,
    facts: SourceFacts,
) -> None:
    """Add the section to the draft, which gets another edition by it."""
    row, version_id = draft.row, VersionId(draft.row.id)
    asked = _draft_audience(draft, audience, work)
    check_may_amend(work, gate, actor, {"marking": asked})
    _, ids = amendable(work, gate, actor, version_id)
    permit = gate.pass_through(
        work,
        actor,
        Action.AMEND,
        ids,
        subject=Subject("version", version_id, row.record_id),
        event="draft.amended",
        details={"version": row.number, "edition": row.edition + 1, "source": str(facts.part_id)},
    )
    (audience_id,) = intern(work, gate, [asked])
    gate.admit(work, permit, [audience_id])
    positions = queries.positions(work.session, version_id)
    place = max([FIRST_SECTION - 1, *(one for one in positions if one < _SECTIONS_END)]) + 1
    if place >= _SECTIONS_END:
        raise Invalid("This draft has as many sections as a version may have.")
    if not store.amend_version(
        work.session, version_id, row.edition, writer=writer_of(actor), amended_at=work.now
    ):
        raise NotInThisState("The draft was changed meanwhile. Try again.")
    source_id = keep_source(work, writer_of(actor), facts)
    part = Part("section", place, heading, body, {}, asked.label, source_id=source_id)
    store.add_portion(
        work.session, RecordId(row.record_id), version_id, row.language, part, audience_id
    )


_SECTIONS_END = FIRST_SECTION + SECTIONS_COUNT_LIMIT


def _draft_audience(draft: Version, source: Audience, work: Work) -> Audience:
    """Give the audience of a part in a draft that comes from elsewhere: its originator's still."""
    row, label = draft.row, source.label.at(work.now)
    if label.not_before is not None and label.not_before <= work.now:
        label = replace(label, not_before=None)
    return audience_of(State.DRAFT, row.owner, source.originator, Area(row.area), label)


def _field_lines(row: PortionRow, kind: Kind) -> Sequence[str]:
    """Give the fields of a kind as Markdown, those of tables as tables."""
    lines = []
    for field in field_views(kind, row.fields or {}):
        if field.type is FieldType.TABLE:
            head, *rest = field.rows
            table = [head, tuple("---" for _ in head), *rest]
            cells = "\n".join(f"| {' | '.join(cells)} |" for cells in table)
            lines.append(f"{field.label}:\n\n{cells}")
        else:
            lines.append(f"{field.label}: {field.value}")
    return lines
