"""Tells followers of what is released: each by what they may see at that moment, and once.

The queue is written by the release itself. A version stays on it while time alone may still bring
it into somebody's sight: until its embargo ends, and its planned changes have come.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime

from app import parties
from app.access import Action, Actor, Assurance, Audience, Gate, audiences
from app.core.errors import Invalid
from app.core.ids import PersonId, VersionId
from app.core.work import Origin, Units, Work
from app.identity import enrolled_assurances
from app.notices import queries, worker_queries
from app.notices.following import search_of
from app.notices.inbox import person_of
from app.notices.kinds import Kind
from app.notices.models import SubscriptionRow
from app.notices.telling import tell
from app.notices.worker_queries import Due
from app.records import ReleasedInSight, found_among, released_in_sight

MOST_AT_ONCE = 100


def tell_followers(units: Units, gate: Gate, *, origin: Origin) -> bool:
    """Tell everybody who follows it of what waits to be told; tells whether there may be more.

    One transaction for each follower: what is opened for one is open to no other. If this ends in
    between it begins anew, and the key of each notice keeps anybody from hearing twice.
    """
    with units.begin(origin) as work:
        due = worker_queries.releases_due(work.session, work.now, most=MOST_AT_ONCE)
        if not due:
            return False
        facts = audiences(work.session, {one.audience_id for one in due})
        again = {
            one.version_id: later
            for one in due
            if (later := _later(facts[one.audience_id], work.now)) is not None
        }
        following = worker_queries.followers(work.session)
        strongest = enrolled_assurances(work.session)
    for person in following:
        with units.begin(origin) as work:
            _tell_one(work, gate, person, strongest.get(person, Assurance.PASSWORD), due)
    with units.begin(origin) as work:
        worker_queries.told_of(work.session, [one.version_id for one in due], again)
    return len(due) == MOST_AT_ONCE


def _later(audience: Audience, now: datetime) -> datetime | None:
    """Give the next moment at which time alone may bring a title into somebody's sight."""
    label = audience.label
    moments = [label.not_before, *(change.at for change in label.changes)]
    return min((moment for moment in moments if moment is not None and moment > now), default=None)


def _tell_one(
    work: Work, gate: Gate, person: PersonId, assurance: Assurance, due: Sequence[Due]
) -> None:
    actor = parties.actor_for(work, gate.keeper.current.schemes, person, assurance)
    ids = {one.audience_id for one in due}
    if not gate.may(work, actor, Action.READ, ids):
        return
    scope = gate.scope(work, actor)
    released = released_in_sight(work, scope, [one.version_id for one in due])
    others = [one for one in released if person not in one.makers]
    moments = {one.version_id: one.due_at for one in due}
    for version in _followed(work, gate, actor, others, moments):
        tell(
            work,
            Kind.FOLLOWED_RELEASED,
            [person],
            path=f"/records/{version.record_id}",
            record_id=version.record_id,
            key=f"released:{version.version_id}",
        )


def _followed(
    work: Work,
    gate: Gate,
    actor: Actor,
    released: Sequence[ReleasedInSight],
    moments: Mapping[VersionId, datetime],
) -> list[ReleasedInSight]:
    """Choose what the actor follows of these; what was there before they followed is no news."""
    found: set[VersionId] = set()
    for row in queries.subscriptions(work.session, person_of(actor)):
        news = [one for one in released if moments[one.version_id] >= row.begun_at]
        found |= _found(work, gate, actor, row, news)
    return [one for one in released if one.version_id in found]


def _found(
    work: Work, gate: Gate, actor: Actor, row: SubscriptionRow, news: Sequence[ReleasedInSight]
) -> set[VersionId]:
    if not news:
        return set()
    if row.subject == "search":
        with suppress(Invalid):  # a search of before what it names was taken away finds nothing
            ids = [one.version_id for one in news]
            return found_among(work, gate, actor, search_of(row.value), ids)
        return set()
    return {one.version_id for one in news if row.value == _facts(one)[row.subject]}


def _facts(version: ReleasedInSight) -> Mapping[str, str]:
    return {
        "record": str(version.record_id),
        "organisation": version.originator,
        "area": version.area.value,
    }
