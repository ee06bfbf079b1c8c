"""A draft as its editor shows it: what was typed, ready to be typed on."""

from collections.abc import Sequence

from app.access import Action, Actor, Area, Gate, Subject, audiences
from app.core.ids import RecordId, VersionId
from app.core.work import Work
from app.labels import Label
from app.records import queries
from app.records.commands import DraftInput, MarkingInput, PortionInput, SectionInput
from app.records.inspection_views import OpenedReports
from app.records.kinds import Kind
from app.records.models import PortionRow, VersionRow
from app.records.rules import marking_input_of
from app.records.showing import Showing, audience_ids_in
from app.records.views import DraftView


def open_draft(
    work: Work,
    gate: Gate,
    actor: Actor,
    version_id: VersionId,
    opened: OpenedReports | None = None,
) -> DraftView:
    """Give a draft of which the caller has passed the gate for every part.

    Raises:
        Refused: there is none that the actor may amend.
    """
    scope = gate.scope(work, actor, Action.AMEND)
    version = queries.version(work.session, scope, version_id)
    if version is None:
        raise gate.refusal(work, actor, Action.AMEND, Subject("version", version_id))
    portions = queries.portions(work.session, scope, [version_id])
    attachments = queries.attachments(work.session, scope, [version_id])
    ids = audience_ids_in(portions, attachments)
    showing = Showing(gate, work, actor, audiences(work.session, ids))
    row = version.row
    return DraftView(
        record_id=RecordId(row.record_id),
        version_id=version_id,
        reference=version.reference,
        version_number=row.number,
        state=version.state,
        edition=row.edition,
        owner=row.owner,
        input=_typed(showing, row, portions),
        banner=showing.banner(ids),
        attachments=showing.prepared(attachments, opened),
        amended_at=row.amended_at,
    )


def _typed(showing: Showing, row: VersionRow, portions: Sequence[PortionRow]) -> DraftInput:
    """Give the input that makes these portions; `None` is a part marked as the title."""
    title = next(part for part in portions if part.role == "title")
    common = showing.written(title.audience_id)
    summary = next((part for part in portions if part.role == "summary"), None)
    fields = next((part for part in portions if (part.role, part.position) == ("fields", 2)), None)
    tables = [part for part in portions if part.role == "fields" and part is not fields]
    of_fields = showing.written(fields.audience_id) if fields else common

    def own(part: PortionRow | None, otherwise: Label = common) -> MarkingInput | None:
        label: Label = showing.written(part.audience_id) if part else otherwise
        return None if label == otherwise else marking_input_of(showing.schemes, label)

    return DraftInput(
        kind=Kind(row.kind),
        area=Area(row.area),
        language=row.language,
        originator=row.originator,
        title=title.heading,
        marking=marking_input_of(showing.schemes, common),
        summary=summary.body if summary else "",
        summary_marking=own(summary),
        summary_gap=bool(summary and summary.gap),
        fields={
            name: value
            for part in ([fields] if fields else []) + tables
            for name, value in part.fields.items()
        },
        fields_marking=own(fields),
        fields_gap=bool(fields and fields.gap),
        tables={
            next(iter(part.fields)): PortionInput(marking=own(part, of_fields), gap=part.gap)
            for part in tables
        },
        sections=[
            SectionInput(
                heading=part.heading,
                body=part.body,
                marking=own(part),
                gap=part.gap,
                source=part.source_id,
            )
            for part in portions
            if part.role == "section"
        ],
        change_note=row.change_note,
        review_by=row.review_by,
    )
