"""A policy set that does not load is never served: the one that works stays, and it is told."""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from app.access import Gate, PolicyError, PolicyKeeper
from app.core.database import Database
from app.edge import health
from app.main import reload_policies
from tests.portal import Portal, assemble_portal
from tests.world import POLICIES


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(POLICIES, tmp_path / "policies")
    return tmp_path / "policies"


@pytest.fixture
def portal(peopled_database: Database, folder: Path, tmp_path: Path) -> Iterator[Portal]:
    made = assemble_portal(peopled_database, tmp_path / "data", "http://127.0.0.1:8000")
    services = replace(made.services, gate=Gate(PolicyKeeper(folder)))
    yield replace(made, services=services)
    made.world.close()


def last_event(portal: Portal) -> str:
    return [kind for kind, _, _ in portal.world.events() if kind.startswith("policies.")][-1]


def test_a_broken_set_changes_nothing_and_is_told(portal: Portal, folder: Path) -> None:
    before = portal.services.gate.keeper.current
    reading = folder / "reading.cedar"
    good = reading.read_text()
    reading.write_text(
        good.replace("forbid", "permit", 1) + "\npermit (principal, action, resource);"
    )

    reload_policies(portal.services)

    assert portal.services.gate.keeper.current is before
    problem = next(check for check in health(portal.services) if check.part == "policies").problem
    assert problem
    assert last_event(portal) == "policies.refused"
    with pytest.raises(PolicyError):
        PolicyKeeper(folder)

    reading.write_text(good)
    reload_policies(portal.services)
    assert portal.services.gate.keeper.problem is None
    assert portal.services.gate.keeper.current.version == before.version


def test_a_sound_change_comes_into_force(portal: Portal, folder: Path) -> None:
    before = portal.services.gate.keeper.current.version
    reading = folder / "reading.cedar"
    reading.write_text(reading.read_text().replace("It is released to", "This is released to"))

    reload_policies(portal.services)

    assert portal.services.gate.keeper.current.version != before
    assert last_event(portal) == "policies.loaded"


def test_what_other_policies_decided_is_decided_again(portal: Portal, folder: Path) -> None:
    portal.released(marking="TLP:GREEN", release_to="org:uni-eu")
    gate, world = portal.services.gate, portal.world

    def seen_by_uma() -> set[int]:
        with world.work() as work:
            return set(gate.scope(work, world.actor(work, "uma")).audience_ids)

    before = seen_by_uma()
    assert before
    reading = folder / "reading.cedar"
    reading.write_text(reading.read_text().replace("It is released to", "This is released to"))
    reload_policies(portal.services)
    assert seen_by_uma() == before
