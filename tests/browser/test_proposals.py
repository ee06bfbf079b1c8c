"""The journey of a change: one administrator proposes it, another confirms it, a reader reads."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.portal import Portal
from tests.proposals_world import add_administrators, add_person

Opener = Callable[..., Page]
Axe = Callable[[Page], None]
LOW = "OFFICIAL (CLOSED) \\ NON-SENSITIVE"
HIGHER = "OFFICIAL (CLOSED) \\ SENSITIVE NORMAL"


@pytest.fixture(scope="module")
def staffed(portal: Portal) -> Portal:
    """The portal, with a reader who is cleared for little and the administrators beside Olga."""
    add_administrators(portal.world)
    add_person(portal.world, "rita", "imda", "reader", clearance=LOW)
    draft = portal.draft("ida", title="Saffron secrets", marking=HIGHER, release_to="party:SG")
    portal.release(draft.version_id, by="iris", author="ida")
    return portal


def test_one_raises_a_clearance_another_confirms_it_and_the_record_is_read(
    staffed: Portal, open_page: Opener, axe: Axe
) -> None:
    person = f"/organisation/people/{staffed.world.people['rita']}"
    page = open_page("olga", scripts=False)
    page.goto(person)
    page.get_by_label("At most what the agreement covers").select_option(HIGHER)
    page.get_by_role("button", name="Change the clearance").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Change what Rita may do")
    expect(page.get_by_role("table", name="What changes")).to_contain_text(HIGHER)
    gains = page.get_by_role("table", name="Who gains")
    expect(gains).to_contain_text("Rita")
    expect(gains).to_contain_text("record")
    expect(page.get_by_text("Saffron secrets")).to_have_count(0)
    expect(page.get_by_text("It can be confirmed by")).to_contain_text("Otto")
    page.get_by_label("Why (optional)").fill("She joins the evaluation team.")
    page.get_by_role("button", name="Propose this change").click()
    expect(page.get_by_role("alert")).to_contain_text("Proposed")
    expect(page.get_by_role("button", name="Confirm this change")).to_have_count(0)

    second = open_page("dora")
    second.goto("/proposals")
    axe(second)
    second.get_by_role("link", name="Change what Rita may do").click()
    expect(second.get_by_text("She joins the evaluation team.")).to_be_visible()
    axe(second)
    second.get_by_role("button", name="Decline", exact=True).click()
    expect(second.get_by_role("alert")).to_contain_text("Say why")
    axe(second)
    second.get_by_role("button", name="Confirm this change").click()
    expect(second.get_by_role("alert")).to_contain_text("It holds from now on")
    axe(second)

    reader = open_page("rita")
    reader.goto("/records")
    reader.get_by_role("link", name="Saffron secrets").first.click()
    expect(reader.get_by_role("heading", level=1)).to_contain_text("Saffron secrets")

    # What nobody gains by is saved by one alone, once they have seen it.
    page.goto(person)
    page.get_by_label("At most what the agreement covers").select_option(LOW)
    page.get_by_role("button", name="Change the clearance").click()
    expect(page.get_by_text("Nobody gains by it")).to_be_visible()
    page.get_by_role("button", name="Save this change").click()
    expect(page.get_by_role("alert")).to_contain_text("The clearance was changed")


def test_an_authority_sees_what_an_agreement_or_a_group_would_do(
    staffed: Portal, open_page: Opener, axe: Axe
) -> None:
    page = open_page("dora")
    page.goto("/organisation")
    page.get_by_role("link", name="Agreements").click()
    axe(page)
    page.get_by_role("link", name="A business in Singapore").click()
    page.get_by_label("Last day (UTC)").fill("2020-01-01")
    page.get_by_role("button", name="See what this would do").click()
    expect(page.get_by_role("alert")).to_contain_text("not before the first")
    expect(page.get_by_label("Last day (UTC)")).to_have_value("2020-01-01")
    axe(page)
    page.get_by_label("Last day (UTC)").fill("2030-12-31")
    page.get_by_role("button", name="See what this would do").click()
    expect(page.get_by_role("table", name="What changes")).to_contain_text("31 December 2030")
    expect(page.get_by_role("table", name="Who gains")).to_contain_text("Berta")
    axe(page)
    page.get_by_role("link", name="Leave it as it is").click()
    page.goto("/groups")
    axe(page)
    page.get_by_label("Name", exact=True).fill("Drill")
    page.get_by_label("Short name").fill("drill")
    page.get_by_label("People of your party").fill("uma@uni-eu.example")
    page.get_by_role("button", name="See what this would do").click()
    expect(page.get_by_role("alert")).to_contain_text("Nobody of your party is known as")
    expect(page.get_by_label("People of your party")).to_have_value("uma@uni-eu.example")
    page.get_by_label("People of your party").fill("rita@imda.example")
    page.get_by_role("button", name="See what this would do").click()
    expect(page.get_by_role("alert")).to_contain_text("Records can be released to it")
    axe(page)
