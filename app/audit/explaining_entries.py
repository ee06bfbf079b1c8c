"""Why an entry of the log says what it says: by the policies of that moment, not by today's.

What was decided about audiences is decided again, from the audiences that the entry names and how
the person stood then; where the answer is another one than the entry's, that is said.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from app import parties
from app.access import (
    PUBLIC,
    Action,
    Actor,
    Assurance,
    Audience,
    Gate,
    InForce,
    Office,
    OfficeAction,
    PolicySet,
    Profile,
    policies_in_force,
)
from app.audit import queries
from app.audit.explained import EntryExplained, PolicyOrigin, PolicySaid
from app.audit.explaining import EXPLAINED
from app.audit.explaining_then import NOT_TOLD, TICK, Asker, facts_of
from app.audit.judging import judged
from app.audit.service import entry_views, slugs_of
from app.core.errors import NotFound, Unavailable
from app.core.ids import AudienceId, EntryId, PersonId
from app.core.work import Work
from app.log import LoggedRow

# What an entry was let through as, where its type does not say so itself; the rest was reading.
_ACTIONS: Final[Mapping[str, Action]] = {
    "access.granted": Action.GRANT,
    "attachment.downloaded": Action.DOWNLOAD,
    "draft.amended": Action.AMEND,
    "draft.relabelled": Action.AMEND,
    "record.approved": Action.APPROVE,
    "record.consented": Action.CONSENT,
    "record.declined": Action.CONSENT,
    "record.refused": Action.REFUSE,
    "record.released": Action.APPROVE,
    "record.returned": Action.RETURN,
    "record.submitted": Action.SUBMIT,
    "record.withdrawn": Action.WITHDRAW,
}
NOT_KEPT: Final = "The policies of that moment are not kept whole: only their names can be told."
NOBODY_ASKED: Final = "No policy was asked: the portal or its operator did this."
NO_AUDIENCE: Final = (
    "The policies were asked about an office, or about what does not exist: there are no markings "
    "and no releasability to explain."
)
NOT_AGAIN: Final = (
    "Decided again from what is kept, the answer is another one: how surely the person was signed "
    "in is not kept, nor which rights a program was given."
)
NO_STANDING: Final = "How the person stood then is not kept."
# How surely somebody is signed in is not kept of the past: what gives the entry's answer is taken.
_ASSURANCES: Final = (Assurance.MULTI_FACTOR, Assurance.HARDWARE, Assurance.PASSWORD)


def explain_entry(work: Work, gate: Gate, actor: Actor, entry_id: EntryId) -> EntryExplained:
    """Explain an entry that concerns the auditor's party, having written who asked.

    Raises:
        Forbidden: the actor is not an auditor of a party.
        NotFound: no such entry, or none that concerns the party.
    """
    party = actor.profile.party
    permit = gate.decide_office(work, actor, OfficeAction.REVIEW_LOG, Office(party=party))
    row = queries.by_id(work.session, queries.concerning(slugs_of(work, actor)), entry_id)
    if row is None:
        raise NotFound
    told = json.loads(queries.entries(work.session, [entry_id])[entry_id])
    party_of = {one.slug: one.party for one in parties.organisations(work.session)}
    bare = _bare(work, gate.keeper.current, row)
    found = _explained(work.session, gate.keeper.current, bare, row, told, Asker(party, party_of))
    gate.record_office(work, permit, event=EXPLAINED, details={"entry": str(entry_id)})
    return found


def policies_then(
    session: Session, current: PolicySet, names: tuple[str, ...], moment: datetime
) -> tuple[PolicySaid, ...]:
    """Give policies by their names as they stood at a moment; of one that is not kept its name."""
    in_force = _in_force(session, current, moment) if names else None
    known = in_force.policies.policies if in_force else {}
    return tuple(
        PolicySaid.of(known[one]) if one in known else PolicySaid(one, "", "") for one in names
    )


def _in_force(session: Session, current: PolicySet, moment: datetime) -> InForce | None:
    try:
        return policies_in_force(session, current, moment, moment + TICK)[-1]
    except Unavailable:
        return None


@dataclass(frozen=True)
class _Entry:
    """An entry that the policies decided about audiences: what they were asked, and answered."""

    action: Action
    audiences: tuple[Audience, ...]
    allowed: bool
    policies: frozenset[str]
    moment: datetime

    def is_answered_so(self, policies: PolicySet, profile: Profile, action: Action) -> bool:
        """Tell whether the policies answer again as the entry says."""
        decisions = policies.decide(profile, action, self.audiences, self.moment)
        named = {id_ for one in decisions for id_ in one.policies}
        allowed = all(one.allowed for one in decisions)
        return allowed is self.allowed and (named == self.policies or not self.allowed)


def _bare(work: Work, current: PolicySet, row: LoggedRow) -> EntryExplained:
    (entry,) = entry_views(work, [row])
    in_force = _in_force(work.session, current, row.at)
    said = policies_then(work.session, current, entry.policies, row.at)
    origin = PolicyOrigin(in_force.policies.version, in_force.since) if in_force else None
    return EntryExplained(entry, said, origin, (), None, ())


def _explained(
    session: Session,
    current: PolicySet,
    bare: EntryExplained,
    row: LoggedRow,
    told: Mapping[str, Any],
    asker: Asker,
) -> EntryExplained:
    in_force = _in_force(session, current, row.at)
    entry = _entry(session, row, told)
    if in_force is None:
        return replace(bare, notes=(NOT_KEPT,))
    if entry is None:
        return replace(bare, notes=(NO_AUDIENCE if row.decision else NOBODY_ASKED,))
    profile = PUBLIC if row.actor is None else _standing(session, row)
    if profile is None:
        return replace(bare, notes=(NO_STANDING,))
    return _decided_again(bare, in_force.policies, entry, profile, asker)


def _standing(session: Session, row: LoggedRow) -> Profile | None:
    found = parties.standing_at(session, PersonId(row.actor), row.at) if row.actor else None
    return found and found.at(row.at)


def _entry(session: Session, row: LoggedRow, told: Mapping[str, Any]) -> _Entry | None:
    if told["audience"] is None or not row.decision:
        return None
    others = map(int, told["details"].get("other_audiences", ()))
    ids = [AudienceId(told["audience"]), *map(AudienceId, others)]
    facts = facts_of(session, ids)
    return _Entry(
        action=_action(row.type),
        audiences=tuple(facts[one] for one in ids if one in facts),
        allowed=row.decision == "allow",
        policies=frozenset(told["policies"]),
        moment=row.at,
    )


def _action(event: str) -> Action:
    name = event.removesuffix(".refused")
    known = {str(one): one for one in Action}
    return known[name] if name in known else _ACTIONS.get(event, Action.READ)


def _decided_again(
    bare: EntryExplained, policies: PolicySet, entry: _Entry, profile: Profile, asker: Asker
) -> EntryExplained:
    asked = next(_answering(policies, entry, profile), None)
    taken, action = asked or (profile, entry.action)
    tellings = [
        asker.telling(profile, frozenset({one.owner, one.originator})) for one in entry.audiences
    ]
    return replace(
        bare,
        judged=tuple(
            judged(policies, taken, action, audience, entry.moment, telling)
            for audience, telling in zip(entry.audiences, tellings, strict=True)
        ),
        again=asked is not None,
        notes=tuple(_notes(asked is not None, all(one.everything for one in tellings))),
    )


def _answering(
    policies: PolicySet, entry: _Entry, profile: Profile
) -> Iterator[tuple[Profile, Action]]:
    """Give how sure a sign-in, and which act, give the answer of the entry."""
    ways = [replace(profile, assurance=one) for one in _ASSURANCES] if profile.person else [profile]
    others = (one for one in Action if one is not entry.action)
    for action in (entry.action, *others):
        for way in ways:
            if entry.is_answered_so(policies, way, action):
                yield way, action


def _notes(again: bool, told: bool) -> Iterator[str]:
    if not again:
        yield NOT_AGAIN
    if not told:
        yield NOT_TOLD
