"""Turns problems into answers: problem details for the API, a page for people; one place each.

Source: RFC 9457 (problem details for HTTP APIs).
"""

import logging
from collections.abc import Callable, Mapping
from urllib.parse import urlencode
from uuid import uuid4

from fastapi import FastAPI, Request
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from pydantic import ValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from app.core import errors
from app.edge import tus
from app.edge.asking import API_PATHS
from app.records import BeingSent, EditedMeanwhile

logger = logging.getLogger("entente.edge")

STATUS: dict[type[errors.Problem], int] = {
    errors.Invalid: 422,
    errors.NotSignedIn: 401,
    errors.NotFound: 404,
    errors.TermsNotAccepted: 403,
    errors.Forbidden: 403,
    errors.Conflict: 409,
    errors.TooLarge: 413,
    errors.TooMany: 429,
    errors.Unavailable: 503,
    BeingSent: 423,
    tus.WrongVersion: 412,
    tus.WrongBody: 415,
    tus.ChecksumMismatch: 460,
}
# What a program tells apart from other refusals; `terms` and `Link` (RFC 8288) say what to accept.
TERMS_TYPE = "urn:entente:problem:terms-not-accepted"
ABSENT = "It may have been moved or withdrawn, or you may not have been given access to it."

UNKNOWN = errors.Unavailable("Something went wrong here. Nothing was changed. Try again soon.")
SERVER_FAULT = 500

# The parser's own checks by its names for them; what our checks say is told as it is.
WORDS: Mapping[str, str] = {
    "date": "Write a day that there is, like 2026-03-01.",
    "datetime": "Write a day that there is and a time, like 2026-03-01T12:00.",
    "enum": "Choose one of those that are offered.",
    "extra_forbidden": "There is nothing of this name.",
    "literal_error": "Choose one of those that are offered.",
    "missing": "Fill this in.",
    "string_too_long": "Write at most {max_length} characters.",
    "string_too_short": "Write at least {min_length} characters.",
}

PageOfProblem = Callable[[Request, int, errors.Problem, str], Response]


def status_of(problem: errors.Problem) -> int:
    """Give the HTTP status of a problem: that of the nearest class in the tree."""
    return next((STATUS[kind] for kind in type(problem).__mro__ if kind in STATUS), 400)


def answer_problems(app: FastAPI, page: PageOfProblem) -> None:
    """Let every problem of the application be answered; `page` draws it for people."""
    answers = _Answers(page)
    app.add_exception_handler(errors.Problem, answers.known)
    app.add_exception_handler(RequestValidationError, answers.invalid)
    app.add_exception_handler(ValidationError, answers.invalid)
    app.add_exception_handler(HTTPException, answers.http)
    app.add_exception_handler(Exception, answers.unknown)


class _Answers:
    def __init__(self, page: PageOfProblem) -> None:
        self._page = page

    def known(self, request: Request, error: Exception) -> Response:
        return self._answer(request, error if isinstance(error, errors.Problem) else UNKNOWN)

    def invalid(self, request: Request, error: Exception) -> Response:
        if isinstance(error, RequestValidationError) and _in_path(error):
            return self._answer(request, errors.NotFound())
        return self._answer(request, invalid_input(error))

    def http(self, request: Request, error: Exception) -> Response:
        if isinstance(error, HTTPException) and error.status_code not in (404, 405):
            return self._answer(request, errors.Invalid(str(error.detail)))
        return self._answer(request, errors.NotFound())

    def unknown(self, request: Request, error: Exception) -> Response:
        logger.error("unexpected", exc_info=error)
        return self._answer(request, UNKNOWN)

    def _answer(self, request: Request, problem: errors.Problem) -> Response:
        # A refusal must not differ from absence in a single byte.
        if isinstance(problem, errors.NotFound) and not isinstance(
            problem, errors.TermsNotAccepted
        ):
            problem = errors.NotFound(ABSENT)
        status = status_of(problem)
        reference = uuid4().hex[:12] if status >= SERVER_FAULT else ""
        if reference:
            logger.error("answered %s reference=%s: %s", status, reference, problem)
        # What this protocol's answers carry whether they please or not (tus, in app/edge/tus.py).
        always: Mapping[str, str] | None = getattr(request.state, "answer_headers", None)
        if always is not None or _wants_json(request):
            answer = _details(status, problem, reference)
            answer.headers.update(always or {})
            return answer
        if isinstance(problem, errors.NotSignedIn) and request.method == "GET":
            return RedirectResponse("/sign-in?" + urlencode({"next": _asked_for(request)}), 303)
        if isinstance(problem, errors.TermsNotAccepted) and request.method == "GET":
            asked = urlencode({"next": _asked_for(request)})
            return RedirectResponse(f"/terms/{problem.slugs[0]}?{asked}", 303)
        return self._page(request, status, problem, reference)


def _asked_for(request: Request) -> str:
    return f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path


def _in_path(error: RequestValidationError) -> bool:
    """Tell whether the address names something by what cannot be a name: then there is none."""
    return any(one["loc"][0] == "path" for one in error.errors())


def invalid_input(error: Exception) -> errors.Invalid:
    """Say beside each field what is wrong with it, in the words of its check."""
    fields: dict[str, str] = {}
    if isinstance(error, RequestValidationError | ValidationError):
        for one in error.errors():
            place = ".".join(str(part) for part in one["loc"] if part not in ("body", "query"))
            fields[place or "body"] = _said(one["type"], one["msg"], one.get("ctx", {}))
    return errors.Invalid("Some of this needs another look.", fields=fields)


def _said(kind: str, told: str, limits: Mapping[str, object]) -> str:
    """Say what a check found, in our words for the checks that are the parser's own."""
    if kind == "string_too_short" and limits.get("min_length") == 1:
        return WORDS["missing"]
    if kind.startswith("datetime_"):
        kind = "datetime"
    elif kind.startswith(("date_from", "date_parsing")):
        kind = "date"
    words = WORDS.get(kind)
    return words.format(**limits) if words else told.removeprefix("Value error, ")


def _wants_json(request: Request) -> bool:
    return request.url.path.startswith((*API_PATHS, "/metrics", "/healthz", "/readyz"))


def _details(status: int, problem: errors.Problem, reference: str) -> JSONResponse:
    body: dict[str, object] = {
        "type": "about:blank",
        "title": problem.title,
        "status": status,
        "detail": problem.detail or problem.title,
    }
    if isinstance(problem, errors.Invalid) and problem.fields:
        body["errors"] = [
            {"pointer": "/" + name.replace(".", "/"), "detail": detail}
            for name, detail in problem.fields.items()
        ]
    if isinstance(problem, EditedMeanwhile):
        # What somebody else saved is answered with the refusal, so that nobody's text is lost.
        body["current"] = jsonable_encoder(problem.current)
    if reference:
        body["reference"] = reference
    headers = {}
    if isinstance(problem, errors.TermsNotAccepted):
        hrefs = [f"/api/v1/terms/{slug}" for slug in problem.slugs]
        body |= {"type": TERMS_TYPE, "terms": hrefs}
        headers["Link"] = ", ".join(f'<{href}>; rel="terms-of-service"' for href in hrefs)
    if isinstance(problem, errors.TooMany):
        headers["Retry-After"] = str(max(1, round(problem.retry_after.total_seconds())))
    if isinstance(problem, errors.NotSignedIn):
        headers["WWW-Authenticate"] = 'Bearer realm="entente"'
    return JSONResponse(body, status, headers, media_type="application/problem+json")
