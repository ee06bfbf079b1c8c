"""What is hidden in a file: findings, its text, and a cleaned copy, made in the sandbox.

`inspect` has a file scanned for malware, then looked into by a process that can do nothing else,
and gives a `Report`: `Finding`s of the `KINDS`, the markings that the file bears and its text. What
is looked for, and what each finding means, stands in docs/inspection.md.
"""

from app.inspection.findings import KINDS, FindingKind, Severity
from app.inspection.inspecting import inspect, not_inspected
from app.inspection.malware import Scan, open_scan
from app.inspection.markings import mismatches
from app.inspection.report import INSPECTOR, Finding, Marked, Passage, Report
from app.inspection.word_text import LARGEST_WORD_BYTES, word_to_html

__all__ = [
    "INSPECTOR",
    "KINDS",
    "LARGEST_WORD_BYTES",
    "Finding",
    "FindingKind",
    "Marked",
    "Passage",
    "Report",
    "Scan",
    "Severity",
    "inspect",
    "mismatches",
    "not_inspected",
    "open_scan",
    "word_to_html",
]
