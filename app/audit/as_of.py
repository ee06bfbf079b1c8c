"""Who could read a record on a day, and who did: decided again, from what was kept of that day.

Whether somebody could is what the policies then in force say of how the person stood then, and of
the audiences that the record's versions had in the state they were in then. Each moment of the day
at which one of these changed is asked about; nothing is taken from how things stand now.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from uuid import UUID

from sqlalchemy.orm import Session

from app import parties
from app.access import Alike, PolicySet, audiences, permits_of, policies_in_force
from app.audit import as_of_queries as queries
from app.audit.as_of_queries import Reads
from app.audit.past import versions_then
from app.audit.sights import Past, Sight, reasons_why_not, sights
from app.core.errors import Invalid, NotFound
from app.core.ids import PersonId, RecordId
from app.log import At

Could = Literal["all day", "part of the day", "no"]


@dataclass(frozen=True)
class PastReader:
    """A person: whether they could read the record on the day, why, and whether they did.

    `versions` are the numbers of those they could read, `current` when among them was the one that
    stood first at some moment: the released one, or else the newest; `whole` when they could read
    all parts of one.
    `needs_second_factor`: only when signed in with one. `why` says what let them, or which
    requirement they did not meet; `policies` are the ids of those that let them.
    """

    person: PersonId
    name: str
    organisation: str
    organisation_name: str
    could: Could
    versions: tuple[int, ...]
    current: bool
    whole: bool
    needs_second_factor: bool
    why: str
    policies: tuple[str, ...]
    reads_that_day: int
    reads_in_all: int
    first_read_at: datetime | None
    last_read_at: datetime | None


@dataclass(frozen=True)
class AsOf:
    """The answer for the day from `since` until `until`, exclusive.

    `rows` names who could, first, and of the auditor's own party who could not; `others_count`
    counts the people of other parties who could not. `public` when anybody could, without signing
    in; how often anybody did is told of the party's own records. `notes` say what is to be known
    about the answer.
    """

    record: RecordId
    since: datetime
    until: datetime
    public: bool
    public_reads_that_day: int
    rows: tuple[PastReader, ...]
    others_count: int
    policy_sets: tuple[str, ...]
    notes: tuple[str, ...]


def could_read(
    session: Session,
    current: PolicySet,
    *,
    party: str,
    record_id: RecordId,
    day: date,
    until: datetime,
    at: At,
) -> AsOf:
    """Tell who could read a record on a day, and who did, as far as an auditor's party may know.

    The caller has entered the office of that party. Of a record of another party the auditor
    learns who of their own party could read it, or did; if nobody, it looks like none.

    Args:
        current: the policies in force now.
        day: in UTC.
        until: how late the answer may be about, exclusive: when `at` was signed.
        at: the size of the log up to which readings are counted.

    Raises:
        NotFound: there is no such record, or none that concerned the party on that day.
        Invalid: the day has not begun, or is before anything was kept.
        Unavailable: the policies then in force are not kept whole.
    """
    began, midnight = _day(day)
    since, until = _kept_part(session, began, min(midnight, until))
    sets = policies_in_force(session, current, since, until)
    kept = queries.history(session, record_id)
    if not kept:
        raise NotFound
    past = Past(
        since=since,
        until=until,
        versions=versions_then(kept, queries.moves(session, record_id)),
        facts=audiences(session, {part for version in kept for part in version.parts}),
        sets=sets,
        grants=queries.grants(session, record_id),
        standings=parties.standings_between(session, since, until),
    )
    return _answer(session, past, party, record_id, at, day=(began, midnight))


def _answer(
    session: Session,
    past: Past,
    party: str,
    record_id: RecordId,
    at: At,
    *,
    day: tuple[datetime, datetime],
) -> AsOf:
    found, moments_count = sights(past)
    public = found.pop(None).moments_count > 0
    reads = queries.reads(session, record_id, past.since, past.until, at)
    ours = party in parties.parties_of(session, _owners(past)).values()
    told = {
        person: sight
        for person, sight in found.items()
        if person is not None and _is_told(person, sight, reads, party, ours=ours)
    }
    if not ours and not told:
        raise NotFound
    nobody = reads.get(None)
    return AsOf(
        record=record_id,
        since=past.since,
        until=past.until,
        public=public,
        public_reads_that_day=nobody.that_day if nobody and ours else 0,
        rows=_rows(session, past, told, reads, moments_count),
        others_count=len(found) - len(told) if ours else 0,
        policy_sets=tuple(dict.fromkeys(one.policies.version for one in past.sets)),
        notes=tuple(_notes(past, *day, ours=ours)),
    )


def _owners(past: Past) -> set[str]:
    kept = (version.kept for version in past.versions)
    return {slug for one in kept for slug in (one.owner, one.originator)}


def _day(day: date) -> tuple[datetime, datetime]:
    began = datetime.combine(day, time(), UTC)
    return began, began + timedelta(days=1)


def _kept_part(session: Session, began: datetime, until: datetime) -> tuple[datetime, datetime]:
    """Give the part of a day of which it is kept how people stood."""
    if until <= began:
        raise Invalid(fields={"day": "This day has not begun yet."})
    first = parties.standings_since(session)
    if first is None or until <= first:
        since = f", only from {first:%Y-%m-%d %H:%M} UTC on" if first else ""
        raise Invalid(fields={"day": f"How people stood on this day is not kept{since}."})
    return max(began, first), until


def _is_told(
    person: PersonId, sight: Sight, reads: Mapping[UUID | None, Reads], party: str, *, ours: bool
) -> bool:
    """Tell whether the auditor learns of this person by name.

    Who could read, or did, concerns the auditor when the record or the person is of their party.
    Who could not is told of their own people, and of a record of their own.
    """
    own = sight.profile.party == party
    concerned = sight.moments_count > 0 or person in reads
    return (concerned and (ours or own)) or (ours and own)


def _rows(
    session: Session,
    past: Past,
    told: Mapping[PersonId, Sight],
    reads: Mapping[UUID | None, Reads],
    moments_count: int,
) -> tuple[PastReader, ...]:
    names = parties.names(session, told)
    organisations = parties.organisation_names(
        session, {sight.profile.organisation for sight in told.values()}
    )
    why = _Why(session, past, [one for one in told.values() if not one.moments_count])
    rows = []
    for person, sight in told.items():
        slug, read = sight.profile.organisation, reads.get(person)
        rows.append(
            PastReader(
                person=person,
                name=names[person].name,
                organisation=slug,
                organisation_name=organisations.get(slug, slug),
                could=_could(sight, moments_count),
                versions=tuple(sorted(sight.versions)),
                current=sight.current,
                whole=sight.whole,
                needs_second_factor=sight.moments_count > 0 and not sight.by_password,
                why=why.of(sight),
                policies=tuple(sight.let_by),
                reads_that_day=read.that_day if read else 0,
                reads_in_all=read.in_all if read else 0,
                first_read_at=read.first_at if read else None,
                last_read_at=read.last_at if read else None,
            )
        )
    return tuple(sorted(rows, key=_order))


def _order(row: PastReader) -> tuple[bool, str, str, str]:
    return row.could == "no", row.organisation_name, row.name, str(row.person)


def _could(sight: Sight, moments_count: int) -> Could:
    if not sight.moments_count:
        return "no"
    return "all day" if sight.moments_count == moments_count else "part of the day"


class _Why:
    """Says why, once for everybody about whom the same policies held at the day's end."""

    def __init__(self, session: Session, past: Past, found: Iterable[Sight]) -> None:
        policies = past.sets[-1].policies
        alike = Alike.of(policies, past.every_audience())
        self._facts = {sight.profile: alike.facts(sight.profile) for sight in found}
        kept_out = list(dict.fromkeys(self._facts.values()))
        self._reasons = reasons_why_not(past, kept_out, permits_of(session, policies))

    def of(self, sight: Sight) -> str:
        """Say what let somebody read, or else the requirement that they did not meet."""
        if sight.moments_count:
            return " ".join(sight.let_by.values())
        return self._reasons[self._facts[sight.profile]]


def _notes(past: Past, began: datetime, midnight: datetime, *, ours: bool) -> Iterator[str]:
    if past.since > began:
        yield f"How people stood is kept only from {past.since:%H:%M} UTC of this day on."
    if past.until < midnight:
        yield f"The answer is about the day up to {past.until:%H:%M} UTC."
    # That there is a draft is told of the party's own records only.
    if ours and any(version.written_after(past.since) for version in past.versions):
        yield (
            "A draft was written in since: its markings on this day are not kept, and those that "
            "it has now are taken."
        )
    if len(past.sets) > 1:
        yield "The policies changed within this day; each moment is judged by its own."
