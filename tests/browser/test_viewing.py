"""Journeys through a file page by page: by keyboard, without scripts, and to a leaked copy."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import text

from app.core.ids import RecordId
from tests.browser.conftest import PHONE
from tests.copies_world import PDF, found_to_be, pdf
from tests.portal import Portal

Opener = Callable[..., Page]
Axe = Callable[[Page], None]
TO = {"marking": "SENSITIVE; TLP:AMBER", "release_to": "org:uni-eu; org:eu-ai-office"}


@pytest.fixture(scope="module")
def record(portal: Portal) -> RecordId:
    """A record with a file of three pages, for a partner."""
    made = portal.released(
        title="A joint evaluation", files={"evaluation.pdf": pdf("One", "Two", "Three")}, **TO
    )
    with portal.world.owner() as session:
        file = session.execute(text("SELECT id FROM attachments")).scalar_one()
    found_to_be(portal.world, file, PDF, 3)
    return made


def test_a_file_is_read_page_by_page(
    open_page: Opener, portal: Portal, record: RecordId, axe: Axe
) -> None:
    page = open_page("uma")
    page.goto(f"/records/{record}")
    files = page.get_by_role("list", name="Attachments")
    expect(files.get_by_role("link", name="Download marked copy")).to_be_visible()
    expect(files.get_by_role("link", name="Download without marks")).to_have_count(0)
    axe(page)
    files.get_by_role("link", name="View 3 pages").click()
    picture = page.get_by_role("img", name="Page 1 of 3 of evaluation.pdf")
    expect(picture).to_be_visible()
    assert picture.evaluate("one => one.naturalWidth") == 1200
    expect(page.get_by_role("region", name="Marking of this page, top")).to_contain_text(
        "TLP:AMBER"
    )
    axe(page)
    page.get_by_role("link", name="Next page").first.click()
    expect(page).to_have_title(re.compile("Page 2 of 3, evaluation.pdf"))
    page.keyboard.press("ArrowRight")
    expect(page).to_have_title(re.compile("Page 3 of 3"))
    page.keyboard.press("ArrowLeft")
    expect(page).to_have_title(re.compile("Page 2 of 3"))
    page.get_by_label("Go to page").fill("3")
    page.keyboard.press("Enter")
    expect(page).to_have_title(re.compile("Page 3 of 3"))
    page.get_by_role("link", name="Show the text of this page").click()
    expect(page.get_by_role("region", name="Text of this page")).to_contain_text("Three")
    page.get_by_role("link", name="Large").click()
    page.emulate_media(color_scheme="dark")
    axe(page)
    page.set_viewport_size(PHONE)
    axe(page)
    assert [e["details"]["page"] for e in portal.world.told("attachment.page-viewed")][:5] == [
        *(1, 2, 3, 2, 3)
    ]


def test_it_is_read_without_scripts(open_page: Opener, record: RecordId) -> None:
    page = open_page("uma", scripts=False)
    page.goto(f"/records/{record}")
    page.get_by_role("link", name="View 3 pages").click()
    page.get_by_role("link", name="Next page").first.click()
    expect(page.get_by_role("img", name="Page 2 of 3 of evaluation.pdf")).to_be_visible()


def test_an_auditor_finds_whose_copy_it_is(
    open_page: Opener, portal: Portal, record: RecordId, axe: Axe
) -> None:
    reader = open_page("uma")
    reader.goto(f"/records/{record}")
    with reader.expect_download() as taken:
        reader.get_by_role("link", name="Download marked copy").click()
    assert taken.value.suggested_filename == "evaluation.pdf"
    number = portal.world.told("attachment.downloaded")[-1]["details"]["copy"]
    portal.world.sequence()
    page = open_page("aude")
    page.goto("/audit/copies")
    page.get_by_label("Number of the copy").fill("nonsense")
    page.get_by_role("button", name="Find").click()
    expect(page.locator(".govuk-error-message")).to_contain_text("as it stands on the page")
    axe(page)
    page.get_by_label("Number of the copy").fill(number.lower())
    page.get_by_role("button", name="Find").click()
    expect(page.get_by_role("heading", name=f"Copy {number}")).to_be_visible()
    expect(page.get_by_role("link", name="Uma")).to_be_visible()
    axe(page)
    page.get_by_role("link", name="The entry of the log").click()
    expect(page.get_by_text(number, exact=True)).to_be_visible()
