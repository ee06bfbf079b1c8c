"""Scheme files that contradict themselves or each other do not load."""

import pickle
import shutil
from pathlib import Path

import pytest

from app.labels import Label, SchemeError, load_schemes, schemes_from_json, schemes_json

SHIPPED = Path(__file__).parents[2] / "policies"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(SHIPPED / "schemes", tmp_path / "schemes")
    shutil.copy(SHIPPED / "equivalence.toml", tmp_path)
    return tmp_path


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


MISTAKES = [
    ("schemes/tlp.toml", 'id = "green"', 'id = "clear"', "two levels have the same id"),
    ("schemes/tlp.toml", 'kind = "rules"', 'kind = "order"', "kind"),
    ("schemes/tlp.toml", 'colour = "#FFC000"', 'colour = "amber"', "colour"),
    ("schemes/tlp.toml", 'name = "TLP:GREEN"', 'name = "TLP:GREEN; ORCON"', "name"),
    ("schemes/tlp.toml", 'name = "TLP:GREEN"', 'nome = "TLP:GREEN"', "name"),
    ("schemes/tlp.toml", 'name = "TLP:GREEN"', 'name = "\u0301"', "nothing but accents"),
    ("schemes/tlp.toml", 'name = "TLP:AMBER"', 'name = "tlp: amber+strict"', "could mean"),
    ("schemes/tlp.toml", 'name = "TLP:GREEN"', 'name = "Restricted"', "could mean"),
    ("schemes/tlp.toml", "step_up = true", "public = true", "is public, though"),
    ("schemes/eu.toml", 'id = "public"', 'id = "public"\nstep_up = true', "needs step-up"),
    ("schemes/eu.toml", 'id = "public"', 'id = "public"\nown_key = true', "has own keys"),
    ("schemes/eu.toml", 'id = "public"', 'id = "public"\nindexed = false', "is indexed"),
    ("schemes/eu.toml", 'id = "eu"', 'id = "tlp"', "in another file already"),
    ("schemes/eu.toml", "SPECIAL HANDLING", "SPÉCIAL; HANDLING", "name"),
    ("schemes/eu.toml", 'ceiling = "SENSITIVE: ', 'ceiling = "VERY: ', "not a marking of European"),
    ("schemes/eu.toml", 'id = "sensitive"', 'id = "s"\nsensitivity = "written"', "go together"),
    ("schemes/eu.toml", "[[levels]]", "[[level", "eu.toml"),
    ("schemes/sg.toml", 'sensitivity = "optional"', "", "stands above one that carries"),
    ("schemes/sg.toml", '"SENSITIVE HIGH"', '"SENSITIVE HIGH"\npublic = true', "is public, though"),
    ("schemes/sg.toml", '"NON-SENSITIVE"', '"NON-SENSITIVE"\npublic = true', "never public"),
    ("schemes/sg.toml", '"official-closed"', '"closed"\npublic = true', "is not public"),
    ("equivalence.toml", 'eu = "PUBLIC"', 'eu = "PUBLIK"', "is not a marking of European"),
    ("equivalence.toml", 'eu = "PUBLIC"', 'eu = "RESTRICTED"', "is not a marking of European"),
    ("equivalence.toml", 'eu = "PUBLIC"', 'eu = "SENSITIVE"', "must stand strictly above"),
    ("equivalence.toml", "'RESTRICTED'", "'OFFICIAL (CLOSED)'", "must stand strictly above"),
    ("equivalence.toml", "'RESTRICTED'", r"'RESTRICTED \ NON-SENSITIVE'", "strictly above"),
    ("equivalence.toml", 'eu = "PUBLIC"', 'us = "PUBLIC"', "no scheme “us”"),
    ("equivalence.toml", 'eu = "PUBLIC"', 'eu = ["PUBLIC"]', "a list is for schemes of rules"),
    ("equivalence.toml", '["TLP:CLEAR"]', '"TLP:CLEAR"', "a list is for schemes of rules"),
    ("equivalence.toml", "example = true", "", "example"),
]


@pytest.mark.parametrize(("name", "old", "new", "said"), MISTAKES)
def test_a_mistake_in_a_file_is_refused_and_named(
    folder: Path, name: str, old: str, new: str, said: str
) -> None:
    edit(folder / name, old, new)
    with pytest.raises(SchemeError) as refused:
        load_schemes(folder)
    assert said in refused.value.detail


def test_missing_files_are_refused(folder: Path) -> None:
    (folder / "equivalence.toml").unlink()
    with pytest.raises(SchemeError, match=r"equivalence\.toml"):
        load_schemes(folder)
    shutil.rmtree(folder / "schemes")
    with pytest.raises(SchemeError, match="no marking schemes"):
        load_schemes(folder)


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("schemes/tlp.toml", 'version = "2.0-1"', 'version = "2.0-2"'),
        ("schemes/sg.toml", 'ceiling = "CONFIDENTIAL"', 'ceiling = "SECRET"'),
        ("schemes/eu.toml", 'meaning = "For the public."', 'meaning = "For all."'),
        ("equivalence.toml", "example = true", "example = false"),
        ("equivalence.toml", '["TLP:CLEAR"]', "[]"),
    ],
)
def test_the_hash_changes_with_the_content(folder: Path, name: str, old: str, new: str) -> None:
    edit(folder / name, old, new)
    assert load_schemes(folder).hash_hex != load_schemes(SHIPPED).hash_hex


def test_own_keys_are_the_files_to_say(folder: Path) -> None:
    edit(folder / "schemes/eu.toml", 'id = "sensitive"', 'id = "sensitive"\nown_key = true')
    schemes = load_schemes(folder)
    assert schemes.needs_own_key(Label((schemes.parse("SENSITIVE"),)))
    assert not schemes.needs_own_key(Label((schemes.parse("COMMISSION USE"),)))
    assert schemes_from_json(schemes_json(schemes)).hash_hex == schemes.hash_hex
    # What earlier versions kept of schemes has nothing of it, and still the same hash.
    assert "own_key" not in str(schemes_json(load_schemes(SHIPPED)))


def test_the_hash_does_not_change_with_comments_or_file_names(folder: Path) -> None:
    edit(folder / "equivalence.toml", "# EXAMPLE.", "# Sample.")
    (folder / "schemes" / "eu.toml").rename(folder / "schemes" / "union.toml")
    assert load_schemes(folder).hash_hex == load_schemes(SHIPPED).hash_hex


def test_the_schemes_travel_to_another_process() -> None:
    schemes = load_schemes(SHIPPED)
    copy = pickle.loads(pickle.dumps(schemes))  # noqa: S301
    assert copy.hash_hex == schemes.hash_hex
    assert copy.parse("R-UE/EU-R") == schemes.parse("R-UE/EU-R")


def test_a_ceiling_without_a_sensitivity_admits_every_sensitivity(folder: Path) -> None:
    edit(folder / "schemes/sg.toml", 'ceiling = "CONFIDENTIAL"', 'ceiling = "RESTRICTED"')
    schemes = load_schemes(folder)
    assert not schemes.above_ceiling(schemes.parse("RESTRICTED \\ SENSITIVE HIGH"))
    assert schemes.above_ceiling(schemes.parse("CONFIDENTIAL (CLOUD-ELIGIBLE)"))


def test_a_scheme_of_rules_may_have_a_ceiling_by_strictness(folder: Path) -> None:
    edit(folder / "schemes/tlp.toml", 'id = "tlp"', 'id = "tlp"\nceiling = "TLP:AMBER"')
    schemes = load_schemes(folder)
    assert schemes.above_ceiling(schemes.parse("TLP:AMBER+STRICT"))
    assert not schemes.above_ceiling(schemes.parse("TLP:AMBER"))
