"""A draft as its editor shows it: what was typed, ready to be typed on."""

from collections.abc import Sequence

from app.access import Action, Actor, Area, Gate, Subject, audiences
from app.core.ids import RecordId, VersionId
from app.core.work import Work
from app.labels import Label
from app.records import queries
from app.records.commands import DraftInput, MarkingInput, SectionInput
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
    common = showing.label(title.audience_id)
    summary = next((part for part in portions if part.role == "summary"), None)
    fields = next((part for part in portions if part.role == "fields"), None)

    def own(part: PortionRow | None) -> MarkingInput | None:
        label: Label = showing.label(part.audience_id) if part else common
        return None if label == common else marking_input_of(showing.schemes, label)

    return DraftInput(
        kind=Kind(row.kind),
        area=Area(row.area),
        language=row.language,
        originator=row.originator,
        title=title.heading,
        marking=marking_input_of(showing.schemes, common),
        summary=summary.body if summary else "",
        summary_marking=own(summary),
        fields=fields.fields if fields else {},
        fields_marking=own(fields),
        sections=[
            SectionInput(heading=part.heading, body=part.body, marking=own(part))
            for part in portions
            if part.role == "section"
        ],
        change_note=row.change_note,
        review_by=row.review_by,
    )
