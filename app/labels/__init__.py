"""Labels: the schemes of markings, what a marking means here, and what a portion carries.

Pure but for `load_schemes`, which reads the scheme files of a deployment once. A `Marking` is a
level of a scheme; `Schemes` parses and prints it, and knows which dominates which; a `Label` is
everything that a portion carries.
"""

from app.labels.changes import PlannedChange
from app.labels.equivalence import Equivalence, Row
from app.labels.errors import (
    AboveCeiling,
    NotComparable,
    SchemeError,
    UnfitLabel,
    UnknownEntry,
    UnknownMarking,
)
from app.labels.label import Label
from app.labels.loading import load_schemes, schemes_from_json, schemes_json
from app.labels.moments import parse_time, print_time
from app.labels.planning import check_changes, planned, planned_lines
from app.labels.releasability import (
    Entry,
    EntryKind,
    Releasability,
    parse_releasability,
    print_releasability,
)
from app.labels.scheme import Level, Marking, Scheme, SchemeId
from app.labels.schemes import Schemes
from app.labels.showing import (
    EquivalenceRow,
    MarkingShown,
    SchemeShown,
    SchemesShown,
    show_schemes,
)
from app.labels.spelling import fold
from app.labels.writing import banner, combine, parse_label, print_label

__all__ = [
    "AboveCeiling",
    "Entry",
    "EntryKind",
    "Equivalence",
    "EquivalenceRow",
    "Label",
    "Level",
    "Marking",
    "MarkingShown",
    "NotComparable",
    "PlannedChange",
    "Releasability",
    "Row",
    "Scheme",
    "SchemeError",
    "SchemeId",
    "SchemeShown",
    "Schemes",
    "SchemesShown",
    "UnfitLabel",
    "UnknownEntry",
    "UnknownMarking",
    "banner",
    "check_changes",
    "combine",
    "fold",
    "load_schemes",
    "parse_label",
    "parse_releasability",
    "parse_time",
    "planned",
    "planned_lines",
    "print_label",
    "print_releasability",
    "print_time",
    "schemes_from_json",
    "schemes_json",
    "show_schemes",
]
