"""Who asks, and the unit of work that their request is."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Annotated

from anyio import CancelScope, CapacityLimiter, to_thread
from fastapi import Depends, Request
from starlette.responses import Response

from app.access import Actor, Gate
from app.core.errors import NotSignedIn
from app.core.work import Origin, Work
from app.edge.bodies import form_first
from app.edge.services import Services, services_of
from app.identity import Asking, SignedIn, pseudonym, session_actor, token_actor
from app.parties import public_actor

API = "/api/"
# The published log is for programs and for people: a token there lets in as one at the API does.
API_PATHS = (API, "/log/", "/logs/")


def session_secret(request: Request) -> str:
    """Give the secret in the session cookie; empty when there is none."""
    return request.cookies.get(_cookie_name(services_of(request)), "")


def keep_session(request: Request, response: Response, signed_in: SignedIn) -> None:
    """Put a new session's secret into the browser's cookie.

    Over TLS its name has the prefix `__Host-` (RFC 6265bis, section 4.1.3.2). A browser takes that
    only from TLS, so a trial on this machine goes without.
    """
    services = services_of(request)
    response.set_cookie(
        _cookie_name(services),
        signed_in.secret,
        path="/",
        secure=services.settings.secure,
        httponly=True,
        samesite="lax",
    )


def drop_session(request: Request, response: Response) -> None:
    """Take the session's cookie away."""
    services = services_of(request)
    response.delete_cookie(
        _cookie_name(services), path="/", secure=services.settings.secure, httponly=True
    )


def origin_of(request: Request) -> Origin:
    """Give the facts of a request that the journal keeps."""
    # By what lets them in at this door: a cookie beside a token would name another session.
    api = _by_token(request)
    secret = _bearer(request) if api else session_secret(request)
    return Origin(
        door="api" if api else "web",
        session=pseudonym(secret) if secret else "",
        client_address=request.client.host if request.client else "",
    )


async def unit_of_work(
    request: Request, _: Annotated[None, Depends(form_first)]
) -> AsyncIterator[Work]:
    """Open the request's one transaction; it commits before the first byte of the answer.

    Opening it waits for nothing: a connection is taken with the first statement. It is ended in a
    thread, beside those that requests are worked in, which may all wait for its connection.
    """
    unit = _unit(request)
    work = unit.__enter__()
    try:
        yield work
    except BaseException as error:
        if not await _in_thread(unit.__exit__, type(error), error, error.__traceback__):
            raise
    else:
        await _in_thread(unit.__exit__, None, None, None)


async def _in_thread(end: Callable[..., bool | None], *told: object) -> bool | None:
    answer: bool | None = None
    with CancelScope(shield=True):  # what was begun ends, whatever becomes of who asked
        answer = await to_thread.run_sync(partial(end, *told), limiter=CapacityLimiter(1))
    return answer  # noqa: RET504 - the scope may end what is in it, as its type says


@contextmanager
def _unit(request: Request) -> Iterator[Work]:
    with services_of(request).units.begin(origin_of(request)) as work:
        request.state.work = work
        try:
            yield work
        finally:
            request.state.work = None
    # Only what was committed comes here: for the receipt.
    request.state.kept = [*getattr(request.state, "kept", []), *work.appended]


def work_of(request: Request) -> Work | None:
    """Give the request's unit of work while it is open."""
    work: Work | None = getattr(request.state, "work", None)
    return work


Working = Annotated[Work, Depends(unit_of_work, scope="function")]


# What waits for nothing is no plain function: each of those takes a turn in a thread.
async def the_gate(request: Request) -> Gate:
    """Give the one gate."""
    return services_of(request).gate


async def _the_services(request: Request) -> Services:
    return services_of(request)


TheGate = Annotated[Gate, Depends(the_gate)]
TheServices = Annotated[Services, Depends(_the_services)]


def ask(request: Request, work: Work) -> Asking | None:
    """Give who asks, or None for the public; a page by its session, the API by its token.

    Raises:
        NotSignedIn: a token was sent that is not, or no longer, good.
    """
    services = services_of(request)
    schemes = services.gate.keeper.current.schemes
    asking: Asking | None = None
    if _by_token(request):
        if token := _bearer(request):
            asking = token_actor(work, services.identity, schemes, token)
    elif secret := session_secret(request):
        try:
            asking = session_actor(work, schemes, secret)
        except NotSignedIn:
            asking = None
    request.state.asking = asking
    return asking


def signed_in(request: Request, work: Working) -> Asking:
    """Give who asks.

    Raises:
        NotSignedIn: nobody is signed in.
    """
    asking = ask(request, work)
    if asking is None:
        raise NotSignedIn("Sign in to see this page.")
    return asking


@contextmanager
def another_unit(request: Request) -> Iterator[tuple[Work, Asking]]:
    """Open a unit of work beside the request's own: before or after bytes flow, or once it failed.

    Raises:
        NotSignedIn: nobody is signed in.
    """
    with _unit(request) as work:
        yield work, signed_in(request, work)


def visitor(request: Request, work: Working) -> Actor:
    """Give who asks, who may be the public."""
    asking = ask(request, work)
    return asking.actor if asking else public_actor(work)


async def _actor(asking: "SignedInAsking") -> Actor:
    return asking.actor


SignedInAsking = Annotated[Asking, Depends(signed_in)]
SignedInActor = Annotated[Actor, Depends(_actor)]
Visitor = Annotated[Actor, Depends(visitor)]


def asking_of(request: Request) -> Asking | None:
    """Give who asked, once a route has found out."""
    asking: Asking | None = getattr(request.state, "asking", None)
    return asking


def _by_token(request: Request) -> bool:
    """Tell whether a token lets in here, and no cookie."""
    path = request.url.path
    return path.startswith(API) or (path.startswith(API_PATHS) and bool(_bearer(request)))


def _cookie_name(services: Services) -> str:
    return "__Host-entente" if services.settings.secure else "entente"


def _bearer(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""
