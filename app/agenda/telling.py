"""Telling beforehand: thirty days, a week and a day before something comes, each once.

Nothing waits for this: what comes holds when it is asked about, whether or not anybody was told.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Final

from app import conversation, membership, notices, parties, records
from app.access import Gate, Role
from app.agenda import queries
from app.agenda.queries import Timed
from app.agenda.views import WHOLE_DAYS, Matter
from app.core.ids import PersonId, RecordId
from app.core.work import Work
from app.membership import ReviewRules
from app.notices import Kind

DAYS_BEFORE: Final = (1, 7, 30)
WORDS: Final = {
    Matter.EMBARGO: "A record of yours opens",
    Matter.CHANGE: "A marking is lowered",
    Matter.REVIEW: "A record of yours is to be reviewed",
    Matter.GRANTED: "An access that your organisation granted ends",
    Matter.AGREEMENT: "An agreement ends",
    Matter.REQUEST: "The answer to a request is due",
    Matter.RECALL: "Your answer to a recall is due",
    Matter.INFORMATION: "The answer to a request for information is due",
    Matter.ACCESS_REVIEW: "A review of access ends",
}


@dataclass(frozen=True)
class _Date:
    """Something that comes, and whom it concerns; `key` tells it from everything else."""

    at: datetime
    matter: Matter
    people: Collection[PersonId]
    path: str
    key: str
    record_id: RecordId | None = None


def tell(work: Work, gate: Gate, rules: ReviewRules) -> None:
    """Tell everybody concerned of what comes within thirty days, a week or a day.

    A worker that was away tells of the nearest alone, and whoever was told is not told again.
    """
    until = work.now + timedelta(days=max(DAYS_BEFORE))
    office = _Offices(work)
    for one in [
        *_of_records(work, office, until),
        *_of_grants(work, office, until),
        *_of_agreements(work, office, until),
        *_of_answers(work, office, until),
        *_of_information(work, gate, until),
        *_of_reviews(work, rules),
    ]:
        before = next(days for days in DAYS_BEFORE if one.at <= work.now + timedelta(days=days))
        own = one.matter is Matter.GRANT
        day = f"{one.at:%Y-%m-%d}" if one.matter in WHOLE_DAYS else one.at.isoformat()
        notices.tell(
            work,
            Kind.GRANT_ENDS if own else Kind.DATE_NEAR,
            one.people,
            path=one.path,
            record_id=one.record_id,
            said={"day": day} if own else {"day": day, "what": WORDS[one.matter]},
            key=f"date:{one.matter}:{one.key}:{one.at:%Y%m%dT%H%M}:{before}",
        )


class _Offices:
    """Who holds which role in which organisation, each looked up once."""

    def __init__(self, work: Work) -> None:
        self._session = work.session
        self._known: dict[tuple[str, Role], frozenset[PersonId]] = {}

    def __call__(self, organisation: str, *roles: Role) -> frozenset[PersonId]:
        return frozenset[PersonId]().union(*(self._of(organisation, role) for role in roles))

    def _of(self, organisation: str, role: Role) -> frozenset[PersonId]:
        asked = (organisation, role)
        if asked not in self._known:
            found = parties.people_in(self._session, organisation, role)
            self._known[asked] = frozenset(found)
        return self._known[asked]


def _of_records(work: Work, office: _Offices, until: datetime) -> Iterator[_Date]:
    for one in queries.timed(work.session, work.now, until):
        people = _concerned(office, one)
        path, key = f"/records/{one.record_id}", str(one.version_id)
        yield _Date(one.at, one.matter, people, path, key, one.record_id)


def _concerned(office: _Offices, one: Timed) -> frozenset[PersonId]:
    """Give those who wrote it, as long as they write for its owner, and who answers for it."""
    people = office(one.owner, Role.RELEASE_AUTHORITY)
    people |= one.writers & office(one.owner, Role.CONTRIBUTOR)
    if one.matter is Matter.CHANGE:
        people |= office(one.originator, Role.RELEASE_AUTHORITY)
    return people


def _of_grants(work: Work, office: _Offices, until: datetime) -> Iterator[_Date]:
    for one in records.grants_ending(work, until):
        record, page = one.record_id, f"/records/{one.record_id}"
        yield _Date(one.until, Matter.GRANT, {one.person_id}, page, str(one.id), record)
        authorities = office(one.originator, Role.RELEASE_AUTHORITY)
        path = f"{page}/access"
        yield _Date(one.until, Matter.GRANTED, authorities, path, str(one.id), record)


def _of_agreements(work: Work, office: _Offices, until: datetime) -> Iterator[_Date]:
    ending = parties.agreements_ending(work.session, work.now, until)
    authorities = [
        one
        for one in parties.organisations(work.session)
        if one.kind == "authority" and one.active and ending
    ]
    for one in ending:
        running = (Role.ORGANISATION_ADMINISTRATOR, Role.RELEASE_AUTHORITY)
        own = office(one.organisation, *running)
        yield _Date(one.ends_at, Matter.AGREEMENT, own, "/calendar", one.organisation)
        sponsors = (slug.slug for slug in authorities if slug.party == one.party)
        for slug in sponsors:
            people = office(slug, *running) - own
            yield _Date(one.ends_at, Matter.AGREEMENT, people, "/calendar", one.organisation)


def _of_answers(work: Work, office: _Offices, until: datetime) -> Iterator[_Date]:
    for due in queries.requests_due(work.session, work.now, until):
        people = office(due.originator, Role.RELEASE_AUTHORITY)
        path = f"/requests/{due.request_id}"
        yield _Date(due.due_at, Matter.REQUEST, people, path, str(due.request_id))
    for task in queries.recalls_due(work.session, work.now, until):
        path = f"/recalls/{task.recall_id}"
        yield _Date(task.at, Matter.RECALL, {task.person}, path, str(task.recall_id))


def _of_information(work: Work, gate: Gate, until: datetime) -> Iterator[_Date]:
    due = conversation.answers_due_to_tell(work, gate, work.now.date(), until.date())
    for one, people in due:
        at = datetime.combine(one.due_on, time(), UTC)
        key, path = str(one.thread_id), f"/threads/{one.thread_id}"
        yield _Date(at, Matter.INFORMATION, people, path, key, one.record_id)


def _of_reviews(work: Work, rules: ReviewRules) -> Iterator[_Date]:
    """Give what ends within a day: before that a review tells of itself, as its rules say."""
    for one in membership.reviews_ending(work, rules):
        if one.ends_at <= work.now + timedelta(days=min(DAYS_BEFORE)):
            path, key = "/organisation/review", one.organisation
            yield _Date(one.ends_at, Matter.ACCESS_REVIEW, one.people, path, key)
