"""Who attaches, marks or takes off a file writes in the draft; and files that come meanwhile."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app import records
from app.access import Action, Area, Audience, State
from app.core.ids import VersionId
from app.core.work import Work
from app.records import MarkingInput, NotInThisState
from app.release import ChangedMeanwhile, OwnWork
from app.vault import begin_seal
from tests.records_world import (
    ARRANGEMENT,
    BYTES,
    attach,
    begin,
    draft_input,
    marking,
    wait_for_a_blocked_statement,
)
from tests.release_world import approve, state, submit
from tests.vault_world import Vault
from tests.world import World


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path)


def add(world: World, vault: Vault, version_id: VersionId) -> None:
    attach(world, vault, version_id, "ivan")


def mark(world: World, vault: Vault, version_id: VersionId) -> None:
    file = attach(world, vault, version_id, "ida")
    with world.work() as work:
        records.relabel(
            work,
            world.gate,
            world.actor(work, "ivan"),
            file.id,
            marking("TLP:AMBER", "org:dtc"),
            arrangement=ARRANGEMENT,
            keys=vault.keys,
        )


def take_off(world: World, vault: Vault, version_id: VersionId) -> None:
    file = attach(world, vault, version_id, "ida")
    with world.work() as work:
        records.detach(work, world.gate, world.actor(work, "ivan"), file.id)


@pytest.mark.parametrize("write", [add, mark, take_off])
def test_nobody_approves_a_version_whose_files_they_changed(
    world: World, vault: Vault, write: Callable[[World, Vault, VersionId], None]
) -> None:
    version_id = begin(world).version_id
    write(world, vault, version_id)
    submit(world, version_id)
    with pytest.raises(OwnWork):
        approve(world, version_id, "ivan")
    approve(world, version_id, "iris")
    assert state(world, version_id) == "released"


def attaching(world: World, vault: Vault, version_id: VersionId) -> Callable[[Work], object]:
    """Seal a file for a draft of ivan's colleague; what is given attaches it."""
    with world.work() as work:
        facts = records.authorise_attaching(
            work, world.gate, world.actor(work, "ivan"), version_id, None, arrangement=ARRANGEMENT
        )
    with begin_seal(facts.binding, facts.seal_label, keys=vault.keys, blobs=vault.blobs) as sealing:
        sealing.write(BYTES)
        sealed = sealing.finish()

    def attach_it(work: Work) -> object:
        actor = world.actor(work, "ivan")
        return records.attach(
            work, world.gate, actor, facts, sealed, name="late.csv", media_type="text/csv"
        )

    return attach_it


def test_a_file_that_comes_meanwhile_is_not_submitted_unseen(world: World, vault: Vault) -> None:
    version_id = begin(world).version_id
    attach_it = attaching(world, vault, version_id)
    with ThreadPoolExecutor(1) as other:
        with world.work() as work:
            attach_it(work)
            late = other.submit(submit, world, version_id)
            wait_for_a_blocked_statement(world)
        told = late.exception()
    assert isinstance(told, ChangedMeanwhile)
    assert state(world, version_id) == "draft"
    submit(world, version_id)
    approve(world, version_id, "iris")


def test_submitting_and_attaching_do_not_wait_for_each_other(world: World, vault: Vault) -> None:
    version_id = begin(world).version_id
    attach_it = attaching(world, vault, version_id)
    with ThreadPoolExecutor(1) as other:
        with world.work() as work:
            # A marking that is new: whoever needs another new one waits for this transaction.
            begin_as(world, work, marking("TLP:AMBER", "org:dtc"))
            late = other.submit(submit, world, version_id)
            wait_for_a_blocked_statement(world)
            attach_it(work)
        told = late.exception()
    assert isinstance(told, ChangedMeanwhile)


def begin_as(world: World, work: Work, own: MarkingInput) -> None:
    records.draft(work, world.gate, world.actor(work, "ivan"), draft_input(marking=own))


def amend(world: World, version_id: VersionId, **changes: object) -> records.DraftView:
    with world.work() as work:
        actor, command = world.actor(work, "ida"), draft_input(**changes)
        return records.amend(work, world.gate, actor, version_id, command, edition=1)


def test_who_attaches_meanwhile_stays_a_writer(world: World, vault: Vault) -> None:
    version_id = begin(world).version_id
    attach_it = attaching(world, vault, version_id)
    with ThreadPoolExecutor(1) as other:
        with world.work() as work:
            attach_it(work)
            late = other.submit(amend, world, version_id, title="Another title")
            wait_for_a_blocked_statement(world)
        assert late.result().input.title == "Another title"
    submit(world, version_id)
    with pytest.raises(OwnWork):
        approve(world, version_id, "ivan")


def test_a_file_that_comes_meanwhile_is_not_left_in_another_area(
    world: World, vault: Vault
) -> None:
    version_id = begin(world, marking=marking("TLP:AMBER", "org:dtc")).version_id
    with world.work() as work:
        actor, said = world.actor(work, "ivan"), draft_input(marking=marking("TLP:GREEN"))
        records.amend(work, world.gate, actor, version_id, said, edition=1)
    attach_it = attaching(world, vault, version_id)
    with world.work() as work:
        actor = world.actor(work, "ida")
        said = draft_input(marking=marking("TLP:AMBER", "org:dtc"))
        records.amend(work, world.gate, actor, version_id, said, edition=2)
    with ThreadPoolExecutor(1) as other:
        with world.work() as work:
            attach_it(work)
            late = other.submit(move, world, version_id)
            wait_for_a_blocked_statement(world)
        told = late.exception()
    assert isinstance(told, NotInThisState)
    assert {part.area for part in parts(world, version_id)} == {Area.RESEARCH}


def move(world: World, version_id: VersionId) -> None:
    with world.work() as work:
        said = draft_input(area=Area.TRENDS, marking=marking("TLP:AMBER", "org:dtc"))
        records.amend(work, world.gate, world.actor(work, "ida"), version_id, said, edition=3)


def parts(world: World, version_id: VersionId) -> list[Audience]:
    with world.work() as work:
        found = records.audiences_after(
            work,
            world.gate,
            world.actor(work, "ida"),
            version_id,
            State.DRAFT,
            action=Action.AMEND,
        )
    return [part.audience for part in found]
