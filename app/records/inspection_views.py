"""What was found in files, as it is shown to those who prepare a version or decide on it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from sqlalchemy.orm import Session

from app.core.ids import AttachmentId
from app.inspection import Finding, Severity, mismatches
from app.labels import Label, Schemes
from app.records import inspections
from app.records.inspecting import Reports
from app.records.models import AttachmentRow, InspectionRow
from app.records.sealing import sealed_files
from app.vault import Form

InspectionState = Literal["waiting", "running", "done", "failed"]
_GRAVEST_FIRST = list(Severity)


@dataclass(frozen=True)
class FindingView:
    """What was found, what it means, and where; `count` findings without place and excerpt.

    `cleaned`: the cleaned copy no longer has it.
    """

    kind: str
    title: str
    explain: str
    severity: Severity
    page: int | None
    place: str
    excerpt: str
    count: int
    cleaned: bool


@dataclass(frozen=True)
class InspectionView:
    """Where the inspection of a file stands, and what it found in what leaves.

    `opened`: the findings have places and excerpts. `takes_out` names what the cleaned copy has no
    longer. `findings` are those of the form that `leaves` names.
    """

    state: InspectionState
    failure: str
    inspected_at: datetime | None
    findings: tuple[FindingView, ...]
    blocking: bool
    opened: bool
    leaves: Form
    takes_out: tuple[str, ...]
    original_bytes: int
    cleaned_bytes: int | None

    @property
    def ended(self) -> bool:
        """Tell whether nothing of it is awaited any more."""
        return self.state in ("done", "failed")


OpenedReports = Mapping[AttachmentId, Reports]


def inspection_views(
    session: Session,
    rows: Sequence[AttachmentRow],
    labels: Mapping[int, Label],
    schemes: Schemes,
    opened: OpenedReports,
) -> dict[AttachmentId, InspectionView]:
    """Show the inspections of files that the caller has let the actor prepare or decide on."""
    known = inspections.of_blobs(session, [row.blob for row in rows])
    return {
        AttachmentId(row.id): _view(
            row,
            known.get(row.blob),
            labels[row.audience_id],
            schemes,
            opened.get(AttachmentId(row.id)),
        )
        for row in rows
    }


def outline_of(found: InspectionRow | None) -> Reports | None:
    return Reports.from_json(found.outline) if found is not None and found.outline else None


def state_of(found: InspectionRow | None) -> InspectionState:
    return found.state if found is not None else "waiting"  # type: ignore[return-value]  # a check


def found_in(reports: Reports, form: Form, label: Label, schemes: Schemes) -> tuple[Finding, ...]:
    """Give what one of the two files holds that it should not, by the label that it has now.

    What its copy was never looked into for counts as what the original has. What the original
    says of its marking counts for the copy too: the property or the remark that said so may be
    gone from it, what it was said of is not.
    """
    report = reports.original if form == "original" else reports.cleaned or reports.original
    said = tuple(dict.fromkeys((*report.markings, *reports.original.markings)))
    return (*report.findings, *mismatches(replace(report, markings=said), label, schemes))


def _view(
    row: AttachmentRow,
    found: InspectionRow | None,
    label: Label,
    schemes: Schemes,
    opened: Reports | None,
) -> InspectionView:
    reports = opened or outline_of(found)
    form: Form = "cleaned" if row.leaves == "cleaned" else "original"
    in_it = found_in(reports, form, label, schemes) if reports else ()
    in_copy = found_in(reports, "cleaned", label, schemes) if reports and row.cleaned else ()
    in_original = found_in(reports, "original", label, schemes) if reports and row.cleaned else ()
    gone = {one.kind for one in in_original} - {one.kind for one in in_copy}
    state = state_of(found)
    sizes = {one.form: one.envelope.size_bytes for one in sealed_files(row)}
    findings = _shown(in_it, gone if form == "original" else set(), apart=opened is not None)
    return InspectionView(
        state=state,
        failure=found.failure if found else "",
        inspected_at=found.inspected_at if found else None,
        findings=findings,
        blocking=state == "failed" or any(one.severity is Severity.BLOCKING for one in findings),
        opened=opened is not None,
        leaves=form,
        takes_out=tuple(
            dict.fromkeys(one.about.title for one in _in_order(in_original) if one.kind in gone)
        ),
        original_bytes=sizes["original"],
        cleaned_bytes=sizes.get("cleaned"),
    )


def _shown(findings: Sequence[Finding], gone: set[str], *, apart: bool) -> tuple[FindingView, ...]:
    """Show findings, the gravest first: one by one, or those of a kind together."""
    counts = Counter(one.kind for one in findings)
    shown = _in_order(findings)
    chosen = shown if apart else list({one.kind: one for one in reversed(shown)}.values())[::-1]
    return tuple(
        FindingView(
            kind=one.kind,
            title=one.about.title,
            explain=one.about.explain,
            severity=one.about.severity,
            page=one.page if apart else None,
            place=one.place if apart else "",
            excerpt=one.excerpt if apart else "",
            count=1 if apart else counts[one.kind],
            cleaned=one.kind in gone,
        )
        for one in chosen
    )


def _in_order(findings: Sequence[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda one: _GRAVEST_FIRST.index(one.about.severity))
