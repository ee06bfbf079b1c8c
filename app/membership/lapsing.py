"""What silence does in a review of access, and the report of what reviews covered."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from app import identity, notices, parties
from app.access import Actor, Gate, Office, OfficeAction, Role
from app.core.errors import Forbidden
from app.core.ids import PersonId
from app.core.journal import Event
from app.core.work import Work
from app.membership import queries
from app.membership.models import AccessAnswerRow
from app.membership.reviewing import PATH, REVIEWERS, unanswered
from app.membership.rules import ReviewRules
from app.membership.views import Coverage, ReviewEnding
from app.notices import Kind
from app.parties import OrganisationSummary


def attend(work: Work, gate: Gate, rules: ReviewRules) -> int:
    """Tell who has to answer of a review, again before it ends, and suspend the unanswered then.

    Safe to repeat: each is told once of one thing, and each person lapses once in a period. Tells
    how many lapsed.
    """
    period = rules.period(work.now)
    stage = rules.stage(period, work.now)
    lapsed = 0
    for one in parties.organisations(work.session):
        if not one.active:
            continue
        waiting = [person.id for person in unanswered(work, rules, one.slug, period)]
        if not waiting:
            continue
        if stage == "over":
            lapsed += sum(_lapse(work, gate, one.slug, period, person) for person in waiting)
        else:
            _tell(work, rules, one.slug, period, stage, waiting)
    return lapsed


def coverage(work: Work, gate: Gate, rules: ReviewRules, actor: Actor) -> tuple[Coverage, ...]:
    """Report what reviews covered: of the actor's organisation; to an auditor, of the whole party.

    Raises:
        Forbidden: the actor is neither an auditor nor reviews access.
    """
    party, slug = actor.profile.party, actor.profile.organisation
    audits = Role.AUDITOR in actor.profile.roles
    action = OfficeAction.REVIEW_LOG if audits else OfficeAction.REVIEW_ACCESS
    office = Office(party) if audits else Office(party, slug)
    concerned = [
        one
        for one in parties.organisations(work.session)
        if (one.party == party if audits else one.slug == slug)
    ]
    gate.enter_office(work, actor, action, office, event="access-review.reported")
    if not concerned:
        raise Forbidden("Your roles do not include this.")
    rows = queries.answers_of(work.session, [one.slug for one in concerned])
    periods = {row.period for row in rows} | {rules.period(work.now)}
    return tuple(
        _covered(work, rules, one, period, rows)
        for period in sorted(periods, reverse=True)
        for one in concerned
    )


def reviews_ending(work: Work, rules: ReviewRules) -> Iterator[ReviewEnding]:
    """Give the reviews of this period that are open and have somebody unanswered, by organisation.

    Each with those who have to answer, for whoever tells them before it ends.
    """
    period = rules.period(work.now)
    if rules.stage(period, work.now) == "over":
        return
    for one in parties.organisations(work.session):
        waiting = unanswered(work, rules, one.slug, period) if one.active else []
        if waiting:
            able = _able(work, one.slug, [person.id for person in waiting])
            yield ReviewEnding(one.slug, rules.ends_at(period), able)


def _able(work: Work, slug: str, waiting: Sequence[PersonId]) -> frozenset[PersonId]:
    """Give who has to answer about somebody: nobody answers about themselves."""
    reviewers = {
        person for role in REVIEWERS for person in parties.people_in(work.session, slug, role)
    }
    return frozenset(one for one in reviewers if any(person != one for person in waiting))


def _covered(
    work: Work,
    rules: ReviewRules,
    organisation: OrganisationSummary,
    period: date,
    rows: Sequence[AccessAnswerRow],
) -> Coverage:
    own = [row for row in rows if (row.organisation, row.period) == (organisation.slug, period)]
    waiting = unanswered(work, rules, organisation.slug, period)
    is_open = period == rules.period(work.now) and organisation.active
    waiting_count = len(waiting) if is_open else 0
    by = parties.names(work.session, [PersonId(row.answered_by) for row in own if row.answered_by])
    return Coverage(
        organisation=organisation.slug,
        name=organisation.name,
        period=period,
        people_count=len(own) + waiting_count,
        kept_count=_count(own, "kept"),
        removed_count=_count(own, "removed"),
        lapsed_count=_count(own, "lapsed"),
        waiting_count=waiting_count,
        by=tuple(sorted(one.name for one in by.values())),
        last_at=max((row.answered_at for row in own), default=None),
    )


def _count(rows: Iterable[AccessAnswerRow], answer: str) -> int:
    return sum(row.answer == answer for row in rows)


def _tell(
    work: Work,
    rules: ReviewRules,
    slug: str,
    period: date,
    stage: str,
    waiting: Sequence[PersonId],
) -> None:
    able = _able(work, slug, waiting)
    day = rules.ends_at(period).isoformat()
    notices.tell(
        work,
        Kind.ACCESS_REVIEW,
        able,
        path=PATH,
        said={"day": day},
        key=f"access-review {slug} {period} {stage}",
    )
    if stage == "told-again":
        notices.tell(
            work,
            Kind.ACCESS_LAPSES,
            waiting,
            path="/account",
            said={"day": day},
            key=f"access-lapses {period}",
        )


def _lapse(work: Work, gate: Gate, slug: str, period: date, person: PersonId) -> bool:
    """Suspend somebody about whom nobody answered; tells whether it was done now."""
    kept = queries.keep_answer(
        work.session,
        organisation=slug,
        period=period,
        person_id=person,
        answer="lapsed",
        answered_by=None,
        answered_at=work.now,
    )
    if not kept:
        return False
    parties.suspend_now(work, gate.keeper.current.schemes, person)
    identity.end_access(work, person)
    notices.end_for(work, person)
    work.record(
        Event(
            type="person.lapsed",
            subject=f"person:{person}",
            organisations=frozenset({slug}),
            details={"period": period.isoformat()},
        )
    )
    return True
