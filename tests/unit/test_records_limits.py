"""How large files may be: the smallest that roles, organisations, markings and settings allow."""

from dataclasses import replace
from pathlib import Path

import pytest

from app.access import Assurance, PolicyKeeper, Profile, Role
from app.core.errors import Unavailable
from app.labels import Label, Schemes
from app.records import Limits, load_limits, too_large

SHIPPED = Path(__file__).parents[2] / "policies"
FILE = "limits.toml"
GB = 10**9
PROFILE = Profile(
    person="p",
    organisation="imda",
    organisation_kind="authority",
    party="SG",
    roles=frozenset({Role.CONTRIBUTOR}),
    clearance=None,
    groups=frozenset(),
    agreement=None,
    assurance=Assurance.PASSWORD,
    active=True,
)


@pytest.fixture(scope="module")
def schemes() -> Schemes:
    return PolicyKeeper(SHIPPED).current.schemes


@pytest.fixture(scope="module")
def limits(schemes: Schemes) -> Limits:
    return load_limits(SHIPPED, schemes, upper_bytes=100 * GB)


@pytest.mark.parametrize(
    ("marking", "changes", "largest"),
    [
        ("TLP:CLEAR", {}, 20 * GB),
        ("TLP:RED", {}, 5 * GB),
        ("TLP:CLEAR", {"organisation_kind": "partner"}, 5 * GB),
        ("RESTRICTED \\ SENSITIVE HIGH", {}, 5 * GB),
        ("CONFIDENTIAL \\ NON-SENSITIVE", {}, 2 * GB),
        ("RESTREINT UE/EU RESTRICTED", {"organisation_kind": "partner"}, 2 * GB),
        ("TLP:CLEAR", {"roles": frozenset({Role.READER})}, 0),
        ("TLP:CLEAR", {"roles": frozenset({Role.READER, Role.RELEASE_AUTHORITY})}, 20 * GB),
    ],
)
def test_the_smallest_limit_holds(
    schemes: Schemes, limits: Limits, marking: str, changes: dict[str, object], largest: int
) -> None:
    profile = replace(PROFILE, **changes)  # type: ignore[arg-type]
    label = Label((schemes.parse(marking),))
    assert limits.largest_bytes(profile, label) == largest


def test_the_strictest_of_two_markings_holds(schemes: Schemes, limits: Limits) -> None:
    label = Label((schemes.parse("TLP:RED"), schemes.parse("CONFIDENTIAL \\ NON-SENSITIVE")))
    assert limits.largest_bytes(PROFILE, label) == 2 * GB


def test_no_rule_goes_beyond_the_setting(schemes: Schemes) -> None:
    limits = load_limits(SHIPPED, schemes, upper_bytes=1000)
    assert limits.largest_of(PROFILE) == 1000


@pytest.mark.parametrize(
    ("written", "instead", "told"),
    [
        ('"eu:restreint"', '"eu:restricted"', "no marking “eu:restricted”"),
        ('"tlp:red"', '"tlp:re"', "no marking “tlp:re”"),
        ('"60 GB"', '"60GB"', "unfinished_size_per_person"),
        ('"60 GB"', "60", "unfinished_size_per_person"),
        ("contributor =", "reader =", "roles"),
        ("contributor =", "writer =", "roles"),
        ("partner =", "friend =", "organisations"),
        ("attachments_per_version = 200", "attachments_per_version = 0", "attachments_per"),
        ("attachments_per_version = 200", "files = 3", "files"),
        ("version", "vers!on", "not TOML"),
    ],
)
def test_a_wrong_file_is_refused(
    schemes: Schemes, tmp_path: Path, written: str, instead: str, told: str
) -> None:
    text = (SHIPPED / FILE).read_text()
    assert written in text
    (tmp_path / FILE).write_text(text.replace(written, instead, 1))
    with pytest.raises(Unavailable, match=told):
        load_limits(tmp_path, schemes, upper_bytes=GB)


def test_a_missing_file_is_refused(schemes: Schemes, tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match=r"limits\.toml cannot be read"):
        load_limits(tmp_path, schemes, upper_bytes=GB)


@pytest.mark.parametrize(
    ("size", "words"), [(5 * GB, "5 GB"), (2_590_000_000, "2.5 GB"), (999, "999 bytes")]
)
def test_a_limit_is_never_told_larger_than_it_is(size: int, words: str) -> None:
    assert f"up to {words} with" in str(too_large(size))
