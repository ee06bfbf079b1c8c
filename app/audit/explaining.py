"""Why somebody could or could not: for an auditor, at any moment since the portal keeps the past.

An auditor learns what the question who could read tells them too, and nothing else: of a record of
their own party who could read it, and why their own people could not; of another party's record who
of their own people could. Everything else is answered like what does not exist, by the same steps.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from app import parties
from app.access import Action, Actor, Gate, Office, OfficeAction
from app.audit.commands import ExplainAccess
from app.audit.explained import Explained
from app.audit.explaining_then import Asked, Asker, explanation
from app.audit.questions.asking import person_named, record_named
from app.core.errors import Invalid, NotFound
from app.core.ids import PersonId, RecordId
from app.core.journal import Detail, Event
from app.core.work import Work

EXPLAINED: Final = "access.explained"
PUBLIC: Final = "public"
NOBODY: Final = "Nobody signed in"
_LACKING: Final = {
    "person": "Say who, by e-mail address.",
    "record": "Say which record, by its number (ENT-2026-000123).",
}


def explain_access(work: Work, gate: Gate, actor: Actor, asked: ExplainAccess) -> Explained:
    """Explain to an auditor whether a person could read a record, having written who asked.

    Raises:
        Forbidden: the actor is not an auditor of a party.
        Invalid: a field is missing or written wrongly, or nothing is kept of that moment.
        Unavailable: the policies of that moment are not kept whole.
    """
    party = actor.profile.party
    permit = gate.decide_office(work, actor, OfficeAction.REVIEW_LOG, Office(party=party))
    exact = _exactly(work, asked, party)
    explained = exact.explained(work, gate)
    gate.record_office(work, permit, event=EXPLAINED, details=exact.told())
    return explained


def explain_to_operator(work: Work, gate: Gate, asked: ExplainAccess) -> Explained:
    """Explain the same to whoever runs the portal on its machine, whole, having written so.

    Raises:
        NotFound: there is no such person, or no such record.
        Invalid, Unavailable: as `explain_access` does.
    """
    exact = _exactly(work, asked, None)
    explained = exact.explained(work, gate)
    found = explained.explanation
    if found is None:
        raise NotFound("There is no such person or record, or there was none at that moment.")
    work.record(
        Event(
            EXPLAINED,
            f"record:{found.record}",
            record=found.record,
            organisations=frozenset({found.organisation, *found.owners} - {""}),
            details=exact.told(),
        )
    )
    return explained


@dataclass(frozen=True)
class _Exactly:
    """What was asked, resolved: whose explanation it is to be, and each word as it was said."""

    question: Asked
    asker: Asker
    person: str
    record: str
    record_value: str

    def explained(self, work: Work, gate: Gate) -> Explained:
        current, asked = gate.keeper.current, self.question
        found = explanation(work.session, current, asked, self.asker)
        return Explained(self.person, self.record, asked.moment, str(asked.action), found)

    def told(self) -> dict[str, Detail]:
        """Give what the log is told: the same, whether there is such a thing or not."""
        return {
            "person": str(self.question.person or PUBLIC),
            "record": self.record_value,
            "moment": self.question.moment.isoformat(timespec="seconds"),
            "action": str(self.question.action),
        }


def _exactly(work: Work, asked: ExplainAccess, party: str | None) -> _Exactly:
    lacking = {name: told for name, told in _LACKING.items() if not getattr(asked, name)}
    if lacking:
        raise Invalid("Say whose access to which record.", fields=lacking)
    party_of = {one.slug: one.party for one in parties.organisations(work.session)}
    ours = [slug for slug, of in party_of.items() if party is None or of == party]
    public = asked.person.lower() == PUBLIC
    who = None if public else person_named(work, asked.person, ours)
    what = record_named(work, asked.record, ours)
    if what is None:
        raise TypeError("a record was asked for")
    return _Exactly(
        question=Asked(
            person=PersonId(UUID(who.value)) if who else None,
            record=RecordId(what[0]),
            moment=_moment(work, asked.moment),
            action=Action(asked.action),
        ),
        asker=Asker(party, party_of),
        person=who.text if who else NOBODY,
        record=what[1].text,
        record_value=what[1].value,
    )


def _moment(work: Work, asked: datetime | None) -> datetime:
    """Give the moment asked about, by default now; it is one that the past is kept of."""
    first = parties.standings_since(work.session)
    if asked is None:
        return work.now
    if asked > work.now:
        raise Invalid(fields={"moment": "This moment has not come yet."})
    if first is None or asked < first:
        since = f", only from {first:%Y-%m-%d %H:%M} UTC on" if first else ""
        raise Invalid(fields={"moment": f"How people stood then is not kept{since}."})
    return asked
