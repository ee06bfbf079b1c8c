"""Terms of use: texts that an organisation issues, and that people accept before they read.

A text has a slug and versions. A label names the slug; whoever is to read what carries it must
have accepted the newest version. Texts are for everybody who signs in: what they protect is not.
"""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

from app.access import Actor, Gate, Office, OfficeAction
from app.core.canonical import canonical_hash
from app.core.errors import Conflict, Forbidden, Invalid, NotFound
from app.core.ids import PersonId
from app.core.journal import Event
from app.core.work import Work
from app.parties import term_queries
from app.parties.commands import LINE
from app.parties.models import TermsAcceptanceRow, TermsRow
from app.parties.standings import note_standings
from app.parties.views import TermsView


class IssueTerms(BaseModel):
    """Issue a text of terms of use, or the next version of one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    slug: Annotated[
        str,
        StringConstraints(
            strip_whitespace=True, max_length=60, pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$"
        ),
    ]
    title: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=LINE)
    ]
    body: Annotated[
        str,
        StringConstraints(
            strip_whitespace=True, min_length=1, max_length=50_000, pattern=r"^[^\x00]*$"
        ),
    ]


class AcceptTerms(BaseModel):
    """Accept this version of a text: the one that was read, not one issued meanwhile."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: int


def issue_terms(work: Work, gate: Gate, actor: Actor, command: IssueTerms) -> TermsView:
    """Issue a text under the actor's organisation; all who accepted an older one are asked again.

    Raises:
        Forbidden: the actor is no release authority of their organisation.
        Invalid: another organisation issues texts under this slug.
    """
    last = term_queries.in_force(work.session, command.slug)
    version = 1 if last is None else last.version + 1
    own = Office(actor.profile.party, actor.profile.organisation)
    gate.enter_office(
        work,
        actor,
        OfficeAction.ISSUE_TERMS,
        own,
        event="terms.issued",
        details={
            "terms": command.slug,
            "version": version,
            "text_hash": text_hash(command.title, command.body),
        },
    )
    if last is not None and last.organisation != actor.profile.organisation:
        message = "Another organisation issues terms under this name. Choose another."
        raise Invalid(fields={"slug": message})
    row = TermsRow(
        slug=command.slug,
        version=version,
        organisation=actor.profile.organisation,
        title=command.title,
        body=command.body,
        issued_by=_person(actor),
        issued_at=work.now,
    )
    work.session.add(row)
    work.session.flush()
    who = term_queries.acceptors(work.session, command.slug)
    if who:
        note_standings(work, gate.keeper.current.schemes, who)
    return _view(work, actor, command.slug)


def show_terms(work: Work, actor: Actor, slug: str) -> TermsView:
    """Show somebody the version in force of a text, and whether they accepted it.

    Raises:
        NotFound: there is no such text.
    """
    _person(actor)
    return _view(work, actor, slug)


def all_terms(work: Work, actor: Actor) -> list[TermsView]:
    """Show somebody the version in force of every text."""
    return term_queries.views(work.session, _person(actor))


def accept_terms(
    work: Work, gate: Gate, actor: Actor, slug: str, command: AcceptTerms
) -> TermsView:
    """Have somebody accept a text, with its hash in the log; accepting again changes nothing.

    Raises:
        NotFound: there is no such text.
        Conflict: a newer version than the one that they read is in force.
        Forbidden: they are suspended.
    """
    person = _person(actor)
    if not actor.profile.active:
        raise Forbidden("Your account is suspended.")
    view = _view(work, actor, slug)
    if view.version != command.version:
        raise Conflict("A new version of these terms is in force. Read it, and accept that one.")
    if view.accepted_at is not None:
        return view
    work.session.add(
        TermsAcceptanceRow(person_id=person, slug=slug, version=view.version, accepted_at=work.now)
    )
    note_standings(work, gate.keeper.current.schemes, [person])
    work.record(
        Event(
            type="terms.accepted",
            subject=f"person:{person}",
            actor=str(person),
            organisation=actor.profile.organisation,
            agreement=actor.agreement,
            organisations=actor.organisations | {view.organisation},
            decision="allow",
            details={
                "terms": slug,
                "version": view.version,
                "text_hash": text_hash(view.title, view.body),
            },
        )
    )
    return _view(work, actor, slug)


def text_hash(title: str, body: str) -> str:
    """Give the SHA-256 of a text of terms, as hex, of its canonical JSON (RFC 8785)."""
    return canonical_hash({"title": title, "body": body}).hex()


def _view(work: Work, actor: Actor, slug: str) -> TermsView:
    found = term_queries.view(work.session, slug, actor.person)
    if found is None:
        raise NotFound
    return found


def _person(actor: Actor) -> PersonId:
    if actor.person is None:
        raise NotFound
    return actor.person
