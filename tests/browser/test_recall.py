"""A recall from both sides: withdrawn and called back, confirmed by who took it, and proved."""

import zipfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect
from sqlalchemy import text

from tests.browser.conftest import PHONE
from tests.copies_world import PDF, found_to_be, pdf
from tests.portal import Portal

Opener = Callable[..., Page]
Axe = Callable[[Page], None]
TO = "org:uni-eu; org:dtc"


def test_copies_are_called_back_and_confirmed(
    open_page: Opener, portal: Portal, axe: Axe, tmp_path: Path
) -> None:
    record = portal.released(
        title="A wrong table", files={"table.pdf": pdf("One")}, marking="TLP:AMBER", release_to=TO
    )
    with portal.world.owner() as session:
        file = session.execute(text("SELECT id FROM attachments")).scalar_one()
    found_to_be(portal.world, file, PDF, 1)
    uma = open_page("uma")
    uma.goto(f"/records/{record}")
    with uma.expect_download():
        uma.get_by_role("link", name="Download marked copy").click()

    iris = open_page("iris")
    iris.goto(f"/records/{record}")
    iris.get_by_role("link", name="Withdraw this version").click()
    iris.get_by_label("Reason").fill("The second table is wrong.")
    iris.get_by_label("Call copies back").check()
    axe(iris)
    iris.get_by_role("button", name="Withdraw it").click()
    expect(iris.get_by_role("alert")).to_contain_text("Say by which day")
    iris.get_by_label("Delete copies by").fill("2126-03-31")
    iris.get_by_role("button", name="Withdraw it").click()
    iris.goto("/recalls")
    axe(iris)

    uma.goto(f"/records/{record}")
    expect(uma.get_by_text("The second table is wrong.")).to_be_visible()
    uma.goto("/")
    uma.get_by_role("link", name="1 recall waits for your answer").click()
    axe(uma)
    uma.get_by_role("link", name="version 1").click()
    expect(uma.get_by_text("table.pdf")).to_be_visible()
    axe(uma)
    uma.get_by_role("button", name="Confirm that it is deleted").click()
    expect(uma.get_by_role("alert")).to_contain_text("Confirm the statement")
    uma.get_by_label("I deleted every file listed here").check()
    uma.get_by_label("Your name, as you sign it").fill(
        uma.locator("#name-hint").inner_text().strip()
    )
    uma.get_by_role("button", name="Confirm that it is deleted").click()
    expect(uma.get_by_text("Your answer was signed and kept.")).to_be_visible()
    uma.emulate_media(color_scheme="dark")
    axe(uma)
    uma.set_viewport_size(PHONE)
    axe(uma)

    iris.get_by_role("link", name="A wrong table").click()
    expect(iris.get_by_text("1 of 1").first).to_be_visible()
    axe(iris)
    with iris.expect_download() as taken:
        iris.get_by_role("link", name="Take the evidence").click()
    bundle = tmp_path / "evidence.zip"
    taken.value.save_as(bundle)
    assert "recall.pdf" in zipfile.ZipFile(bundle).namelist()
    iris.set_viewport_size(PHONE)
    axe(iris)
