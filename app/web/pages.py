"""Draws pages: the templates' environment, and what every page is given."""

import json
from collections.abc import Callable, Hashable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from fastapi import Request
from jinja2 import (
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PackageLoader,
    PrefixLoader,
    pass_context,
)
from jinja2.runtime import Context, Macro
from markupsafe import Markup
from starlette.responses import HTMLResponse, Response

from app import notices, release
from app.access import Role
from app.core import errors
from app.core.zones import spell_day
from app.edge import (
    another_unit,
    ask,
    asking_of,
    csrf_token_of,
    origin_of,
    services_of,
    session_secret,
    work_of,
)
from app.identity import Asking
from app.web import presenting
from app.web.forms import errors_of

ROOT = Path(__file__).parents[2]
BUILT = ROOT / "static" / "build"

WHAT_TO_DO = {
    404: "Check the address, or look for it in the records.",
    429: "Wait a little, then try again.",
    503: "Try again in a few minutes.",
}
CAN = {
    "read": {Role.CONTRIBUTOR, Role.RELEASE_AUTHORITY, Role.READER},
    "draft": {Role.CONTRIBUTOR, Role.RELEASE_AUTHORITY},
    "desk": {Role.CONTRIBUTOR, Role.RELEASE_AUTHORITY},
    "decide": {Role.RELEASE_AUTHORITY},
    "log": {Role.AUDITOR},
    "organisation": {Role.ORGANISATION_ADMINISTRATOR},
}
MOST_DRAWN = 4_000
FOR_ALL = frozenset({"parties", "policies"})

Redraw = Callable[[int, errors.Problem], Response]


@dataclass(frozen=True)
class Viewer:
    """Who looks at a page, and what its navigation offers them; rights are the gate's to give."""

    name: str
    organisation_name: str
    party: str
    can: frozenset[str]
    count_waiting: Callable[[], int]
    count_unread: Callable[[], int]

    @property
    def waiting_count(self) -> int:
        """Count what waits for their decision; asked for by pages only, not by parts of them."""
        return self.count_waiting()

    @property
    def unread_count(self) -> int:
        """Count the notices that they have not read, no further than a hundred."""
        return self.count_unread()


def render(
    request: Request, template: str, context: Mapping[str, Any], *, status: int = 200
) -> Response:
    """Draw a page for whoever asks."""
    page = environment().get_template(template)
    return HTMLResponse(page.render(_everywhere(request) | dict(context)), status)


def redraw_with(
    request: Request, draw: Redraw, *, also: type[errors.Problem] = errors.Invalid
) -> None:
    """Have a form drawn again, with what was typed, if what it asks for cannot be done.

    `also` names another kind of problem that its own page tells of.

    `draw` runs when the transaction has been rolled back, so that nothing of what was refused is
    kept, the events in the log included.
    """
    request.state.redraw = draw
    request.state.redraw_for = (errors.Invalid, errors.Conflict, also)


def draw_again(
    request: Request, page: Callable[..., Response], *about: object, typed: Mapping[str, Any]
) -> Redraw:
    """Give how to draw a form's page as things are now, with what was typed and what to do.

    `page` takes the request, a unit of work, the gate, the actor and what the page is about, and
    then `status`, `typed` and `errors` by name.
    """

    def draw(status: int, problem: errors.Problem) -> Response:
        gate, told = services_of(request).gate, errors_of(problem)
        with another_unit(request) as (work, asking):
            who = asking.actor
            return page(request, work, gate, who, *about, status=status, typed=typed, errors=told)

    return draw


def problem_page(
    request: Request, status: int, problem: errors.Problem, reference: str
) -> Response:
    """Draw the page of a problem; it says the same of what is absent and what may not be seen."""
    _find_out_who_asks(request)
    draw: Redraw | None = getattr(request.state, "redraw", None)
    if draw and isinstance(problem, request.state.redraw_for):
        # Where the form cannot be drawn any more, the problem itself is still told.
        with suppress(errors.Problem):
            return draw(status, problem)
    context = {
        "problem": problem,
        "what_to_do": WHAT_TO_DO.get(status, ""),
        "reference": reference,
        "sign_in_next": _page_before(request) if isinstance(problem, errors.NotSignedIn) else "",
        "fields": problem.fields if isinstance(problem, errors.Invalid) else {},
    }
    return render(request, "errors/problem.html", context, status=status)


def _page_before(request: Request) -> str:
    """Give the page that a form was sent from; what it was sent to cannot be opened again."""
    before = urlsplit(request.headers.get("referer", ""))
    return before.path if before.netloc == request.headers.get("host") else "/"


@cache
def environment() -> Environment:
    """Give the templates' environment, made once."""
    made = Environment(
        loader=ChoiceLoader(
            [
                FileSystemLoader(ROOT / "templates"),
                PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")}),
            ]
        ),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,  # to look at every file for every page is not free
    )
    made.globals["asset"] = asset
    made.filters |= {
        "drawn": _drawn,
        "moment": _moment,
        "day": spell_day,
        "size": presenting.size,
        "label": presenting.label,
        "language": presenting.language,
        "marked": presenting.marked,
        "sentence": presenting.sentence,
        "field_value": presenting.field_value,
        "attachment_item": presenting.attachment_item,
        "attachment_seen": presenting.attachment_seen,
        "caveats": presenting.caveats,
        "release_words": presenting.release_words,
    }
    return made


@lru_cache(MOST_DRAWN)
def _drawn(given: Hashable, macro: Macro, *others: Hashable) -> Markup:
    """Draw what was drawn before from the very same, once: `{{ item | drawn(result, level) }}`.

    Only for macros of a component, which know nothing but what they are given, and for values whose
    fields have one type each: a text and safe markup that read alike must not stand for each other.
    """
    return Markup(macro(given, *others))  # noqa: S704 - a macro has escaped what it was given


@pass_context
def _moment(
    context: Context, at: datetime | None, *, seconds: bool = False
) -> presenting.Moment | str:
    """Say a moment in the zone of whoever looks."""
    viewer = context.get("viewer")
    party = viewer.party if viewer else ""
    return presenting.moment(at, party, seconds=seconds) if at else ""


def count_waiting(request: Request) -> None:
    """Count now what the navigation says that waits, for a page that is drawn after the commit."""
    asking = asking_of(request)
    if asking:
        request.state.unread_count = _unread_count(request, asking)
    if asking and asking.actor.profile.roles & CAN["decide"]:
        request.state.waiting_count = _waiting_count(request, asking)


def asset(name: str) -> str:
    """Give the address of a built file, whose name changes with its content."""
    return "/static/" + _built()[name]


@cache
def _built() -> dict[str, str]:
    names: dict[str, str] = json.loads((BUILT / "manifest.json").read_text())
    return names


def _find_out_who_asks(request: Request) -> None:
    """Find it out for an address that no route answers, so that they keep their navigation."""
    if hasattr(request.state, "asking") or not session_secret(request):
        return
    try:
        with services_of(request).units.begin(origin_of(request)) as work:
            ask(request, work)
    except errors.Unavailable:
        request.state.asking = None


def _everywhere(request: Request) -> dict[str, Any]:
    asking = asking_of(request)
    return {
        "request": request,
        "viewer": _viewer(request, asking) if asking else None,
        "csrf_token": csrf_token_of(request),
        "arrangement_name": services_of(request).settings.arrangement,
        "now": services_of(request).clock(),
    }


def _viewer(request: Request, asking: Asking) -> Viewer:
    roles = asking.actor.profile.roles
    return Viewer(
        name=asking.name.name,
        organisation_name=asking.name.organisation,
        party=asking.actor.profile.party,
        can=FOR_ALL | {what for what, needs in CAN.items() if roles & needs},
        count_waiting=partial(_waiting_count, request, asking),
        count_unread=partial(_unread_count, request, asking),
    )


def _unread_count(request: Request, asking: Asking) -> int:
    counted: int | None = getattr(request.state, "unread_count", None)
    work = work_of(request)
    if counted is not None or work is None:
        return counted or 0
    return notices.unread_count(work, asking.actor)


def _waiting_count(request: Request, asking: Asking) -> int:
    counted: int | None = getattr(request.state, "waiting_count", None)
    work = work_of(request)
    if counted is not None or work is None:
        return counted or 0
    return release.waiting_count(work, services_of(request).gate, asking.actor)
