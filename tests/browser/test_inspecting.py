"""Journeys of a file that hides something: found, cleaned or answered for, decided on, released."""

import re
from collections.abc import Callable
from pathlib import Path

import pypdfium2
from playwright.sync_api import Page, expect

from app import worker
from tests.crafted_pdf import SECRET, SHOWN, text_under_a_black_box
from tests.inspection_world import inspect_for_real
from tests.portal import Portal

Opener = Callable[..., Page]
Axe = Callable[[Page], None]


def words(pdf: bytes) -> str:
    """The words that anybody can copy out of a PDF."""
    return "".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(pdf))


def test_a_black_box_is_found_cleaned_approved_and_only_the_copy_is_read(
    portal: Portal, open_page: Opener, axe: Axe, tmp_path: Path
) -> None:
    inspect_for_real(portal.world.database)
    hiding = text_under_a_black_box()
    assert SECRET in words(hiding)
    (tmp_path / "evaluation.pdf").write_bytes(hiding)
    draft = portal.draft("ida", title="An evaluation")
    page = open_page("ida")
    page.goto(f"/drafts/{draft.version_id}")
    page.get_by_label("Add files").set_input_files(tmp_path / "evaluation.pdf")
    page.get_by_role("button", name="Upload").click()
    attached = page.locator("#attachment-list")
    expect(attached).to_contain_text("Being inspected")
    axe(page)
    worker.inspect(portal.services)
    expect(attached).to_contain_text("Text under a black box")
    expect(attached).to_contain_text("Holds the release back")
    expect(attached).not_to_have_attribute("hx-get", re.compile(".*"))
    axe(page)

    page.get_by_role("link", name="See what was found").click()
    expect(page.get_by_text(SECRET)).to_be_visible()
    expect(page.get_by_text("Page 1", exact=False).first).to_be_visible()
    axe(page)
    page.get_by_label("Release the cleaned copy").check()
    page.get_by_role("button", name="Choose what leaves").click()
    expect(attached).to_contain_text("The cleaned copy leaves")
    page.get_by_role("link", name="Check who will read it, and submit").click()
    page.get_by_role("button", name="Submit for release").click()

    page = open_page("iris")
    page.goto(f"/desk/{draft.version_id}")
    expect(page.get_by_role("region", name="What was found in its attachments")).to_contain_text(
        "The cleaned copy leaves, without: text under a black box"
    )
    axe(page)
    page.get_by_role("button", name="Release", exact=True).click()

    reader = open_page("eric")
    reader.goto(f"/records/{draft.record_id}")
    expect(reader.locator("body")).not_to_contain_text("black box")
    link = reader.get_by_role("link", name="evaluation.pdf", exact=True)
    taken = words(reader.request.get(str(link.get_attribute("href"))).body())
    assert SHOWN in taken
    assert SECRET not in taken


def test_two_people_answer_for_what_was_found(portal: Portal, open_page: Opener, axe: Axe) -> None:
    draft = portal.draft("ida", files={"kept.pdf": text_under_a_black_box()}, title="Kept as it is")
    worker.inspect(portal.services)
    page = open_page("ida", scripts=False)
    page.goto(f"/drafts/{draft.version_id}/audience")
    page.get_by_role("button", name="Submit for release").click()
    expect(page.get_by_role("alert")).to_contain_text("kept.pdf")
    page.get_by_label("Why it may be released all the same").fill("The name is public.")
    page.get_by_role("button", name="Submit for release").click()

    page = open_page("iris")
    page.goto(f"/desk/{draft.version_id}")
    expect(page.locator("body")).to_contain_text("The name is public.")
    expect(page.get_by_text(SECRET).first).to_be_visible()
    page.get_by_role("button", name="Release", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("kept.pdf")
    axe(page)
    page.get_by_label("Why it may be released in spite").fill("I asked who it is about.")
    page.get_by_role("button", name="Release", exact=True).click()
    expect(page).to_have_url(re.compile("done=released"))
