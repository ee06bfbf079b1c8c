"""Audit: keeps the journal of every access and act, and answers questions about it."""

from app.audit.commands import LogFilter
from app.audit.journal import DatabaseJournal
from app.audit.service import entry, log, log_rows, own_acts
from app.audit.views import EntryView, LogPage

__all__ = [
    "DatabaseJournal",
    "EntryView",
    "LogFilter",
    "LogPage",
    "entry",
    "log",
    "log_rows",
    "own_acts",
]
