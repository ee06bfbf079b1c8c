"""Audit: answers questions about the log, gives it away, has samples of it reviewed, watches it.

`reviews`, `statements` and `alerts` are entered by their own names: `reviews.begin`.
"""

from app.audit import alerts, reviews, statements
from app.audit.actions import ACTIONS
from app.audit.commands import ExplainAccess, LogFilter, QuestionFilter
from app.audit.copies import CopyView, copy
from app.audit.explained import (
    EntryExplained,
    Explained,
    Explanation,
    Judged,
    PolicySaid,
    RequirementSaid,
)
from app.audit.explaining import explain_access, explain_to_operator
from app.audit.explaining_entries import explain_entry
from app.audit.exports import (
    Archived,
    Published,
    Push,
    archive,
    archived_logs,
    export_csv,
    export_evidence,
    export_ocsf,
    export_tiles,
)
from app.audit.policy_loads import load_entries
from app.audit.queries import references
from app.audit.questions import (
    Answer,
    Asked,
    Chart,
    Column,
    Named,
    QuestionName,
    QuestionView,
    Row,
    Series,
    Total,
    Value,
    WholeAnswer,
    answer,
    answer_whole,
    questions,
)
from app.audit.service import check_office, entry, log, own_acts
from app.audit.thresholds import Thresholds, load_thresholds
from app.audit.views import EntryView, LogPage
from app.audit.workbench import (
    EarlierLog,
    LogKey,
    ProvenEntry,
    Standing,
    log_state,
    proven_entry,
    standing,
)

__all__ = [
    "ACTIONS",
    "Answer",
    "Archived",
    "Asked",
    "Chart",
    "Column",
    "CopyView",
    "EarlierLog",
    "EntryExplained",
    "EntryView",
    "ExplainAccess",
    "Explained",
    "Explanation",
    "Judged",
    "LogFilter",
    "LogKey",
    "LogPage",
    "Named",
    "PolicySaid",
    "ProvenEntry",
    "Published",
    "Push",
    "QuestionFilter",
    "QuestionName",
    "QuestionView",
    "RequirementSaid",
    "Row",
    "Series",
    "Standing",
    "Thresholds",
    "Total",
    "Value",
    "WholeAnswer",
    "alerts",
    "answer",
    "answer_whole",
    "archive",
    "archived_logs",
    "check_office",
    "copy",
    "entry",
    "explain_access",
    "explain_entry",
    "explain_to_operator",
    "export_csv",
    "export_evidence",
    "export_ocsf",
    "export_tiles",
    "load_entries",
    "load_thresholds",
    "log",
    "log_state",
    "own_acts",
    "proven_entry",
    "questions",
    "references",
    "reviews",
    "standing",
    "statements",
]
