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


def _nothing(policies: PolicySet) -> Audience:
    scheme = next(iter(policies.schemes.by_id.values()))
    return Audience(State.WITHDRAWN, "", "", Label((scheme.markings[0],)), Area.RESEARCH)
