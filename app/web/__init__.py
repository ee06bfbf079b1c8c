"""Pages: server-rendered, in plain words, the same verbs underneath as the JSON."""

from pathlib import Path

from fastapi import APIRouter, FastAPI
from starlette.staticfiles import StaticFiles

from app.web import (
    account,
    agreements,
    alerts,
    attachments,
    audit,
    audit_exports,
    away,
    calendar,
    consents,
    conversation,
    decisions,
    desk,
    drafts,
    explaining,
    granted,
    home,
    leaving,
    notices,
    organisation,
    origins,
    pasting,
    policies,
    proposals,
    recalls,
    records,
    reference,
    requests,
    resuming,
    reviews,
    seeing,
    sign_in,
    statements,
    terms,
    together,
    uploads,
    viewing,
    withdrawing,
)
from app.web import help as help_pages
from app.web.pages import problem_page

STATIC = Path(__file__).parents[2] / "static" / "build"

ROUTERS: tuple[APIRouter, ...] = (
    home.router,
    sign_in.router,
    account.router,
    records.router,
    attachments.router,
    conversation.router,
    help_pages.router,
    pasting.router,
    seeing.router,
    drafts.router,
    uploads.router,
    resuming.router,
    withdrawing.router,
    recalls.router,
    viewing.router,
    origins.router,
    explaining.router,
    consents.router,
    away.router,
    together.router,
    desk.router,
    decisions.router,
    notices.router,
    calendar.router,
    audit_exports.router,
    reviews.router,
    alerts.router,
    statements.router,
    audit.router,
    leaving.router,
    agreements.router,
    proposals.router,
    organisation.router,
    reference.router,
    policies.router,
    requests.router,
    granted.router,
    terms.router,
)

__all__ = ["add_routes", "problem_page"]


class HashedFiles(StaticFiles):
    """Files whose name changes with their content: kept for ever by whoever has them."""

    def file_response(self, *args: object, **kwargs: object) -> object:  # type: ignore[override]
        response = super().file_response(*args, **kwargs)  # type: ignore[arg-type]
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


def add_routes(app: FastAPI) -> None:
    """Let the application answer with pages."""
    app.mount("/static", HashedFiles(directory=STATIC), name="static")
    for router in ROUTERS:
        app.include_router(router, include_in_schema=False)
