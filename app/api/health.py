"""Health: whether the process lives, and whether all that it needs answers."""

from dataclasses import dataclass

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST

from app.edge import Check, TheServices, health, metrics_text

router = APIRouter(tags=["health"], generate_unique_id_function=lambda route: route.name)


@dataclass(frozen=True)
class Alive:
    """The process answers."""

    status: str = "alive"


@dataclass(frozen=True)
class Readiness:
    """Whether requests can be served, part by part."""

    ready: bool
    checks: list[Check]


@router.get("/healthz")
def alive() -> Alive:
    """Say that the process lives."""
    return Alive()


@router.get("/readyz", responses={503: {"model": Readiness}})
def ready(response: Response, services: TheServices) -> Readiness:
    """Say whether everything that serving needs answers."""
    checks = health(services)
    all_ready = all(check.ready for check in checks)
    response.status_code = 200 if all_ready else 503
    return Readiness(all_ready, checks)


@router.get("/metrics", response_class=Response)
def metrics(request: Request) -> Response:
    """Give figures to Prometheus on this machine, or with the token of the settings."""
    return Response(metrics_text(request), media_type=CONTENT_TYPE_LATEST)
