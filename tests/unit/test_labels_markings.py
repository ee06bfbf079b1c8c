"""The shipped schemes say what the published facts on markings say."""

from itertools import pairwise
from pathlib import Path

import pytest

from app.labels import (
    AboveCeiling,
    Label,
    Level,
    Marking,
    NotComparable,
    SchemeId,
    UnknownMarking,
    load_schemes,
)

SCHEMES = load_schemes(Path(__file__).parents[2] / "policies")
SG, EU, TLP = SchemeId("sg"), SchemeId("eu"), SchemeId("tlp")
ALL = [marking for scheme in SCHEMES.by_id for marking in SCHEMES.markings(scheme)]


def text(marking: Marking | None) -> str | None:
    return SCHEMES.text(marking) if marking else None


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_the_schemes_have_the_published_levels_in_their_order() -> None:
    assert [level.name for level in SCHEMES.scheme(TLP).levels] == [
        "TLP:CLEAR",
        "TLP:GREEN",
        "TLP:AMBER",
        "TLP:AMBER+STRICT",
        "TLP:RED",
    ]
    assert [level.name for level in SCHEMES.scheme(EU).levels] == [
        "PUBLIC",
        "COMMISSION USE",
        "SENSITIVE",
        "SENSITIVE: SPECIAL HANDLING",
        "RESTREINT UE/EU RESTRICTED",
        "CONFIDENTIEL UE/EU CONFIDENTIAL",
        "SECRET UE/EU SECRET",
        "TRES SECRET UE/EU TOP SECRET",
    ]
    assert [level.name for level in SCHEMES.scheme(SG).levels] == [
        "OFFICIAL (OPEN)",
        "OFFICIAL (CLOSED)",
        "RESTRICTED",
        "CONFIDENTIAL (CLOUD-ELIGIBLE)",
        "CONFIDENTIAL",
        "SECRET",
        "TOP SECRET",
    ]
    assert [level.name for level in SCHEMES.scheme(SG).sensitivities] == [
        "NON-SENSITIVE",
        "SENSITIVE NORMAL",
        "SENSITIVE HIGH",
    ]
    assert len(SCHEMES.markings(SG)) == 1 + 6 * 3
    assert {level.background for level in SCHEMES.scheme(TLP).levels} == {"#000000"}
    assert [level.colour for level in SCHEMES.scheme(TLP).levels] == [
        "#FFFFFF",
        "#33FF00",
        "#FFC000",
        "#FFC000",
        "#FF2B2B",
    ]


@pytest.mark.parametrize("level", [lv for s in SCHEMES.by_id.values() for lv in s.levels])
def test_every_level_can_be_read_on_its_background(level: Level) -> None:
    light, dark = sorted((luminance(level.colour), luminance(level.background)), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5


@pytest.mark.parametrize("marking", ALL, ids=lambda marking: marking.key)
def test_text_and_key_are_read_back_as_the_same_marking(marking: Marking) -> None:
    assert SCHEMES.parse(SCHEMES.text(marking)) == marking
    assert Marking.from_key(marking.key) == marking


@pytest.mark.parametrize(
    ("written", "official"),
    [
        ("tlp:amber+strict", "TLP:AMBER+STRICT"),
        (" TLP : Amber + Strict ", "TLP:AMBER+STRICT"),
        ("R-UE/EU-R", "RESTREINT UE/EU RESTRICTED"),
        ("restreint ue / eu restricted", "RESTREINT UE/EU RESTRICTED"),
        ("EU‑R", "RESTREINT UE/EU RESTRICTED"),
        ("TRÈS SECRET UE/EU TOP SECRET", "TRES SECRET UE/EU TOP SECRET"),
        ("Tre\u0300s secret UE", "TRES SECRET UE/EU TOP SECRET"),
        ("sensitive : special handling", "SENSITIVE: SPECIAL HANDLING"),
        ("SENSITIVE – SPECIAL HANDLING", "SENSITIVE: SPECIAL HANDLING"),
        ("Official(Closed)\\Sensitive  Normal", "OFFICIAL (CLOSED) \\ SENSITIVE NORMAL"),
        ("OFFICIAL (CLOSED) / SENSITIVE HIGH", "OFFICIAL (CLOSED) \\ SENSITIVE HIGH"),
        ("OFFICIAL (CLOSED)", "OFFICIAL (CLOSED) \\ NON-SENSITIVE"),
        ("RESTRICTED \\ NON-SENSITIVE", "RESTRICTED"),
        ("restricted \\ sensitive high", "RESTRICTED \\ SENSITIVE HIGH"),
        ("SECRET", "SECRET"),
        ("S-UE/EU-S", "SECRET UE/EU SECRET"),
    ],
)
def test_case_spaces_accents_and_abbreviations_make_no_difference(
    written: str, official: str
) -> None:
    assert SCHEMES.text(SCHEMES.parse(written)) == official


@pytest.mark.parametrize(
    "written",
    [
        "",
        "AMBER",
        "TLP:",
        "TLP:AMBER STRICT",
        "TLP:WHITE",
        "OFFICIAL",
        "OFFICIAL (OPEN) \\ NON-SENSITIVE",
        "SENSITIVE NORMAL",
        "PUBLIC \\ SENSITIVE HIGH",
        "SECRET \\ SENSITIVE",
        "SENSITIVE; TLP:AMBER",
        "TLP:СLEAR",  # the C is Cyrillic
        "TLP:CLEAR" + " " * 300 + "+ NOT REALLY",
        "TLP:CLEAR" + " " * 300,
    ],
)
def test_what_is_no_marking_is_refused_with_what_is(written: str) -> None:
    with pytest.raises(UnknownMarking) as refused:
        SCHEMES.parse(written)
    assert "TLP:AMBER+STRICT" in refused.value.detail
    assert "RESTREINT UE/EU RESTRICTED" in refused.value.detail
    assert "\\ SENSITIVE NORMAL" in refused.value.detail
    assert len(refused.value.detail) < 1000


def test_a_near_miss_is_answered_with_what_may_have_been_meant() -> None:
    with pytest.raises(UnknownMarking, match=r"Did you mean TLP:AMBER\?"):
        SCHEMES.parse("TLP:AMBR")


@pytest.mark.parametrize(
    "stranger",
    [
        Marking(SG, "restricted"),
        Marking(SG, "official-open", "non-sensitive"),
        Marking(TLP, "white"),
        Marking(SchemeId("nato"), "restricted"),
    ],
)
def test_a_marking_of_no_scheme_is_refused_everywhere(stranger: Marking) -> None:
    for ask in (SCHEMES.text, SCHEMES.is_public, SCHEMES.needs_step_up, SCHEMES.above_ceiling):
        with pytest.raises(UnknownMarking):
            ask(stranger)
    with pytest.raises(UnknownMarking):
        SCHEMES.high_water([stranger])
    for scheme in (SG, EU, TLP):
        for translate in (SCHEMES.equivalent, SCHEMES.translate_clearance):
            with pytest.raises(UnknownMarking):
                translate(stranger, scheme)
    with pytest.raises(UnknownMarking):
        SCHEMES.usually_beside(stranger)


def test_a_scheme_that_the_deployment_does_not_have_is_refused() -> None:
    with pytest.raises(UnknownMarking):
        SCHEMES.translate_clearance(SCHEMES.parse("SECRET"), SchemeId("nato"))


@pytest.mark.parametrize("key", ["", "sg", "sg:", "a:b:c:d", ":restricted"])
def test_a_key_of_another_shape_is_refused(key: str) -> None:
    with pytest.raises(UnknownMarking):
        Marking.from_key(key)


def test_tlp_levels_have_no_order_between_them() -> None:
    for high, low in pairwise(SCHEMES.markings(TLP)):
        with pytest.raises(NotComparable):
            SCHEMES.dominates(high, low)


def test_markings_of_two_schemes_have_no_order_between_them() -> None:
    with pytest.raises(NotComparable):
        SCHEMES.dominates(SCHEMES.parse("SECRET"), SCHEMES.parse("PUBLIC"))


@pytest.mark.parametrize(
    ("high", "low", "does"),
    [
        ("SECRET", "CONFIDENTIAL", True),
        ("SECRET", "CONFIDENTIAL \\ SENSITIVE NORMAL", False),
        ("RESTRICTED \\ SENSITIVE HIGH", "OFFICIAL (CLOSED) \\ SENSITIVE HIGH", True),
        ("RESTRICTED \\ SENSITIVE NORMAL", "OFFICIAL (CLOSED) \\ SENSITIVE HIGH", False),
        ("OFFICIAL (CLOSED)", "OFFICIAL (OPEN)", True),
        ("OFFICIAL (OPEN)", "OFFICIAL (CLOSED)", False),
        ("CONFIDENTIAL (CLOUD-ELIGIBLE)", "CONFIDENTIAL", False),
        ("R-UE/EU-R", "SENSITIVE: SPECIAL HANDLING", True),
        ("SENSITIVE", "SENSITIVE: SPECIAL HANDLING", False),
    ],
)
def test_one_marking_dominates_another_in_both_dimensions_or_not(
    high: str, low: str, does: bool
) -> None:
    assert SCHEMES.dominates(SCHEMES.parse(high), SCHEMES.parse(low)) is does


def test_the_high_water_mark_is_taken_in_each_scheme_separately() -> None:
    written = [
        "TLP:AMBER",
        "OFFICIAL (CLOSED) \\ SENSITIVE HIGH",
        "TLP:AMBER+STRICT",
        "RESTRICTED",
        "PUBLIC",
    ]
    assert [text(mark) for mark in SCHEMES.high_water(map(SCHEMES.parse, written))] == [
        "PUBLIC",
        "RESTRICTED \\ SENSITIVE HIGH",
        "TLP:AMBER+STRICT",
    ]


@pytest.mark.parametrize(
    ("original", "eu"),
    [
        ("OFFICIAL (OPEN)", "PUBLIC"),
        ("OFFICIAL (CLOSED) \\ NON-SENSITIVE", "COMMISSION USE"),
        ("OFFICIAL (CLOSED) \\ SENSITIVE NORMAL", "SENSITIVE"),
        ("OFFICIAL (CLOSED) \\ SENSITIVE HIGH", "SENSITIVE: SPECIAL HANDLING"),
        ("RESTRICTED", "RESTREINT UE/EU RESTRICTED"),
        ("RESTRICTED \\ SENSITIVE HIGH", "RESTREINT UE/EU RESTRICTED"),
        ("CONFIDENTIAL (CLOUD-ELIGIBLE)", "CONFIDENTIEL UE/EU CONFIDENTIAL"),
        ("TOP SECRET \\ SENSITIVE NORMAL", "TRES SECRET UE/EU TOP SECRET"),
        ("TLP:AMBER", None),
    ],
)
def test_the_equivalent_shown_to_readers_of_the_union(original: str, eu: str | None) -> None:
    assert text(SCHEMES.equivalent(SCHEMES.parse(original), EU)) == eu


@pytest.mark.parametrize(
    ("original", "sg"),
    [
        ("PUBLIC", "OFFICIAL (OPEN)"),
        ("SENSITIVE", "OFFICIAL (CLOSED) \\ SENSITIVE NORMAL"),
        ("R-UE/EU-R", "RESTRICTED \\ SENSITIVE HIGH"),
        ("TLP:RED", None),
    ],
)
def test_the_equivalent_shown_to_readers_of_singapore(original: str, sg: str | None) -> None:
    assert text(SCHEMES.equivalent(SCHEMES.parse(original), SG)) == sg


@pytest.mark.parametrize(
    ("clearance", "scheme", "worth"),
    [
        ("RESTRICTED \\ SENSITIVE HIGH", EU, "RESTREINT UE/EU RESTRICTED"),
        ("RESTRICTED \\ SENSITIVE NORMAL", EU, "SENSITIVE"),
        ("TOP SECRET", EU, "COMMISSION USE"),
        ("CONFIDENTIAL (CLOUD-ELIGIBLE) \\ SENSITIVE HIGH", EU, "RESTREINT UE/EU RESTRICTED"),
        ("OFFICIAL (OPEN)", EU, "PUBLIC"),
        ("SENSITIVE", SG, "OFFICIAL (CLOSED) \\ SENSITIVE NORMAL"),
        ("S-UE/EU-S", SG, "SECRET \\ SENSITIVE HIGH"),
        ("SENSITIVE", EU, "SENSITIVE"),
        ("SENSITIVE", TLP, None),
        ("TLP:RED", EU, None),
    ],
)
def test_what_a_clearance_is_worth_in_another_scheme(
    clearance: str, scheme: SchemeId, worth: str | None
) -> None:
    assert text(SCHEMES.translate_clearance(SCHEMES.parse(clearance), scheme)) == worth


def test_the_table_suggests_tlp_labels_and_calls_itself_an_example() -> None:
    high = SCHEMES.parse("SENSITIVE: SPECIAL HANDLING")
    assert [text(label) for label in SCHEMES.usually_beside(high)] == [
        "TLP:AMBER+STRICT",
        "TLP:RED",
    ]
    assert SCHEMES.usually_beside(SCHEMES.parse("SECRET")) == ()
    assert SCHEMES.equivalence.example


def test_the_shipped_ceiling_admits_no_classified_information_of_the_union_nor_secret() -> None:
    assert {text(marking) for marking in ALL if SCHEMES.above_ceiling(marking)} == {
        "RESTREINT UE/EU RESTRICTED",
        "CONFIDENTIEL UE/EU CONFIDENTIAL",
        "SECRET UE/EU SECRET",
        "TRES SECRET UE/EU TOP SECRET",
        "SECRET",
        "SECRET \\ SENSITIVE NORMAL",
        "SECRET \\ SENSITIVE HIGH",
        "TOP SECRET",
        "TOP SECRET \\ SENSITIVE NORMAL",
        "TOP SECRET \\ SENSITIVE HIGH",
    }


def test_a_label_above_the_ceiling_is_refused_naming_the_ceiling() -> None:
    SCHEMES.check_ceiling(Label((SCHEMES.parse("CONFIDENTIAL \\ SENSITIVE HIGH"),)))
    with pytest.raises(AboveCeiling, match=r"up to SENSITIVE: SPECIAL HANDLING .*RESTREINT UE"):
        SCHEMES.check_ceiling(Label((SCHEMES.parse("TLP:RED"), SCHEMES.parse("R-UE/EU-R"))))


def test_the_public_may_have_the_lowest_level_of_each_scheme_only() -> None:
    assert [text(marking) for marking in ALL if SCHEMES.is_public(marking)] == [
        "PUBLIC",
        "OFFICIAL (OPEN)",
        "TLP:CLEAR",
    ]


def test_step_up_is_needed_from_the_shipped_levels_upwards() -> None:
    lowest = {
        "RESTRICTED": True,
        "OFFICIAL (CLOSED) \\ SENSITIVE HIGH": True,
        "OFFICIAL (CLOSED) \\ SENSITIVE NORMAL": False,
        "SENSITIVE: SPECIAL HANDLING": True,
        "SENSITIVE": False,
        "R-UE/EU-R": True,
        "TOP SECRET": True,
        "TLP:RED": True,
        "TLP:AMBER+STRICT": False,
    }
    for written, needed in lowest.items():
        assert SCHEMES.needs_step_up(SCHEMES.parse(written)) is needed, written
        # Where the scheme does not say otherwise, own keys go with the step up.
        assert SCHEMES.needs_own_key(Label((SCHEMES.parse(written),))) is needed, written
