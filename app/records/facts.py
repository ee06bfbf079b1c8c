"""What the policies may know of our objects."""

from dataclasses import replace

from app.access import Area, Audience, State
from app.labels import Label


def audience_of(state: State, owner: str, originator: str, area: Area, label: Label) -> Audience:
    """Give the audience of a part of a version in this state."""
    return Audience(state=state, owner=owner, originator=originator, label=label, area=area)


def in_state(audience: Audience, state: State) -> Audience:
    """Give the audience of the same part once its version is in another state.

    A grant is of what was released: a draft made of it has none, and takes over those in force
    when it is released itself.
    """
    kept = audience.grants if state not in (State.DRAFT, State.SUBMITTED) else frozenset()
    return replace(audience, state=state, grants=kept)
