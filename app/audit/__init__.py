"""Audit: keeps the journal of every access and act, and answers questions about it."""

from app.audit.commands import LogFilter
from app.audit.service import entry, log, log_rows, own_acts
from app.audit.views import EntryView, LogPage

__all__ = [
    "EntryView",
    "LogFilter",
    "LogPage",
    "entry",
    "log",
    "log_rows",
    "own_acts",
]
