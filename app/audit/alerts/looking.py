"""Looks for findings in what is new in the log: for each party, in what its auditors may see.

So a finding tells no party of what does not concern it: a burst is counted in the documents that
are in its sight, and so is the median that it is held against.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from app.access import PolicySet
from app.audit.actions import OPENED
from app.audit.alerts import findings, queries
from app.audit.alerts.findings import Act, Finding
from app.audit.questions.absences import Absence, absences
from app.audit.questions.asking import Exactly
from app.audit.questions.ground import Ground
from app.audit.thresholds import Thresholds
from app.log import At
from app.parties import OrganisationSummary

FAILED: Final = ("sign-in.refused", "second-factor.refused")
ROLES: Final = "person.roles-assigned"
DAMAGED: Final = "attachment.damaged"
BEGUN: Final = "log.begun"
WITNESS: Final = "log.witness-refused"


@dataclass(frozen=True)
class Look:
    """One look: whose sight, by which thresholds, and at which place of the log."""

    session: Session
    party: str
    organisations: dict[str, OrganisationSummary]
    thresholds: Thresholds
    policies: PolicySet
    at: At
    now: datetime

    @property
    def slugs(self) -> list[str]:
        """Give the organisations of the party."""
        return [one.slug for one in self.organisations.values() if one.party == self.party]

    def findings(self, new: Sequence[Act]) -> Iterator[Finding]:
        """Give what new entries show, some of it together with those before them."""
        yield from self._of_readers([act for act in new if _opened(act)])
        yield from self._of_the_refused([act for act in new if act.actor and _denied(act)])
        yield from self._of_accounts([act for act in new if act.type in FAILED])
        yield from self._of_administrators([act for act in new if act.type == ROLES])
        yield from self._after_the_end([act for act in new if act.content and act.actor])
        yield from findings.damaged(act for act in new if act.type == DAMAGED)
        yield from findings.witness_refuses(act for act in new if act.type == WITNESS)
        begun = [act for act in new if act.type == BEGUN]
        recovered = queries.recovered_logs(self.session) if begun else ()
        yield from findings.begun_anew(act for act in begun if act.subject in recovered)

    def _of_readers(self, new: Sequence[Act]) -> Iterator[Finding]:
        alarms = self.thresholds.alarms
        for actor, first in _first_of_each(new).items():
            zone = ZoneInfo(self.thresholds.zone_of(self._party_of(first)))
            midnight = first.at.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
            since = min(first.at - alarms.window, midnight)
            acts = queries.opened_by(self.session, self.slugs, actor, since, self.at)
            near = [act for act in acts if act.at >= first.at - alarms.window]
            yield from findings.bulk_reading(near, partial(self._median, actor), alarms)
            hours = self.thresholds.hours_of.get(self._party_of(first))
            if hours is not None:
                today = [act for act in acts if act.at >= midnight]
                yield from findings.out_of_hours(today, hours, alarms)

    def _median(self, actor: UUID, before: datetime) -> int:
        alarms = self.thresholds.alarms
        days, window = alarms.median_days, alarms.window
        return queries.median(self.session, self.slugs, actor, before, days, window)

    def _of_the_refused(self, new: Sequence[Act]) -> Iterator[Finding]:
        alarms = self.thresholds.alarms
        for actor, first in _first_of_each(new).items():
            since = first.at - alarms.window
            acts = queries.opened_or_refused(self.session, self.slugs, actor, since, self.at)
            yield from findings.refusals(acts, alarms)

    def _of_accounts(self, new: Sequence[Act]) -> Iterator[Finding]:
        alarms = self.thresholds.alarms
        first = {act.subject: act for act in reversed(new) if act.subject}
        for subject, act in first.items():
            since = act.at - alarms.window
            acts = queries.of_types_about(self.session, self.slugs, FAILED, subject, since, self.at)
            yield from findings.failed_sign_ins(acts, alarms)

    def _of_administrators(self, new: Sequence[Act]) -> Iterator[Finding]:
        alarms = self.thresholds.alarms
        for actor, first in _first_of_each(new).items():
            since = first.at - alarms.window
            acts = queries.of_type_by(self.session, self.slugs, ROLES, actor, since, self.at)
            yield from findings.many_roles(acts, alarms)

    def _after_the_end(self, new: Sequence[Act]) -> Iterator[Finding]:
        """Judge as the question about it does: by the entries that tell who left, and when."""
        if not new:
            return
        ended = absences(self._ground())
        yield from findings.after_the_end(new, lambda act: _why_absent(act, ended))

    def _ground(self) -> Ground:
        day = self.now.date()
        asked = Exactly(
            at=self.at,
            at_time=self.now,
            from_=day,
            to=day,
            person=None,
            organisation="",
            record=None,
            types=None,
            decision="",
            marking="",
            day=day,
            moment=self.now,
            said={},
        )
        return Ground(
            self.session, self.party, self.organisations, asked, self.thresholds, self.policies
        )

    def _party_of(self, act: Act) -> str:
        organisation = self.organisations.get(act.organisation)
        return organisation.party if organisation else ""


def _opened(act: Act) -> bool:
    return act.actor is not None and act.decision == "allow" and act.type in OPENED


def _denied(act: Act) -> bool:
    return act.decision == "deny" and act.type not in FAILED


def _first_of_each(acts: Sequence[Act]) -> dict[UUID, Act]:
    """Give the earliest act of each actor."""
    first: dict[UUID, Act] = {}
    for act in acts:
        if act.actor is not None and (act.actor not in first or act.at < first[act.actor].at):
            first[act.actor] = act
    return first


def _why_absent(act: Act, ended: Sequence[Absence]) -> str:
    """Say why an actor had no standing; by the clock and by the order of the log."""
    for one in ended:
        whose = one.person == act.actor if one.person else one.organisation == act.organisation
        after = (act.log, act.index) > (one.log, one.index)
        if whose and after and one.since <= act.at < one.until:
            return _ALTHOUGH.get(one.why, one.why.lower())
    return ""


_ALTHOUGH: Final = {
    "Suspended": "this person was suspended",
    "Organisation suspended": "this person's organisation was suspended",
    "Before the agreement began": "the agreement had not begun",
    "After the agreement ended": "the agreement had ended",
}
