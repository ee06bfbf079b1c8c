"""Files on their way: dropped, paused, broken off, gone on with after a reload; or no scripts."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.portal import Portal

Opener = Callable[..., Page]
Axe = Callable[[Page], None]
LARGE = b"0123456789abcdef" * 2**19  # 8 MiB: more than comes with the beginning
# Drops files of these names and contents on a form.
DROP = """([selector, files]) => {
  const data = new DataTransfer()
  for (const [name, text] of files) data.items.add(new File([text], name))
  for (const type of ['dragover', 'drop']) {
    const event = new DragEvent(type, {dataTransfer: data, bubbles: true, cancelable: true})
    document.querySelector(selector).dispatchEvent(event)
  }
}"""


@pytest.fixture
def editor(portal: Portal, open_page: Opener) -> Page:
    draft = portal.draft("ida", title="With files")
    page = open_page("ida")
    page.goto(f"/drafts/{draft.version_id}")
    expect(page.get_by_label("Add files")).to_have_attribute("multiple", "")
    return page


def upload(page: Page, *files: Path) -> None:
    page.get_by_label("Add files").set_input_files(files)
    page.get_by_role("button", name="Upload", exact=True).click()


def row(page: Page, name: str) -> Locator:
    return page.locator(".entente-upload__file", has_text=name)


def attached(page: Page) -> Locator:
    return page.locator("#attachment-list li")


def bytes_of_the_attachment(page: Page) -> bytes:
    """What the one attachment on the page holds."""
    expect(attached(page)).to_have_count(1)
    found = re.findall(r"/attachments/[0-9a-f-]{36}", page.locator("#attachment-list").inner_html())
    return page.request.get(f"{found[0].removeprefix('/drafts')}?form=original").body()


def hold_back(page: Page, *, after: int = 0) -> list[Route]:
    """Keep the requests that carry bytes from being answered, but for the first ones."""
    held: list[Route] = []
    count = 0

    def handle(route: Route) -> None:
        nonlocal count
        count += route.request.method == "PATCH"
        if route.request.method == "PATCH" and count > after:
            held.append(route)
        else:
            route.continue_()

    page.route("**/uploads/*", handle)
    return held


def test_files_are_dropped_and_arrive_side_by_side(editor: Page, axe: Axe) -> None:
    editor.get_by_label("A few sentences, in Markdown").fill("Typed meanwhile.")
    files = [[f"note-{number}.txt", f"note {number}"] for number in range(4)]
    editor.evaluate(DROP, ["form[data-resumable]", files])
    editor.get_by_role("button", name="Upload", exact=True).click()

    expect(attached(editor)).to_have_count(4)
    expect(row(editor, "note-3.txt")).to_contain_text("Uploaded")
    expect(editor.locator(".entente-upload__announce")).to_contain_text("note-3.txt: Uploaded")
    expect(editor.get_by_label("A few sentences")).to_have_value("Typed meanwhile.")
    axe(editor)


def test_an_upload_is_paused_gone_on_with_and_cancelled(
    editor: Page, axe: Axe, tmp_path: Path
) -> None:
    one, other = tmp_path / "large.bin", tmp_path / "other.bin"
    for file in (one, other):
        file.write_bytes(LARGE)
    held = hold_back(editor)
    upload(editor, one, other)
    expect(row(editor, "large.bin")).to_have_attribute("data-state", "sending")
    pause = editor.get_by_role("button", name="Pause upload of large.bin")
    pause.focus()
    editor.keyboard.press("Enter")
    expect(row(editor, "large.bin")).to_contain_text("Paused")
    expect(editor.get_by_role("button", name="Resume upload of large.bin")).to_be_focused()
    axe(editor)
    editor.get_by_role("button", name="Cancel upload of other.bin").click()
    expect(row(editor, "other.bin")).to_contain_text("Cancelled")
    editor.unroute("**/uploads/*")
    assert held
    editor.get_by_role("button", name="Resume upload of large.bin").click()

    expect(row(editor, "large.bin")).to_contain_text("Uploaded")
    expect(attached(editor)).to_have_count(1)
    assert bytes_of_the_attachment(editor) == LARGE


def test_a_lost_connection_and_a_reload_lose_nothing(
    portal: Portal, editor: Page, axe: Axe, tmp_path: Path
) -> None:
    file = tmp_path / "large.bin"
    file.write_bytes(LARGE)
    editor.context.set_offline(True)
    upload(editor, file)
    expect(row(editor, "large.bin")).to_contain_text("The connection is lost.")
    axe(editor)
    held = hold_back(editor)
    editor.context.set_offline(False)
    expect(row(editor, "large.bin")).to_have_attribute("data-state", "sending")
    while not held:
        editor.wait_for_timeout(50)
    kept = editor.evaluate("Object.entries(localStorage).flat().join(' ')")
    assert "entente:upload:" in kept
    assert "large" not in kept
    begun = portal.world.told("attachment.begun")
    editor.unroute("**/uploads/*")
    editor.once("dialog", lambda dialog: dialog.accept())
    editor.reload()
    expect(editor.get_by_label("Add files")).to_have_attribute("multiple", "")
    upload(editor, file)

    expect(row(editor, "large.bin")).to_contain_text("Uploaded")
    assert portal.world.told("attachment.begun") == begun
    assert bytes_of_the_attachment(editor) == LARGE
    assert editor.evaluate("Object.keys(localStorage).join()") == ""


def test_a_refusal_is_told_beside_its_file(editor: Page, tmp_path: Path) -> None:
    file = tmp_path / "small.txt"
    file.write_bytes(b"x")
    editor.locator(".entente-upload").get_by_label("A marking of its own").check()
    editor.locator("details[id='attached.release_to'] > summary").click()
    editor.locator("[id='attached.people']").fill("nobody@example.org")
    upload(editor, file)

    expect(row(editor, "small.txt")).to_contain_text("Nobody has been admitted under")
    expect(attached(editor)).to_have_count(0)
    editor.locator("[id='attached.people']").fill("")
    upload(editor, file)
    expect(attached(editor)).to_have_count(1)


def test_signing_in_again_lets_an_upload_go_on(
    editor: Page, portal: Portal, tmp_path: Path
) -> None:
    file = tmp_path / "large.bin"
    file.write_bytes(LARGE)
    held = hold_back(editor)
    upload(editor, file)
    while not held:
        editor.wait_for_timeout(50)
    editor.get_by_role("button", name="Pause upload of large.bin").click()
    editor.context.clear_cookies()
    editor.unroute("**/uploads/*")
    editor.get_by_role("button", name="Resume upload of large.bin").click()
    expect(row(editor, "large.bin")).to_contain_text("You were signed out.")
    cookie = {"name": "entente", "value": portal.cookie("ida"), "url": portal.url}
    editor.context.add_cookies([cookie])  # type: ignore[list-item]
    begun = portal.world.told("attachment.begun")
    editor.get_by_role("button", name="Resume upload of large.bin").click()

    expect(row(editor, "large.bin")).to_contain_text("Uploaded")
    assert portal.world.told("attachment.begun") == begun
    editor.evaluate("localStorage.setItem('entente:upload:x', 'y')")
    editor.locator(".entente-account > summary").click()
    editor.get_by_role("button", name="Sign out").click()
    expect(editor).not_to_have_url(re.compile("/drafts/"))
    assert editor.evaluate("Object.keys(localStorage).join()") == ""


def test_without_scripts_the_form_takes_a_file(
    portal: Portal, open_page: Opener, tmp_path: Path
) -> None:
    draft = portal.draft("ida", title="Plain")
    file = tmp_path / "plain.txt"
    file.write_bytes(b"plain")
    page = open_page("ida", scripts=False)
    page.goto(f"/drafts/{draft.version_id}")
    upload(page, file)
    expect(attached(page)).to_have_count(1)
    expect(page.locator("main")).to_contain_text("Up to 20 GB each")
