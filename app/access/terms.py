"""Terms of use as the last thing that keeps somebody from reading: then, and only then, they are
told so. Whoever lacks anything else besides learns no more than of what does not exist."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.access.actor import Actor
from app.access.facts import SEEING, Action, Area, Audience, State
from app.access.interning import audiences
from app.access.policy_set import PolicySet
from app.core.ids import AudienceId
from app.labels import Label

_RELEASED = text(
    "SELECT DISTINCT title_id FROM entente_parts(:record) WHERE state IN ('released', 'superseded')"
)

# The parts of a version that are not in sight of this transaction.
_HIDDEN = text(
    "SELECT DISTINCT audience_id FROM entente_parts(:record) WHERE version_id = :version"
    " AND NOT entente_holds(entente_sight(), audience_id)"
)


def only_terms_missing(
    session: Session,
    policies: PolicySet,
    actor: Actor,
    action: Action | str,
    *,
    record: UUID | None,
    audience_id: AudienceId | None,
    now: datetime,
) -> frozenset[str]:
    """Give the terms of use that alone keep the actor from seeing something; none otherwise.

    As much is asked of Cedar where there is nothing, so that the time tells nothing either.
    """
    if action not in SEEING or actor.person is None:
        return frozenset()
    ids = {AudienceId(one) for one in session.scalars(_RELEASED, {"record": record})}
    ids |= {audience_id} if audience_id is not None else set()
    known = list(audiences(session, ids).values()) or [_nothing(policies)]
    terms = frozenset(slug for one in known for slug in one.label.terms)
    willing = replace(actor.profile, accepted=actor.profile.accepted | terms)
    decisions = policies.decide(willing, Action(action), known, now)
    needed = (
        one.label.terms for one, decision in zip(known, decisions, strict=True) if decision.allowed
    )
    return frozenset(slug for slugs in needed for slug in slugs) - actor.profile.accepted


def terms_for_more(
    session: Session, policies: PolicySet, actor: Actor, record: UUID, version: UUID, now: datetime
) -> frozenset[str]:
    """Give the terms of use that alone keep the actor from further parts of a version they read.

    Whoever lacks anything else for a part is told of no terms that lie on it.
    """
    if actor.person is None:
        return frozenset()
    told = {"record": record, "version": version}
    known = list(audiences(session, map(AudienceId, session.scalars(_HIDDEN, told))).values())
    terms = frozenset(slug for one in known for slug in one.label.terms) - actor.profile.accepted
    if not terms:
        return terms
    willing = replace(actor.profile, accepted=actor.profile.accepted | terms)
    decisions = policies.decide(willing, Action.READ, known, now)
    opened = (one for one, may in zip(known, decisions, strict=True) if may.allowed)
    return terms.intersection(slug for one in opened for slug in one.label.terms)


def _nothing(policies: PolicySet) -> Audience:
    scheme = next(iter(policies.schemes.by_id.values()))
    return Audience(State.WITHDRAWN, "", "", Label((scheme.markings[0],)), Area.RESEARCH)
