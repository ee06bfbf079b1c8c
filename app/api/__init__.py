"""The JSON API under /api/v1: the same verbs as the pages, answered as their views."""

from fastapi import FastAPI

from app.api import (
    agreements,
    attachments,
    audit,
    audit_exports,
    calendar,
    conversation,
    decisions,
    deputies,
    desk,
    drafts,
    health,
    leaving,
    log,
    notices,
    organisation,
    origins,
    policies,
    proposals,
    published_log,
    recalls,
    records,
    reference,
    requests,
    reviewing,
    terms,
    token,
    uploads,
)
from app.edge import Below

NOUNS = (
    token,
    records,
    drafts,
    uploads,
    attachments,
    conversation,
    desk,
    recalls,
    decisions,
    deputies,
    calendar,
    notices,
    log,
    audit,
    audit_exports,
    reviewing,
    organisation,
    leaving,
    agreements,
    proposals,
    origins,
    reference,
    policies,
    requests,
    terms,
)

__all__ = ["add_routes"]


def add_routes(app: FastAPI) -> None:
    """Let the application answer with JSON."""
    nouns = Below("/api/")
    for noun in NOUNS:
        nouns.include_router(noun.router, prefix="/api/v1")
    app.include_router(nouns)
    app.include_router(published_log.router)
    app.include_router(decisions.public)
    app.include_router(health.router)
