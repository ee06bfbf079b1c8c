"""Opens what was found in files for whoever may see it, once the log holds that they do.

The reports are sealed: their keys are unwrapped after the transaction that wrote that somebody sees
them, and before the request's own begins: a route names what is opened before its unit of work.
"""

from collections.abc import Callable, Sequence
from typing import Annotated

from fastapi import Depends, Request

from app import records, release
from app.access import Action
from app.core.errors import NotFound
from app.core.ids import AttachmentId, VersionId
from app.core.journal import Event
from app.core.work import Work
from app.edge.asking import another_unit, origin_of
from app.edge.services import services_of
from app.identity import Asking
from app.records import InspectionView, OpenedReports, SealedReport
from app.vault import NotAuthentic

Ask = Callable[[Work, Asking, str], Sequence[SealedReport]]


def findings_in_draft(
    request: Request, version_id: VersionId, attachment_id: AttachmentId
) -> OpenedReports:
    """Open the report on a file of a draft for somebody who amends it.

    Raises:
        Refused: there is no such draft, or the actor may not amend it.
        NotAuthentic, KeyUnavailable: as the vault tells.
    """
    gate = services_of(request).gate

    def ask(work: Work, asking: Asking, arrangement: str) -> Sequence[SealedReport]:
        return records.sealed_reports(
            work,
            gate,
            asking.actor,
            Action.AMEND,
            version_id,
            arrangement=arrangement,
            only=attachment_id,
        )

    return _opened(request, ask)


def findings_to_review(request: Request, version_id: VersionId) -> OpenedReports:
    """Open the reports on the files of a version for somebody who decides on it.

    Raises:
        Refused: there is no such version, or the actor neither prepares it nor decides on it.
        NotAuthentic, KeyUnavailable: as the vault tells.
    """
    gate = services_of(request).gate

    def ask(work: Work, asking: Asking, arrangement: str) -> Sequence[SealedReport]:
        return release.sealed_reports(work, gate, asking.actor, version_id, arrangement=arrangement)

    return _opened(request, ask)


DraftFindings = Annotated[OpenedReports, Depends(findings_in_draft)]
ReviewFindings = Annotated[OpenedReports, Depends(findings_to_review)]


def inspection_of(request: Request, attachment_id: AttachmentId) -> InspectionView:
    """Give where the inspection of a file of a draft stands, and all that it found.

    Raises:
        Refused: there is no such attachment of a draft that the actor may amend.
        NotAuthentic, KeyUnavailable: as the vault tells.
    """
    gate = services_of(request).gate
    with another_unit(request) as (work, asking):
        version_id = records.draft_of(work, gate, asking.actor, attachment_id)
    opened = findings_in_draft(request, version_id, attachment_id)
    with another_unit(request) as (work, asking):
        view = records.attachment_in_draft(work, gate, asking.actor, attachment_id, opened)
    if view.inspection is None:
        raise NotFound
    return view.inspection


def _opened(request: Request, ask: Ask) -> OpenedReports:
    services = services_of(request)
    with another_unit(request) as (work, asking):
        sealed = ask(work, asking, services.settings.arrangement)
    try:
        return records.open_reports(sealed, keys=services.keys)
    except NotAuthentic:
        with services.units.begin(origin_of(request)) as work:
            for one in sealed:
                work.record(_alarm(one, asking))
        raise


def _alarm(report: SealedReport, asking: Asking) -> Event:
    actor = asking.actor
    return Event(
        type="attachment.damaged",
        subject=str(report.permit.subject),
        record=report.permit.subject.record,
        actor=str(actor.person or ""),
        organisation=actor.profile.organisation,
        agreement=actor.agreement,
        organisations=actor.organisations | {report.binding.originator},
        audience=min(report.permit.audience_ids),
    )
