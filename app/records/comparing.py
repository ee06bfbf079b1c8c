"""What changed between two versions of a record, in the parts that the reader may see of each."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Literal

from app.access import Action, Actor, Audience, Gate, Subject, audiences
from app.core.ids import AudienceId, PortionId, RecordId, VersionId
from app.core.work import Work
from app.records import content, queries
from app.records.difference import difference, pair_sections
from app.records.gaps import shown_with_gaps
from app.records.models import AttachmentRow, PortionRow
from app.records.queries import Version
from app.records.showing import Showing, audience_ids_in
from app.records.views import (
    ChangeView,
    DifferenceView,
    PartDifference,
    PortionView,
)

Kinds = Literal["same", "changed", "added", "removed"]


def compare(
    work: Work, gate: Gate, actor: Actor, record_id: RecordId, old: int, new: int
) -> DifferenceView:
    """Show what changed from version `old` to version `new`.

    A part that is out of sight in one of them looks like one that is not there, or like a gap where
    its writer chose that a gap may be seen.

    Raises:
        Refused: there are no such versions, or the actor may not read both.
    """
    scope = gate.scope(work, actor)
    both = _both(work, gate, actor, record_id, old, new)
    version_ids = [VersionId(one.row.id) for one in both]
    portions = queries.portions(work.session, scope, version_ids)
    attachments = queries.attachments(work.session, scope, version_ids)
    ids = audience_ids_in(portions, attachments)
    facts = audiences(work.session, ids)
    gate.pass_through(
        work,
        actor,
        Action.READ,
        ids,
        subject=Subject("record", record_id),
        event="record.compared",
        served_bytes=content.size_of(portions),
        details={"old": old, "new": new, **_hashes(both, portions, attachments, facts)},
    )
    showing = Showing(gate, work, actor, facts)
    hidden = queries.gaps(work.session, scope, version_ids)
    before, after = (
        shown_with_gaps(showing, one.row, portions, hidden.get(one.row.id, [])) for one in both
    )
    files = [[part for part in attachments if part.version_id == one.row.id] for one in both]
    return DifferenceView(
        id=record_id,
        reference=both[1].reference,
        old_number=old,
        new_number=new,
        title=both[1].title,
        banner=showing.banner(ids),
        parts=tuple(_parts(before, after)),
        added_attachments=showing.attachments(_without(files[1], files[0])),
        removed_attachments=showing.attachments(_without(files[0], files[1])),
    )


def _both(
    work: Work, gate: Gate, actor: Actor, record_id: RecordId, old: int, new: int
) -> list[Version]:
    scope = gate.scope(work, actor)
    versions = queries.versions_of_record(work.session, scope, record_id)
    by_number = {one.row.number: one for one in versions}
    if old not in by_number or new not in by_number:
        raise gate.refusal(work, actor, Action.READ, Subject("record", record_id))
    return [by_number[old], by_number[new]]


def _hashes(
    both: Sequence[Version],
    portions: Sequence[PortionRow],
    attachments: Sequence[AttachmentRow],
    facts: Mapping[AudienceId, Audience],
) -> dict[str, str]:
    """Give the hash of what is shown of each version, the newer one's under its usual name."""
    hashes = [
        content.hash_of(
            one,
            [part for part in portions if part.version_id == one.row.id],
            [part for part in attachments if part.version_id == one.row.id],
            facts,
        ).hex()
        for one in both
    ]
    return {"old_version_hash": hashes[0], "version_hash": hashes[1]}


def _parts(before: Sequence[PortionView], after: Sequence[PortionView]) -> Iterator[PartDifference]:
    """Pair the parts of two versions; a gap stands after what it followed before."""
    gaps = [_gaps_after(parts) for parts in (before, after)]
    for old, new in _pairs(before, after):
        if old or new:
            yield _part(old, new)
        gap = _gap(old is not None and old.id in gaps[0], new is not None and new.id in gaps[1])
        if gap:
            yield gap


def _pairs(
    before: Sequence[PortionView], after: Sequence[PortionView]
) -> Iterator[tuple[PortionView | None, PortionView | None]]:
    for role in ("title", "summary", "fields", "section"):
        old = [part for part in before if part.role == role]
        new = [part for part in after if part.role == role]
        yield from pair_sections(old, new)


def _gaps_after(parts: Sequence[PortionView]) -> set[PortionId]:
    """Name the parts that are followed by a gap."""
    return {shown.id for shown, after in pairwise(parts) if after.role == "gap"}


def _gap(in_old: bool, in_new: bool) -> PartDifference | None:
    """Tell of a gap that is in one of the versions, or in both."""
    if not in_old and not in_new:
        return None
    kind: Kinds = "same" if in_old and in_new else "added" if in_new else "removed"
    return PartDifference("gap", "", kind, (), None, None)


def _part(old: PortionView | None, new: PortionView | None) -> PartDifference:
    shown = new or old
    if shown is None:
        raise ValueError("there is nothing to compare")
    changes = difference(_text(old), _text(new))
    return PartDifference(
        role=shown.role,
        heading=shown.heading,
        kind=_kind(old, new),
        changes=tuple(ChangeView(change.kind, change.text) for change in changes),
        old_marking=old.marking if old else None,
        new_marking=new.marking if new else None,
    )


def _kind(old: PortionView | None, new: PortionView | None) -> Kinds:
    if old is None:
        return "added"
    if new is None:
        return "removed"
    same = (_text(old), old.heading, old.marking) == (_text(new), new.heading, new.marking)
    return "same" if same else "changed"


def _text(part: PortionView | None) -> str:
    if part is None:
        return ""
    if part.role == "title":
        return part.heading
    lines = [
        f"{field.label}: {field.value}" if not field.rows else _table(field.label, field.rows)
        for field in part.fields
    ]
    return "\n".join([*lines, part.body]) if lines else part.body


def _table(label: str, rows: Sequence[Sequence[str]]) -> str:
    return "\n".join([f"{label}:", *(" | ".join(row) for row in rows)])


def _without(
    files: Sequence[AttachmentRow], others: Sequence[AttachmentRow]
) -> list[AttachmentRow]:
    """Leave out the files that are also among the others: the same sealed bytes."""
    known = {file.blob for file in others}
    return [file for file in files if file.blob not in known]
