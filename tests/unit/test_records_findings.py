"""What a cleaned copy is held to: its own findings, and what the original says of its marking."""

from pathlib import Path

from app.inspection import Finding, Marked, Report
from app.labels import load_schemes, parse_label
from app.records.inspecting import Reports
from app.records.inspection_views import found_in

SCHEMES = load_schemes(Path(__file__).parents[2] / "policies")


def test_cleaning_a_property_away_does_not_lower_what_the_file_says_of_itself() -> None:
    marked = Marked("tlp:red", "Property “keywords”", None, "TLP:RED")
    original = Report("x/y", findings=(Finding("macros"),), markings=(marked,))
    reports = Reports(original, Report("x/y"))

    found = found_in(reports, "cleaned", parse_label(SCHEMES, "TLP:AMBER"), SCHEMES)
    assert [one.kind for one in found] == ["marking-mismatch"]
    assert found_in(reports, "cleaned", parse_label(SCHEMES, "TLP:RED"), SCHEMES) == ()
