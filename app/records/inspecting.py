"""Inspects what waits to be inspected: a claim, the look into the file, and what is kept of it.

Two short units of work, and between them, outside of any transaction, the file is unsealed into the
sandbox, looked into, and its cleaned copy sealed. A worker that dies in between loses its claim
after `LEASE`; what it would have kept late is not kept.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from itertools import count
from typing import Any, Final, Protocol

from app import inspection
from app.access import Gate, Permit, Subject
from app.core.canonical import canonical_bytes
from app.core.errors import Unavailable
from app.core.ids import AttachmentId, AudienceId, RecordId
from app.core.journal import Detail, Event
from app.core.work import Origin, Units, Work
from app.inspection import Finding, Report, Scan, mismatches, not_inspected
from app.labels import Label, Schemes
from app.records import inspections
from app.records.file_texts import forget_file_texts, keep_file_text, labels_of_file
from app.records.models import AttachmentRow
from app.records.sealing import SealedRow
from app.sandbox import Input, Output, SandboxFailed
from app.vault import (
    Binding,
    BlobStore,
    KeyDestroyed,
    KeyProvider,
    NotAuthentic,
    Sealed,
    begin_seal,
    open_attachment,
    seal_report,
)
from app.vault import Label as SealLabel

AT_ONCE: Final = 4
LEASE: Final = timedelta(minutes=10)
MOST_ATTEMPTS: Final = 5
FIRST_PAUSE: Final = timedelta(seconds=2)  # each further one is four times as long
DAMAGED: Final = "The stored copy is damaged and was not opened. Attach the file again."
DESTROYED: Final = "The key of this file was destroyed."
ENDED_WORKERS: Final = "The inspection did not end, however often it was begun."


class Inspect(Protocol):
    """Looks into a file: `app.inspection.inspect`, or what stands for it in a test."""

    def __call__(
        self, file: Input, name: str, *, schemes: Schemes, scan: Scan | None, clean: bool
    ) -> tuple[Report, Output | None]: ...


@dataclass(frozen=True)
class Inspector:
    """What an inspection needs: keys, store and scanner; larger files than the limit block."""

    keys: KeyProvider
    blobs: BlobStore
    arrangement: str
    scan: Scan | None
    limit_bytes: int
    inspect: Inspect = inspection.inspect


@dataclass(frozen=True)
class Reports:
    """What was found in a file, and in its cleaned copy where there is one."""

    original: Report
    cleaned: Report | None = None

    def to_json(self) -> dict[str, Any]:
        """Give both as plain values."""
        cleaned = self.cleaned.to_json() if self.cleaned else None
        return {"original": self.original.to_json(), "cleaned": cleaned}

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> "Reports":
        """Read what `to_json` gave."""
        cleaned = plain["cleaned"]
        return cls(
            Report.from_json(plain["original"]), Report.from_json(cleaned) if cleaned else None
        )

    def mapped(self, change: Callable[[Report], Report]) -> "Reports":
        """Give both changed."""
        return Reports(change(self.original), change(self.cleaned) if self.cleaned else None)


@dataclass(frozen=True)
class _Claim:
    attempt: int
    attachment_id: AttachmentId
    audience_id: AudienceId
    label: Label
    number: int
    language: str
    name: str
    row: AttachmentRow
    originator: str
    permit: Permit

    @property
    def subject(self) -> Subject:
        return self.permit.subject

    @property
    def key_id(self) -> str:
        return str(self.row.envelope.get("sealed", {}).get("key_id", ""))


@dataclass(frozen=True)
class _Found:
    reports: Reports
    sealed_report: bytes
    copy: SealedRow | None


def inspect_next(units: Units, gate: Gate, inspector: Inspector, *, origin: Origin) -> bool:
    """Inspect the file that waits longest; tell whether there was one.

    What fails for the moment is tried again later, at most `MOST_ATTEMPTS` times; then the file
    counts as not inspected, which holds its release back.

    Raises:
        Unavailable: the database does not answer.
    """
    with units.begin(origin) as work:
        claim = _claim(work, gate)
    if claim is None:
        return False
    if claim.attempt > MOST_ATTEMPTS:
        _drop(units, gate, claim, ENDED_WORKERS, origin, last=True)
        return True
    try:
        found = _look(gate, inspector, claim)
    except NotAuthentic:
        _drop(units, gate, claim, DAMAGED, origin, last=True, damaged=True)
    except KeyDestroyed:
        _drop(units, gate, claim, DESTROYED, origin, last=True)
    except (Unavailable, SandboxFailed) as problem:
        _drop(units, gate, claim, str(problem), origin, last=claim.attempt >= MOST_ATTEMPTS)
    else:
        _keep(units, gate, inspector, claim, found, origin)
    return True


def inspect_waiting(
    units: Units,
    gate: Gate,
    inspector: Inspector,
    *,
    origin: Origin,
    watch: Callable[[int], None] = lambda _: None,
) -> int:
    """Inspect every file that waits for it now, several at once; give how many there were.

    Args:
        watch: told how many are done, from any thread.

    Raises:
        Unavailable: the database does not answer; what was inspected until then stays so.
    """
    done = count(1)

    def work_off() -> int:
        mine = 0
        while inspect_next(units, gate, inspector, origin=origin):
            watch(next(done))
            mine += 1
        return mine

    with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="inspecting") as pool:
        return sum(one.result() for one in [pool.submit(work_off) for _ in range(AT_ONCE)])


def _claim(work: Work, gate: Gate) -> _Claim | None:
    row = inspections.claim(work.session, work.now, LEASE)
    if row is None:
        return None
    audience_id = AudienceId(row.audience)
    attached = AttachmentRow(id=row.attachment, record_id=row.record, envelope=row.envelope)
    try:
        first = SealedRow.from_json(row.envelope).attachment
    except NotAuthentic:
        first = AttachmentId(row.attachment)
    permit = gate.look_into(
        work,
        Subject("attachment", first, RecordId(row.record)),
        audience_id,
        event="inspection.begun",
        details={
            "version": row.number,
            "attempt": row.attempt,
            "key": str(row.envelope.get("sealed", {}).get("key_id", "")),
        },
    )
    return _Claim(
        attempt=row.attempt,
        attachment_id=AttachmentId(row.attachment),
        audience_id=audience_id,
        label=inspections.label(work.session, audience_id),
        number=row.number,
        language=row.language,
        name=row.name,
        row=attached,
        originator=row.originator,
        permit=permit,
    )


def _look(gate: Gate, inspector: Inspector, claim: _Claim) -> _Found:
    sealed = SealedRow.from_json(claim.row.envelope)
    binding = sealed.binding(claim.row, claim.originator, inspector.arrangement)
    label = sealed.seal_label(claim.label, gate.keeper.current.schemes)
    look = partial(inspector.inspect, schemes=gate.keeper.current.schemes, scan=inspector.scan)
    copy: SealedRow | None = None
    if sealed.envelope.size_bytes > inspector.limit_bytes:
        many = f"It has more than {inspector.limit_bytes:,} bytes, the most that are looked into."
        reports = Reports(not_inspected(many))
    else:
        with (
            open_attachment(
                claim.permit,
                sealed.envelope,
                binding,
                label,
                keys=inspector.keys,
                blobs=inspector.blobs,
            ) as opened,
            Input.of(opened.chunks(), opened.size_bytes) as file,
        ):
            report, output = look(file, claim.name, clean=True)
        reports = Reports(report)
        if output is not None:
            with output:
                reports = Reports(report, _looked_again(look, output, claim.name))
                copy = _sealed_copy(inspector, sealed, binding, label, output)
    told = canonical_bytes(reports.mapped(_without_text).to_json())
    report_bytes = seal_report(
        claim.permit, sealed.envelope, binding, label, told, keys=inspector.keys
    )
    return _Found(reports, report_bytes, copy)


def _looked_again(
    look: Callable[..., tuple[Report, Output | None]], output: Output, name: str
) -> Report:
    """Look into the cleaned copy as into any file: what it still has is told, not presumed."""
    with Input.of(output.chunks(), output.size_bytes) as file:
        return look(file, name, clean=False)[0]


def _sealed_copy(
    inspector: Inspector, sealed: SealedRow, binding: Binding, label: SealLabel, output: Output
) -> SealedRow:
    with begin_seal(
        replace(binding, form="cleaned"), label, keys=inspector.keys, blobs=inspector.blobs
    ) as sealing:
        for chunk in output.chunks():
            sealing.write(chunk)
        finished: Sealed = sealing.finish()
    return replace(sealed, envelope=finished.envelope, form="cleaned")


def _keep(
    units: Units, gate: Gate, inspector: Inspector, claim: _Claim, found: _Found, origin: Origin
) -> None:
    copy, report = found.copy, found.reports.original
    with units.begin(origin) as work:
        kept = inspections.keep(
            work.session,
            claim.attachment_id,
            audience_id=claim.audience_id,
            attempt=claim.attempt,
            now=work.now,
            inspector=report.inspector,
            outline=found.reports.mapped(_outline).to_json(),
            report=found.sealed_report,
            copy=copy.to_json() if copy else None,
        )
        if kept:
            gate.look_into(
                work,
                claim.subject,
                claim.audience_id,
                event="attachment.inspected",
                details=_told(claim, report),
            )
            _keep_texts(work, gate, claim, found)
            if copy is not None:
                work.after_commit.append(partial(inspector.blobs.promote, copy.envelope.blob))
    if copy is not None and not kept:
        inspector.blobs.delete(copy.envelope.blob)


def _keep_texts(work: Work, gate: Gate, claim: _Claim, found: _Found) -> None:
    """Let search look at what the file says, and its cleaned copy, where every label allows it.

    What a file hides is part of its text: a file that blocks is not searched, nor one that says it
    is marked higher. Other versions may hold it under a label that this draft is to lower.
    """
    schemes, original = gate.keeper.current.schemes, found.reports.original
    blob = str(claim.row.envelope["sealed"]["blob"])
    forget_file_texts(work.session, [blob])
    labels = [claim.label, *labels_of_file(work.session, blob)]
    if not all(map(schemes.may_index, labels)) or mismatches(original, claim.label, schemes):
        return
    reports = {blob: original}
    if found.copy and found.reports.cleaned:
        reports[found.copy.envelope.blob] = found.reports.cleaned
    for name, report in reports.items():
        if not report.blocking:
            keep_file_text(
                work.session,
                claim.attachment_id,
                claim.audience_id,
                name,
                claim.language,
                report.text,
            )


def _told(claim: _Claim, report: Report) -> dict[str, Detail]:
    """Give what the log keeps of an inspection: kinds and how many, and no word of the file."""
    grave = Counter(finding.about.severity.value for finding in report.findings)
    return {
        "version": claim.number,
        "blocking": grave["blocking"],
        "warnings": grave["warning"],
        "notes": grave["note"],
        "kinds": sorted({finding.kind for finding in report.findings}),
        "cleaned": report.cleaned,
        "inspector": report.inspector,
        "key": claim.key_id,
    }


def _drop(
    units: Units,
    gate: Gate,
    claim: _Claim,
    why: str,
    origin: Origin,
    *,
    last: bool,
    damaged: bool = False,
) -> None:
    """Give a claim back, to be tried again later or, the last time, as failed."""
    pause = FIRST_PAUSE * 4 ** (claim.attempt - 1)
    with units.begin(origin) as work:
        again_at = None if last else work.now + pause
        dropped = inspections.drop(
            work.session, claim.attachment_id, claim.attempt, again_at=again_at, why=why
        )
        if damaged:
            work.record(_alarm(claim))
        if dropped and last:
            gate.look_into(
                work,
                claim.subject,
                claim.audience_id,
                event="inspection.failed",
                details={"version": claim.number, "attempts": claim.attempt},
            )


def _alarm(claim: _Claim) -> Event:
    return Event(
        type="attachment.damaged",
        subject=str(claim.subject),
        record=claim.subject.record,
        organisations=frozenset({claim.originator}),
        audience=claim.audience_id,
    )


def _outline(report: Report) -> Report:
    """Give a report without a word of the file: kinds, pages, and which markings it bears."""
    return replace(
        report,
        findings=tuple(Finding(one.kind, page=one.page) for one in report.findings),
        markings=tuple(replace(one, place="", excerpt="") for one in report.markings),
        text=(),
    )


def _without_text(report: Report) -> Report:
    return replace(report, text=())
