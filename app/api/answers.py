"""What every route of the API shares: its description of problems, and links between pages."""

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlencode

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel, Field

from app.core.paging import Page


class FieldProblem(BaseModel):
    """What is wrong with one field of the request."""

    pointer: str = Field(description="A JSON Pointer (RFC 6901) into the request.")
    detail: str


class ProblemDetails(BaseModel):
    """Problem details (RFC 9457)."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    errors: list[FieldProblem] = []
    reference: str = ""


_PROBLEM: dict[str, Any] = {"model": ProblemDetails, "content": {"application/problem+json": {}}}
PROBLEMS: dict[int | str, dict[str, Any]] = {
    401: _PROBLEM | {"description": "The token is missing, or no longer good."},
    403: _PROBLEM | {"description": "This is not yours to do."},
    404: _PROBLEM | {"description": "No such thing, or none that you may know of."},
    409: _PROBLEM | {"description": "Somebody else changed it meanwhile, or its state is another."},
    413: _PROBLEM | {"description": "Too large."},
    422: _PROBLEM | {"description": "Something in the request needs another look."},
    429: _PROBLEM | {"description": "Too many attempts; see Retry-After."},
    503: _PROBLEM | {"description": "A part that is needed does not answer. Nothing was done."},
}


def _named(route: APIRoute) -> str:
    return route.name


def nouns(noun: str, prefix: str = "") -> APIRouter:
    """Make a router for one noun; its operations are named by their functions."""
    named: Callable[[APIRoute], str] = _named
    return APIRouter(
        prefix=prefix, tags=[noun], responses=PROBLEMS, generate_unique_id_function=named
    )


def link_pages(request: Request, response: Response, page: Page[Any], query: str = "") -> None:
    """Say in the `Link` header where the neighbouring pages are (RFC 8288).

    `query` is what they are asked for with; what this page was asked for with, if it is empty.
    """
    given = parse_qsl(query) if query else request.query_params.multi_items()
    asked = [(key, value) for key, value in given if key != "cursor"]
    links = []
    for rel, cursor in (("next", page.next_cursor), ("prev", page.previous_cursor)):
        if cursor is not None:
            query = urlencode([*asked, ("cursor", cursor)])
            links.append(f'<{request.url.path}?{query}>; rel="{rel}"')
    if links:
        response.headers["Link"] = ", ".join(links)
