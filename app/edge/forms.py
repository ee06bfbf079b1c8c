"""Forms: read within limits, and only from our own pages."""

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request
from starlette.datastructures import FormData

from app.core.errors import Forbidden
from app.edge.asking import SignedInAsking, asking_of
from app.edge.bodies import fields_of
from app.identity import check_csrf

FOREIGN = "This was sent from another site. Go to the page in the portal and repeat what you did."


def check_same_site(request: Request) -> None:
    """Refuse a form that another site made the browser send.

    Raises:
        Forbidden: the browser names another site as where the form came from.
    """
    site = request.headers.get("sec-fetch-site", "same-origin")
    origin = request.headers.get("origin")
    foreign = origin is not None and urlsplit(origin).netloc != request.headers.get("host")
    if site not in ("same-origin", "none") or foreign:
        raise Forbidden(FOREIGN)


async def open_form(request: Request) -> FormData:
    """Give the fields of a form that needs no session, such as the one for signing in."""
    check_same_site(request)
    return await fields_of(request)


async def safe_form(request: Request, asking: SignedInAsking) -> FormData:
    """Give the fields of a form that was made for this session.

    Raises:
        Forbidden: the form was made for another session, or by another site.
    """
    check_same_site(request)
    fields = await fields_of(request)
    given = request.headers.get("x-csrf-token") or fields.get("csrf_token")
    check_csrf(asking, given if isinstance(given, str) else "")
    return fields


def csrf_token_of(request: Request) -> str:
    """Give what the forms of this page carry."""
    asking = asking_of(request)
    return asking.csrf_token if asking else ""


OpenForm = Annotated[FormData, Depends(open_form)]
SafeForm = Annotated[FormData, Depends(safe_form)]
