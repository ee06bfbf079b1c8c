"""What was asked, made exact: every filter gets a value that means the same tomorrow."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from uuid import UUID

from app import parties
from app.audit import queries
from app.audit.actions import ACTIONS
from app.audit.commands import QuestionFilter
from app.audit.questions import lookups, words
from app.audit.questions.views import Asked
from app.core.errors import Invalid
from app.core.ids import PersonId
from app.core.work import Work
from app.log import At, newest

# Nobody and nothing has this identifier: what is not known is answered like what nobody opened.
UNKNOWN: Final = UUID(int=0)
REFERENCE: Final = re.compile(r"ENT-\d{4}-\d{6,}", re.IGNORECASE)


@dataclass(frozen=True)
class Exactly:
    """A question's filters: who, what and when as identifiers, days and a size of the log.

    `said` holds each filter that was given or filled in, by its name: the answer repeats them,
    and its permanent link is made of them. `types` None means any.
    """

    at: At
    at_time: datetime
    from_: date
    to: date
    person: UUID | None
    organisation: str
    record: UUID | None
    types: frozenset[str] | None
    decision: str
    marking: str
    day: date
    moment: datetime
    said: Mapping[str, Asked]

    @property
    def since(self) -> datetime:
        """Give the first moment of the first day."""
        return datetime.combine(self.from_, time(), UTC)

    @property
    def until(self) -> datetime:
        """Give the first moment after the last day."""
        return datetime.combine(self.to, time(), UTC) + timedelta(days=1)

    @property
    def period(self) -> str:
        """Say the days asked about: `between 1 March and 24 November 2026`."""
        return words.between(self.from_, self.to)

    def filter(self) -> QuestionFilter:
        """Give the filter that asks for exactly this."""
        given = {name: one.value for name, one in self.said.items()}
        return QuestionFilter.model_validate({**given, "at": self.at.text()})

    def word(self, name: str) -> str:
        """Give a filter in words; empty when it was not given."""
        return self.said[name].text if name in self.said else ""


def exactly(
    work: Work,
    asked: QuestionFilter,
    organisations: Mapping[str, str],
    *,
    ours: Collection[str],
    needs: Sequence[str],
    filters: Sequence[str],
    recent_days: int | None,
) -> Exactly:
    """Resolve what was asked. Without days, from the first entry on, or the `recent_days` last.

    Args:
        organisations: the names of organisations by their slugs.
        ours: the slugs of those whose auditor asks: who and what they may know of is named.

    Raises:
        Invalid: a filter is missing, is written wrongly, or is beyond what was signed.
        Unavailable: nothing of the log is signed yet.
    """
    lacking = {name: _LACKING[name] for name in needs if not getattr(asked, name)}
    if lacking:
        raise Invalid("This question needs to know more.", fields=lacking)
    at, at_time = _place(work, asked.at)
    from_, to = _days(work, asked, at_time, recent_days)
    day = asked.day or at_time.astimezone(UTC).date()
    person, record = person_named(work, asked.person, ours), record_named(work, asked.record, ours)
    known = {"person": person, "record": record[1] if record else None}
    said = {name: one for name, one in known.items() if one}
    said |= _said_days(filters, {"from": from_, "to": to, "day": day})
    moment = _moment(work, asked.moment, at_time) if "moment" in filters else at_time
    if "moment" in filters:
        said["moment"] = Asked(moment.isoformat(), words.moment(moment))
    said |= _said_words(asked, organisations)
    return Exactly(
        at=at,
        at_time=at_time,
        from_=from_,
        to=to,
        person=UUID(person.value) if person else None,
        organisation=asked.organisation,
        record=record[0] if record else None,
        types=_types(asked),
        decision=asked.decision,
        marking=asked.marking,
        day=day,
        moment=moment,
        said=said,
    )


def _said_days(filters: Sequence[str], days: Mapping[str, date]) -> dict[str, Asked]:
    return {
        name: Asked(day.isoformat(), words.day(day))
        for name, day in days.items()
        if name in filters
    }


def _said_words(asked: QuestionFilter, organisations: Mapping[str, str]) -> dict[str, Asked]:
    said = {name: getattr(asked, name) for name in ("type", "decision", "marking", "action")}
    told = {name: Asked(value, value) for name, value in said.items() if value}
    if asked.organisation:
        name = organisations.get(asked.organisation, asked.organisation)
        told["organisation"] = Asked(asked.organisation, name)
    return told


_LACKING: Final = {
    "record": "Say which record, by its number (ENT-2026-000123).",
    "person": "Say who, by e-mail address.",
    "organisation": "Choose an organisation.",
    "day": "Choose a day.",
}


def _place(work: Work, asked: str) -> tuple[At, datetime]:
    at = _parse_at(asked) if asked else newest(work.session)
    at_time = lookups.signed_at(work.session, at)
    if at_time is None:
        told = "The log is not signed up to there. Leave `at` out to ask up to now."
        raise Invalid(told, fields={"at": told})
    return at, at_time


def _parse_at(asked: str) -> At:
    try:
        return At.parse(asked)
    except (ValueError, Invalid) as error:
        told = "A size of the log is written like 2.18204."
        raise Invalid(told, fields={"at": told}) from error


def _days(
    work: Work, asked: QuestionFilter, at_time: datetime, recent_days: int | None
) -> tuple[date, date]:
    to = asked.to or at_time.astimezone(UTC).date()
    if asked.from_ is not None:
        from_ = asked.from_
    elif recent_days is not None:
        from_ = to - timedelta(days=recent_days - 1)
    else:
        first = lookups.first_entry_at(work.session)
        from_ = min(first.astimezone(UTC).date(), to) if first else to
    if from_ > to:
        told = "The first day must not come after the last."
        raise Invalid(told, fields={"from": told})
    if to == date.max:
        told = "Choose a day that is not the end of time."
        raise Invalid(told, fields={"to": told})
    return from_, to


def _moment(work: Work, asked: datetime | None, at_time: datetime) -> datetime:
    moment = at_time if asked is None else asked.astimezone(UTC)
    first = parties.standings_since(work.session)
    if moment > at_time:
        told = "This moment has not come yet, or is not signed yet."
        raise Invalid(told, fields={"moment": told})
    if first is None or moment < first:
        since = f", only from {words.moment(first)} on" if first else ""
        told = f"How people stood then is not kept{since}."
        raise Invalid(told, fields={"moment": told})
    return moment


def person_named(work: Work, asked: str, ours: Collection[str]) -> Asked | None:
    """Give the person that a filter names; of one out of sight not even whether there is one.

    Raises:
        Invalid: it is neither an e-mail address nor an identifier.
    """
    if not asked:
        return None
    by_address = "@" in asked
    if by_address:
        found = parties.person_by_email(work.session, asked)
    else:
        found = PersonId(_uuid(asked, "person", _LACKING["person"]))
    # Looked for also where there is nobody: the answer is to take the same steps.
    seen = lookups.person_in_sight(work.session, ours, found or PersonId(UNKNOWN))
    if found is None or not seen:
        # Of those who are nobody's business here, it is not told whether they are anybody.
        return Asked(str(UNKNOWN if found is None or by_address else found), asked)
    named = parties.names(work.session, [found]).get(found)
    return Asked(str(found), (named.name if named else "") or _short(found))


def record_named(work: Work, asked: str, ours: Collection[str]) -> tuple[UUID, Asked] | None:
    """Give the record, and its filter: a number stands as it is, so that it does not tell whose.

    Raises:
        Invalid: it is neither a number nor an identifier.
    """
    if not asked:
        return None
    if REFERENCE.fullmatch(asked):
        reference = asked.upper()
        found = lookups.record_of_reference(work.session, reference)
        return found or UNKNOWN, Asked(reference, reference)
    record = _uuid(asked.removeprefix("record:"), "record", _LACKING["record"])
    seen = lookups.record_in_sight(work.session, ours, record)
    known = queries.references(work.session, [record] if seen else [])
    return record, Asked(str(record), known.get(record, _short(record)))


def _uuid(asked: str, field: str, told: str) -> UUID:
    try:
        return UUID(asked)
    except ValueError as error:
        raise Invalid(told, fields={field: told}) from error


def _short(known: UUID) -> str:
    return f"…{str(known)[-12:]}"


def _types(asked: QuestionFilter) -> frozenset[str] | None:
    if asked.action and asked.action not in ACTIONS:
        told = f"Choose one of these actions: {words.listed(list(ACTIONS))}."
        raise Invalid(told, fields={"action": told})
    of_action = frozenset(ACTIONS[asked.action]) if asked.action else None
    if not asked.type:
        return of_action
    of_type = frozenset({asked.type})
    return of_type if of_action is None else of_type & of_action
