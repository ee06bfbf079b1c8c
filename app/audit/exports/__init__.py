"""Exports of the log: for a SIEM, for a spreadsheet, as evidence, and as a whole."""

from app.audit.exports.archiving import Archived, archive, archived_logs
from app.audit.exports.evidence import Published
from app.audit.exports.pushing import Push
from app.audit.exports.service import export_csv, export_evidence, export_ocsf
from app.audit.exports.tiles import Written, export_tiles

__all__ = [
    "Archived",
    "Published",
    "Push",
    "Written",
    "archive",
    "archived_logs",
    "export_csv",
    "export_evidence",
    "export_ocsf",
    "export_tiles",
]
