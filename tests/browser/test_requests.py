"""The journey of a request: asked, questioned, answered, granted to an end, read, and over."""

from collections.abc import Callable
from datetime import timedelta

from playwright.sync_api import Page, expect

from app import parties, requests
from app.core.ids import RecordId
from app.parties import IssueTerms
from app.records import MarkingInput
from app.requests import ListRecord
from app.worker import attend_to_requests
from tests.portal import Portal

Opener = Callable[..., Page]
Axe = Callable[[Page], None]


def listed(portal: Portal) -> RecordId:
    """A record for IMDA alone, with terms of use, of which a stub is shown to everybody."""
    with portal.world.work() as work:
        actor = portal.world.actor(work, "iris")
        issued = IssueTerms(slug="research-use", title="Research use", body="For research only.")
        parties.issue_terms(work, portal.world.gate, actor, issued)
    marking = MarkingInput(markings="TLP:AMBER", terms=("research-use",))
    record_id = portal.released("ivan", title="Jailbreak robustness", marking=marking)
    with portal.world.work() as work:
        stub = ListRecord(title="A study of jailbreaks", description="Nine assistants compared.")
        requests.list_record(
            work, portal.world.gate, portal.world.actor(work, "iris"), record_id, stub
        )
    return record_id


def test_a_researcher_asks_and_reads_until_the_grant_ends(
    portal: Portal, open_page: Opener, axe: Axe
) -> None:
    record_id = listed(portal)
    uma = open_page("uma")
    uma.goto("/requests")
    axe(uma)
    uma.get_by_role("link", name="What can be asked for").click()
    axe(uma)
    uma.get_by_role("link", name="Ask for ENT").click()
    axe(uma)
    uma.get_by_role("button", name="Ask", exact=True).click()
    alert = uma.get_by_role("alert").first
    expect(alert).to_contain_text("Fill this in")
    axe(uma)
    uma.get_by_label("What for").fill("To compare our own method.")
    uma.get_by_text("I accept: Research use").click()
    uma.get_by_role("button", name="Ask", exact=True).click()
    expect(uma.get_by_role("alert")).to_contain_text("Sent.")
    state = uma.get_by_role("complementary", name="State and next steps")
    expect(state).to_contain_text("Infocomm Media Development Authority")
    expect(state).to_contain_text("Place in the queue")
    axe(uma)
    address = uma.url.partition("?")[0]

    iris = open_page("iris")
    iris.goto("/requests")
    axe(iris)
    iris.get_by_role("list", name="Waiting for your answer").get_by_role("link").click()
    iris.get_by_text("Return it with a question").click()
    iris.locator("#return-text").fill("Which method?")
    iris.get_by_role("button", name="Return", exact=True).click()
    expect(iris.get_by_role("alert")).to_contain_text("Returned")

    uma.goto(address)
    expect(uma.get_by_text("Which method?")).to_be_visible()
    axe(uma)
    uma.locator("#answer-text").fill("Gradient search.")
    uma.get_by_role("button", name="Answer", exact=True).click()

    iris.goto(address)
    axe(iris)
    iris.get_by_role("button", name="See who gains what, and grant").click()
    expect(iris.get_by_role("main")).to_contain_text("Uma")
    axe(iris)
    iris.get_by_role("button", name="Grant access").click()
    expect(iris.get_by_role("alert")).to_contain_text("Granted")

    uma.goto(address)
    uma.get_by_role("link", name="Open the record").click()
    expect(uma.get_by_role("heading", level=1)).to_have_text("Jailbreak robustness")
    with portal.world.work() as work:
        newer = IssueTerms(slug="research-use", title="Research use", body="For research, cited.")
        parties.issue_terms(work, portal.world.gate, portal.world.actor(work, "iris"), newer)
    uma.goto(f"/records/{record_id}")
    expect(uma.get_by_role("heading", level=1)).to_have_text("Research use")
    axe(uma)
    uma.get_by_role("button", name="I accept these terms").click()
    expect(uma.get_by_role("heading", level=1)).to_have_text("Jailbreak robustness")
    uma.goto("/terms")
    axe(uma)

    iris.goto(f"/records/{record_id}/access")
    expect(iris.get_by_role("list", name="Granted access")).to_contain_text("In force")
    axe(iris)
    portal.world.clock.pass_time(timedelta(days=100))
    uma.goto(f"/records/{record_id}")
    expect(uma.get_by_role("heading", level=1)).to_contain_text("found")


def test_what_is_only_described_reaches_its_holder(
    portal: Portal, open_page: Opener, axe: Axe
) -> None:
    portal.released("ivan", title="Watermark removal in images", marking="TLP:AMBER", release_to="")
    bo = open_page("bo")
    bo.goto("/requests/new")
    bo.get_by_label("What you seek").fill("Watermark removal")
    bo.get_by_label("What for").fill("To test ours.")
    bo.get_by_label("Area of cooperation").select_option("research")
    bo.get_by_role("button", name="Ask", exact=True).click()
    expect(bo.get_by_role("main")).to_contain_text("you are told when they do", ignore_case=True)
    axe(bo)
    attend_to_requests(portal.services)
    ivan = open_page("ivan")
    ivan.goto("/requests")
    axe(ivan)
    seekers = ivan.get_by_role("list", name="Somebody seeks what you may have")
    seekers.get_by_role("link").click()
    axe(ivan)
    ivan.get_by_role("button", name="Stay silent").click()
    expect(ivan.get_by_role("alert")).to_contain_text("Left unanswered")
