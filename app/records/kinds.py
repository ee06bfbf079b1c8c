"""The eight kinds of record, and the fields that each asks for beside its text.

Labels and hints are what people see in the editor. A required field may be missing while a draft is
written, and is asked for when it is submitted.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Kind(StrEnum):
    """What sort of thing a record is."""

    BEST_PRACTICE = "best_practice"
    GOVERNANCE_FRAMEWORK = "governance_framework"
    TOOL_WRITEUP = "tool_writeup"
    EVALUATION_REPORT = "evaluation_report"
    BENCHMARK = "benchmark"
    STANDARD = "standard"
    RESEARCH = "research"
    TREND = "trend"


class FieldType(StrEnum):
    """How a field is typed in and shown.

    A table is a list of rows of cells, the first being the header; a form sends it as lines whose
    cells are separated by `|`.
    """

    TEXT = "text"
    LONGTEXT = "longtext"
    URL = "url"
    CHOICE = "choice"
    DATE = "date"
    TABLE = "table"


@dataclass(frozen=True)
class Field:
    """A field of a kind; `choices` are pairs of value and label."""

    name: str
    label: str
    hint: str = ""
    type: FieldType = FieldType.TEXT
    choices: tuple[tuple[str, str], ...] = ()
    required: bool = False


KIND_LABELS: Final[Mapping[Kind, str]] = {
    Kind.BEST_PRACTICE: "Best practice",
    Kind.GOVERNANCE_FRAMEWORK: "Governance framework",
    Kind.TOOL_WRITEUP: "Tool write-up",
    Kind.EVALUATION_REPORT: "Evaluation report",
    Kind.BENCHMARK: "Benchmark",
    Kind.STANDARD: "Standard",
    Kind.RESEARCH: "Research",
    Kind.TREND: "Trend",
}

_MATURITY = (
    ("idea", "Idea"),
    ("prototype", "Prototype"),
    ("pilot", "In pilot use"),
    ("production", "In regular use"),
    ("retired", "No longer maintained"),
)
_STATUS = (
    ("proposed", "Proposed"),
    ("consultation", "In consultation"),
    ("adopted", "Adopted, not yet in force"),
    ("in_force", "In force"),
    ("repealed", "No longer in force"),
)
_STAGE = (
    ("proposal", "Proposal"),
    ("working_draft", "Working draft"),
    ("committee_draft", "Committee draft"),
    ("enquiry", "Enquiry"),
    ("published", "Published"),
    ("withdrawn", "Withdrawn"),
)
_CONFIDENCE = (("low", "Low"), ("moderate", "Moderate"), ("high", "High"))

KIND_FIELDS: Final[Mapping[Kind, tuple[Field, ...]]] = {
    Kind.BEST_PRACTICE: (
        Field("problem", "Problem", "What goes wrong without it.", FieldType.LONGTEXT),
        Field(
            "practice",
            "Practice",
            "What to do, in a few sentences.",
            FieldType.LONGTEXT,
            required=True,
        ),
        Field(
            "evidence",
            "Evidence",
            "Where it was tried, and what came of it.",
            FieldType.LONGTEXT,
        ),
        Field("licence", "Licence", "For example CC-BY-4.0."),
    ),
    Kind.GOVERNANCE_FRAMEWORK: (
        Field(
            "jurisdiction",
            "Jurisdiction",
            "Where it applies, for example Singapore.",
            required=True,
        ),
        Field("status", "Status", "", FieldType.CHOICE, _STATUS, required=True),
        Field("applies_to", "Applies to", "Who has to follow it.", FieldType.LONGTEXT),
        Field("effective_on", "In effect from", "", FieldType.DATE),
        Field("url", "Official text", "The address of the official text.", FieldType.URL),
        Field("licence", "Licence", "For example CC-BY-4.0."),
    ),
    Kind.TOOL_WRITEUP: (
        Field("licence", "Licence", "For example Apache-2.0.", required=True),
        Field("repository", "Repository", "Where the source is.", FieldType.URL),
        Field("maturity", "Maturity", "", FieldType.CHOICE, _MATURITY, required=True),
    ),
    Kind.EVALUATION_REPORT: (
        Field(
            "model", "Model", "Which model or system was tested, with its version.", required=True
        ),
        Field("method", "Method", "How it was tested.", FieldType.LONGTEXT, required=True),
        Field(
            "results",
            "Results",
            "One line for each row, cells separated by |. The first line names the columns.",
            FieldType.TABLE,
            required=True,
        ),
        Field(
            "limitations",
            "Limitations",
            "What the results do not show.",
            FieldType.LONGTEXT,
            required=True,
        ),
        Field("licence", "Licence", "For example CC-BY-4.0."),
    ),
    Kind.BENCHMARK: (
        Field("task", "Task", "What a model has to do.", FieldType.LONGTEXT, required=True),
        Field("metric", "Metric", "How the answers are scored.", required=True),
        Field("baseline", "Baseline", "A result to compare with."),
        Field("dataset", "Data set", "Where the items are.", FieldType.URL),
        Field("licence", "Licence", "For example CC-BY-4.0."),
    ),
    Kind.STANDARD: (
        Field("body", "Standards body", "For example ISO/IEC JTC 1/SC 42.", required=True),
        Field("identifier", "Identifier", "For example ISO/IEC 42001:2023.", required=True),
        Field("stage", "Stage", "", FieldType.CHOICE, _STAGE, required=True),
        Field("licence", "Licence", "For example CC-BY-4.0."),
    ),
    Kind.RESEARCH: (
        Field("authors", "Authors", "Separated by semicolons.", required=True),
        Field("venue", "Venue", "Journal, conference or series."),
        Field("year", "Year", "Of publication, four digits."),
        Field("doi", "DOI", "For example 10.1000/182."),
        Field("licence", "Licence", "For example CC-BY-4.0."),
    ),
    Kind.TREND: (
        Field("horizon", "Horizon", "When it is expected to matter, for example 2 to 5 years."),
        Field("signals", "Signals", "What was observed.", FieldType.LONGTEXT, required=True),
        Field("confidence", "Confidence", "", FieldType.CHOICE, _CONFIDENCE, required=True),
        Field("licence", "Licence", "For example CC-BY-4.0."),
    ),
}


def field_of(kind: Kind, name: str) -> Field | None:
    """Give the field of this name, if the kind has one."""
    return next((field for field in KIND_FIELDS[kind] if field.name == name), None)
