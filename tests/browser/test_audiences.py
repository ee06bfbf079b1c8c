"""Journeys of those who see exactly who will read something, and what each of them would see."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from app.records import MarkingInput, SectionInput
from tests.portal import Portal

Opener = Callable[..., Page]
Axe = Callable[[Page], None]


def test_before_release_a_writer_sees_it_as_each_of_its_readers_will(
    portal: Portal, open_page: Opener, axe: Axe
) -> None:
    draft = portal.draft(
        "ida",
        {"figures.csv": b"1,2\n"},
        title="Tamarind findings",
        marking="TLP:AMBER",
        release_to="org:dtc; org:uni-eu",
        sections=[
            SectionInput(heading="For all of them", body="Plain."),
            SectionInput(
                heading="For the centre",
                body="Closer.",
                marking=MarkingInput(markings="TLP:AMBER", release_to="org:dtc"),
                gap=True,
            ),
        ],
    )
    page = open_page("ida")
    page.goto(f"/records/{draft.record_id}")
    page.get_by_role("link", name="See who will be able to read it").click()
    expect(page.get_by_text("in 3 organisations will be able to read it or parts")).to_be_visible()
    axe(page)
    page.get_by_label("Find a person or an organisation").fill("uma")
    page.get_by_role("button", name="Find").click()
    axe(page)
    page.get_by_role("link", name="View as Uma").click()
    bar = page.get_by_role("region", name="View as")
    expect(bar).to_contain_text("You see this as Uma (A university in the EU) would")
    expect(bar).to_contain_text("nothing can be done from here")
    expect(page.get_by_role("heading", name="For all of them")).to_be_visible()
    expect(page.get_by_role("heading", name="For the centre")).to_have_count(0)
    expect(page.get_by_role("note")).to_contain_text("A part is not shown to them")
    main = page.get_by_role("main")
    expect(main.get_by_role("button")).to_have_count(0)
    expect(main.get_by_role("link")).to_have_count(0)
    axe(page)
    page.get_by_role("link", name="Who can read it").click()
    page.get_by_role("link", name="View as the organisation Digital Trust Centre").click()
    expect(page.get_by_role("heading", name="For the centre")).to_be_visible()
    axe(page)


def test_nobody_else_views_as_anybody(portal: Portal, open_page: Opener) -> None:
    draft = portal.draft("ida", title="Sorrel note", marking="TLP:GREEN", release_to="community")
    portal.release(draft.version_id, by="iris", author="ida")
    place = f"{portal.url}/records/{draft.record_id}/versions/1"
    for name in ("uma", "ines"):
        page = open_page(name)
        page.goto(f"/records/{draft.record_id}")
        expect(page.get_by_role("link", name="See who can read it")).to_have_count(0)
        for path in ("/audience", f"/as/person:{portal.world.people['bo']}", "/as/org:dtc"):
            assert page.request.get(place + path).status == 404
