"""How pages say things, and where the links of a search lead."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup
from starlette.datastructures import QueryParams

from app.access import Area, Role, State
from app.records import FacetValue, FieldType, FieldView, Kind, Search
from app.web.forms import local_path
from app.web.log_words import event_words
from app.web.presenting import (
    field_value,
    label,
    language,
    marked,
    moment,
    release_words,
    size,
)
from app.web.searching import asked_for, chosen_filters, facet_groups, page_href, search_href

NAMES = {"imda": "IMDA", "SG": "Singapore", "testers": "Joint testing network"}


@pytest.mark.parametrize(
    ("at", "party", "said"),
    [
        (datetime(2026, 11, 24, 6, 5, tzinfo=UTC), "SG", "24 November 2026, 14:05 SGT"),
        (datetime(2026, 11, 24, 6, 5, tzinfo=UTC), "EU", "24 November 2026, 07:05 CET"),
        (datetime(2026, 7, 1, 6, 5, tzinfo=UTC), "EU", "1 July 2026, 08:05 CEST"),
        (datetime(2026, 7, 1, 6, 5, tzinfo=UTC), "", "1 July 2026, 06:05 UTC"),
    ],
)
def test_a_moment_names_its_zone(at: datetime, party: str, said: str) -> None:
    spoken = moment(at, party)
    assert spoken.text == said
    assert datetime.fromisoformat(spoken.iso) == at


@pytest.mark.parametrize(
    ("size_bytes", "said"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (1000, "1.0 kB"),
        (9_960, "10 kB"),
        (999_600, "1.0 MB"),
        (1_400_000, "1.4 MB"),
        (20 * 2**30, "21 GB"),
        (10**16, "10000 TB"),
    ],
)
def test_a_size_is_said_shortly(size_bytes: int, said: str) -> None:
    assert size(size_bytes) == said


@pytest.mark.parametrize("value", [*Kind, *Area, *State, *Role])
def test_everything_has_a_label(value: Kind | Area | State | Role) -> None:
    assert label(value)


def test_an_area_and_a_kind_of_one_name_are_told_apart() -> None:
    assert (label(Kind.RESEARCH), label(Area.RESEARCH)) == ("Research", "AI safety research")


def test_a_language_is_named_in_english() -> None:
    assert (language("el"), language("zz")) == ("Greek", "zz")


def test_hits_are_marked_and_nothing_else_is_markup() -> None:
    said = marked([("<b>", False), ("<i>", True)])
    assert said == Markup("&lt;b&gt;<mark>&lt;i&gt;</mark>")


def test_only_an_address_of_the_web_becomes_a_link() -> None:
    link = field_value(FieldView("url", "URL", FieldType.URL, "https://x.example/?a=1&b=<"))
    assert 'href="https://x.example/?a=1&amp;b=&lt;"' in link
    script = field_value(FieldView("url", "URL", FieldType.URL, "javascript:alert(1)"))
    assert "href" not in script


def test_releasability_is_said_with_names_and_people_are_only_counted() -> None:
    said = release_words("public; party:SG; partners:SG; org:imda; group:testers", NAMES)
    assert said == (
        "everyone, authorities of Singapore, partners of Singapore, IMDA,"
        " group Joint testing network"
    )
    assert release_words("person:1; person:2", NAMES) == "2 named people"
    assert release_words("", NAMES) == ""


def test_what_is_searched_for_comes_best_first_and_the_rest_newest_first() -> None:
    assert asked_for({"q": "red", "utm_source": "mail", "page": "abc"}) == {
        "q": "red",
        "order": "relevance",
        "cursor": "abc",
    }
    assert asked_for({"kind": "trend"})["order"] == "newest"
    assert asked_for({"q": "red", "order": "newest"})["order"] == "newest"


def test_links_keep_the_rest_of_a_search_and_begin_its_pages_anew() -> None:
    search = Search(q="red team", kind=Kind.TREND, order="relevance", cursor="here")
    assert search_href(search) == "/records?q=red+team&kind=trend"
    assert search_href(search, kind=None, area="trends") == "/records?q=red+team&area=trends"
    assert search_href(search, order="newest") == "/records?q=red+team&kind=trend&order=newest"
    assert page_href(search, "there") == "/records?q=red+team&kind=trend&page=there"
    assert page_href(search, None) == ""


@given(
    q=st.text(max_size=20).filter(str.strip),
    kind=st.none() | st.sampled_from(Kind),
    order=st.sampled_from(["newest", "relevance"]),
)
def test_an_address_asks_for_the_search_it_was_made_of(
    q: str, kind: Kind | None, order: str
) -> None:
    try:
        search = Search.model_validate({"q": q, "kind": kind, "order": order})
    except ValueError:
        return  # a sign that cannot be kept
    query = QueryParams(search_href(search).partition("?")[2])
    assert Search.model_validate(asked_for(query)) == search


def test_a_chosen_value_can_be_left_again() -> None:
    search = Search(kind=Kind.TREND, originator="imda", language="el")
    counted = {"kind": [FacetValue("trend", 3, True), FacetValue("standard", 1, False)]}
    chosen, other = facet_groups(counted, search, NAMES)[0].options
    assert (chosen.text, chosen.chosen, chosen.href) == (
        "Trend",
        True,
        "/records?originator=imda&language=el",
    )
    assert "kind=standard" in other.href
    assert [one.text for one in chosen_filters(search, NAMES)] == ["Trend", "IMDA", "Greek"]


@pytest.mark.parametrize(
    ("address", "goal"),
    [
        ("/records?q=a", "/records?q=a"),
        ("", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example", "/"),
        ("/\t/evil.example", "/"),
        ("/sign-out", "/"),
    ],
)
def test_nobody_is_led_away_after_signing_in(address: str, goal: str) -> None:
    assert local_path(address) == goal


def test_events_are_said_in_words() -> None:
    assert event_words("record.read") == "Read a record"
    assert event_words("read.refused") == "Was refused to read"
    assert event_words("sign-in.refused") == "Tried to sign in and was refused"
    assert event_words("unheard.of") == ""
