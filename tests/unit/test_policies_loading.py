"""A broken policy set does not load, says why, and never replaces the one that works."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from app.access.canary import check_canary, known_answers
from app.access.pdp import PolicyError, PolicyKeeper, load_policies
from app.access.policy_files import read_policies, read_schema
from app.access.policy_lint import lint
from app.access.policy_set import assemble
from tests.strategies import POLICIES, SCHEMES

GOOD = """
@id("a-policy") @explain("Says so.") @requirement("state")
permit (principal is Person, action in Action::"see", resource)
when {
  principal.roles.contains(Role::"reader") && resource.state == State::"released"
};
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the shipped policies, to be broken."""
    return Path(shutil.copytree(POLICIES, tmp_path / "policies"))


def add(folder: Path, text: str) -> None:
    (folder / "extra.cedar").write_text(text)


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def test_every_policy_has_a_name_an_explanation_and_its_own_text() -> None:
    policy_set = load_policies(POLICIES, SCHEMES)

    for name, policy in policy_set.policies.items():
        assert name == policy.id
        assert policy.explain.endswith(".")
        assert f'@id("{name}")' in policy.text and policy.text.endswith(";")
        assert policy.text in (POLICIES / policy.file).read_text()


def test_semicolons_in_comments_and_strings_end_no_policy(folder: Path) -> None:
    add(folder, "// one; two\n" + GOOD.replace("Says so.", "Says; so.") + "// the end; indeed\n")

    extra = [one for one in read_policies(folder) if one.file == "extra.cedar"]

    assert [one.explain for one in extra] == ["Says; so."]


LINTED = {
    "has the name of a page": ("a-policy", "history"),
    "needs an @id": ('@id("a-policy")', ""),
    "another policy has the same @id": ("a-policy", "assurance"),
    "needs an @explain": ("Says so.", " "),
    "another policy has the same @explain": ("Says so.", "It is released to this person by name."),
    "needs a @requirement": ('@requirement("state")', '@requirement("mood")'),
    "has neither `when` nor `unless`": (GOOD[GOOD.index("when") : -2], ""),
    "looks at no fact": (GOOD[GOOD.index("{") + 1 : -3], "true"),
    "permits without asking for a role": ("&&", "||"),
    "permits every action": ('action in Action::"see"', "action"),
    "names a single principal": ("principal is Person", 'principal == Person::"asker"'),
    "names a single resource": ("resource)", 'resource == Audience::"7")'),
    "looks at the identity of": ("&&", '&& resource == Audience::"7" &&'),
    "looks at the resource itself": ("&&", "&& resource != principal &&"),
    "looks at resource.title, which": ("resource.state", "resource.title"),
    "looks at principal.email, which": ("resource.state", "principal.email"),
    "looks at context.weather, which": ("resource.state", "context.weather"),
    "the wrong way round": (
        "resource.state ==",
        "resource has eu && principal.clearance has eu && "
        "principal.clearance.eu.level <= resource.eu.level && resource.state ==",
    ),
    "which are not alike": (
        "resource.state ==",
        "principal.clearance.sg.level >= resource.sg.sensitivity && resource.state ==",
    ),
}


@pytest.mark.parametrize("fault", LINTED)
def test_the_lint_finds_what_the_validator_lets_pass(folder: Path, fault: str) -> None:
    old, new = LINTED[fault]
    assert old in GOOD
    add(folder, GOOD)
    lint(read_policies(folder), SCHEMES)
    add(folder, GOOD.replace(old, new))

    with pytest.raises(PolicyError, match=re.escape(fault)) as refused:
        load_policies(folder, SCHEMES)

    assert "extra.cedar" in refused.value.detail


def test_a_role_asked_for_only_as_an_alternative_is_no_role(folder: Path) -> None:
    add(folder, GOOD.replace("principal.roles", "!principal.roles"))

    with pytest.raises(PolicyError, match="without asking for a role"):
        lint(read_policies(folder), SCHEMES)


def test_the_public_policy_is_for_the_public_only(folder: Path) -> None:
    edit(folder / "reading.cedar", "principal is Public", "principal")

    with pytest.raises(PolicyError, match="principal is Public"):
        load_policies(folder, SCHEMES)


def test_a_scheme_that_no_policy_judges_does_not_load(folder: Path) -> None:
    (folder / "clearance.cedar").unlink()

    with pytest.raises(PolicyError, match=r"principal\.clearance\.sg.*goes unjudged"):
        load_policies(folder, SCHEMES)


BROKEN: dict[str, Callable[[Path], object]] = {
    "extra.cedar": lambda folder: add(folder, "permit (principal, action, resource) when { 1 };;"),
    "not a complete policy": lambda folder: add(folder, GOOD + "forbid (principal, action"),
    "templates": lambda folder: add(folder, GOOD.replace("resource)", "resource == ?resource)")),
    "cannot be read": lambda folder: (folder / "schema.cedarschema").unlink(),
    "schema cannot be read": lambda folder: (folder / "schema.cedarschema").write_text("entity"),
    "no policy in any": lambda folder: [file.write_text("") for file in folder.glob("*.cedar")],
    "reading.cedar: read-own-draft": lambda folder: edit(
        folder / "reading.cedar", 'State::"draft"', 'State::"drafft"'
    ),
    "handling.json": lambda folder: (folder / "tests" / "handling.json").write_text("{}"),
    "where the case says": lambda folder: edit(
        folder / "reading.cedar", 'contains(Role::"release_authority")', 'contains(Role::"reader")'
    ),
    "no marking|not a marking known": lambda folder: edit(
        folder / "tests" / "reading.json", '"COMMISSION USE"', '"COMMISSION ABUSE"'
    ),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_what_is_broken_does_not_load_and_says_where(folder: Path, fault: str) -> None:
    BROKEN[fault](folder)

    with pytest.raises(PolicyError, match=fault):
        load_policies(folder, SCHEMES)


SILENT = {
    "a forbid on a smaller group": (
        "standing.cedar",
        'action in Action::"content", resource)\nunless { principal has agreement &&',
        'action in Action::"see", resource)\nunless { principal has agreement &&',
    ),
    "the group out of the group above it": (
        "schema.cedarschema",
        "action see in [content];",
        "action see;",
    ),
    "a forbid on another group": (
        "standing.cedar",
        '[Action::"content", Action::"office"]',
        '[Action::"office"]',
    ),
    "a condition the other way": ("standing.cedar", "principal.active", "!principal.active"),
    "an end that is inclusive": (
        "standing.cedar",
        "principal.agreement.valid_from <= context.now",
        "context.now < principal.agreement.valid_until",
    ),
}


@pytest.mark.parametrize("fault", SILENT)
def test_the_canary_dies_of_what_the_validator_and_the_lint_let_pass(
    folder: Path, fault: str
) -> None:
    file, old, new = SILENT[fault]
    edit(folder / file, old, new)
    shutil.rmtree(folder / "tests")
    lint(read_policies(folder), SCHEMES)

    with pytest.raises(PolicyError, match="Canary"):
        load_policies(folder, SCHEMES)


def test_the_canary_dies_where_the_schema_was_left_out() -> None:
    """Without the schema an entity keeps its facts but the actions lose their groups."""
    policy_set = assemble(read_policies(POLICIES), read_schema(POLICIES), SCHEMES)
    object.__setattr__(policy_set.maker, "schema", None)

    with pytest.raises(PolicyError, match="Canary"):
        check_canary(policy_set)


def test_the_canary_knows_denies_and_permits() -> None:
    known = list(known_answers(SCHEMES))

    assert sum(not one.allowed for one in known) > 100
    assert sum(one.allowed for one in known) > 30


def test_the_keeper_keeps_the_set_that_works(folder: Path) -> None:
    keeper = PolicyKeeper(folder)
    working = keeper.current

    add(folder, GOOD.replace("Says so.", ""))
    kept = keeper.reload()
    problem = keeper.problem
    (folder / "extra.cedar").unlink()
    again = keeper.reload()

    assert kept is working
    assert problem and "needs an @explain" in problem
    assert again.version == working.version
    assert keeper.problem is None


def test_the_keeper_keeps_the_set_that_works_when_the_schemes_break(folder: Path) -> None:
    keeper = PolicyKeeper(folder)
    (folder / "equivalence.toml").write_text("version = ")

    assert keeper.reload() is keeper.current
    assert keeper.problem and "equivalence.toml" in keeper.problem


def test_a_keeper_does_not_start_with_a_broken_set(folder: Path) -> None:
    add(folder, "permit (principal, action, resource);")

    with pytest.raises(PolicyError):
        PolicyKeeper(folder)


def test_cases_are_readable_tables() -> None:
    for file in sorted((POLICIES / "tests").glob("*.json")):
        table = json.loads(file.read_text())
        names = [case["name"] for case in table["cases"]]
        assert len(names) == len(set(names)), file.name
