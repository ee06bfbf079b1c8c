"""Journeys of those who read: a researcher, a stranger to what is not theirs, the public."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from app import release
from app.access import Area
from app.core.ids import RecordId
from app.records import Kind, SectionInput
from tests.portal import Portal

Opener = Callable[..., Page]
Axe = Callable[[Page], None]

SECTIONS = [
    SectionInput(heading="How it was done", body="Two teams, *one* protocol.\n\n- plan\n- run"),
    SectionInput(heading="What came of it", body="| a | b |\n|---|---|\n| 1 | 2 |"),
    SectionInput(heading="In code", body="```python\nprint(1)\n```"),
    SectionInput(heading="In symbols", body="$x^2$"),
]


@pytest.fixture(scope="module")
def shelf(portal: Portal) -> dict[str, RecordId]:
    """Records of all sorts: public, for a partner, and for nobody but their owner."""
    public = portal.released(
        title="Red teaming in two languages",
        summary="Prompts that fail in one language fail differently in the other.",
        sections=SECTIONS,
        files={"protocol.txt": b"step one\n" * 200},
    )
    portal.revised(
        public,
        title="Red teaming in three languages",
        summary="Prompts that fail in one language fail differently in the others.",
        sections=SECTIONS[:3],
        change_note="A third language.",
    )
    return {
        "public": public,
        "partner": portal.released(
            kind=Kind.BENCHMARK,
            area=Area.TOOLS_BENCHMARKS,
            title="A benchmark of refusals",
            summary="Nine hundred questions that a model ought to decline.",
            fields={
                "task": "Decline.",
                "metric": "Share declined",
                "dataset": "https://x.example/",
            },
            marking="TLP:AMBER",
            release_to="org:uni-eu; org:eu-ai-office",
            files={"questions.csv": b"question\n" * 1000},
        ),
        "others": portal.released(
            kind=Kind.TREND,
            area=Area.TRENDS,
            title="Zanzibar outlook",
            summary="Zanzibar stands in no other record.",
            fields={"signals": "Zanzibar.", "confidence": "low"},
            marking="TLP:AMBER",
            release_to="org:dtc",
            files={"zanzibar.txt": b"zanzibar"},
        ),
    }


def test_a_researcher_browses_searches_opens_and_downloads(
    portal: Portal, shelf: dict[str, RecordId], open_page: Opener, axe: Axe
) -> None:
    page = open_page("uma")
    page.goto("/")
    axe(page)
    page.get_by_role("link", name="All records").click()
    axe(page)
    page.get_by_role("link", name="Benchmark", exact=True).click()
    expect(page.get_by_role("heading", name="1 record", exact=True)).to_be_visible()
    axe(page)
    page.get_by_role("link", name="Remove filter Benchmark").click()
    page.get_by_role("searchbox").fill("refusals")
    page.get_by_role("button", name="Search").click()
    axe(page)
    page.get_by_role("link", name="A benchmark of refusals").click()
    expect(page.get_by_role("region", name="Marking of this page, top")).to_contain_text(
        "TLP:AMBER"
    )
    axe(page)
    with page.expect_download() as caught:
        page.get_by_role("link", name="questions.csv", exact=True).click()
    assert caught.value.path().read_bytes() == b"question\n" * 1000


def test_a_reader_sees_no_trace_of_what_is_not_released_to_them(
    portal: Portal, shelf: dict[str, RecordId], open_page: Opener, axe: Axe
) -> None:
    page = open_page("uma")
    page.goto("/records")
    shown = page.content()
    assert "Zanzibar" not in shown
    assert "Insights on emerging trends" not in shown
    page.goto("/records?q=zanzibar")
    expect(page.get_by_role("heading", name="Nothing found")).to_be_visible()
    axe(page)
    answers = []
    for one in (shelf["others"], portal.world.people["uma"]):
        answer = page.goto(f"/records/{one}")
        assert answer is not None
        answers.append((answer.status, answer.text()))
    assert answers[0] == answers[1]
    axe(page)


def test_the_public_reads_what_is_open_to_everyone(
    shelf: dict[str, RecordId], page: Page, axe: Axe
) -> None:
    page.goto("/")
    axe(page)
    page.get_by_role("link", name="Red teaming in three languages").click()
    axe(page)
    with page.expect_download() as caught:
        page.get_by_role("link", name="protocol.txt", exact=True).click()
    assert caught.value.path().read_bytes() == b"step one\n" * 200
    page.goto("/help")
    axe(page)
    page.goto("/account")
    expect(page).to_have_title("Sign in – Entente")


def test_reading_needs_no_scripts(shelf: dict[str, RecordId], open_page: Opener) -> None:
    page = open_page("uma", scripts=False)
    page.goto("/records")
    page.get_by_role("searchbox").fill("benchmark of refusals")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="A benchmark of refusals").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("A benchmark of refusals")


def test_versions_and_what_changed_between_them(
    shelf: dict[str, RecordId], open_page: Opener, axe: Axe
) -> None:
    page = open_page("ines")
    page.goto(f"/records/{shelf['public']}")
    expect(page.get_by_role("heading", level=1)).to_have_text("Red teaming in three languages")
    axe(page)
    page.get_by_role("link", name="Version 1", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Red teaming in two languages")
    expect(page.get_by_text("A newer version was released")).to_be_visible()
    axe(page)
    page.get_by_role("link", name="Read the newest version").click()
    page.get_by_role("link", name="What changed since version 1").click()
    expect(page.locator("del").filter(has_text="two")).to_be_visible()
    expect(page.locator("ins").filter(has_text="three")).to_be_visible()
    axe(page)


def test_a_page_says_to_whom_it_went_and_which_part_went_to_fewer(
    portal: Portal, open_page: Opener
) -> None:
    narrower = {"markings": "TLP:AMBER", "release_to": "org:eu-ai-office"}
    record_id = portal.released(
        title="For two, and for one",
        marking="TLP:AMBER",
        release_to="org:eu-ai-office; org:dtc",
        sections=[{"heading": "For one", "body": "Less widely.", "marking": narrower}],
    )
    page = open_page("ella")
    page.goto(f"/records/{record_id}")
    about = page.get_by_role("complementary", name="About this record")
    expect(about).to_contain_text("parts of it to fewer")
    expect(about).to_contain_text("Digital Trust Centre")
    expect(page.get_by_role("region", name="For one")).to_contain_text("REL TO EU AI Office")


def test_of_a_withdrawn_record_a_note_remains(portal: Portal, open_page: Opener, axe: Axe) -> None:
    drafted = portal.draft("ida", title="Soon gone", release_to="community", marking="TLP:GREEN")
    portal.release(drafted.version_id, by="iris", author="ida")
    with portal.world.work() as work:
        iris = portal.world.actor(work, "iris")
        reason = "It held a wrong figure."
        release.withdraw(work, portal.world.gate, iris, drafted.version_id, comment=reason)
    page = open_page("uma")
    page.goto(f"/records/{drafted.record_id}")
    expect(page.get_by_role("heading", level=1)).to_contain_text("was withdrawn")
    expect(page.get_by_text("It held a wrong figure.")).to_be_visible()
    assert "Soon gone" not in page.content()
    axe(page)
    page = open_page("iris")
    page.goto(f"/records/{drafted.record_id}")
    expect(page.get_by_role("heading", level=1)).to_have_text("Soon gone")
    expect(page.get_by_text("This version was withdrawn: It held a wrong figure.")).to_be_visible()
    axe(page)


def test_the_pages_can_be_used_by_keyboard_alone(
    shelf: dict[str, RecordId], open_page: Opener
) -> None:
    page = open_page("uma")
    page.goto("/records")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to main content")).to_be_focused()
    page.get_by_role("searchbox").focus()
    page.keyboard.type("refusals")
    page.keyboard.press("Enter")
    link = page.get_by_role("link", name="A benchmark of refusals")
    expect(link).to_be_visible()
    for _ in range(60):
        page.keyboard.press("Tab")
        if link.evaluate("one => one === document.activeElement"):
            break
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("A benchmark of refusals")
