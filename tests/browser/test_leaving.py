"""Journeys of an administrator: somebody leaves, and access is looked at every quarter."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import text

from app.membership import ReviewRules
from tests.portal import Portal

Opener = Callable[..., Page]
Axe = Callable[[Page], None]


def test_one_page_shows_what_a_leaver_reaches_and_one_click_ends_it(
    portal: Portal, open_page: Opener, axe: Axe
) -> None:
    draft = portal.draft("ida", title="Fennel secrets", marking="TLP:AMBER", release_to="org:imda")
    portal.release(draft.version_id, by="iris", author="ida")
    leaver = open_page("ines")
    leaver.goto("/account")
    page = open_page("olga")
    page.goto(f"/organisation/people/{portal.world.people['ines']}")
    page.get_by_role("link", name="See what they can reach").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("What Ines can reach")
    expect(page.get_by_role("table", name="By marking")).to_contain_text("TLP:AMBER")
    expect(page.get_by_text("Fennel secrets")).to_have_count(0)
    axe(page)
    page.get_by_role("button", name="End all access").click()
    expect(page.get_by_role("alert")).to_contain_text("Say why")
    axe(page)
    page.get_by_label("Reason").fill("Leaves for another post.")
    page.get_by_label("Who sees to their drafts").select_option("Ida")
    page.get_by_role("button", name="End all access").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("all access of Ines has ended")
    expect(page.get_by_text("No proof yet")).to_be_visible()
    axe(page)
    leaver.goto("/records")
    expect(leaver.get_by_role("banner").get_by_role("link", name="Sign in")).to_be_visible()
    portal.world.sequence()
    page.reload()
    expect(page.get_by_text("Proved")).to_be_visible()


def test_each_person_is_ticked_and_kept_or_removed(
    portal: Portal, open_page: Opener, axe: Axe, monkeypatch: pytest.MonkeyPatch
) -> None:
    today = portal.world.clock().date()
    monkeypatch.setattr(ReviewRules, "period", lambda *_: today)
    with portal.world.owner() as session:
        long_ago = {"at": portal.world.clock() - timedelta(days=400)}
        session.execute(text("UPDATE people SET admitted_at = :at"), long_ago)
    page = open_page("olga")
    page.goto("/")
    page.get_by_role("link", name="Look again at who takes part").click()
    expect(page.get_by_text("Somebody else reviews you")).to_be_visible()
    axe(page)
    page.get_by_role("button", name="Keep those ticked").click()
    expect(page.get_by_role("alert")).to_contain_text("Tick each person")
    axe(page)
    for name in ("Ida", "Iris"):
        page.get_by_role("checkbox", name=name).check()
    page.get_by_role("button", name="Keep those ticked").click()
    expect(page.get_by_role("alert")).to_contain_text("Kept.")
    page.get_by_role("checkbox", name="Abel").check()
    page.get_by_role("button", name="Remove those ticked").click()
    expect(page.get_by_role("alert")).to_contain_text("Removed")
    axe(page)
    page.get_by_role("link", name="What reviews covered").click()
    expect(page.get_by_role("table", name="Coverage")).to_contain_text("Olga")
    axe(page)
    other = open_page("iris")
    other.goto("/organisation/review")
    other.get_by_role("checkbox", name="Olga").check()
    other.get_by_role("button", name="Keep those ticked").click()
    expect(other.get_by_role("alert")).to_contain_text("Kept.")
