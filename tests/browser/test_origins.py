"""Journeys of originator control: a part is quoted and consented to; both sides see the chain."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from tests.portal import Portal

Opener = Callable[..., Page]
Axe = Callable[[Page], None]


def test_a_quotation_waits_for_its_originator_and_both_see_the_chain(
    portal: Portal, open_page: Opener, axe: Axe
) -> None:
    shared: dict[str, Any] = {"marking": "TLP:AMBER", "release_to": "org:eu-ai-office"}
    source = f"/records/{portal.released(title='Counting failures', **shared)}"
    made = portal.draft("ella", title="What others count", **shared)

    writer = open_page("ella")
    writer.goto(source)
    axe(writer)
    writer.get_by_role("link", name="Quote in a draft").last.click()
    axe(writer)
    writer.get_by_role("button", name="Quote").click()
    expect(writer.get_by_role("alert")).to_contain_text("Choose a draft")
    writer.get_by_label("What others count").check()
    writer.get_by_role("button", name="Quote").click()
    expect(writer.get_by_text("This section comes from another record.")).to_be_visible()
    axe(writer)
    writer.goto(f"/drafts/{made.version_id}/audience")
    writer.get_by_role("button", name="Submit for release").click()

    decider = open_page("emil")
    decider.goto(f"/desk/{made.version_id}")
    expect(decider.get_by_role("complementary", name="Decision")).to_contain_text(
        "Infocomm Media Development Authority"
    )
    expect(decider.get_by_role("button", name="Release", exact=True)).to_have_count(0)

    originator = open_page("iris")
    originator.goto("/desk")
    waiting = originator.get_by_role("list", name="Your consent is wanted")
    expect(waiting).not_to_contain_text("What others count")
    axe(originator)
    waiting.get_by_role("link").first.click()
    expect(originator.get_by_role("region", name="Your parts, as submitted")).to_be_visible()
    expect(originator.get_by_text("What others count")).to_have_count(0)
    expect(
        originator.get_by_role("region", name="Who will be able to read these parts")
    ).to_contain_text("EU AI Office")
    axe(originator)
    originator.get_by_text("Decline", exact=True).first.click()
    originator.get_by_role("button", name="Decline").click()
    expect(originator.get_by_role("alert")).to_contain_text("Say why")
    axe(originator)
    originator.get_by_role("button", name="Consent", exact=True).click()
    expect(originator.get_by_role("alert")).to_contain_text("You consented.")

    decider.reload()
    decider.get_by_role("button", name="Release", exact=True).click()
    expect(decider.get_by_role("alert")).to_contain_text("Released.")
    decider.goto(f"/records/{made.record_id}")
    decider.get_by_role("link", name="where it comes from").first.click()
    expect(decider.get_by_role("region", name="Where its parts come from")).to_contain_text(
        "Information of Infocomm Media Development Authority"
    )
    expect(decider.get_by_role("region", name="Consents to this version")).to_contain_text("signed")
    axe(decider)

    originator.goto(f"{source}/origins")
    onward = originator.get_by_role("region", name="Where your organisation’s material went on")
    expect(onward).to_contain_text("of EU AI Office")
    axe(originator)
