"""Reviews of access: everybody who takes part is kept or removed by somebody else, or lapses.

A review is due by the calendar: no job opens it. What is kept is each answer, and that is what the
report of coverage counts.
"""

from collections.abc import Collection, Mapping
from datetime import date

from app import identity, notices, parties
from app.access import Actor, Gate, Office, OfficeAction, Role
from app.core.errors import Conflict, Forbidden, NotFound
from app.core.ids import PersonId
from app.core.work import Work
from app.membership import queries
from app.membership.commands import AnswerReview, EndAccess
from app.membership.leaving import end_by
from app.membership.models import AccessAnswerRow
from app.membership.reaching import reach_of
from app.membership.rules import ReviewRules
from app.membership.views import AccessReview, UnderReview
from app.parties import PersonName, PersonView

PATH = "/organisation/review"
REVIEWERS = (Role.ORGANISATION_ADMINISTRATOR, Role.RELEASE_AUTHORITY)
REMOVED_REASON = "Removed in the review of access of {:%B %Y}."
NOT_LENT = "Who only stands in for a release authority does not review access."
NOT_YOURS = "Somebody else reviews you: an administrator, or a release authority."


def access_review(work: Work, gate: Gate, rules: ReviewRules, actor: Actor) -> AccessReview:
    """Show who is looked at in the review of this period in the actor's organisation.

    Raises:
        Forbidden: the actor neither administers it nor is a release authority of it.
    """
    slug, period = actor.profile.organisation, rules.period(work.now)
    people = _concerned(work, rules, slug, period)
    answers = queries.answers(work.session, slug, period)
    ids = [one.id for one in people]
    signed_in = identity.sign_in_facts(work.session, ids)
    groups = queries.groups_of(work.session, ids)
    grants = queries.grants_counts(work.session, ids, work.now)
    by = parties.names(work.session, _answerers(answers.values()))
    shown = []
    for one in people:
        reach = reach_of(work, gate, one.id) if one.active else None
        row = answers.get(one.id)
        shown.append(
            UnderReview(
                person=one,
                groups=groups.get(one.id, ()),
                sign_in=signed_in[one.id],
                grants_count=grants.get(one.id, 0),
                reach_count=reach.total if reach else 0,
                highest=", ".join(c.name for c in reach.by_marking) if reach else "",
                answer=row.answer if row else "",  # type: ignore[arg-type]
                answered_by=_name(by, row),
                answered_at=row.answered_at if row else None,
                yours=one.id != actor.person and row is None,
            )
        )
    office = Office(actor.profile.party, slug)
    gate.enter_office(
        work,
        actor,
        OfficeAction.REVIEW_ACCESS,
        office,
        event="access-review.shown",
        details={"period": period.isoformat(), "people": len(shown)},
    )
    return AccessReview(
        organisation=slug,
        period=period,
        ends_at=rules.ends_at(period),
        stage=rules.stage(period, work.now),
        people=tuple(shown),
    )


def answer_review(
    work: Work, gate: Gate, rules: ReviewRules, actor: Actor, command: AnswerReview
) -> None:
    """Keep or remove people in the review of this period; who is removed loses all access at once.

    Raises:
        Forbidden: one of them is the actor, or of another organisation; the actor is a deputy only.
        Conflict: the review has ended, or one of them is answered already or not looked at in it.
    """
    slug, period = actor.profile.organisation, rules.period(work.now)
    if actor.person in command.people:
        raise Forbidden(NOT_YOURS)
    if rules.stage(period, work.now) == "over":
        raise Conflict("This review has ended. Whoever was unanswered is suspended.")
    concerned = {one.id for one in _concerned(work, rules, slug, period)}
    for person_id in sorted(command.people):
        if person_id not in concerned:
            raise Conflict("One of them is not in this review. Open it again, then answer.")
        _answer(work, gate, actor, person_id, command, period)
    _settle(work, rules, slug, period, command.people)


def reviews_due(work: Work, rules: ReviewRules, actor: Actor) -> AccessReview | None:
    """Tell whether a review waits for the actor, by the calendar alone; it shows nobody."""
    runs = {"organisation_administrator", "release_authority"} & set(actor.profile.roles)
    slug, period = actor.profile.organisation, rules.period(work.now)
    if not runs or rules.stage(period, work.now) == "over":
        return None
    waiting = unanswered(work, rules, slug, period)
    if not any(one.id != actor.person for one in waiting):
        return None
    stage = rules.stage(period, work.now)
    return AccessReview(slug, period, rules.ends_at(period), stage, ())


def unanswered(work: Work, rules: ReviewRules, slug: str, period: date) -> list[PersonView]:
    """Give who takes part and is looked at in a period, and whom nobody has answered about."""
    answered = queries.answers(work.session, slug, period)
    return [
        one
        for one in _concerned(work, rules, slug, period)
        if one.active and one.id not in answered
    ]


def _concerned(work: Work, rules: ReviewRules, slug: str, period: date) -> list[PersonView]:
    """Give those who are looked at in a period: who took part before it, and still does or did."""
    answered = queries.answers(work.session, slug, period)
    return [
        one
        for one in parties.people_of(work.session, slug)
        if one.id in answered or (one.active and rules.concerns(period, one.admitted_at))
    ]


def _answer(
    work: Work,
    gate: Gate,
    actor: Actor,
    person_id: PersonId,
    command: AnswerReview,
    period: date,
) -> None:
    office = parties.office_of(work.session, person_id)
    permit = gate.decide_office(work, actor, OfficeAction.REVIEW_ACCESS, office)
    if actor.person is None:
        raise NotFound
    # What is lent while somebody is away decides on releases, not on who stays.
    administers = Role.ORGANISATION_ADMINISTRATOR in actor.profile.roles
    if not (administers or parties.holds_authority(work.session, actor.person)):
        raise Forbidden(NOT_LENT)
    kept = queries.keep_answer(
        work.session,
        organisation=office.organisation,
        period=period,
        person_id=person_id,
        answer=command.answer,
        answered_by=actor.person,
        answered_at=work.now,
    )
    if not kept:
        raise Conflict("Somebody has answered about one of them already. Open the review again.")
    if command.answer == "removed":
        reason = EndAccess(reason=REMOVED_REASON.format(period))
        end_by(work, gate, actor, permit, office, person_id, reason)
        return
    told = {"period": period.isoformat()}
    gate.record_office(work, permit, event="person.kept", details=told)


def _settle(
    work: Work, rules: ReviewRules, slug: str, period: date, people: Collection[PersonId]
) -> None:
    """Let those who were answered about fear no end; with the last, the review waits no more."""
    notices.settle(work, "/account", people)
    if not unanswered(work, rules, slug, period):
        reviewers = {
            one for role in REVIEWERS for one in parties.people_in(work.session, slug, role)
        }
        notices.settle(work, PATH, reviewers)


def _answerers(rows: Collection[AccessAnswerRow]) -> list[PersonId]:
    return [PersonId(row.answered_by) for row in rows if row.answered_by]


def _name(names: Mapping[PersonId, PersonName], row: AccessAnswerRow | None) -> str:
    if row is None or row.answered_by is None:
        return ""
    known = names.get(PersonId(row.answered_by))
    return known.name if known else ""
