"""What people do with what the demonstration released, told in `dealings.toml`.

It is told once, after the records stand as the story leaves them: each dealing is a unit of work of
its own, and one that is done already is passed over.
"""

import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from app import conversation, notices, parties, proposals, records, release, requests
from app.access import Actor, Area, Role
from app.core.errors import Conflict, Invalid
from app.core.ids import PersonId, RecordId
from app.core.work import Origin, Work
from app.demo.accounts import acting
from app.edge import Services

DEALINGS = Path(__file__).with_name("dealings.toml")


class _Dealing(BaseModel):
    """Something that a person does; `record` is an organisation and a path, `days` from today."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    by: str
    record: str = ""
    days: int = 0


class Terms(_Dealing):
    """A text of terms of use."""

    slug: str
    title: str
    body: str


class Listing(_Dealing):
    """A stub of a restricted record."""

    title: str
    description: str
    markings: str
    release_to: str


class Request(_Dealing):
    """A request for a listed record, or for what is sought."""

    purpose: str
    project: str = ""
    sought: str = ""
    area: Area | None = None


class Conversation(_Dealing):
    """A comment or a request for information, and the answer to it."""

    kind: Literal["comment", "information-request"]
    body: str
    addressee: str = ""
    answered_by: str = ""
    answer: str = ""


class Following(_Dealing):
    """What somebody follows."""

    subject: Literal["organisation", "area"]
    value: str


class Deputy(_Dealing):
    """Who stands in for a release authority."""

    deputy: str
    reason: str


class Admission(_Dealing):
    """Somebody whom an administrator proposes to admit, which waits for a second person."""

    email: str
    name: str
    roles: frozenset[Role]
    clearance: str
    why: str


class Recall(_Dealing):
    """A version that is taken back, who took something of it, and who deleted it since."""

    version: int
    taken_by: tuple[str, ...]
    deleted_by: str
    reason: str


class Dealings(BaseModel):
    """All of it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    terms: Terms
    listings: tuple[Listing, ...]
    requests: tuple[Request, ...]
    conversations: tuple[Conversation, ...]
    following: tuple[Following, ...]
    deputies: tuple[Deputy, ...]
    admissions: tuple[Admission, ...]
    recall: Recall


def read_dealings() -> Dealings:
    """Read what is told here."""
    return Dealings.model_validate(tomllib.loads(DEALINGS.read_text(encoding="utf-8")))


class Dealer:
    """Has people do what is told; `known` are the demonstration's records by their names."""

    def __init__(
        self, services: Services, origin: Origin, known: Mapping[str, RecordId], today: date
    ) -> None:
        self._services = services
        self._gate = services.gate
        self._origin = origin
        self._known = known
        self._today = today

    def steps(self, told: Dealings) -> Iterator[Callable[[], None]]:
        """Give what is to be done, in order."""
        yield partial(self._issue, told.terms)
        yield from (partial(self._list, one) for one in told.listings)
        yield from (partial(self._ask, one) for one in told.requests)
        yield from (partial(self._talk, one) for one in told.conversations)
        yield from (partial(self._follow, one) for one in told.following)
        yield from (partial(self._name, one) for one in told.deputies)
        yield partial(self._recall, told.recall)
        yield from (partial(self._propose, one) for one in told.admissions)

    @contextmanager
    def _as(self, email: str) -> Iterator[tuple[Work, Actor]]:
        with self._services.units.begin(self._origin) as work:
            yield work, acting(self._services, work, email)

    def _day(self, dealing: _Dealing) -> date:
        return self._today + timedelta(days=dealing.days)

    def _issue(self, told: Terms) -> None:
        with self._as(told.by) as (work, actor):
            if told.slug in {one.slug for one in parties.all_terms(work, actor)}:
                return
            command = parties.IssueTerms(slug=told.slug, title=told.title, body=told.body)
            parties.issue_terms(work, self._gate, actor, command)

    def _list(self, told: Listing) -> None:
        record_id = self._known[told.record]
        with self._as(told.by) as (work, actor):
            command = requests.ListRecord(
                title=told.title,
                description=told.description,
                markings=told.markings,
                release_to=told.release_to,
            )
            if requests.listing_of(work, self._gate, actor, record_id) is None:
                requests.list_record(work, self._gate, actor, record_id, command)

    def _ask(self, told: Request) -> None:
        rules = self._services.request_rules
        with self._as(told.by) as (work, actor):
            if requests.requests_page(work, self._gate, rules, actor).own:
                return
            reference = ""
            if told.record:
                found = requests.listing_of(work, self._gate, actor, self._known[told.record])
                reference = found.reference if found else ""
            command = requests.AskAccess(
                reference=reference,
                sought=told.sought,
                purpose=told.purpose,
                project=told.project,
                area=told.area,
                last_day=self._day(told),
            )
            requests.ask(work, self._gate, rules, actor, command)

    def _talk(self, told: Conversation) -> None:
        with self._as(told.by) as (work, actor):
            version_id = records.read(work, self._gate, actor, self._known[told.record]).version_id
            threads = conversation.threads_of(work, self._gate, actor, version_id).threads
            if any(one.messages[0].body == told.body for one in threads):
                return
            command = conversation.StartThread(
                kind=told.kind,
                body=told.body,
                addressee=told.addressee,
                due_on=self._day(told) if told.days else None,
            )
            thread_id = conversation.start(work, self._gate, actor, version_id, command)
        if told.answered_by:
            with self._as(told.answered_by) as (work, actor):
                answer = conversation.Say(body=told.answer, answers=True)
                conversation.say(work, self._gate, actor, thread_id, answer)

    def _follow(self, told: Following) -> None:
        with self._as(told.by) as (work, actor):
            command = notices.Follow(subject=told.subject, value=told.value)
            notices.follow(work, self._gate, actor, command)

    def _name(self, told: Deputy) -> None:
        with self._as(told.by) as (work, actor):
            if parties.away(work, self._gate, actor).named:
                return
            deputy = parties.person_by_email(work.session, told.deputy)
            command = parties.NameDeputy(
                deputy=PersonId(deputy) if deputy else deputy,
                until=self._day(told),
                reason=told.reason,
            )
            parties.name_deputy(work, self._gate, actor, command)

    def _recall(self, told: Recall) -> None:
        record_id, arrangement = self._known[told.record], self._services.settings.arrangement
        with self._as(told.by) as (work, actor):
            version = records.read_version(work, self._gate, actor, record_id, told.version)
            if "withdraw" not in version.may:
                return
        for email in told.taken_by:
            with self._as(email) as (work, actor):
                seen = records.read_version(work, self._gate, actor, record_id, told.version)
                for file in seen.attachments:
                    if file.forms:
                        records.open_attachment(
                            work, self._gate, actor, file.id, arrangement=arrangement
                        )
        with self._as(told.by) as (work, actor):
            release.withdraw(
                work,
                self._gate,
                actor,
                version.version_id,
                comment=told.reason,
                recall=True,
                due_on=self._day(told),
            )
        self._delete(told.deleted_by)

    def _propose(self, told: Admission) -> None:
        command = parties.AdmitPerson(
            email=told.email, name=told.name, roles=told.roles, clearance=told.clearance
        )
        going = proposals.Going(step=proposals.Step.PROPOSE, why=told.why)
        # Who is admitted already, or proposed, is not proposed again.
        with suppress(Conflict, Invalid), self._as(told.by) as (work, actor):
            proposals.admit(work, self._gate, actor, command, going)

    def _delete(self, email: str) -> None:
        with self._as(email) as (work, actor):
            for task in release.recalls.due_tasks(work, actor, date.max):
                command = release.recalls.AnswerRecall(
                    answer="deleted", confirmed=True, name=task.person.name
                )
                release.recalls.answer(
                    work, actor, task.recall_id, command, keys=self._services.identity.keys
                )
