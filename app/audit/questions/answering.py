"""Answers the auditors' questions. Asking is an event; the gate of the office lets it through.

An answer is of the log at a signed size: what is appended later changes nothing of it, so its
permanent link gives it again.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlencode

from app import parties
from app.access import Actor, Gate, Office, OfficeAction
from app.audit.commands import QuestionFilter
from app.audit.questions.asking import exactly
from app.audit.questions.ground import Ground, Place
from app.audit.questions.names import QuestionName
from app.audit.questions.question import Question
from app.audit.questions.registry import QUESTIONS
from app.audit.questions.views import Answer, Row
from app.audit.telling import filters_told
from app.audit.thresholds import Thresholds
from app.core.errors import Invalid
from app.core.journal import Detail
from app.core.paging import Page, decode_cursor, encode_cursor
from app.core.work import Work

PAGE_ROWS = 50
BATCH_ROWS = 1000
MOST = 2**63


@dataclass(frozen=True)
class WholeAnswer:
    """An answer with every row of its table, given one after the other in constant memory.

    `answer.rows` is empty: the rows are in `rows`.
    """

    answer: Answer
    rows: Iterator[Row]


def answer(
    work: Work,
    gate: Gate,
    actor: Actor,
    name: QuestionName,
    asked: QuestionFilter,
    *,
    thresholds: Thresholds,
) -> Answer:
    """Answer a question with a page of its table, newest first, and write that it was asked.

    Raises:
        Forbidden: the actor is not an auditor of a party.
        Invalid: a filter is missing or wrong, or the log is not signed up to the size asked for.
    """
    question = QUESTIONS[name]
    with _asking(work, gate, actor, question, asked, thresholds, "log.reviewed") as ground:
        before = _place(asked.cursor)
        told = _summed_up(ground, question)
        found = question.rows(ground, before, PAGE_ROWS + 1)
    shown = found[:PAGE_ROWS]
    more = len(found) > PAGE_ROWS
    page = Page(
        [one.row for one in shown],
        next_cursor=encode_cursor(*_spelled(shown[-1].place)) if more else None,
    )
    return replace(told, rows=page)


@contextmanager
def answer_whole(
    work: Work,
    gate: Gate,
    actor: Actor,
    name: QuestionName,
    asked: QuestionFilter,
    *,
    thresholds: Thresholds,
) -> Iterator[WholeAnswer]:
    """Answer a question with every row of its table; once gathered, its export is written.

    Raises:
        Forbidden, Invalid: as `answer` does.
    """
    question = QUESTIONS[name]
    with _asking(work, gate, actor, question, asked, thresholds, "log.exported") as ground:
        yield WholeAnswer(_summed_up(ground, question), _every_row(ground, question))


@contextmanager
def _asking(
    work: Work,
    gate: Gate,
    actor: Actor,
    question: Question,
    asked: QuestionFilter,
    thresholds: Thresholds,
    event: str,
) -> Iterator[Ground]:
    """Give what an answer is read from; once it was read, write in the log that it was asked."""
    named: dict[str, Detail] = {"question": question.name.value}
    office = Office(party=actor.profile.party)
    permit = gate.decide_office(work, actor, OfficeAction.REVIEW_LOG, office, details=named)
    organisations = {one.slug: one for one in parties.organisations(work.session)}
    whole = question.recent_unless and getattr(asked, question.recent_unless)
    exact = exactly(
        work,
        asked,
        {slug: one.name for slug, one in organisations.items()},
        ours=[slug for slug, one in organisations.items() if one.party == actor.profile.party],
        needs=question.needs,
        filters=question.filters,
        recent_days=None if whole else question.recent_days,
    )
    yield Ground(
        session=work.session,
        party=actor.profile.party,
        organisations=organisations,
        asked=exact,
        thresholds=thresholds,
        policies=gate.keeper.current,
    )
    told = filters_told(work, gate, exact.filter(), None)
    gate.record_office(work, permit, event=event, details={**named, **told})


def _summed_up(ground: Ground, question: Question) -> Answer:
    summary, asked = question.summarise(ground), ground.asked
    at = asked.at.text()
    return Answer(
        question=question.name,
        title=question.title,
        sentence=summary.sentence,
        at=at,
        at_time=asked.at_time,
        filters=asked.said,
        columns=question.columns,
        rows=Page([]),
        totals=summary.totals,
        chart=summary.chart,
        permalink_query=urlencode({**{n: one.value for n, one in asked.said.items()}, "at": at}),
    )


def _every_row(ground: Ground, question: Question) -> Iterator[Row]:
    before: Place | None = None
    while found := question.rows(ground, before, BATCH_ROWS):
        yield from (one.row for one in found)
        if len(found) < BATCH_ROWS:
            return
        before = found[-1].place


def _spelled(place: Place) -> tuple[str, int, int]:
    at, log, index = place
    return at.isoformat(), log, index


def _place(cursor: str) -> Place | None:
    if not cursor:
        return None
    try:
        at, log, index = decode_cursor(cursor)
        place = datetime.fromisoformat(at), log, index
        if place[0].tzinfo is None or not all(type(n) is int and 0 <= n < MOST for n in place[1:]):
            raise ValueError("a time without a zone, or no place")
    except (ValueError, TypeError, AttributeError) as error:
        raise Invalid("This page link is damaged. Start again from the first page.") from error
    return place
