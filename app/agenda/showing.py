"""The calendar of one reader: what comes of what they see, of their access and of their offices."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, time
from typing import Final

from app import conversation, membership, parties, records
from app.access import CONTENT_ROLES, Actor, Audience, Gate, Role, Scope, audiences
from app.agenda import queries
from app.agenda.queries import Timed
from app.agenda.views import WHOLE_DAYS, Coming, Matter
from app.core.errors import NotSignedIn
from app.core.ids import AudienceId, RecordId
from app.core.work import Work
from app.labels import Schemes
from app.membership import ReviewRules
from app.records import GrantView

PREPARING: Final = frozenset({Role.CONTRIBUTOR, Role.RELEASE_AUTHORITY})
# Who runs an organisation, or answers for what its partners are shown.
RUNNING: Final = frozenset({Role.ORGANISATION_ADMINISTRATOR, Role.RELEASE_AUTHORITY})


def upcoming(
    work: Work, gate: Gate, rules: ReviewRules, actor: Actor, until: datetime
) -> list[Coming]:
    """Show what comes to the actor up to a moment, soonest first, having written that in the log.

    Of a record only what it carries in their sight; of the rest only what is theirs to know of.

    Raises:
        NotSignedIn: nobody is signed in.
    """
    if actor.person is None:
        raise NotSignedIn
    scope = gate.scope(work, actor)
    lines = [
        *_of_records(work, gate, actor, scope, until),
        *_of_grants(work, actor, until),
        *_of_agreements(work, actor, until),
        *_of_answers(work, actor, until),
        *_of_information(work, gate, actor, until),
        *_of_reviews(work, rules, actor, until),
    ]
    shown = _titled(work, gate, actor, scope, lines)
    return sorted(shown, key=lambda one: (one.at, one.matter, one.path))


def _titled(
    work: Work, gate: Gate, actor: Actor, scope: Scope, lines: list[Coming]
) -> list[Coming]:
    """Put the titles in sight beside what comes, and write in the log that they are shown."""
    about = {one.record_id for one in lines if one.record_id is not None}
    titles = records.titles_in_sight(work, gate, actor, scope, about)
    gate.show(
        work,
        actor,
        scope,
        [one.audience_id for one in titles.values()],
        event="calendar.shown",
        served_bytes=sum(len(one.title.encode()) for one in titles.values()),
        details={"shown": sorted(map(str, titles))},
    )
    shown = []
    for one in lines:
        title = titles.get(one.record_id) if one.record_id is not None else None
        if title is not None:
            told = {"reference": title.reference, "title": title.title, "marking": title.marking}
            one = replace(one, **told)  # type: ignore[arg-type]
        shown.append(one)
    return shown


def _of_records(
    work: Work, gate: Gate, actor: Actor, scope: Scope, until: datetime
) -> Iterator[Coming]:
    sight = set(scope.audience_ids)
    found = [
        one
        for one in queries.timed(work.session, work.now, until)
        if {one.title_id, one.audience_id} <= sight and _concerns(one, actor)
    ]
    facts = audiences(work.session, {one.audience_id for one in found})
    schemes = gate.keeper.current.schemes
    together: dict[tuple[RecordId, Matter, datetime], list[Timed]] = {}
    for one in found:
        together.setdefault((one.record_id, one.matter, one.at), []).append(one)
    for (record_id, matter, at), parts in together.items():
        yield Coming(
            at=at,
            whole_day=matter in WHOLE_DAYS,
            matter=matter,
            what=_what(schemes, facts, matter, at, parts),
            path=f"/records/{record_id}",
            record_id=record_id,
        )


def _concerns(one: Timed, actor: Actor) -> bool:
    """Tell whether it is for the actor to know: a review is the owner's own affair."""
    if one.matter is not Matter.REVIEW:
        return bool(actor.profile.roles & CONTENT_ROLES)
    return one.owner == actor.profile.organisation and bool(actor.profile.roles & PREPARING)


def _what(
    schemes: Schemes,
    facts: Mapping[AudienceId, Audience],
    matter: Matter,
    at: datetime,
    parts: list[Timed],
) -> str:
    if matter is Matter.REVIEW:
        return "Look whether it still holds"
    whole = any(one.audience_id == one.title_id for one in parts)
    if matter is Matter.EMBARGO:
        return "Opens to whom it is released" if whole else "A part opens to whom it is released"
    then = schemes.high_water(
        marking for one in parts for marking in facts[one.audience_id].label.at(at).markings
    )
    marked = " // ".join(map(schemes.text, then))
    return f"Marked {marked} from then on" if whole else f"A part is marked {marked} from then on"


def _of_grants(work: Work, actor: Actor, until: datetime) -> Iterator[Coming]:
    own = records.grants_ending(work, until, person=actor.person)
    yield from (_ends(one, Matter.GRANT, "Your access ends", "") for one in own)
    if Role.RELEASE_AUTHORITY not in actor.profile.roles:
        return
    given = records.grants_ending(work, until, originator=actor.profile.organisation)
    names = parties.names(work.session, {one.person_id for one in given})
    for one in given:
        whose = names[one.person_id]
        said = f"The access of {whose.name}, {whose.organisation}, ends"
        yield _ends(one, Matter.GRANTED, said, "/access")


def _ends(grant: GrantView, matter: Matter, what: str, page: str) -> Coming:
    path = f"/records/{grant.record_id}{page}"
    return Coming(grant.until, False, matter, what, path, record_id=grant.record_id)


def _of_agreements(work: Work, actor: Actor, until: datetime) -> Iterable[Coming]:
    profile = actor.profile
    sponsors = profile.organisation_kind == "authority" and bool(profile.roles & RUNNING)
    for one in parties.agreements_ending(work.session, work.now, until):
        own = one.organisation == profile.organisation
        if own or (sponsors and one.party == profile.party):
            whose = "Your organisation’s agreement" if own else f"The agreement of {one.name}"
            what = f"{whose} ends, and with it all access"
            path = "/organisation" if profile.roles & RUNNING and own else "/calendar"
            yield Coming(one.ends_at, False, Matter.AGREEMENT, what, path)


def _of_answers(work: Work, actor: Actor, until: datetime) -> Iterator[Coming]:
    for task in queries.recalls_due(work.session, work.now, until):
        if task.person == actor.person:
            what, path = "Confirm that you deleted what you took", f"/recalls/{task.recall_id}"
            yield Coming(task.at, True, Matter.RECALL, what, path)
    if Role.RELEASE_AUTHORITY not in actor.profile.roles:
        return
    for one in queries.requests_due(work.session, work.now, until):
        if one.originator == actor.profile.organisation:
            path = f"/requests/{one.request_id}"
            yield Coming(one.due_at, False, Matter.REQUEST, "A request is to be answered", path)


def _of_information(work: Work, gate: Gate, actor: Actor, until: datetime) -> Iterator[Coming]:
    for one in conversation.answers_due(work, gate, actor, until.date()):
        at = datetime.combine(one.due_on, time(), UTC)
        what, path = "Your organisation is to answer a request", f"/threads/{one.thread_id}"
        yield Coming(at, True, Matter.INFORMATION, what, path, record_id=one.record_id)


def _of_reviews(work: Work, rules: ReviewRules, actor: Actor, until: datetime) -> Iterator[Coming]:
    review = membership.reviews_due(work, rules, actor)
    if review is not None and review.ends_at <= until:
        what = "Whoever is unanswered in the review of access is suspended"
        yield Coming(review.ends_at, False, Matter.ACCESS_REVIEW, what, "/organisation/review")
