"""The witness over HTTP: two addresses, `add-checkpoint` and the checkpoint of each log.

Source: c2sp.org/tlog-witness.
"""

import logging

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from app.core.errors import Problem
from app.tlog import MAX_REQUEST_BYTES
from app.witness.protocol import TEXT_MEDIA_TYPE, Refusal, Witness

logger = logging.getLogger("entente.witness")


def create_app(witness: Witness) -> Starlette:
    """Give the application that answers for `witness`, as submission and monitoring prefix."""

    async def add_checkpoint(request: Request) -> Response:
        body = await _body(request)
        return _text(await run_in_threadpool(witness.add_checkpoint, body))

    async def checkpoint(request: Request) -> Response:
        origin_hex = request.path_params["origin_hex"]
        return _text(await run_in_threadpool(witness.checkpoint, origin_hex))

    return Starlette(
        routes=[
            Route("/add-checkpoint", add_checkpoint, methods=["POST"]),
            Route("/{origin_hex}/checkpoint", checkpoint, methods=["GET"]),
        ],
        exception_handlers={Refusal: _refused, Problem: _unavailable, OSError: _unavailable},
    )


async def _body(request: Request) -> bytes:
    """Read the body, and stop where it is longer than any request."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MAX_REQUEST_BYTES:
            raise Refusal(413, "This is longer than any request to cosign a checkpoint.\n")
    return bytes(body)


def _text(text: str | bytes) -> Response:
    return PlainTextResponse(text, headers={"Cache-Control": "no-store"})


def _refused(_: Request, refusal: Exception) -> Response:
    assert isinstance(refusal, Refusal)  # noqa: S101 - what Starlette hands to this handler
    headers = {"Content-Type": refusal.media_type, "Cache-Control": "no-store"}
    return Response(refusal.text, refusal.status, headers)


def _unavailable(_: Request, error: Exception) -> Response:
    logger.critical("Nothing was cosigned: %s", error)
    headers = {"Content-Type": TEXT_MEDIA_TYPE}
    return Response("The witness cannot keep a record, and so signs nothing.\n", 500, headers)
