"""A journey of explanations: an auditor's, of an entry, of what somebody could read; a reader's."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from app import records
from tests.portal import Portal

Opener = Callable[..., Page]
Axe = Callable[[Page], None]


def test_why_is_explained_to_auditors_and_to_readers(
    portal: Portal, open_page: Opener, axe: Axe
) -> None:
    record_id = portal.released(title="On red teams", marking="TLP:AMBER", release_to="org:uni-eu")
    with portal.world.work() as work:
        actor = portal.world.actor(work, "uma")
        reference = records.read(work, portal.world.gate, actor, record_id).reference
    portal.world.sequence()
    page = open_page("abel")
    page.goto("/audit")
    page.get_by_role("link", name="Why somebody could read a record, or not").click()
    page.get_by_role("button", name="Explain").click()
    page.get_by_label("Person").fill("carl@dg-connect.example")
    page.get_by_role("button", name="Explain").click()
    expect(page.get_by_role("alert")).to_contain_text("Say which record")
    axe(page)
    page.get_by_label("Record").fill(reference)
    page.get_by_role("button", name="Explain").click()
    # Whether Carl could is the other party's to know, as if there were no such record.
    expect(page.locator("main")).to_contain_text("Nothing of this concerns your party")
    axe(page)
    page.get_by_label("Person").fill("ines@imda.example")
    page.get_by_role("button", name="Explain").click()
    expect(page.locator(".entente-answer")).to_contain_text("Ines of Infocomm")
    expect(page.locator(".entente-answer")).to_contain_text(f"could not read {reference}")
    expect(page.locator("main")).to_contain_text("Released to org:imda, or to this person")
    axe(page)
    page.goto(page.locator("#permanent-link").inner_text())
    expect(page.locator(".entente-answer")).to_contain_text(f"could not read {reference}")

    page.goto(f"/audit/questions/record-opened?record={reference}")
    page.locator("main table").last.locator("tbody a").first.click()
    page.get_by_role("link", name="Explain this decision").click()
    expect(page.locator("main")).to_contain_text("Decided again by the policies of that moment")
    axe(page)

    page.goto("/audit/questions/person-could-read?person=ivan@imda.example")
    expect(page.locator(".entente-answer")).to_contain_text("Ivan could read 1 record")
    expect(page.locator("main table").last).to_contain_text(reference)
    axe(page)

    reader = open_page("uma")
    reader.goto(f"/records/{record_id}")
    reader.get_by_role("link", name="Why you can read this").click()
    expect(reader.locator("main")).to_contain_text("It is released to the person's organisation.")
    reader.get_by_text("Everything that was asked").first.click()
    axe(reader)
