"""What every question stands on: the entries in an auditor's sight, at a size of the log."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import ColumnElement, and_, or_
from sqlalchemy.orm import Session

from app import parties
from app.access import PolicySet
from app.audit import queries
from app.audit.questions.asking import Exactly
from app.audit.questions.views import Named
from app.audit.thresholds import Thresholds
from app.core.ids import PersonId
from app.log import LoggedRow
from app.parties import OrganisationSummary

# The order of every table, newest first, and what a page goes on from.
Place = tuple[datetime, int, int]
NOBODY = "Nobody signed in"
OPERATOR = "The operator"
LONGEST_ID = 20


def is_below(row: Any, log: Any, index: Any) -> ColumnElement[bool]:
    """Give the condition that an entry stands before a place in the log.

    Of `(log, index) < (1, 1000000)` the planner thinks that it leaves nothing, since it looks at
    the first column alone: it would walk the whole log. This it counts rightly.
    """
    return or_(row.log < log, and_(row.log == log, row.index < index))


class Actual(Protocol):
    """What names are looked up of."""

    @property
    def actor(self) -> UUID | None: ...

    @property
    def subject(self) -> str: ...

    @property
    def record(self) -> UUID | None: ...


@dataclass
class Ground:
    """Whose sight it is, what was asked, by which measure; and the names of who is shown."""

    session: Session
    party: str
    organisations: Mapping[str, OrganisationSummary]
    asked: Exactly
    thresholds: Thresholds
    policies: PolicySet
    people: dict[UUID, str] = field(default_factory=dict)
    records: dict[UUID, str] = field(default_factory=dict)
    # What was counted once for this answer, by the question that counted it.
    kept: dict[str, Any] = field(default_factory=dict)

    @property
    def slugs(self) -> list[str]:
        """Give the organisations of the party: what concerns them is in sight."""
        return [one.slug for one in self.organisations.values() if one.party == self.party]

    @property
    def zone(self) -> str:
        """Give the time zone of the party whose auditor asks."""
        return self.thresholds.zone_of(self.party)

    def sight(self, row: Any = LoggedRow) -> ColumnElement[bool]:
        """Give the condition of every SELECT: in the auditor's sight, and below the size asked."""
        at = self.asked.at
        return and_(is_below(row, at.log, at.size), queries.concerns(row, self.slugs))

    def in_period(self) -> ColumnElement[bool]:
        """Give the condition for the days asked about."""
        return and_(LoggedRow.at >= self.asked.since, LoggedRow.at < self.asked.until)

    def narrowed(self) -> ColumnElement[bool]:
        """Give sight, the days, and every filter that was given."""
        asked = self.asked
        conditions = [self.sight(), self.in_period()]
        for column, value in (
            (LoggedRow.actor, asked.person),
            (LoggedRow.organisation, asked.organisation or None),
            (LoggedRow.record, asked.record),
            (LoggedRow.decision, asked.decision or None),
        ):
            if value is not None:
                conditions.append(column == value)
        if asked.types is not None:
            conditions.append(LoggedRow.type.in_(sorted(asked.types)))
        if asked.marking:
            conditions.append(queries.has(LoggedRow.markings, asked.marking))
        return and_(*conditions)

    def learn(self, people: Iterable[UUID | None], records: Iterable[UUID | None] = ()) -> None:
        """Look up, at once, the names of people and the numbers of records that are to be shown."""
        unknown = {PersonId(one) for one in people if one is not None and one not in self.people}
        if unknown:
            found = parties.names(self.session, unknown)
            for person in unknown:
                self.people[person] = found[person].name if person in found else ""
        asked = {one for one in records if one is not None and one not in self.records}
        if asked:
            numbers = queries.references(self.session, asked)
            self.records.update({one: numbers.get(one, "") for one in asked})

    def learn_of(self, entries: Iterable[Actual]) -> None:
        """Look up the names and numbers that rows about these entries show."""
        found = list(entries)
        people = [one.actor for one in found]
        people += [
            UUID(one.subject.removeprefix("person:"))
            for one in found
            if one.subject.startswith("person:")
        ]
        self.learn(people, (one.record for one in found))

    def person(self, person: UUID | None, decision: str = "allow") -> Named:
        """Name who acted; what no decision was asked for was done by the operator."""
        if person is None:
            return Named("", NOBODY if decision else OPERATOR)
        return Named(str(person), self.people.get(person) or f"…{str(person)[-12:]}")

    def organisation(self, slug: str) -> Named:
        """Name an organisation."""
        known = self.organisations.get(slug)
        return Named(slug, known.name if known else slug)

    def subject(self, subject: str) -> Named:
        """Name what an entry is about: a person or an organisation by name, others by their id."""
        kind, _, what = subject.partition(":")
        if kind == "person":
            return Named(subject, self.person(UUID(what)).text)
        if kind == "organisation":
            return Named(subject, self.organisation(what).text)
        return Named(
            subject, f"{kind} {what}" if len(what) <= LONGEST_ID else f"{kind} …{what[-12:]}"
        )

    def record(self, record: UUID | None) -> Named | None:
        """Name a record by its number."""
        if record is None:
            return None
        return Named(str(record), self.records.get(record) or f"…{str(record)[-12:]}")
