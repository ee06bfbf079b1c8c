"""Pages of the workbench of auditors: its home, questions, the log, entries, copies, the proof."""

from fastapi import APIRouter

from app.web import (
    audit_copies,
    audit_entries,
    audit_explaining,
    audit_home,
    audit_log,
    audit_proof,
    audit_questions,
)

router = APIRouter()
for part in (
    *(audit_home, audit_questions, audit_explaining),
    *(audit_log, audit_entries, audit_copies, audit_proof),
):
    router.include_router(part.router)
