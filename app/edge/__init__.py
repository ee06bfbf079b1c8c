"""The edge: who asks, the unit of work, problems into answers, forms, headers, bytes in and out."""

from app.edge.asking import (
    SignedInActor,
    SignedInAsking,
    TheGate,
    TheServices,
    Visitor,
    Working,
    another_unit,
    ask,
    asking_of,
    drop_session,
    keep_session,
    origin_of,
    session_secret,
    work_of,
)
from app.edge.attaching import attach_file, attach_received
from app.edge.carrying import carry_file
from app.edge.copies import PageShown, page_picture, serve_page
from app.edge.downloads import AttachmentResponse, Unsatisfiable, parse_range, serve_attachment
from app.edge.exporting import ExportFile, ForAuditors, serve_export
from app.edge.findings import DraftFindings, ReviewFindings, findings_to_review, inspection_of
from app.edge.forms import OpenForm, SafeForm, check_same_site, csrf_token_of
from app.edge.headers import BodyLimit, SecurityHeaders
from app.edge.health import Check, health
from app.edge.log_figures import LogFigures
from app.edge.metrics import Metrics, metrics_text
from app.edge.problems import answer_problems, invalid_input, status_of
from app.edge.receipts import Receipts
from app.edge.replica_figures import ReplicaFigures
from app.edge.resumable import DIGEST, Door, capabilities, create, give_up, go_on, tell
from app.edge.routers import Below
from app.edge.services import Services, services_of
from app.edge.tus import digest_of, digest_written
from app.edge.uploads import Received, announced_bytes, receive_body, receive_form

__all__ = [
    "DIGEST",
    "AttachmentResponse",
    "Below",
    "BodyLimit",
    "Check",
    "Door",
    "DraftFindings",
    "ExportFile",
    "ForAuditors",
    "LogFigures",
    "Metrics",
    "OpenForm",
    "PageShown",
    "Receipts",
    "Received",
    "ReplicaFigures",
    "ReviewFindings",
    "SafeForm",
    "SecurityHeaders",
    "Services",
    "SignedInActor",
    "SignedInAsking",
    "TheGate",
    "TheServices",
    "Unsatisfiable",
    "Visitor",
    "Working",
    "announced_bytes",
    "another_unit",
    "answer_problems",
    "ask",
    "asking_of",
    "attach_file",
    "attach_received",
    "capabilities",
    "carry_file",
    "check_same_site",
    "create",
    "csrf_token_of",
    "digest_of",
    "digest_written",
    "drop_session",
    "findings_to_review",
    "give_up",
    "go_on",
    "health",
    "inspection_of",
    "invalid_input",
    "keep_session",
    "metrics_text",
    "origin_of",
    "page_picture",
    "parse_range",
    "receive_body",
    "receive_form",
    "serve_attachment",
    "serve_export",
    "serve_page",
    "services_of",
    "session_secret",
    "status_of",
    "tell",
    "work_of",
]
