"""Policies bind when nobody gains by them, or when a second person confirmed them; else they wait.

The steps stand in one file's order: each begins with the policies that the one before left.
"""

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import text
from typer.testing import CliRunner

from app import proposals
from app.access import PolicyKeeper
from app.cli import app
from app.core.database import Database
from app.core.ids import ProposalId
from app.core.settings import Settings
from app.edge import Services, health
from app.main import adopt_confirmed, assemble, follow_policies, reload_policies
from app.proposals import Confirm
from tests.records_world import marking, released
from tests.world import POLICIES, World, make_world

TRENDS = 'resource.area == Area::"trends" && resource.to_organisations.contains("dtc")'
WIDER = """
@id("read-trends-of-dtc")
@requirement("releasability")
@explain("What is released to the centre about trends is for every reader.")
permit (principal is Person, action in Action::"see", resource)
when {
  resource.state == State::"released" && principal.roles.contains(Role::"reader") && %s
};
"""
NARROWER = """
@id("no-trends-for-dtc")
@requirement("releasability")
@explain("The centre itself does not see what is released to it about trends.")
forbid (principal is Person, action in Action::"see", resource)
when { principal.organisation == "dtc" && %s };
"""


@dataclass
class Site:
    """A portal with a folder of policies of its own, put together as a server does it."""

    world: World
    folder: Path
    settings: Settings

    def start(self) -> Services:
        """Put it together anew, over the same database."""
        made = assemble(self.settings, self.world.database)
        made.units.engine.dispose()
        self.world.gate = made.gate
        return replace(made, units=self.world.units)

    def write(self, *policies: str) -> None:
        """Have these policies in the folder beside those that are shipped."""
        more = "\n".join(policy % TRENDS for policy in policies)
        (self.folder / "trends.cedar").write_text(more or "// none\n")

    def version(self) -> str:
        """The version of what is in the folder."""
        return PolicyKeeper(self.folder).current.version


@pytest.fixture(scope="module")
def site(module_database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("binding")
    shutil.copytree(POLICIES, folder / "policies")
    world = make_world(module_database, folder)
    released(world, area="trends", marking=marking("TLP:GREEN", "org:dtc, org:imda"))
    settings = Settings(
        data_dir=folder / "data",
        policies_dir=folder / "policies",
        base_url="http://127.0.0.1:8000",
        key_passphrase=SecretStr("open"),
        _env_file=None,
    )
    yield Site(world, folder / "policies", settings)
    world.close()


@pytest.fixture
def run(site: Site, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Run a command of this portal; gives what it said."""
    monkeypatch.setenv("ENTENTE_DATABASE_URL", site.world.database.application_url)
    monkeypatch.setenv("ENTENTE_DATA_DIR", str(site.settings.data_dir))
    monkeypatch.setenv("ENTENTE_POLICIES_DIR", str(site.folder))
    monkeypatch.setenv("ENTENTE_KEY_PASSPHRASE", "open")

    def invoke(*words: str) -> str:
        result = CliRunner().invoke(app, ["policy", *words])
        assert result.exit_code == 0, result.output
        return result.stdout

    return invoke


def policies_told(services: Services) -> str:
    """What the health page says of the policies."""
    return next(check for check in health(services) if check.part == "policies").problem


def last(world: World) -> dict[str, object]:
    """The last entry about policies."""
    entries = [one for one in world.entries() if one["type"].startswith("policies.")]
    return entries[-1]


def test_what_anybody_gains_by_does_not_bind_alone(site: Site) -> None:
    services = site.start()
    before = services.gate.keeper.current.version
    site.write(WIDER)

    reload_policies(services)

    assert services.gate.keeper.current.version == before
    assert services.gate.keeper.waiting is not None
    assert "entente policy propose" in (services.gate.keeper.problem or "")
    assert "wait for a second person" in policies_told(services)
    told = last(site.world)
    assert told["type"] == "policies.refused"
    assert told["details"] == {"in_force": before, "waiting": site.version()}


def test_a_portal_that_starts_goes_on_with_what_was_in_force(site: Site) -> None:
    before = site.world.gate.keeper.current.version
    services = site.start()
    assert services.gate.keeper.current.version == before != site.version()
    assert services.gate.keeper.problem
    assert set(services.gate.keeper.current.policies) == set(
        PolicyKeeper(POLICIES).current.policies
    )


def test_what_nobody_gains_by_binds_at_once(site: Site) -> None:
    site.write(NARROWER)
    services = site.start()
    assert services.gate.keeper.current.version == site.version()
    assert services.gate.keeper.problem is None
    assert last(site.world)["type"] == "policies.loaded"


def test_what_was_narrowed_is_not_widened_again_alone(site: Site) -> None:
    """Going back to what was in force once is a change like any other."""
    before = site.world.gate.keeper.current.version
    site.write()
    assert site.start().gate.keeper.current.version == before


def test_the_commands_tell_who_gains_and_propose(
    site: Site, run: Callable[..., str], tmp_path: Path
) -> None:
    site.write(NARROWER)
    wider = shutil.copytree(site.folder, tmp_path / "wider")
    (wider / "trends.cedar").write_text((NARROWER + WIDER).replace("%s", TRENDS))

    found = json.loads(run("impact", str(wider), "--json"))
    gaining = {one["name"] for one in found["people"] if one["gained_count"]}
    assert gaining == {"Eric", "Carl", "Bo", "Uma"} and found["anybody_gains"]
    assert last(site.world)["type"] == "policies.weighed"

    assert "Nobody gains" in run("propose", str(site.folder), "--by", "sys@imda.example")
    said = run("propose", str(wider), "--by", "sys@imda.example")
    assert "Eric" in said and "ENT-2026-" in said and "On evaluations" not in said
    assert "waits for a second person" in said
    assert site.world.entries()[-1]["type"] == "change.proposed"
    shutil.copy(wider / "trends.cedar", site.folder)


def _waiting(world: World) -> ProposalId:
    with world.work() as work:
        found = work.session.scalars(text("SELECT id FROM proposals WHERE decision IS NULL"))
        return ProposalId(found.one())


def test_once_confirmed_they_come_into_force_where_they_wait(site: Site) -> None:
    services = site.start()
    world, proposal = site.world, _waiting(site.world)
    before = services.gate.keeper.current.version
    assert services.gate.keeper.waiting is not None
    adopt_confirmed(services)
    assert services.gate.keeper.current.version == before

    with world.work() as work:
        shown = proposals.show(work, world.gate, world.actor(work, "olga"), proposal)
    assert shown.may_confirm and not shown.outdated
    with world.work() as work:
        seen = Confirm(seen_hash_hex=shown.seen_hash_hex)
        proposals.confirm(work, world.gate, world.actor(work, "olga"), proposal, seen)

    adopt_confirmed(services)
    assert services.gate.keeper.current.version == site.version() != before
    assert services.gate.keeper.problem is None and services.gate.keeper.waiting is None
    assert site.start().gate.keeper.current.version == site.version()


def test_another_process_follows_and_never_leads_back(site: Site) -> None:
    first, other = site.start(), site.start()
    site.write(WIDER, NARROWER)
    reload_policies(first)
    after = first.gate.keeper.current.version
    assert after == site.version() != other.gate.keeper.current.version

    with site.world.work() as work:  # it decides something anew, by what it had
        other.gate.scope(work, site.world.actor(work, "bo"))
    follow_policies(first)
    follow_policies(other)
    assert first.gate.keeper.current.version == after
    assert other.gate.keeper.current.version == after
