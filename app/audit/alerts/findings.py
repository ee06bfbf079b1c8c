"""What is worth telling an auditor at once: rules over entries, each giving findings. Pure.

A finding reads as a sentence and names nobody: whose it was stands beside it, for those who may
know. Its key holds what it is about and the stretch of time it falls in, so that looking again, or
at more of the same, finds nothing new.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import groupby
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from app.audit.thresholds import Alarms, Hours

Fact = str | int


class AlertKind(StrEnum):
    """What may be found."""

    BULK_READING = "bulk-reading"
    OUT_OF_HOURS = "out-of-hours"
    REFUSALS = "refusals"
    AFTER_THE_END = "after-the-end"
    FAILED_SIGN_INS = "failed-sign-ins"
    MANY_ROLES = "many-roles"
    DAMAGED_ATTACHMENT = "damaged-attachment"
    LOG_BEHIND = "log-behind"
    LOG_BEGUN_ANEW = "log-begun-anew"
    WITNESS_LATE = "witness-late"
    WITNESS_MISSING = "witness-missing"


MOST_ENTRIES: Final = 200  # of one finding, kept with it; its filters lead to all


@dataclass(frozen=True)
class Act:
    """An entry as the rules look at it; `thing` is the record, or else what it was about."""

    entry_id: UUID
    log: int
    index: int
    at: datetime
    type: str
    subject: str
    thing: Hashable
    actor: UUID | None
    organisation: str
    organisations: frozenset[str]
    decision: str


@dataclass(frozen=True)
class Finding:
    """What was found: the facts of its sentence, and the acts it rests on."""

    kind: AlertKind
    key: str
    facts: Mapping[str, Fact]
    acts: tuple[Act, ...] = field(default=(), repr=False)

    @property
    def organisations(self) -> frozenset[str]:
        """Give the organisations that it concerns."""
        return frozenset().union(*(act.organisations for act in self.acts))


def bulk_reading(acts: Sequence[Act], median: int, alarms: Alarms) -> Iterator[Finding]:
    """Find when one person opened far more in a short time than they usually do.

    `acts` are what one person opened, in order of time; `median` counts the different documents of
    the stretches of this length in which they opened any.
    """
    burst = densest(acts, alarms.window, lambda act: act.thing)
    documents = len({act.thing for act in burst})
    if documents >= max(alarms.documents, alarms.factor * median):
        yield _of(
            AlertKind.BULK_READING,
            burst,
            alarms,
            documents=documents,
            median=median,
            seconds=_seconds(burst),
        )


def out_of_hours(acts: Sequence[Act], hours: Hours, alarms: Alarms) -> Iterator[Finding]:
    """Find the days on which one person opened documents outside of the working hours."""
    zone = ZoneInfo(hours.zone)
    outside = [act for act in acts if not _working(act.at.astimezone(zone), hours)]
    for day, those in groupby(outside, key=lambda act: act.at.astimezone(zone).date()):
        odd = tuple(those)
        documents = len({act.thing for act in odd})
        if documents < alarms.out_of_hours_documents:
            continue
        first, last = (act.at.astimezone(zone) for act in (odd[0], odd[-1]))
        yield Finding(
            AlertKind.OUT_OF_HOURS,
            f"{odd[0].actor}:{day}",
            {
                **_whose(odd[0]),
                "documents": documents,
                "day": f"{first:%A} {first.day} {first:%B %Y}",
                "from": f"{first:%H:%M}",
                "to": f"{last:%H:%M}",
                "zone": hours.zone,
            },
            odd,
        )


def refusals(acts: Sequence[Act], alarms: Alarms) -> Iterator[Finding]:
    """Find when one person was refused again and again with nothing allowed in between."""
    for refused, row in groupby(acts, key=lambda act: act.decision == "deny"):
        run = densest(list(row), alarms.window, lambda act: act.entry_id) if refused else ()
        if len(run) >= alarms.refusals:
            yield _of(AlertKind.REFUSALS, run, alarms, refusals=len(run), seconds=_seconds(run))


def failed_sign_ins(acts: Sequence[Act], alarms: Alarms) -> Iterator[Finding]:
    """Find when signing in to one account failed many times; who tried is not known."""
    run = densest(acts, alarms.window, lambda act: act.entry_id)
    if len(run) >= alarms.failed_sign_ins:
        facts: dict[str, Fact] = {
            "attempts": len(run),
            "seconds": _seconds(run),
            "person": run[0].subject.removeprefix("person:"),
            "organisation": next(iter(sorted(run[0].organisations)), ""),
        }
        key = f"{run[0].subject}:{_stretch(run[0].at, alarms)}"
        yield Finding(AlertKind.FAILED_SIGN_INS, key, facts, tuple(run))


def many_roles(acts: Sequence[Act], alarms: Alarms) -> Iterator[Finding]:
    """Find when one administrator assigned roles to many people in a short time."""
    run = densest(acts, alarms.window, lambda act: act.subject)
    people = len({act.subject for act in run})
    if people >= alarms.people_given_roles:
        yield _of(AlertKind.MANY_ROLES, run, alarms, people=people, seconds=_seconds(run))


def after_the_end(acts: Iterable[Act], ended: Callable[[Act], str]) -> Iterator[Finding]:
    """Find what was opened by somebody who had no standing then; it must never happen.

    `ended` says why an actor had none at the time of an act; empty for those who had.
    """
    for act in acts:
        if why := ended(act):
            facts: dict[str, Fact] = {**_whose(act), "why": why}
            yield Finding(AlertKind.AFTER_THE_END, str(act.entry_id), facts, (act,))


def damaged(acts: Iterable[Act]) -> Iterator[Finding]:
    """Find the attachments whose stored copy did not open: one finding for each and day."""
    for act in acts:
        key = f"{act.subject}:{act.at:%Y-%m-%d}"
        yield Finding(AlertKind.DAMAGED_ATTACHMENT, key, {"subject": act.subject}, (act,))


def begun_anew(acts: Iterable[Act]) -> Iterator[Finding]:
    """Find the logs that began because another could not go on."""
    for act in acts:
        yield Finding(AlertKind.LOG_BEGUN_ANEW, act.subject, {"subject": act.subject}, (act,))


def densest(
    acts: Sequence[Act], window: timedelta, thing: Callable[[Act], Hashable]
) -> Sequence[Act]:
    """Give the acts of the window that holds the most different things, the earliest of several.

    `acts` are in order of time.
    """
    held: Counter[Hashable] = Counter()
    start, most, best = 0, 0, (0, 0)
    for end, act in enumerate(acts):
        held[thing(act)] += 1
        while act.at - acts[start].at > window:
            left = thing(acts[start])
            held[left] -= 1
            if not held[left]:
                del held[left]
            start += 1
        if len(held) > most:
            most, best = len(held), (start, end + 1)
    return acts[slice(*best)]


def sentence(kind: AlertKind, facts: Mapping[str, Fact]) -> str:
    """Say a finding in one sentence that names nobody."""
    said = {
        name: f"{value:,}" if isinstance(value, int) else value for name, value in facts.items()
    }
    words = {"within": duration(facts["seconds"]) if "seconds" in facts else "", **said}
    return _SENTENCES[kind].format_map(words)


_SENTENCES: Final[Mapping[AlertKind, str]] = {
    AlertKind.BULK_READING: "{documents} documents in {within}; this person's median is {median}",
    AlertKind.OUT_OF_HOURS: "{documents} documents outside working hours, between {from} and {to}"
    " on {day} ({zone} time)",
    AlertKind.REFUSALS: "{refusals} refusals in a row within {within}",
    AlertKind.AFTER_THE_END: "Something was opened although {why}; this must never happen",
    AlertKind.FAILED_SIGN_INS: "{attempts} failed sign-ins to one account within {within}",
    AlertKind.MANY_ROLES: "One administrator assigned roles to {people} people within {within}",
    AlertKind.DAMAGED_ATTACHMENT: "The stored copy of a file is damaged or was exchanged; it was"
    " not served",
    AlertKind.LOG_BEHIND: "{entries} entries wait for their place in the log, the oldest for"
    " {within}",
    AlertKind.LOG_BEGUN_ANEW: "A new log began because the one before could not go on; a database"
    " may have been restored",
    AlertKind.WITNESS_LATE: "The witness {witness} has not co-signed for {within}; it has seen"
    " {seen} of {size} entries",
    AlertKind.WITNESS_MISSING: "The witness {witness} has never co-signed this log",
}


def duration(seconds: Fact) -> str:
    """Say how long something took, in the unit that fits: `4 minutes`."""
    count = int(seconds)
    for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if count >= 2 * size or (unit == "minute" and count >= size):
            whole = round(count / size)
            return f"{whole} {unit}{'s' if whole != 1 else ''}"
    return f"{max(count, 1)} second{'s' if count > 1 else ''}"


def _of(kind: AlertKind, run: Sequence[Act], alarms: Alarms, **facts: Fact) -> Finding:
    key = f"{run[0].actor}:{_stretch(run[0].at, alarms)}"
    return Finding(kind, key, {**_whose(run[0]), **facts}, tuple(run))


def _whose(act: Act) -> dict[str, Fact]:
    return {"person": str(act.actor or ""), "organisation": act.organisation}


def _seconds(run: Sequence[Act]) -> int:
    return int((run[-1].at - run[0].at).total_seconds())


def _stretch(at: datetime, alarms: Alarms) -> int:
    """Number the stretches of time in which the same is not told again."""
    return int(at.timestamp() // alarms.again.total_seconds())


def _working(local: datetime, hours: Hours) -> bool:
    on_a_day = local.isoweekday() in hours.iso_days
    return on_a_day and hours.opens_at <= local.time() < hours.closes_at
