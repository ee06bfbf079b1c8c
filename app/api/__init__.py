"""The JSON API under /api/v1: the same verbs as the pages, answered as their views."""

from fastapi import APIRouter, FastAPI

ROUTERS: tuple[APIRouter, ...] = ()

__all__ = ["add_routes"]


def add_routes(app: FastAPI) -> None:
    """Let the application answer with JSON."""
    for router in ROUTERS:
        app.include_router(router, prefix="/api/v1")
