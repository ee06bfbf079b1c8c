"""The gate: authorise, append the log event, and only then hand out what proves it.

Nothing that a reader may not freely have leaves the process but with a `Permit` or a `Scope`,
and only the gate makes those. The event stands in the transaction of the act: if it cannot be
committed, nothing is served.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TypeVar

from sqlalchemy import ColumnElement, text
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.access.actor import Actor
from app.access.facts import SEEING, Action, Office, OfficeAction, PortalAction
from app.access.interning import KNOWN, audiences
from app.access.pdp import PolicyKeeper
from app.access.sight import GRANTED, one_of, open_sight, sight_of
from app.access.singly import allowed_singly
from app.access.subject import Subject
from app.access.terms import only_terms_missing, terms_for_more
from app.access.visibility import Allowed, allowed, deciding_policies
from app.core.errors import Forbidden, Refused, TermsNotAccepted
from app.core.ids import AudienceId, RecordId, VersionId
from app.core.journal import Detail, Event
from app.core.work import Work

Value = TypeVar("Value")
_MAKER = object()
CHANGING = frozenset(Action) - SEEING
ENDING = frozenset({OfficeAction.SUSPEND, OfficeAction.REVIEW_ACCESS})


@dataclass(frozen=True)
class Scope:
    """The audiences that an actor may act on: what every list joins on. Only the gate makes one."""

    action: Action
    audience_ids: tuple[AudienceId, ...]
    released_ids: tuple[AudienceId, ...]
    maker: object = field(repr=False, compare=False)

    def __post_init__(self) -> None:
        _only_the_gate(self.maker)

    def holds(self, column: ColumnElement[int] | InstrumentedAttribute[int]) -> ColumnElement[bool]:
        """Give the one filter of every list: the row's audience is one of these.

        It stands in the query itself, beside row-level security.
        """
        return one_of(column, self.audience_ids, self.sight)

    @property
    def told(self) -> dict[str, bytes]:
        """Give the audiences as what `held` waits for."""
        return {"held": self.sight}

    @cached_property
    def sight(self) -> bytes:
        """Give its audiences as bits, for statements that ask `entente_holds`."""
        return sight_of(self.audience_ids)

    @cached_property
    def released_sight(self) -> bytes:
        """Give the released audiences as bits, for statements that ask `entente_holds`."""
        return sight_of(self.released_ids)

    def holds_released(self, column: InstrumentedAttribute[int]) -> ColumnElement[bool]:
        """Give the filter for lists of what is released."""
        return one_of(column, self.released_ids, self.released_sight)


@dataclass(frozen=True)
class Permit:
    """Proof that the gate let an act through and that the journal holds it."""

    action: Action | PortalAction
    subject: Subject
    audience_ids: frozenset[AudienceId]
    maker: object = field(repr=False, compare=False)

    def __post_init__(self) -> None:
        _only_the_gate(self.maker)


@dataclass(frozen=True)
class OfficePermit:
    """Proof that the gate let an act of office through, which the journal is still to hold."""

    entry: Event
    maker: object = field(repr=False, compare=False)

    def __post_init__(self) -> None:
        _only_the_gate(self.maker)


class Gate:
    """Asks the visibility, appends the event, returns what proves it."""

    def __init__(self, keeper: PolicyKeeper) -> None:
        self.keeper = keeper

    def scope(self, work: Work, actor: Actor, action: Action = Action.READ) -> Scope:
        """Open to this transaction the rows that the actor may act on, and say which they are."""
        may = self._allowed(work, actor, action)
        self._open(work, may.all)
        return Scope(action, may.all, may.released, maker=_MAKER)

    def may(
        self, work: Work, actor: Actor, action: Action, audience_ids: Collection[int]
    ) -> frozenset[int]:
        """Give those of the audiences on which the actor may act so; it opens no row."""
        policies = self.keeper.current
        return allowed_singly(work.session, policies, actor, action, audience_ids, work.now)

    def pass_through(
        self,
        work: Work,
        actor: Actor,
        action: Action,
        audience_ids: Collection[AudienceId],
        *,
        subject: Subject,
        event: str,
        served_bytes: int = 0,
        details: Mapping[str, Detail] | None = None,
    ) -> Permit:
        """Let an act on these audiences through, having written it in the journal.

        Raises:
            Refused: the actor may not do this to one of the audiences; the denial is remembered
                and looks like absence.
        """
        scope = self.scope(work, actor, action)
        asked = frozenset(audience_ids)
        if not asked or not asked <= set(scope.audience_ids):
            raise self.refusal(work, actor, action, subject)
        if subject.record is None:
            raise TypeError("an act names the record that it is about")
        entry = self._entry(work, actor, action, asked, event, served_bytes, details or {})
        work.record(replace(entry, subject=str(subject), record=subject.record))
        return Permit(action, subject, asked, maker=_MAKER)

    def show(
        self,
        work: Work,
        actor: Actor,
        scope: Scope,
        audience_ids: Collection[AudienceId],
        *,
        event: str,
        served_bytes: int,
        details: Mapping[str, Detail],
    ) -> None:
        """Write in the journal what a list is about to show; these audiences are in its scope."""
        asked = frozenset(audience_ids)
        if not asked <= set(scope.audience_ids):
            raise TypeError("a list shows only what is in its scope")
        work.record(self._entry(work, actor, scope.action, asked, event, served_bytes, details))

    def look_into(
        self,
        work: Work,
        subject: Subject,
        audience_id: AudienceId,
        *,
        event: str,
        details: Mapping[str, Detail] | None = None,
    ) -> Permit:
        """Let the portal itself look into a file, for nobody, having written it in the journal."""
        (audience,) = audiences(work.session, [audience_id]).values()
        schemes = self.keeper.current.schemes
        work.record(
            Event(
                type=event,
                subject=str(subject),
                record=subject.record,
                organisations=frozenset({audience.owner, audience.originator}),
                audience=audience_id,
                markings=tuple(map(schemes.text, audience.label.at(work.now).markings)),
                details=details or {},
            )
        )
        return Permit(PortalAction.INSPECT, subject, frozenset({audience_id}), maker=_MAKER)

    def look(self, work: Work, scope: Scope, reading: Callable[[Session], Value]) -> Value:
        """Read what is in a scope on a replica that knows all that the scope rests on, if any does.

        Elsewhere it is read in the transaction of `work`. `reading` may be called twice.
        """
        return work.replicas.read(
            work.session, lambda session: open_sight(session, scope.audience_ids), reading
        )

    def terms_for_more(
        self, work: Work, actor: Actor, record: RecordId, version: VersionId
    ) -> frozenset[str]:
        """Give the terms of use whose acceptance alone opens more of a version that is shown."""
        self.scope(work, actor)
        return terms_for_more(work.session, self.keeper.current, actor, record, version, work.now)

    def refusal(self, work: Work, actor: Actor, action: Action | str, subject: Subject) -> Refused:
        """Make the refusal of an act: absence to the outside, a denial in the journal.

        It is the same for what never existed, so that neither answer nor time tells them apart.
        """
        whose = work.session.execute(
            text("SELECT * FROM entente_whose(:kind, :id, :profile, :action, :at)"),
            {
                "kind": subject.kind,
                "id": subject.id,
                "profile": actor.profile_id,
                "action": str(action),
                "at": work.now,
            },
        ).one()
        exists = whose.audience_id is not None
        missing = only_terms_missing(
            work.session,
            self.keeper.current,
            actor,
            action,
            record=whose.record,
            audience_id=AudienceId(whose.audience_id) if exists else None,
            now=work.now,
        )
        event = Event(
            type=f"{action}.refused",
            subject=str(subject),
            record=whose.record,
            actor=str(actor.person or ""),
            organisation=actor.profile.organisation,
            agreement=actor.agreement,
            organisations=actor.organisations
            | (frozenset({whose.owner, whose.originator}) if exists else frozenset()),
            decision="deny",
            policies=tuple(whose.policies or ()),
            audience=AudienceId(whose.audience_id) if exists else None,
            markings=tuple(whose.markings or ()),
            details={"exists": exists},
        )
        return TermsNotAccepted(event, missing) if missing else Refused(event)

    def admit_ending(
        self, work: Work, permit: OfficePermit, audience_ids: Collection[AudienceId]
    ) -> None:
        """Let the end of a person's access move rows to these audiences, in this transaction only.

        Whoever ends it reads none of the rows: they are moved, and not shown.
        """
        if permit.entry.type not in ENDING:
            raise TypeError("this office ends nobody's access")
        self._open(work, audience_ids)

    def admit(self, work: Work, permit: Permit, audience_ids: Collection[AudienceId]) -> None:
        """Let a permitted change move its rows to these audiences, in this transaction only.

        A released version may be out of its own approver's sight: the change must still be made.
        """
        if permit.action not in CHANGING:
            raise TypeError("a permit to read does not change anything")
        self._open(work, audience_ids)

    def enter_office(
        self,
        work: Work,
        actor: Actor,
        action: OfficeAction,
        office: Office,
        *,
        event: str,
        served_bytes: int = 0,
        details: Mapping[str, Detail] | None = None,
    ) -> None:
        """Let an act of office through, having written it in the journal.

        Raises:
            Forbidden: this office is not the actor's; the denial is remembered.
        """
        permit = self.decide_office(work, actor, action, office, details=details)
        self.record_office(work, permit, event=event, served_bytes=served_bytes, details=details)

    def decide_office(
        self,
        work: Work,
        actor: Actor,
        action: OfficeAction,
        office: Office,
        *,
        details: Mapping[str, Detail] | None = None,
    ) -> OfficePermit:
        """Let an act of office through that reads for long; `record_office` ends it.

        What is written holds the sequencer back until it is committed, so it is written last.

        Raises:
            Forbidden: this office is not the actor's; the denial is remembered.
        """
        decision = self.keeper.current.decide_office(actor.profile, action, office, work.now)
        entry = Event(
            type=f"{action}.refused",
            subject=f"person:{office.person}"
            if office.person
            else f"organisation:{office.organisation}"
            if office.organisation
            else f"party:{office.party}",
            actor=str(actor.person or ""),
            organisation=actor.profile.organisation,
            agreement=actor.agreement,
            organisations=actor.organisations | (frozenset({office.organisation}) - {""}),
            decision="deny",
            policies=decision.policies,
            details=details or {},
        )
        if not decision.allowed:
            raise Forbidden("Your roles do not include this.", event=entry)
        return OfficePermit(replace(entry, type=str(action), decision="allow"), maker=_MAKER)

    def record_office(
        self,
        work: Work,
        permit: OfficePermit,
        *,
        event: str,
        served_bytes: int = 0,
        details: Mapping[str, Detail] | None = None,
        subject: Subject | None = None,
        concerns: Collection[str] = (),
    ) -> None:
        """Write in the journal an act of office that was let through, before anything is served.

        `subject` is what it was done about, by default whom or what the office is of; `concerns`
        are organisations that it concerns beside that one and the actor's.
        """
        told = replace(permit.entry, type=event, served_bytes=served_bytes, details=details or {})
        if subject is not None:
            told = replace(told, subject=str(subject), record=subject.record)
        work.record(replace(told, organisations=told.organisations | frozenset(concerns)))

    def _entry(
        self,
        work: Work,
        actor: Actor,
        action: Action,
        asked: frozenset[AudienceId],
        event: str,
        served_bytes: int,
        details: Mapping[str, Detail],
    ) -> Event:
        """Make the entry of an act on these audiences; those beside the first are told too."""
        facts = audiences(work.session, asked)
        schemes = self.keeper.current.schemes
        markings = schemes.high_water(
            marking
            for audience in facts.values()
            for marking in audience.label.at(work.now).markings
        )
        concerned = {slug for a in facts.values() for slug in (a.owner, a.originator)}
        others = sorted(asked)[1:]
        told: dict[str, Detail] = {"other_audiences": list(map(str, others))} if others else {}
        return Event(
            type=event,
            actor=str(actor.person or ""),
            organisation=actor.profile.organisation,
            agreement=actor.agreement,
            organisations=actor.organisations | concerned,
            decision="allow",
            policies=deciding_policies(
                work.session, self._allowed(work, actor, action).decided, asked
            ),
            audience=min(asked, default=None),
            markings=tuple(schemes.text(marking) for marking in markings),
            served_bytes=served_bytes,
            details={**details, **told},
        )

    def _allowed(self, work: Work, actor: Actor, action: Action) -> Allowed:
        # Within one transaction the answer changes only with an audience that it interns itself.
        known: dict[object, Allowed] = work.session.info.setdefault(KNOWN, {})
        asked = (actor.profile_id, action)
        if asked not in known:
            policies = self.keeper.current
            known[asked] = allowed(
                work.session, policies, actor.profile_id, actor.profile, action, work.now
            )
        return known[asked]

    def _open(self, work: Work, audience_ids: Collection[AudienceId]) -> None:
        granted: set[AudienceId] = work.session.info.setdefault(GRANTED, set())
        if granted and granted.issuperset(audience_ids):
            return
        granted.update(audience_ids)
        open_sight(work.session, granted)


def _only_the_gate(maker: object) -> None:
    if maker is not _MAKER:
        raise TypeError("only the gate makes scopes and permits")
