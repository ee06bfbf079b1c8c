"""The desk from every side: who submits, two who approve, and who stands in for one of them."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from joserfc import jws
from joserfc.jwk import KeySet
from playwright.sync_api import Page, expect

from tests.portal import Portal

Opener = Callable[..., Page]
Axe = Callable[[Page], None]
HIGH: dict[str, Any] = {"marking": "RESTRICTED", "release_to": "party:SG"}
LONG = "\n\n".join(f"Paragraph {number} of a long text that is folded." for number in range(60))


def submit(page: Page, portal: Portal, author: str, title: str, **content: Any) -> str:
    """Submit a draft of this person's by its page, and give the version's id."""
    draft = portal.draft(author, title=title, **content)
    page.goto(f"/drafts/{draft.version_id}/audience")
    page.get_by_role("button", name="Submit for release").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    return str(draft.version_id)


def test_two_approve_what_is_marked_high_and_anybody_verifies_it(
    portal: Portal, open_page: Opener, axe: Axe
) -> None:
    day = portal.world.clock().date() + timedelta(days=1)
    author = open_page("ida")
    draft = portal.draft("ida", title="Needed soon", **HIGH)
    author.goto(f"/drafts/{draft.version_id}/audience")
    author.get_by_text("It is needed by a certain day").click()
    author.get_by_label("Needed by").fill(day.isoformat())
    author.get_by_role("button", name="Submit for release").click()
    expect(author.get_by_role("alert")).to_contain_text("Say why it is needed by then")
    axe(author)
    author.get_by_label("Why", exact=True).fill("The joint meeting.")
    author.get_by_role("button", name="Submit for release").click()

    first = open_page("iris")
    first.goto("/desk")
    waiting = first.get_by_role("list", name="Waiting for your decision")
    expect(waiting).to_contain_text("Urgent")
    expect(waiting).to_contain_text("0 of 2 approvals")
    axe(first)
    waiting.get_by_role("link", name="Needed soon").click()
    expect(first.get_by_role("complementary", name="Decision")).to_contain_text("The joint meeting")
    axe(first)
    first.get_by_role("button", name="Approve", exact=True).click()
    expect(first.get_by_role("alert")).to_contain_text("Another release authority has to")
    expect(first.get_by_role("list", name="Waiting for somebody else")).to_contain_text("Needed")

    second = open_page("ivan")
    second.goto(f"/desk/{draft.version_id}")
    aside = second.get_by_role("complementary", name="Decision")
    expect(aside).to_contain_text("1 of 2")
    expect(aside).to_contain_text("1 more needed, of: Ivan")
    axe(second)
    second.get_by_role("button", name="Release", exact=True).click()
    expect(second.get_by_role("alert")).to_contain_text("Released.")

    author.goto(f"/desk/{draft.version_id}")
    author.get_by_role("link", name="signed by Ivan").click()
    expect(author.locator("main")).to_contain_text("as approval 2 of 2")
    author.get_by_text("Show it here").click()
    axe(author)
    with author.expect_download() as started:
        author.get_by_role("button", name="Download the signature").click()
    compact = started.value.path().read_text()
    public = open_page()
    keys = KeySet.import_key_set(public.request.get(f"{portal.url}/.well-known/jwks.json").json())
    signed = jws.deserialize_compact(compact, keys, algorithms=["ES256"])
    assert b'"needed":2' in signed.payload


def test_a_deputy_decides_while_somebody_is_away(
    portal: Portal, open_page: Opener, axe: Axe
) -> None:
    author, away = open_page("ida"), open_page("iris")
    version = submit(author, portal, "ida", "While away")
    away.goto("/desk")
    away.get_by_role("link", name="While you are away").click()
    away.get_by_role("button", name="Name a deputy").click()
    expect(away.get_by_role("alert")).to_be_visible()
    axe(away)
    away.get_by_label("Who stands in for you").select_option(label="Ines")
    last = portal.world.clock().date() + timedelta(days=100)
    away.get_by_label("Last day").fill(last.isoformat())
    away.get_by_role("button", name="Name a deputy").click()
    expect(away.get_by_role("alert")).to_contain_text("90 days at most")
    away.get_by_label("Last day").fill((last - timedelta(days=50)).isoformat())
    away.get_by_role("button", name="Name a deputy").click()
    expect(away.get_by_role("list", name="Your deputies")).to_contain_text("In force")
    axe(away)

    deputy = open_page("ines")
    deputy.goto("/desk/away")
    expect(deputy.locator("main")).to_contain_text("For Iris")
    expect(deputy.get_by_role("button", name="Name a deputy")).to_have_count(0)
    deputy.goto(f"/desk/{version}")
    deputy.get_by_role("button", name="Release", exact=True).click()
    expect(deputy.get_by_role("alert")).to_contain_text("Released.")
    author.goto(f"/desk/{version}")
    expect(author.get_by_role("complementary", name="Decision")).to_contain_text("for Iris")

    away.get_by_role("button", name="End it now").click()
    expect(away.get_by_role("alert")).to_contain_text("Ended.")
    deputy.goto("/desk")
    expect(deputy.get_by_role("heading", name="Waiting for your decision")).to_have_count(0)


def test_several_are_looked_at_together(portal: Portal, open_page: Opener, axe: Axe) -> None:
    record = portal.released(title="Twice")
    portal.revised(record, title="Twice, and better")
    author, page = open_page("ida"), open_page("iris")
    ids = [submit(author, portal, "ida", f"Together {number}") for number in (1, 2, 3)]
    page.goto("/desk")
    for number in (1, 2, 3):
        page.get_by_label(f"Choose Together {number}").check()
    page.get_by_role("button", name="Look at those chosen together").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Look at 3 submissions")
    axe(page)
    page.get_by_role("button", name="Approve what is ticked").click()
    expect(page.get_by_role("alert")).to_contain_text("Tick what you have seen")
    other = open_page("ivan")
    other.goto(f"/desk/{ids[1]}")
    other.get_by_text("Return it to its writers").click()
    other.get_by_text("Say something at a part of it").click()
    other.get_by_label("At Summary").fill("What was learned, exactly?")
    other.get_by_role("button", name="Return", exact=True).click()
    expect(other.get_by_role("alert")).to_contain_text("Say why")
    expect(other.get_by_label("At Summary")).to_have_value("What was learned, exactly?")
    axe(other)
    other.locator("#return-comment").fill("One question.")
    other.get_by_role("button", name="Return", exact=True).click()
    expect(other.get_by_role("alert")).to_contain_text("Returned")

    for number in (1, 2):
        page.get_by_label(f"I have seen it, and approve: Together {number}").check()
    page.get_by_role("button", name="Approve what is ticked").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("1 record released")
    expect(page.locator("main")).to_contain_text("It is not waiting for a decision")
    axe(page)
    author.goto(f"/drafts/{ids[1]}")
    author.get_by_role("link", name="See it as a page").click()
    expect(author.locator("main")).to_contain_text("What was learned, exactly?")


def test_the_difference_comes_first_and_long_parts_are_folded(
    portal: Portal, open_page: Opener, axe: Axe
) -> None:
    record = portal.released(title="A practice", summary=LONG)
    page, author = open_page("iris"), open_page("ida")
    author.goto(f"/records/{record}")
    author.get_by_role("button", name="Begin a new version").click()
    author.get_by_label("What changes in this version").fill("A better title.")
    author.get_by_label("Title of the record").fill("A better practice")
    author.get_by_role("button", name="Save, then check who will read it").click()
    author.get_by_role("button", name="Submit for release").click()
    page.goto("/desk")
    page.get_by_role("link", name="A better practice").click()
    titles = page.locator("main h2").all_inner_texts()
    assert titles[0] == "What changed since version 1"
    expect(page.get_by_text("Paragraph 30 of a long text")).not_to_be_visible()
    axe(page)
