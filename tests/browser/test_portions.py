"""Journeys of portion marking: pasted from Word, marked part by part, seen with others' eyes."""

from collections.abc import Callable

from playwright.sync_api import FilePayload, Page, ViewportSize, expect

from tests.crafted_office import paragraph, word
from tests.portal import Portal
from tests.records_world import release

PATIENCE_MS = 15_000
Opener = Callable[..., Page]
Axe = Callable[[Page], None]
ZOOMED: ViewportSize = {"width": 320, "height": 256}  # 1280 x 1024 at 400%
DESK: ViewportSize = {"width": 1280, "height": 900}

CLIPBOARD = """<html xmlns:o="urn:schemas-microsoft-com:office:office"><head>
<style>p.MsoNormal {margin:0}</style></head><body><!--StartFragment-->
<p class=MsoNormal><b>(TLP:AMBER)</b> We tested <i>three</i> models.
<span style='mso-hide:all'>No.</span><span class=MsoCommentReference>
<a class=msocomanchor href="#_msocom_1">[A1]</a></span><o:p></o:p></p>
<h2>Numbers</h2><p class=MsoNormal>As measured.</p>
<table><tr><td><p>Model</p></td><td><p>Score</p></td></tr>
<tr><td><p>A</p></td><td><p>0.7</p></td></tr></table><p class=MsoNormal>That is all.</p>
<!--EndFragment--></body></html>"""
PASTE = """([id, html]) => {
  const field = document.getElementById(id)
  const given = new DataTransfer()
  given.setData('text/html', html)
  given.setData('text/plain', 'plain')
  field.focus()
  const options = {clipboardData: given, bubbles: true, cancelable: true}
  field.dispatchEvent(new ClipboardEvent('paste', options))
}"""


def test_a_text_from_word_is_marked_part_by_part_and_seen_as_others_will(
    portal: Portal, open_page: Opener, axe: Axe
) -> None:
    draft = portal.draft(
        "ida",
        kind="evaluation_report",
        title="Three models",
        fields={"model": "A", "method": "M", "limitations": "L", "results": "a | b\n1 | 2"},
        sections=[{"heading": "Method", "body": ""}],
    )
    page = open_page("ida")
    page.goto(f"/drafts/{draft.version_id}")
    field = page.locator("[id='sections.0.body']")
    page.evaluate(PASTE, ["sections.0.body", CLIPBOARD])
    note = page.locator("[data-paste-note='sections.0']")
    expect(note).to_contain_text("1 comment was left out; 1 piece of hidden text was left out")
    assert "*three*" in field.input_value() and "mso" not in field.input_value()
    axe(page)

    note.get_by_role("button", name="Mark it TLP:AMBER").click()
    expect(page.locator("[id='sections.0.marking.level.tlp']")).to_have_value("TLP:AMBER")
    expect(page.locator("#banner-top")).to_contain_text("TLP:AMBER")

    page.get_by_role("button", name="Split into sections").click()
    expect(page.get_by_label("Heading", exact=True)).to_have_count(2)
    page.get_by_role("button", name="Mark its table separately").click()
    expect(page.get_by_label("Heading", exact=True)).to_have_count(4)
    for number in range(4):
        expect(page.locator(f"[id='sections.{number}.marking.level.tlp']")).to_have_value(
            "TLP:AMBER"
        )

    _only_for_imda(page, "sections.2.marking")
    page.get_by_label("Others may see that something is left out here (section 3)").check()
    page.locator("[id='sections.3.marking.level.tlp']").select_option("TLP:RED")
    expect(page.locator("#banner-top")).to_contain_text("TLP:RED")  # follows by itself
    _only_for_imda(page, "sections.3.marking")
    page.get_by_label("Mark this table separately (Results)").check()

    page.get_by_role("button", name="See it as somebody who will read it").click()
    page.get_by_label("See it as").select_option(label="Uma")
    seen = page.locator("#seen")
    expect(seen).to_contain_text("A part is not shown to them.", timeout=PATIENCE_MS)
    expect(seen).not_to_contain_text("That is all")
    page.get_by_label("A few sentences").fill("Seen while it is typed.")
    expect(seen).to_contain_text("Seen while it is typed.", timeout=PATIENCE_MS)
    axe(page)
    page.set_viewport_size(ZOOMED)
    assert page.evaluate("document.documentElement.scrollWidth") <= ZOOMED["width"]
    page.set_viewport_size(DESK)
    page.get_by_role("button", name="Save", exact=True).last.click()
    looked = portal.world.told("record.viewed-as")
    assert len(looked) == 1 and looked[0]["details"]["as"].startswith("person:")

    release(portal.world, draft.version_id, by="iris")
    reader = open_page("uma")
    reader.goto(f"/records/{draft.record_id}")
    expect(reader.get_by_text("A part is not shown to you.")).to_have_count(1)
    expect(reader.locator("main")).not_to_contain_text("That is all")
    axe(reader)


def test_a_word_file_and_the_eyes_of_others_work_without_scripts(
    portal: Portal, open_page: Opener, axe: Axe
) -> None:
    draft = portal.draft("ida", title="Without scripts", sections=[])
    page = open_page("ida", scripts=False)
    page.goto(f"/drafts/{draft.version_id}")
    page.get_by_role("link", name="Paste or upload a Word or Markdown text").click()
    page.get_by_role("button", name="Add it to the draft").click()
    expect(page.locator(".govuk-error-summary")).to_contain_text("Paste a text here")

    text = paragraph("Seen.") + paragraph("Unseen.", "<w:vanish/>") + paragraph("(R) Marked.")
    document = FilePayload(name="talks.docx", mimeType="", buffer=word(text).bytes())
    page.get_by_label("A file").set_input_files(document)
    page.get_by_role("button", name="Add it to the draft").click()
    expect(page.get_by_text("1 piece of hidden text was left out")).to_be_visible()
    body = page.locator("[id='sections.0.body']")
    expect(body).to_have_value("Sparrow\n\nSeen.\n\n(R) Marked.")
    expect(page.get_by_text("The words of section 1 are marked RESTRICTED")).to_be_visible()

    body.fill("Typed, and not saved.")
    page.get_by_role("button", name="See it as somebody who will read it").click()
    page.get_by_label("See it as").select_option(label="Uma")
    page.get_by_role("button", name="Show it as they will see it").click()
    expect(page.locator("#seen")).to_contain_text("Typed, and not saved.")
    page.get_by_role("button", name="Back to writing, nothing lost").click()
    expect(body).to_have_value("Typed, and not saved.")
    page.get_by_role("button", name="Save", exact=True).last.click()
    expect(body).to_have_value("Typed, and not saved.")


def _only_for_imda(page: Page, path: str) -> None:
    part = page.locator(f"details[id='{path}.release_to']")
    part.locator("summary").first.click()
    for box in part.get_by_role("checkbox", checked=True).all():
        box.uncheck()
