"""Pages of the auditor's workbench: its home, the questions, the log, an entry, the proof."""

from fastapi import APIRouter

from app.web import audit_entries, audit_home, audit_log, audit_proof, audit_questions

router = APIRouter()
for part in (audit_home, audit_questions, audit_log, audit_entries, audit_proof):
    router.include_router(part.router)
