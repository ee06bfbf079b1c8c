"""A part of a policy set, asked by itself: what lets in, without what keeps out."""

from sqlalchemy.orm import Session

from app.access.policy_set import PolicySet, assemble
from app.access.remembered import remembered


def permits_of(session: Session, policies: PolicySet) -> PolicySet:
    """Give the permits of a set as a set of their own; it only explains, and lets nobody in."""

    def make() -> PolicySet:
        permits = [one for one in policies.policies.values() if one.effect == "permit"]
        return assemble(permits, policies.schema, policies.schemes)

    return remembered(session).once("permits", policies.version, make)
