"""Audit: keeps the journal of every access and act, and answers questions about it."""

from app.audit.journal import DatabaseJournal

__all__ = ["DatabaseJournal"]
