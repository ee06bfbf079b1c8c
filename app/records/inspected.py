"""What was found in the files of a version, for those who prepare it or decide on it.

Kinds, pages and markings stand in the clear. Places and excerpts are words of the file: they are
sealed like it, and are opened outside of any transaction, by a permit that the log holds by then.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field

from app.access import Action, Actor, Gate, Permit, Subject, audiences
from app.core.ids import AttachmentId, AudienceId, VersionId
from app.core.work import Work
from app.inspection import Finding
from app.labels import Label, Schemes
from app.records import inspections, queries
from app.records.inspecting import Reports
from app.records.inspection_views import (
    InspectionState,
    OpenedReports,
    found_in,
    outline_of,
    state_of,
)
from app.records.models import AttachmentRow, InspectionRow
from app.records.sealing import SealedRow
from app.records.showing import Showing
from app.records.views import AttachmentView
from app.vault import Binding, Envelope, Form, KeyProvider, open_report
from app.vault import Label as SealLabel

# Everywhere where there is no scanner: nothing about this file.
_SAYS_NOTHING = "not-checked-for-malware"
# Sealing adds a salt of 32 bytes, a nonce of 12 and a tag of 16.
_SEALING_BYTES = 60


@dataclass(frozen=True)
class Inspected:
    """A file before somebody who decides: what was found in what leaves, judged by its label now.

    `report_hash_hex` names the sealed report, "" where there is none.
    """

    name: str
    state: InspectionState
    failure: str
    findings: tuple[Finding, ...]
    report_hash_hex: str

    @property
    def blocking(self) -> tuple[str, ...]:
        """Give the titles of what needs a written override, each once."""
        if self.state == "failed":
            return ("It could not be inspected",)
        return tuple(dict.fromkeys(one.about.title for one in self.findings if one.blocking))


@dataclass(frozen=True)
class SealedReport:
    """A report that somebody was let see, not opened yet."""

    attachment_id: AttachmentId
    permit: Permit
    envelope: Envelope
    binding: Binding
    seal_label: SealLabel
    sealed: bytes = field(repr=False)


def inspected(work: Work, gate: Gate, version_id: VersionId) -> tuple[Inspected, ...]:
    """Give what was found in a version's files, all of which the gate has opened already."""
    rows = queries.opened_attachments(work.session, version_id)
    if not rows:
        return ()
    known = inspections.of_blobs(work.session, [row.blob for row in rows])
    facts = audiences(work.session, {AudienceId(row.audience_id) for row in rows})
    schemes = gate.keeper.current.schemes
    return tuple(
        _inspected(row, known.get(row.blob), facts[AudienceId(row.audience_id)].label, schemes)
        for row in rows
    )


def inspected_files(
    work: Work,
    gate: Gate,
    actor: Actor,
    action: Action,
    version_id: VersionId,
    opened: OpenedReports | None = None,
) -> tuple[AttachmentView, ...]:
    """Show a version's files with what was found in them, to one who prepares or decides on it.

    That they may is the caller's to hold, and that the log says so.
    """
    scope = gate.scope(work, actor, action)
    rows = queries.attachments(work.session, scope, [version_id])
    facts = audiences(work.session, {AudienceId(row.audience_id) for row in rows})
    return Showing(gate, work, actor, facts).prepared(rows, opened)


def sealed_reports(
    work: Work,
    gate: Gate,
    actor: Actor,
    action: Action,
    version_id: VersionId,
    *,
    arrangement: str,
    only: AttachmentId | None = None,
) -> tuple[SealedReport, ...]:
    """Let the actor see what was found in a version's files, having written that in the log.

    Each file's is an act of its own, since its key is unwrapped. Only what quotes the file is
    sealed: a file in which nothing was found has nothing to open.

    Raises:
        Refused: they may not do this to one of those files.
    """
    scope = gate.scope(work, actor, action)
    version = queries.version(work.session, scope, version_id)
    if version is None:
        raise gate.refusal(work, actor, action, Subject("version", version_id))
    rows = [
        row
        for row in queries.attachments(work.session, scope, [version_id])
        if only is None or row.id == only
    ]
    known = inspections.of_blobs(work.session, [row.blob for row in rows])
    told = [(row, known[row.blob]) for row in rows if _quotes(known.get(row.blob))]
    facts = audiences(work.session, {AudienceId(row.audience_id) for row, _ in told})
    return tuple(
        _sealed(work, gate, actor, action, row, found, version, arrangement, facts_label)
        for row, found in told
        for facts_label in [facts[AudienceId(row.audience_id)].label]
    )


def open_reports(sealed: Iterable[SealedReport], *, keys: KeyProvider) -> OpenedReports:
    """Open reports; outside of any transaction, since the key provider may be far away.

    Raises:
        NotAuthentic, KeyUnavailable, KeyDestroyed: as the vault tells.
    """
    return {
        one.attachment_id: Reports.from_json(
            json.loads(
                open_report(
                    one.permit, one.envelope, one.binding, one.seal_label, one.sealed, keys=keys
                )
            )
        )
        for one in sealed
    }


def _sealed(
    work: Work,
    gate: Gate,
    actor: Actor,
    action: Action,
    row: AttachmentRow,
    found: InspectionRow,
    version: queries.Version,
    arrangement: str,
    label: Label,
) -> SealedReport:
    sealed = SealedRow.from_json(row.envelope)
    report = found.report or b""
    permit = gate.pass_through(
        work,
        actor,
        action,
        [AudienceId(row.audience_id)],
        subject=Subject("attachment", sealed.attachment, row.record_id),
        event="inspection.read",
        served_bytes=len(report) - _SEALING_BYTES,
        details={"version": version.row.number, "key": sealed.envelope.key_id},
    )
    return SealedReport(
        attachment_id=AttachmentId(row.id),
        permit=permit,
        envelope=sealed.envelope,
        binding=sealed.binding(row, queries.originator_of(work.session, row), arrangement),
        seal_label=sealed.seal_label(label),
        sealed=report,
    )


def _quotes(found: InspectionRow | None) -> bool:
    outline = outline_of(found)
    if outline is None:
        return False
    kinds = {one.kind for one in outline.original.findings} - {_SAYS_NOTHING}
    return bool(kinds or outline.original.markings)


def _inspected(
    row: AttachmentRow, found: InspectionRow | None, label: Label, schemes: Schemes
) -> Inspected:
    outline = outline_of(found)
    form: Form = "cleaned" if row.leaves == "cleaned" else "original"
    report = found.report if found is not None else None
    return Inspected(
        name=row.name,
        state=state_of(found),
        failure=found.failure if found else "",
        findings=found_in(outline, form, label, schemes) if outline else (),
        report_hash_hex=hashlib.sha256(report).hexdigest() if report else "",
    )
