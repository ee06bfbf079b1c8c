"""Inspects a file: the malware scan, then everything else in the sandbox."""

from dataclasses import replace

from app.inspection.malware import Scan
from app.inspection.report import Finding, Report
from app.inspection.sniffing import UNKNOWN
from app.labels import Schemes, schemes_json
from app.sandbox import Input, Limits, Output, SandboxFailed, run

TASK = "app.inspection.tasks:inspect"
# A long report takes minutes; nobody waits for it but its release.
LIMITS = Limits(cpu_seconds=180, wall_seconds=360)


def inspect(
    file: Input, name: str, *, schemes: Schemes, scan: Scan | None, clean: bool = True
) -> tuple[Report, Output | None]:
    """Give the report on a file, and its cleaned copy where there is one; the caller closes it.

    A file that breaks the sandbox has the finding "not-inspectable", which blocks. A machine on
    which nothing can be confined is no finding about a file: that is raised.

    Raises:
        SandboxFailed: with the reason "unavailable"; to be tried again.
    """
    malware = _malware(file, scan)
    outputs: tuple[Output, ...] = ()
    arguments = {"name": name, "schemes": schemes_json(schemes)}
    try:
        result = run(TASK, file, arguments, limits=LIMITS, outputs=1 if clean else 0)
        report = Report.from_json(result.answer)
    except SandboxFailed as failed:
        if failed.reason == "unavailable":
            raise
        report = not_inspected(str(failed))
    except (ValueError, TypeError, KeyError, AttributeError):
        report = not_inspected("The file made what reads it answer nonsense.")
    else:
        outputs = result.outputs
    report = replace(report, findings=malware + report.findings)
    return report, _kept(outputs, report.cleaned)


def not_inspected(why: str) -> Report:
    """Give the report on a file that was not looked into, such as one that is too large."""
    return Report(UNKNOWN, findings=(Finding("not-inspectable", excerpt=why),))


def _malware(file: Input, scan: Scan | None) -> tuple[Finding, ...]:
    if scan is None:
        return (Finding("not-checked-for-malware"),)
    found = scan(file)
    return () if found is None else (found,)


def _kept(outputs: tuple[Output, ...], cleaned: bool) -> Output | None:
    if cleaned and outputs:
        return outputs[0]
    for output in outputs:
        output.close()
    return None
