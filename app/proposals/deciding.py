"""Who may be the second person for a change, and why somebody may not."""

from collections.abc import Collection
from dataclasses import replace

from app import identity, parties
from app.access import Actor, Gate, Office, OfficeAction, OfficePermit, Profile, Role
from app.core.errors import Forbidden
from app.core.ids import PersonId
from app.core.work import Work

OWN = "You proposed this: somebody else confirms it."
GAINS = "You would gain by this yourself: somebody who does not confirms it."
ONE_HAND = (
    "For now you cannot be the second person for this: one of you two was given a password, or lost"
    " the second factor, at the hands of the other or of the same colleague."
)


def enter(work: Work, gate: Gate, actor: Actor, office: Office) -> OfficePermit:
    """Let somebody in who may be the second person for changes of this office, but for their own.

    Raises:
        Forbidden: the policies let them confirm none of these.
    """
    return gate.decide_office(
        work, actor, OfficeAction.CONFIRM_CHANGE, _seen_from(actor.profile, office)
    )


def enter_as_second(
    work: Work,
    gate: Gate,
    actor: Actor,
    office: Office,
    proposer: PersonId,
    gaining: Collection[PersonId],
) -> OfficePermit:
    """Let somebody in as the second person for this very change.

    Raises:
        Forbidden: they proposed it, gain by it, or are not another person for certain.
    """
    concerned = actor.person if actor.person in gaining else proposer
    about = replace(_seen_from(actor.profile, office), person=str(concerned))
    reason = why_not(work, gate, actor.person, proposer, gaining)
    try:
        permit = gate.decide_office(work, actor, OfficeAction.CONFIRM_CHANGE, about)
    except Forbidden as refusal:
        raise Forbidden(reason or refusal.detail, event=refusal.event) from refusal
    if reason:
        denied = replace(permit.entry, type="confirm-change.refused", decision="deny")
        raise Forbidden(reason, event=denied)
    return permit


def why_not(
    work: Work,
    gate: Gate,
    person: PersonId | None,
    proposer: PersonId,
    gaining: Collection[PersonId],
) -> str:
    """Say why an administrator whom the office lets in is no second person; empty if they are."""
    if person is None or person == proposer:
        return OWN
    if person in gaining:
        return GAINS
    since = work.now - gate.keeper.approvals.handed_for
    session = work.session
    if identity.hands(session, person, since) & identity.hands(session, proposer, since):
        return ONE_HAND
    return ""


def confirmers(
    work: Work, gate: Gate, office: Office, proposer: PersonId, gaining: Collection[PersonId]
) -> tuple[PersonId, ...]:
    """Give everybody who may be the second person for a change now."""
    policies = gate.keeper.current
    found = []
    for one in parties.candidates(work.session, policies.schemes):
        if Role.ORGANISATION_ADMINISTRATOR not in one.profile.roles:
            continue
        about = replace(_seen_from(one.profile, office), person=str(proposer))
        action = OfficeAction.CONFIRM_CHANGE
        if not policies.decide_office(one.profile, action, about, work.now).allowed:
            continue
        if not why_not(work, gate, one.person, proposer, gaining):
            found.append(one.person)
    return tuple(found)


def _seen_from(profile: Profile, office: Office) -> Office:
    """Policies are every authority's to confirm, whichever its party."""
    return office if office.party else Office(profile.party)
