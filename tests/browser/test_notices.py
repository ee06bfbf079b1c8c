"""Journeys of those who are told: follow, hear, open, choose, feed, and end a mail."""

import re
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from app import notices
from app.core.mail import Mail
from app.notices import Kind
from tests.notices_world import WORKER, post, tell_followers
from tests.portal import Portal

Opener = Callable[..., Page]
Axe = Callable[[Page], None]


def mails(portal: Portal, to: str) -> list[Mail]:
    """Mail all that is due; gives what was handed over for an address."""
    taken: list[Mail] = []

    class Keeps:
        def send(self, mail: Mail) -> None:
            taken.append(mail)

    posted = post(portal.world, Keeps())
    while notices.mail_next(portal.services.units, portal.services.gate, posted, origin=WORKER):
        pass
    return [one for one in taken if one.to[0].startswith(to)]


def test_a_researcher_follows_hears_and_chooses(
    portal: Portal, open_page: Opener, axe: Axe
) -> None:
    known = portal.released(
        title="A protocol for red teams", marking="TLP:GREEN", release_to="community"
    )
    page = open_page("uma")
    page.goto("/notices")
    expect(page.get_by_role("heading", name="No notices yet")).to_be_visible()
    axe(page)
    page.goto("/records?q=red+teams")
    page.get_by_role("button", name="Follow this search").click()
    expect(page.get_by_role("cell", name="“red teams”", exact=True)).to_be_visible()
    page.goto(f"/records/{known}")
    page.get_by_role("button", name="Follow: This record").click()
    page.get_by_label("An area of cooperation").select_option("standardisation")
    page.get_by_role("button", name="Follow this area").click()
    expect(page.get_by_text("You will be told of what is released")).to_be_visible()

    tell_followers(portal.world)
    open_: dict[str, Any] = {"marking": "TLP:GREEN", "release_to": "community"}
    shut: dict[str, Any] = {"marking": "TLP:AMBER", "release_to": "org:uni-eu"}
    portal.revised(known, title="A protocol for red teams, revised", **open_)
    portal.released(title="What red teams found at one vendor", **shut)
    portal.released(title="Of red teams, for others", marking="TLP:AMBER", release_to="org:dtc")
    gone = portal.released(title="Soon for fewer: red teams", **open_)
    tell_followers(portal.world)
    with portal.world.work() as work:
        notices.tell(
            work,
            Kind.REQUEST_ANSWERED,
            [portal.world.people["uma"]],
            path="/help",
            said={},
        )

    page.goto("/")
    expect(page.get_by_role("link", name=re.compile(r"Notices\s*4"))).to_be_visible()
    page.get_by_role("link", name=re.compile("^Notices")).click()
    expect(page.get_by_text("What red teams found at one vendor")).to_be_visible()
    assert "for others" not in page.content()
    axe(page)
    page.get_by_role("button", name=re.compile(r"^Mark as read\s*: A request")).click()
    expect(page.get_by_role("heading", name="Earlier")).to_be_visible()
    page.get_by_role("listitem").filter(has_text="at one vendor").get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("What red teams found at one vendor")

    (mail,) = mails(portal, "uma@")
    assert "red teams, revised" in mail.text
    assert "vendor" not in mail.text
    assert "for you in Entente" in mail.text
    assert str(gone) in mail.text
    reader = open_page()
    reader.goto(
        re.findall(
            r"http\S+/unsubscribe/\S+", mail.text.replace("https://portal.example", portal.url)
        )[0]
    )
    axe(reader)
    reader.get_by_role("button", name="Send no more mail").click()
    expect(reader.get_by_role("heading", name="No more mail")).to_be_visible()

    page.goto("/notices/settings")
    expect(page.get_by_label("Releases that you follow")).to_have_value("portal")
    page.get_by_label("Once a day").check()
    page.get_by_label("Withdrawals").select_option("off")
    page.get_by_role("button", name="Keep these choices").click()
    expect(page.get_by_text("Your choices are kept.")).to_be_visible()
    expect(page.get_by_label("Withdrawals")).to_have_value("off")
    page.get_by_role("button", name="Make an address").click()
    address = page.locator("#feed-address").inner_text()
    axe(page)
    fed = reader.request.get(address)
    assert "red teams, revised" in fed.text()
    assert "vendor" not in fed.text()
    page.goto("/notices/settings")
    page.get_by_role("button", name="End the feed").click()
    assert reader.request.get(address).status == 404
    page.get_by_role("button", name="Leave “red teams”").click()
    expect(page.get_by_role("cell", name="“red teams”", exact=True)).to_have_count(0)
    page.goto("/notices")
    page.get_by_role("button", name="Mark all as read").click()
    expect(page.get_by_role("heading", name="New")).to_have_count(0)


def test_notices_need_no_scripts(portal: Portal, open_page: Opener) -> None:
    with portal.world.work() as work:
        told = [portal.world.people["ines"]]
        notices.tell(work, Kind.DELEGATED, told, path="/help")
    page = open_page("ines", scripts=False)
    page.goto("/notices")
    page.get_by_role("link", name="Decisions were delegated to you.").click()
    expect(page).to_have_url(f"{portal.url}/help")
    page.goto("/notices")
    expect(page.get_by_role("heading", name="Earlier")).to_be_visible()
