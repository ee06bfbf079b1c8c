"""Figures for Prometheus: how many requests, how long they took, how many run.

Labels are the route's template and the status, never an address or a person.
"""

import hmac
import time
from ipaddress import ip_address

from fastapi import Request
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.errors import NotFound
from app.edge.services import services_of

# A figure for each method that somebody makes up would fill the memory.
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Metrics:
    """Counts the requests of one application; outermost, so that every answer counts."""

    def __init__(self, app: ASGIApp, *, registry: CollectorRegistry) -> None:
        self._app = app
        self._requests = Counter(
            "entente_requests", "Answers sent.", ["method", "route", "status"], registry=registry
        )
        self._seconds = Histogram(
            "entente_request_seconds",
            "From the request to the end of the answer.",
            ["route"],
            buckets=SECONDS,
            registry=registry,
        )
        self._running = Gauge("entente_requests_running", "Requests now.", registry=registry)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through and count its answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 500

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        began = time.perf_counter()
        with self._running.track_inprogress():
            try:
                await self._app(scope, receive, noted)
            finally:
                route = getattr(scope.get("route"), "path", "none")
                method = scope["method"] if scope["method"] in METHODS else "other"
                self._requests.labels(method, route, status).inc()
                self._seconds.labels(route).observe(time.perf_counter() - began)


def metrics_text(request: Request) -> bytes:
    """Give the figures to this machine, or to whoever has the token.

    Raises:
        NotFound: the caller is neither.
    """
    if not (_from_here(request) or _has_token(request)):
        raise NotFound
    registry: CollectorRegistry = request.app.state.metrics
    return generate_latest(registry)


def _from_here(request: Request) -> bool:
    # Behind a proxy on this machine everybody seems to come from here: the proxy says so itself.
    forwarded = {"forwarded", "x-forwarded-for", "x-real-ip"} & set(request.headers)
    host = request.client.host if request.client else ""
    try:
        return not forwarded and ip_address(host).is_loopback
    except ValueError:
        return False


def _has_token(request: Request) -> bool:
    token = services_of(request).settings.metrics_token
    given = request.headers.get("authorization", "").removeprefix("Bearer ").encode()
    if not token:  # unset, or set to nothing
        return False
    return hmac.compare_digest(given, token.get_secret_value().encode())
