"""Reading: a record, or one of its versions, as far as the reader may see it."""

from collections.abc import Sequence
from dataclasses import replace

from app.access import Action, Actor, Area, Audience, Gate, Scope, State, Subject, audiences
from app.core.ids import AudienceId, RecordId, VersionId
from app.core.work import Work
from app.records import content, queries
from app.records.facts import in_state
from app.records.gaps import shown_with_gaps
from app.records.kinds import Kind
from app.records.models import PortionRow, TombstoneRow
from app.records.parts import WRITERS as PREPARING
from app.records.parts import audience_ids_of
from app.records.queries import Version
from app.records.showing import Showing, audience_ids_in
from app.records.successors import Successor, successor
from app.records.views import (
    PortionView,
    RecordView,
    SuccessorView,
    TombstoneView,
    VersionLine,
)

VIEW_AS = "view-as"
_OPEN = frozenset({State.DRAFT, State.SUBMITTED})
_DECISIONS = {
    State.DRAFT: (Action.AMEND, Action.SUBMIT),
    State.SUBMITTED: (Action.APPROVE, Action.RETURN, Action.REFUSE, Action.CONSENT),
}


def read(work: Work, gate: Gate, actor: Actor, record_id: RecordId) -> RecordView:
    """Show the released version or, where there is none in sight, what is nearest to it.

    That is a draft for those who prepare it; the tombstone of what was withdrawn, for those who
    could read it; and only then a version that was superseded.

    Raises:
        Refused: there is no such record, or nothing of it that the actor may read.
    """
    scope = gate.scope(work, actor)
    versions = queries.versions_of_record(work.session, scope, record_id)
    chosen = queries.shown_first(versions)
    if chosen is None or chosen.state is State.SUPERSEDED:
        remains = queries.tombstone(work.session, scope, record_id)
        if remains is not None:
            return _show_remains(work, gate, actor, remains, versions)
    if chosen is None:
        raise gate.refusal(work, actor, Action.READ, Subject("record", record_id))
    return _show(work, gate, actor, scope, chosen, versions)


def read_version(
    work: Work, gate: Gate, actor: Actor, record_id: RecordId, number: int
) -> RecordView:
    """Show one version, having first written in the log that the actor read it.

    Raises:
        Refused: there is no such version, or none that the actor may read.
    """
    scope = gate.scope(work, actor)
    versions = queries.versions_of_record(work.session, scope, record_id)
    chosen = next((one for one in versions if one.row.number == number), None)
    if chosen is None:
        remains = queries.tombstone(work.session, scope, record_id, number)
        if remains is not None:
            return _show_remains(work, gate, actor, remains, versions)
        raise gate.refusal(work, actor, Action.READ, Subject("record", record_id))
    return _show(work, gate, actor, scope, chosen, versions)


def review(
    work: Work, gate: Gate, actor: Actor, version_id: VersionId, action: Action
) -> RecordView:
    """Show a version to somebody who is to decide on it, as an originator asked for consent.

    Raises:
        Refused: there is no such version, or the decision is not the actor's.
    """
    scope = gate.scope(work, actor, action)
    chosen = queries.version(work.session, scope, version_id)
    if chosen is None:
        raise gate.refusal(work, actor, action, Subject("version", version_id))
    return _show(work, gate, actor, scope, chosen, [chosen])


def _show(
    work: Work,
    gate: Gate,
    actor: Actor,
    scope: Scope,
    version: Version,
    versions: Sequence[Version],
) -> RecordView:
    row, version_id = version.row, VersionId(version.row.id)
    record_id = RecordId(row.record_id)
    portions = queries.portions(work.session, scope, [version_id])
    attachments = queries.attachments(work.session, scope, [version_id])
    ids = audience_ids_in(portions, attachments)
    facts = audiences(work.session, ids)
    shown = content.shown(version, portions, attachments, facts)
    gate.pass_through(
        work,
        actor,
        scope.action,
        ids,
        subject=Subject("record", record_id),
        event="record.read" if scope.action is Action.READ else "record.reviewed",
        served_bytes=shown.size_bytes,
        details=shown.told,
    )
    showing = Showing(gate, work, actor, facts)
    return RecordView(
        id=record_id,
        version_id=version_id,
        reference=version.reference,
        version_number=row.number,
        state=version.state,
        kind=Kind(row.kind),
        area=Area(row.area),
        language=row.language,
        owner=row.owner,
        originator=row.originator,
        title=version.title,
        banner=showing.banner(ids),
        portions=_portions(showing, scope, version, portions),
        attachments=showing.attachments(attachments),
        versions=_lines(versions),
        created_at=row.created_at,
        submitted_at=row.submitted_at,
        released_at=row.released_at,
        change_note=row.change_note,
        review_by=row.review_by,
        tombstone=_remains(work, version),
        may=_may(work, showing, version, ids),
    )


def _show_remains(
    work: Work, gate: Gate, actor: Actor, row: TombstoneRow, versions: Sequence[Version]
) -> RecordView:
    after = _after(work, gate, actor, row)
    ids = [AudienceId(row.audience_id)] + ([after.audience_id] if after else [])
    gate.pass_through(
        work,
        actor,
        Action.READ,
        ids,
        subject=Subject("record", row.record_id),
        event="tombstone.read",
        served_bytes=content.text_size(row.reference, row.reason, after.reference if after else ""),
    )
    return RecordView(
        id=RecordId(row.record_id),
        version_id=VersionId(row.version_id),
        reference=row.reference,
        version_number=0,
        state=State.WITHDRAWN,
        kind=None,
        area=None,
        language="",
        owner="",
        originator="",
        title=row.reference,
        banner=None,
        portions=(),
        attachments=(),
        versions=_lines(versions),
        created_at=None,
        submitted_at=None,
        released_at=None,
        tombstone=_tombstone(row, after),
    )


def _after(work: Work, gate: Gate, actor: Actor, row: TombstoneRow) -> Successor | None:
    """Give what took the place of a withdrawn version, as far as the reader may see it.

    That is the record that was named, or else a version of the same record that is released.
    """
    scope = gate.scope(work, actor)
    named = successor(work, scope, RecordId(row.successor_id)) if row.successor_id else None
    if named is not None:
        return named
    own = successor(work, scope, RecordId(row.record_id))
    return own and replace(own, same=True)


def _may(
    work: Work, showing: Showing, version: Version, shown: frozenset[AudienceId]
) -> frozenset[str]:
    """Name what the actor may do with a version; to decide on it they must see all of it."""
    row, organisation = version.row, showing.actor.profile.organisation
    if organisation not in (row.owner, row.originator):
        return frozenset()
    may: set[str] = set()
    title = showing.audiences[AudienceId(row.audience_id)]
    if showing.may_all(Action.WITHDRAW, [title]):
        may.add(Action.WITHDRAW)
    if showing.may_all(Action.GRANT, [title]):
        may.add(Action.GRANT)
    known = queries.every_part(work.session, RecordId(row.record_id))
    if audience_ids_of(known, VersionId(row.id)) != shown:
        return frozenset(may)
    parts = [showing.audiences[one] for one in shown]
    if version.state is not State.WITHDRAWN and showing.actor.profile.roles & PREPARING:
        may.add(VIEW_AS)
    may.update(
        action for action in _DECISIONS.get(version.state, ()) if showing.may_all(action, parts)
    )
    if Action.AMEND in may:
        may.add("discard")
    if version.state is State.RELEASED and not any(part.state in _OPEN for part in known):
        may.update(_may_revise(showing, parts))
    return frozenset(map(str, may))


def _may_revise(showing: Showing, parts: Sequence[Audience]) -> set[str]:
    as_drafts = [in_state(part, State.DRAFT) for part in parts]
    return {"revise"} if showing.may_all(Action.AMEND, as_drafts) else set()


def _lines(versions: Sequence[Version]) -> tuple[VersionLine, ...]:
    return tuple(
        VersionLine(
            number=one.row.number,
            state=one.state,
            released_at=one.row.released_at,
            change_note=one.row.change_note,
            title=one.title,
        )
        for one in versions
    )


def _portions(
    showing: Showing, scope: Scope, version: Version, portions: Sequence[PortionRow]
) -> tuple[PortionView, ...]:
    version_id = VersionId(version.row.id)
    hidden = queries.gaps(showing.work.session, scope, [version_id])
    return shown_with_gaps(showing, version.row, portions, hidden.get(version_id, []))


def _remains(work: Work, version: Version) -> TombstoneView | None:
    """Give what remains of a version that was withdrawn, None of any other."""
    if version.state is not State.WITHDRAWN:
        return None
    row = queries.tombstone_of_version(work.session, VersionId(version.row.id))
    return _tombstone(row) if row else None


def _tombstone(row: TombstoneRow, after: Successor | None = None) -> TombstoneView:
    shown = None
    if after is not None:
        shown = SuccessorView(after.record_id, after.reference, after.same)
    return TombstoneView(row.reference, row.reason, row.withdrawn_at, shown)
