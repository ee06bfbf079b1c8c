"""Releases and who approved them; requests for release and how they ended."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Subquery, and_, case, func, select, tuple_

from app.audit.actions import (
    ANSWERS,
    ASKED,
    CONSENTED,
    DECLINED,
    ENDINGS,
    GRANTED,
    NOT_GRANTED,
    RELEASED,
    RETURNED,
    SUBMITTED,
    TAKEN_BACK,
)
from app.audit.questions import charts, words
from app.audit.questions.ground import Ground, Place
from app.audit.questions.names import QuestionName
from app.audit.questions.question import Placed, Question, Summary, proven
from app.audit.questions.select import ORDER, SHOWN, Logged
from app.audit.questions.views import Column, Total
from app.log import LoggedRow

DAY_SECONDS: Final = 86_400
OPEN: Final = "open"
OUTCOMES: Final[Mapping[str, str]] = {
    RELEASED: "released",
    RETURNED: "returned",
    DECLINED: "refused",
    GRANTED: "granted",
    NOT_GRANTED: "not granted",
    TAKEN_BACK: "withdrawn",
    OPEN: "open",
}
WANTED: Final[Mapping[str, str]] = {SUBMITTED: "release", ASKED: "access"}
RELEASES: Final = (
    Column("at", "Released", "time"),
    Column("record", "Record", "record"),
    Column("approver", "Approved by", "person"),
    Column("organisation", "Of", "organisation"),
    Column("submitter", "Submitted by", "person"),
    Column("consents", "Consented", "text"),
    Column("markings", "Marking", "markings"),
    Column("waited_days", "Days waited", "days"),
)
REQUESTS: Final = (
    Column("at", "Asked", "time"),
    Column("record", "Record", "record"),
    Column("submitter", "By", "person"),
    Column("organisation", "Of", "organisation"),
    Column("outcome", "Ended", "text"),
    Column("decider", "Decided by", "person"),
    Column("ended_at", "When", "time"),
    Column("consents", "Consented", "text"),
    Column("took_days", "Days taken", "days"),
    Column("wanted", "Asked for", "text"),
)


def _chosen(ground: Ground, *types: str) -> ColumnElement[bool]:
    return and_(LoggedRow.type.in_(types), ground.narrowed())


def _neighbour(
    ground: Ground, own: Sequence[str], others: Sequence[str], *, after: bool
) -> Subquery:
    """Find for each entry of these types the nearest of others about the same version or request.

    In one pass over these few types: the entries of a version, in the order of the log (or against
    it, for what comes `after`), are numbered by how many of the others came; what shares a number
    has the same nearest.
    """
    place = (LoggedRow.log, LoggedRow.index)
    order = [column.desc() for column in place] if after else list(place)
    turn = func.count().filter(LoggedRow.type.in_(others))
    steps = (
        select(
            LoggedRow.subject,
            LoggedRow.type,
            LoggedRow.at,
            LoggedRow.actor,
            *place,
            turn.over(partition_by=LoggedRow.subject, order_by=order).label("turn"),
        )
        .where(LoggedRow.type.in_([*own, *others]), ground.sight())
        .subquery("steps")
    )
    columns = steps.c
    mixed = [columns["log"], columns["index"]]
    way = [column.desc() for column in mixed] if after else mixed

    def nearest(name: str) -> Any:
        first = func.first_value(columns[name]).over(
            partition_by=(columns.subject, columns.turn), order_by=way
        )
        return case((columns.turn > 0, first)).label(f"near_{name}")

    near = (
        select(
            *mixed,
            columns.type,
            *(nearest(name) for name in ("type", "at", "actor", "log", "index")),
        )
        .select_from(steps)
        .subquery("near")
    )
    return select(near).where(near.c.type.in_(own)).subquery("neighbour")


def _joined(neighbour: Subquery) -> ColumnElement[bool]:
    return and_(LoggedRow.log == neighbour.c["log"], LoggedRow.index == neighbour.c["index"])


def _pairs(
    ground: Ground,
    chosen: ColumnElement[bool],
    neighbour: Subquery,
    before: Place | None,
    limit: int,
) -> Sequence[Any]:
    near = [column for column in neighbour.c if column.name.startswith("near_")]
    page = select(*SHOWN, *near).join(neighbour, _joined(neighbour)).where(chosen)
    if before is not None:
        page = page.where(tuple_(*ORDER) < before)
    page = page.order_by(*(column.desc() for column in ORDER)).limit(limit)
    return ground.session.execute(page).all()


def _release_rows(ground: Ground, before: Place | None, limit: int) -> Sequence[Placed]:
    submission = _neighbour(ground, [RELEASED], [SUBMITTED], after=False)
    found = _pairs(ground, _chosen(ground, RELEASED), submission, before, limit)
    pairs = [(Logged({}, *row[: len(SHOWN)]), row[len(SHOWN) :]) for row in found]
    consents = _consents(ground, [one.subject for one, _ in pairs])
    _learn(ground, pairs, consents)
    rows = []
    for one, (type_, submitted_at, submitter, log, index) in pairs:
        since = (log, index) if type_ else (0, 0)
        given = _between(consents, one.subject, since, (one.log, one.index))
        cells = (
            one.at,
            ground.record(one.record),
            ground.person(one.actor, one.decision),
            ground.organisation(one.organisation),
            ground.person(submitter) if type_ else None,
            _names(ground, given),
            " // ".join(one.markings),
            _days(submitted_at, one.at),
        )
        rows.append(proven(one, cells))
    return rows


def _request_rows(ground: Ground, before: Place | None, limit: int) -> Sequence[Placed]:
    ending = _neighbour(ground, list(WANTED), [*ENDINGS, *ANSWERS], after=True)
    found = _pairs(ground, _chosen(ground, *WANTED), ending, before, limit)
    pairs = [(Logged({}, *row[: len(SHOWN)]), row[len(SHOWN) :]) for row in found]
    consents = _consents(ground, [one.subject for one, _ in pairs])
    _learn(ground, pairs, consents)
    rows = []
    for one, (type_, ended_at, decider, log, index) in pairs:
        until = (log, index) if type_ else (ground.asked.at.log, ground.asked.at.size)
        given = _between(consents, one.subject, (one.log, one.index), until)
        cells = (
            one.at,
            ground.record(one.record),
            ground.person(one.actor, one.decision),
            ground.organisation(one.organisation),
            OUTCOMES[type_ or OPEN],
            ground.person(decider) if type_ else None,
            ended_at,
            _names(ground, given),
            _days(one.at, ended_at),
            WANTED[one.type],
        )
        rows.append(proven(one, cells))
    return rows


def _consents(ground: Ground, subjects: Sequence[str]) -> Sequence[Any]:
    """Give the consents to versions, in the order of the log."""
    return ground.session.execute(
        select(LoggedRow.subject, LoggedRow.log, LoggedRow.index, LoggedRow.actor)
        .where(LoggedRow.subject.in_(subjects), LoggedRow.type == CONSENTED, ground.sight())
        .order_by(LoggedRow.log, LoggedRow.index)
    ).all()


def _between(
    consents: Sequence[Any], subject: str, since: tuple[int, int], until: tuple[int, int]
) -> list[Any]:
    return [
        person
        for of, log, index, person in consents
        if of == subject and since < (log, index) < until
    ]


def _learn(ground: Ground, pairs: Sequence[Any], consents: Sequence[Any]) -> None:
    people = [one.actor for one, _ in pairs] + [other[2] for _, other in pairs]
    people += [one.actor for one in consents]
    ground.learn(people, (one.record for one, _ in pairs))


def _names(ground: Ground, people: Sequence[Any]) -> str:
    return ", ".join(ground.person(one).text for one in people)


def _days(since: datetime | None, until: datetime | None) -> float | None:
    if since is None or until is None:
        return None
    return round((until - since).total_seconds() / DAY_SECONDS, 1)


def _summarise_releases(ground: Ground) -> Summary:
    submission = _neighbour(ground, [RELEASED], [SUBMITTED], after=False)
    waited = func.extract("epoch", LoggedRow.at - submission.c.near_at)
    told = ground.session.execute(
        select(
            func.count(),
            func.count(LoggedRow.record.distinct()),
            func.count(LoggedRow.actor.distinct()),
            func.count().filter(LoggedRow.actor == submission.c.near_actor),
            func.percentile_cont(0.5).within_group(waited),
        )
        .join(submission, _joined(submission))
        .where(_chosen(ground, RELEASED))
    ).one()
    count, records, people, own, median = told
    period = ground.asked.period
    alone = (
        "nobody approved what they had submitted"
        if not own
        else f"in {words.count(own, 'case')} the submitter approved it"
    )
    sentence = (
        f"{words.begun(words.count(count, 'release'))} of {words.count(records, 'record')} "
        f"{period}, approved by {words.people(people)}; {alone}."
        if count
        else f"Nothing was released {period}."
    )
    return Summary(
        sentence,
        (
            Total("releases", "Releases", count),
            Total("records", "Records", records),
            Total("approvers", "People who approved", people),
            Total("own", "Approved by who submitted it", own),
            Total("median_days", "Days waited, at the median", _in_days(median), "days"),
        ),
    )


def _summarise_requests(ground: Ground) -> Summary:
    ending = _neighbour(ground, list(WANTED), [*ENDINGS, *ANSWERS], after=True)
    outcome = case((ending.c.near_type.is_(None), OPEN), else_=ending.c.near_type)
    took = func.extract("epoch", ending.c.near_at - LoggedRow.at)
    rows = (
        select(outcome.label("outcome"), took.label("took"))
        .select_from(LoggedRow)
        .join(ending, _joined(ending))
        .where(_chosen(ground, *WANTED))
        .subquery()
    )
    told = ground.session.execute(
        select(
            rows.c.outcome,
            func.count(),
            func.percentile_cont(0.5).within_group(rows.c.took),
        ).group_by(func.rollup(rows.c.outcome))
    )
    counts, median = {}, None
    for kind, count, took_seconds in told:
        if kind is None:
            median = took_seconds
        else:
            counts[OUTCOMES[kind]] = count
    count, period = sum(counts.values()), ground.asked.period
    ended = [f"{counts[one]:,} {one}" for one in OUTCOMES.values() if one in counts]
    sentence = (
        f"{words.begun(words.count(count, 'request'))} {period}: {words.listed(ended)}."
        if count
        else f"Nobody asked for a release or for access {period}."
    )
    return Summary(
        sentence,
        (
            Total("requests", "Requests", count),
            *(Total(one, words.begun(one), counts.get(one, 0)) for one in OUTCOMES.values()),
            Total("median_days", "Days taken, at the median", _in_days(median), "days"),
        ),
        charts.bars("How requests ended", "Requests", counts, "For release and for access."),
    )


def _in_days(seconds: float | None) -> float | None:
    return None if seconds is None else round(float(seconds) / DAY_SECONDS, 1)


OF_RELEASES: Final = Question(
    name=QuestionName.RELEASES,
    title="Releases and who approved them",
    about="Who submitted, who consented, who approved, under which marking, after how many days.",
    columns=RELEASES,
    summarise=_summarise_releases,
    rows=_release_rows,
)
OF_REQUESTS: Final = Question(
    name=QuestionName.REQUESTS,
    title="Requests and how they ended",
    about="Submissions for release and requests for access: how each ended, or that it is still"
    " open, and how long it took.",
    columns=REQUESTS,
    summarise=_summarise_requests,
    rows=_request_rows,
)
