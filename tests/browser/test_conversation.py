"""A conversation from both sides: a question at a part, an answer, and what stays inside."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from app.core.ids import RecordId
from tests.browser.conftest import PHONE
from tests.portal import Portal

Opener = Callable[..., Page]
Axe = Callable[[Page], None]


@pytest.fixture(scope="module")
def record(portal: Portal) -> RecordId:
    """A released record that a partner reads."""
    to = "org:uni-eu; org:dtc"
    return portal.released(title="A joint evaluation", marking="TLP:AMBER", release_to=to)


def test_a_question_at_a_part_is_asked_answered_and_resolved(
    open_page: Opener, portal: Portal, record: RecordId, axe: Axe
) -> None:
    uma = open_page("uma")
    uma.goto(f"/records/{record}")
    uma.get_by_role("link", name=re.compile("Comment or ask")).first.click()
    axe(uma)
    uma.get_by_label("This is a request for information").check()
    uma.get_by_role("button", name="Send").click()
    expect(uma.get_by_role("alert")).to_contain_text("There is a problem")
    axe(uma)
    uma.get_by_label("What you say").fill("How many runs were **valid**?")
    uma.get_by_label("This is a request for information").check()
    uma.get_by_label("Whom you ask").select_option("imda")
    uma.get_by_label("Answer needed by").fill("2126-03-31")
    uma.get_by_label("Mention (optional)").fill("nobody@nowhere.example")
    uma.get_by_role("button", name="Send").click()
    expect(uma.get_by_role("alert")).to_contain_text("cannot be told of this here")
    expect(uma.get_by_label("What you say")).to_have_value("How many runs were **valid**?")
    uma.get_by_label("Mention (optional)").fill("")
    uma.get_by_role("button", name="Send").click()
    expect(uma.get_by_text("Waits for an answer")).to_be_visible()
    axe(uma)
    address = uma.url

    ida = open_page("ida")
    ida.goto("/threads")
    axe(ida)
    ida.get_by_role("link", name=re.compile("A joint evaluation")).click()
    ida.get_by_label("Reply").fill("All 40 of them.")
    ida.get_by_label(re.compile("This answers the request")).check()
    ida.get_by_role("button", name="Send").click()
    expect(ida.get_by_text("Answered", exact=True).first).to_be_visible()
    ida.goto(f"/records/{record}")
    expect(ida.get_by_text("All 40 of them.")).to_be_visible()
    ida.emulate_media(color_scheme="dark")
    axe(ida)
    ida.set_viewport_size(PHONE)
    axe(ida)

    uma.goto(address)
    uma.get_by_role("button", name="Withdraw what you said").click()
    expect(uma.get_by_text("Withdrawn by its author.")).to_be_visible()
    uma.get_by_role("button", name="Resolve it").click()
    expect(uma.get_by_text("Resolved", exact=True)).to_be_visible()
    uma.set_viewport_size(PHONE)
    axe(uma)


def test_what_is_internal_stays_so(open_page: Opener, record: RecordId) -> None:
    ida = open_page("ida", scripts=False)
    ida.goto(f"/records/{record}")
    ida.get_by_role("link", name="Comment or ask about the whole record").click()
    ida.get_by_label("What you say").fill("Only for us.")
    ida.get_by_label("Internal: the owner").check()
    ida.get_by_role("button", name="Send").click()
    expect(ida.get_by_text("Only for us.")).to_be_visible()
    dana = open_page("dana")
    dana.goto(f"/records/{record}")
    expect(dana.get_by_text("Conversation about the whole record")).to_be_visible()
    expect(dana.get_by_text("Only for us.")).to_have_count(0)
    assert dana.goto(ida.url).status == 404  # type: ignore[union-attr]
