"""A file of parties is judged as a whole, and each fault names its place."""

from pathlib import Path

import pytest

from app.access import Role
from app.core.errors import Invalid
from app.labels import Schemes, load_schemes
from app.parties.declaration import read_declaration

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "app" / "demo" / "parties.toml"

GOOD = r"""
[parties.SG]
name = "Singapore"
scheme = "sg"

[organisations.imda]
name = "Infocomm Media Development Authority"
kind = "authority"
party = "SG"

[organisations.imda.agreement]
title = "Arrangement"
from = 2024-11-20
until = 2029-11-20
ceiling = 'CONFIDENTIAL \ SENSITIVE HIGH'

[organisations.university]
name = "A university"
kind = "partner"
party = "SG"

[organisations.university.agreement]
title = "Partner agreement"
from = 2025-01-01T08:00:00+08:00
until = 2026-01-01T00:00:00Z
ceiling = 'OFFICIAL (OPEN)'
areas = ["research"]

[groups.testers]
name = "Testers"
organisations = ["imda"]
people = ["reader@university.example"]

[[people]]
email = "Reader@University.example"
name = "Reader, a university"
organisation = "university"
roles = ["reader"]
clearance = "official (open)"

[[people]]
email = "auditor@imda.example"
name = "Auditor, IMDA"
organisation = "imda"
roles = ["auditor"]
"""

FAULTS = [
    ('scheme = "sg"', 'scheme = "klingon"', "parties.SG.scheme", "klingon"),
    ('scheme = "sg"', 'scheme = "tlp"', "parties.SG.scheme", "classifies"),
    ('kind = "partner"', 'kind = "friend"', "organisations.university.kind", "authority"),
    (
        'kind = "partner"\nparty = "SG"',
        'kind = "partner"\nparty = "XX"',
        "organisations.university.party",
        "XX",
    ),
    (
        "'OFFICIAL (OPEN)'",
        "'OPEN SESAME'",
        "organisations.university.agreement.ceiling",
        "OPEN SESAME",
    ),
    ("'OFFICIAL (OPEN)'", "'SENSITIVE'", "organisations.university.agreement.ceiling", "Singapore"),
    ('["research"]', '["gossip"]', "organisations.university.agreement.areas[1]", "research"),
    ("until = 2029-11-20", "until = 2024-11-20", "organisations.imda.agreement", "ends before"),
    ("00:00:00Z", "00:00:00", "organisations.university.agreement.until", "zone"),
    ("until = 2029-11-20", 'until = "soon"', "organisations.imda.agreement.until", "date"),
    (
        'organisation = "university"',
        'organisation = "college"',
        "people[1] (reader@university.example).organisation",
        "college",
    ),
    ('["reader"]', '["reader", "king"]', "people[1].roles[2]", "contributor"),
    (
        '["auditor"]',
        '["auditor", "reader"]',
        "people[2] (auditor@imda.example).roles",
        "sees no content",
    ),
    (
        'organisation = "imda"\nroles = ["auditor"]',
        'organisation = "university"\nroles = ["auditor"]',
        "people[2] (auditor@imda.example).roles",
        "authority",
    ),
    (
        '"official (open)"',
        '"TLP:AMBER"',
        "people[1] (reader@university.example).clearance",
        "Singapore",
    ),
    (
        "auditor@imda.example",
        "READER@university.example",
        "people[2] (reader@university.example).email",
        "people[1]",
    ),
    ("auditor@imda.example", "auditor", "people[2].email", "e-mail address"),
    (
        'people = ["reader@',
        'people = ["nobody@',
        "groups.testers.people",
        "nobody@university.example",
    ),
    (
        'organisations = ["imda"]',
        'organisations = ["none"]',
        "groups.testers.organisations",
        "none",
    ),
    ('name = "Testers"', 'name = "Testers"\nnaem = "x"', "groups.testers.naem", "not permitted"),
    ("[groups.testers]", "[groups.Testers]", "groups.Testers", "pattern"),
]


@pytest.fixture(scope="module")
def schemes() -> Schemes:
    return load_schemes(ROOT / "policies")


def test_a_good_file_is_read_and_its_dates_mean_moments_in_utc(schemes: Schemes) -> None:
    declaration = read_declaration(schemes, GOOD.encode())

    imda = declaration.organisations["imda"].agreement
    university = declaration.organisations["university"].agreement
    assert imda.valid_from.isoformat() == "2024-11-20T00:00:00+00:00"
    assert university.valid_from.isoformat() == "2025-01-01T00:00:00+00:00"
    assert len(imda.areas) == 6
    assert declaration.people[0].email == "reader@university.example"


@pytest.mark.parametrize(("good", "bad", "place", "word"), FAULTS)
def test_each_fault_names_its_place(
    schemes: Schemes, good: str, bad: str, place: str, word: str
) -> None:
    assert good in GOOD
    with pytest.raises(Invalid) as caught:
        read_declaration(schemes, GOOD.replace(good, bad, 1).encode())

    assert word in caught.value.fields[place]
    assert place in caught.value.detail


def test_all_faults_are_told_at_once(schemes: Schemes) -> None:
    twice = GOOD.replace('["reader"]', '["reader", "auditor"]').replace('"imda"]', '"none"]')
    with pytest.raises(Invalid) as caught:
        read_declaration(schemes, twice.encode())

    assert len(caught.value.fields) == 2


@pytest.mark.parametrize("source", [b"\xff\xfe", b"[parties", b"a = 1\na = 2"])
def test_what_is_not_toml_is_said_to_be_so(schemes: Schemes, source: bytes) -> None:
    with pytest.raises(Invalid, match="not a TOML file"):
        read_declaration(schemes, source)


def test_the_demonstration_names_people_by_role_and_uses_reserved_addresses(
    schemes: Schemes,
) -> None:
    demo = read_declaration(schemes, DEMO.read_bytes())

    assert {"mddi", "imda", "dtc", "dg-connect", "eu-ai-office"} == {
        slug for slug, each in demo.organisations.items() if each.kind == "authority"
    }
    assert all(person.email.endswith(".example") for person in demo.people)
    for organisation in ("imda", "eu-ai-office"):
        roles = [role for p in demo.people if p.organisation == organisation for role in p.roles]
        assert roles.count(Role.CONTRIBUTOR) >= 2
        assert roles.count(Role.RELEASE_AUTHORITY) >= 2
