"""A journey through time: what is planned in the editor stands in the calendar, and then is."""

from collections.abc import Callable
from datetime import timedelta

from playwright.sync_api import Page, expect

from tests.portal import Portal

Opener = Callable[..., Page]
Axe = Callable[[Page], None]
MONTH = timedelta(days=30)


def test_what_is_planned_is_typed_shown_beforehand_and_then_holds(
    portal: Portal, open_page: Opener, axe: Axe
) -> None:
    clock = portal.world.clock
    at = clock() + MONTH
    draft = portal.draft("ida", title="Zeolite notes", marking="TLP:AMBER", release_to="community")

    author = open_page("ida")
    author.goto(f"/drafts/{draft.version_id}")
    author.get_by_text("Caveats: none (the title)").click()
    changes = author.get_by_label("Planned changes").first
    changes.fill("soon TLP:GREEN")
    author.get_by_role("button", name="Save", exact=True).first.click()
    expect(author.get_by_role("alert")).to_contain_text("like 2027-03-01 09:30 TLP:GREEN")
    axe(author)
    changes = author.get_by_label("Planned changes").first
    expect(changes).to_have_value("soon TLP:GREEN")
    changes.fill(f"{at + timedelta(hours=8):%Y-%m-%d %H:%M} TLP:GREEN")
    author.get_by_role("button", name="Save", exact=True).first.click()
    expect(author.get_by_text("planned:").first).to_contain_text("TLP:GREEN")
    portal.release(draft.version_id, by="iris", author="ida")

    author.goto("/")
    author.get_by_role("link", name="What is coming").click()
    line = author.get_by_role("listitem").filter(has_text="Zeolite notes")
    expect(line).to_contain_text("Marked TLP:GREEN from then on")
    expect(line).to_contain_text("in 30 days")
    axe(author)
    author.get_by_role("link", name="Zeolite notes").click()
    expect(author.get_by_role("region", name="Marking of this page, top")).to_contain_text(
        "DOWNGRADE ON"
    )

    reader = open_page("uma")
    reader.goto("/calendar")
    expect(reader.get_by_role("heading", name="Nothing is coming")).to_be_visible()
    axe(reader)
    seen = reader.request.get(f"{portal.url}/records/{draft.record_id}")
    assert seen.status == 404
    clock.pass_time(MONTH)
    later = open_page("uma")
    later.goto(f"/records/{draft.record_id}")
    expect(later.get_by_role("region", name="Marking of this page, top")).to_contain_text(
        "TLP:GREEN"
    )
