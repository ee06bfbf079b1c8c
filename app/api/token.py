"""Tokens: OAuth 2.0 client credentials for programs that act for a person.

Source: RFC 6749, sections 2.3.1, 4.4 and 5; RFC 7009.
"""

import base64
import binascii
from typing import Annotated
from urllib.parse import unquote_plus

from fastapi import Form, Request
from starlette.responses import JSONResponse, Response

from app import identity
from app.api.answers import nouns
from app.core.errors import TooMany
from app.edge import TheServices, Working
from app.identity import ClientCredentials, SignInRefused, TokenAnswer

router = nouns("token", "/token")
Text = Annotated[str, Form(max_length=4_000)]


@router.post("", response_model=TokenAnswer)
def issue_token(
    request: Request,
    work: Working,
    services: TheServices,
    grant_type: Text = "",
    client_id: Text = "",
    client_secret: Text = "",
) -> object:
    """Exchange a client's id and secret for an access token of ten minutes."""
    if grant_type != "client_credentials":
        return _refused("unsupported_grant_type", "Use grant_type=client_credentials.")
    given_id, given_secret = _basic(request) or (client_id, client_secret)
    command = ClientCredentials(client_id=given_id, client_secret=given_secret)
    answer = identity.issue_token(work, services.identity, command)
    if isinstance(answer, SignInRefused):
        return _not_let_in(answer)
    return answer


@router.post("/revocation", status_code=200)
def revoke_token(work: Working, services: TheServices, token: Text) -> None:
    """End an access token before its time."""
    identity.revoke_token(work, services.identity, token)


def _basic(request: Request) -> tuple[str, str] | None:
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        client_id, _, secret = base64.b64decode(given, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return unquote_plus(client_id), unquote_plus(secret)


def _not_let_in(refused: SignInRefused) -> Response:
    problem = refused.problem
    if isinstance(problem, TooMany):
        seconds = str(max(1, round(problem.retry_after.total_seconds())))
        return _refused("invalid_client", problem.detail, 429, {"Retry-After": seconds})
    headers = {"WWW-Authenticate": 'Basic realm="entente"'}
    return _refused("invalid_client", "The client is unknown or its secret is wrong.", 401, headers)


def _refused(
    error: str, description: str, status: int = 400, headers: dict[str, str] | None = None
) -> Response:
    body = {"error": error, "error_description": description}
    return JSONResponse(body, status, headers)
