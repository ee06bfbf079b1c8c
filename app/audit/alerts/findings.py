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
from app.log import WitnessState

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
    WITNESS_REFUSES = "witness-refuses"


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
    content: bool  # something that is marked was given out


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


def bulk_reading(
    acts: Sequence[Act], median: Callable[[datetime], int], alarms: Alarms
) -> Iterator[Finding]:
    """Find when one person opened far more in a short time than they usually do.

    `acts` are what one person opened, in order of time; `median` counts, before a moment, the
    different documents of the stretches of this length in which they opened any.
    """
    for burst in bursts(acts, alarms.window, lambda act: act.thing, alarms.documents):
        documents = len({act.thing for act in burst})
        usual = median(burst[0].at)
        if documents >= alarms.factor * usual:
            yield _of(
                AlertKind.BULK_READING,
                burst,
                alarms,
                documents=documents,
                median=usual,
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
        if refused:
            for run in bursts(list(row), alarms.window, _each, alarms.refusals):
                yield _of(AlertKind.REFUSALS, run, alarms, refusals=len(run), seconds=_seconds(run))


def failed_sign_ins(acts: Sequence[Act], alarms: Alarms) -> Iterator[Finding]:
    """Find when signing in to one account failed many times; who tried is not known."""
    for run in bursts(acts, alarms.window, _each, alarms.failed_sign_ins):
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
    for run in bursts(acts, alarms.window, lambda act: act.subject, alarms.people_given_roles):
        people = len({act.subject for act in run})
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


def witness_refuses(acts: Iterable[Act]) -> Iterator[Finding]:
    """Find the witnesses that refused to co-sign: one finding for each and day."""
    for act in acts:
        key = f"{act.subject}:{act.at:%Y-%m-%d}"
        witness = act.subject.removeprefix("witness:")
        yield Finding(AlertKind.WITNESS_REFUSES, key, {"witness": witness}, (act,))


def witness_behind(
    witness: WitnessState, size: int, begun_at: datetime, now: datetime, alarms: Alarms
) -> Iterator[Finding]:
    """Find a witness that has not co-signed for too long: one finding for each silence."""
    since = witness.at or begun_at
    seconds = int((now - since).total_seconds())
    if now - since < alarms.witness_late:
        return
    facts: dict[str, Fact] = {"witness": witness.name, "seconds": seconds, "size": size}
    if witness.at is None:
        yield Finding(AlertKind.WITNESS_MISSING, f"{witness.vkey}:{begun_at:%Y-%m-%d}", facts)
    else:
        key = f"{witness.vkey}:{witness.at:%Y-%m-%dT%H:%M:%S}"
        yield Finding(AlertKind.WITNESS_LATE, key, {**facts, "seen": witness.size or 0})


def log_behind(
    count: int, oldest_at: datetime | None, now: datetime, alarms: Alarms
) -> Iterator[Finding]:
    """Find that entries have waited too long for their places in the log."""
    if oldest_at is not None and now - oldest_at >= alarms.log_behind:
        seconds = int((now - oldest_at).total_seconds())
        facts: dict[str, Fact] = {"entries": count, "seconds": seconds}
        yield Finding(AlertKind.LOG_BEHIND, f"{oldest_at:%Y-%m-%dT%H:%M:%S}", facts)


def bursts(
    acts: Sequence[Act], window: timedelta, thing: Callable[[Act], Hashable], least: int
) -> Iterator[Sequence[Act]]:
    """Give the stretches within a window with at least so many different things, none twice."""
    burst = densest(acts, window, thing)
    if len({thing(act) for act in burst}) < least:
        return
    start = acts.index(burst[0])
    yield from bursts(acts[:start], window, thing, least)
    yield burst
    yield from bursts(acts[start + len(burst) :], window, thing, least)


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
    AlertKind.WITNESS_REFUSES: "The witness {witness} refuses to co-sign: it has seen another, or"
    " a longer, log than this one",
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


def _each(act: Act) -> Hashable:
    return act.entry_id


def _seconds(run: Sequence[Act]) -> int:
    return int((run[-1].at - run[0].at).total_seconds())


def _stretch(at: datetime, alarms: Alarms) -> int:
    """Number the stretches of time in which the same is not told again."""
    return int(at.timestamp() // alarms.again.total_seconds())


def _working(local: datetime, hours: Hours) -> bool:
    on_a_day = local.isoweekday() in hours.iso_days
    return on_a_day and hours.opens_at <= local.time() < hours.closes_at
