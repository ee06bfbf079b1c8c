"""Four eyes: whatever people do in whatever order, nobody approves what they submitted or wrote."""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app import records
from app.core.errors import Problem
from app.core.ids import VersionId
from app.release import OwnWork
from tests.records_world import begin, draft_input
from tests.release_world import approve, give_back, refuse, state, submit
from tests.world import World

WRITERS = {"ida", "ivan", "iris"}
AUTHORITIES = {"ivan", "iris"}
VERBS = ["amend", "submit", "return", "refuse", "approve"]
steps = st.lists(
    st.tuples(st.sampled_from(sorted(WRITERS | {"ines", "dana"})), st.sampled_from(VERBS)),
    min_size=3,
    max_size=10,
)


class Model:
    """What the rule says of one version, kept beside the real one."""

    def __init__(self) -> None:
        self.state = "draft"
        self.wrote = {"ida"}
        self.submitted: set[str] = set()

    def allows(self, who: str, verb: str) -> bool:
        """Whether this person may take this step now."""
        if verb in ("amend", "submit"):
            return self.state == "draft" and who in WRITERS
        own = self.wrote | self.submitted
        return self.state == "submitted" and who in AUTHORITIES and who not in own

    def take(self, who: str, verb: str) -> None:
        """Take the step."""
        if verb == "amend":
            self.wrote.add(who)
        elif verb == "submit":
            self.submitted.add(who)
            self.state = "submitted"
        else:
            self.state = "released" if verb == "approve" else "draft"


def act(world: World, version_id: VersionId, who: str, verb: str, edition: int) -> None:
    """Take the step for real."""
    if verb == "amend":
        with world.work() as work:
            actor = world.actor(work, who)
            said = draft_input(title=f"Amended by {who} after {edition}")
            records.amend(work, world.gate, actor, version_id, said, edition=edition)
        return
    verbs: dict[str, Callable[[World, VersionId, str], object]] = {
        "submit": submit,
        "return": give_back,
        "refuse": refuse,
        "approve": approve,
    }
    verbs[verb](world, version_id, who)


@given(taken=steps)
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_nobody_approves_what_they_submitted_or_wrote(
    world: World, taken: list[tuple[str, str]]
) -> None:
    made = begin(world, "ida")
    model, edition = Model(), made.edition
    for who, verb in taken:
        try:
            act(world, made.version_id, who, verb, edition)
        except Problem as problem:
            assert not model.allows(who, verb), (who, verb, model.state)
            if isinstance(problem, OwnWork):
                assert who in model.wrote | model.submitted
        else:
            assert model.allows(who, verb), (who, verb, model.state)
            model.take(who, verb)
            edition += verb == "amend"
        assert state(world, made.version_id) == model.state


def test_a_refusal_for_own_work_is_told_and_remembered(world: World) -> None:
    made = begin(world, "ivan")
    submit(world, made.version_id, "ida")
    with pytest.raises(OwnWork, match="wrote"):
        approve(world, made.version_id, "ivan")
    assert world.events()[-1] == ("approve.refused", "ivan", f"version:{made.version_id}")


def test_who_submitted_once_stays_out_after_a_return(world: World) -> None:
    made = begin(world, "ida")
    submit(world, made.version_id, "ivan")
    give_back(world, made.version_id, "iris")
    submit(world, made.version_id, "ida")
    with pytest.raises(OwnWork, match="submitted"):
        approve(world, made.version_id, "ivan")
    approve(world, made.version_id, "iris")
    assert state(world, made.version_id) == "released"
