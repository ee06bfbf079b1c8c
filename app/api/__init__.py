"""The JSON API under /api/v1: the same verbs as the pages, answered as their views."""

from fastapi import FastAPI

from app.api import (
    attachments,
    audit,
    audit_exports,
    conversation,
    desk,
    drafts,
    health,
    log,
    notices,
    organisation,
    published_log,
    records,
    reference,
    reviewing,
    token,
    uploads,
)

NOUNS = (
    token,
    records,
    drafts,
    uploads,
    attachments,
    desk,
    notices,
    log,
    audit,
    audit_exports,
    reviewing,
    organisation,
    reference,
)

__all__ = ["add_routes"]


def add_routes(app: FastAPI) -> None:
    """Let the application answer with JSON."""
    for noun in NOUNS:
        app.include_router(noun.router, prefix="/api/v1")
    app.include_router(published_log.router)
    app.include_router(health.router)
