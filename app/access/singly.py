"""Decisions about a few audiences, for what a page offers: Cedar is asked once about each."""

from collections.abc import Collection
from datetime import datetime
from typing import cast

from sqlalchemy.orm import Session

from app.access.actor import Actor
from app.access.facts import Action
from app.access.interning import audiences
from app.access.pdp import PolicySet
from app.access.policy_set import Decision
from app.access.remembered import remembered
from app.core.ids import AudienceId


def allowed_singly(
    session: Session,
    policies: PolicySet,
    actor: Actor,
    action: Action,
    audience_ids: Collection[int],
    now: datetime,
) -> frozenset[int]:
    """Give those of these audiences to which the actor may do this now.

    Unlike `allowed` it decides no others, so that a page which offers many acts costs little to
    whoever sees it first.
    """
    known = remembered(session)
    keys = {id_: (policies.version, actor.profile_id, action, id_) for id_ in set(audience_ids)}
    decided = {id_: cast("Decision | None", known.get("single", keys[id_])) for id_ in keys}
    open_ids = [AudienceId(id_) for id_, one in decided.items() if one is None or _ended(one, now)]
    if open_ids:
        facts = audiences(session, open_ids)
        asked = [facts[id_] for id_ in open_ids]
        for id_, decision in zip(
            open_ids, policies.decide(actor.profile, action, asked, now), strict=True
        ):
            known.keep("single", keys[id_], decision)
            decided[id_] = decision
    return frozenset(id_ for id_, one in decided.items() if one is not None and one.allowed)


def _ended(decision: Decision, now: datetime) -> bool:
    return decision.holds_until is not None and now >= decision.holds_until
