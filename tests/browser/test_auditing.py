"""Journeys of an auditor who asks: questions, an entry with its proof, permanent links, paper."""

import csv
import io
import json
import re
from collections.abc import Callable
from uuid import UUID

import pytest
from playwright.sync_api import Page, expect

from app import records
from app.core.ids import RecordId, new_id
from tests.portal import Portal

Opener = Callable[..., Page]
Axe = Callable[[Page], None]


@pytest.fixture(scope="module")
def reference(portal: Portal) -> str:
    """The number of a record that people of both parties opened, and one was refused."""
    record_id = portal.released(title="=Read widely", marking="TLP:GREEN", release_to="community")
    for name in ("uma", "uma", "bo", "eric"):
        with portal.world.work() as work:
            records.read(work, portal.world.gate, portal.world.actor(work, name), record_id)
    portal.world.sequence()
    with portal.world.work() as work:
        actor = portal.world.actor(work, "ida")
        return records.read(work, portal.world.gate, actor, record_id).reference


def test_an_auditor_asks_who_opened_a_record_and_takes_the_answer_away(
    portal: Portal, reference: str, open_page: Opener, axe: Axe
) -> None:
    page = open_page("abel")
    page.goto("/")
    page.locator("main").get_by_role("link", name="Audit").click()
    axe(page)
    form = page.get_by_role("form", name="Who opened this record")
    form.get_by_role("button").click()
    expect(page.get_by_role("alert")).to_contain_text("Say which record")
    axe(page)
    page.get_by_label("Record").fill(reference)
    page.get_by_role("button", name="Ask").click()
    expect(page.locator(".entente-answer")).to_contain_text(f"opened {reference}")
    expect(page.get_by_role("img", name=f"Accesses to {reference}").first).to_be_visible()
    page.get_by_text("The numbers as a table").click()
    axe(page)
    _check_texts_inside(page)
    link = page.locator("#permanent-link").inner_text()
    told = page.locator(".entente-answer").inner_text().split("\n")[0]
    rows = page.locator("main table").last.locator("tbody tr").count()

    with portal.world.work() as work:
        actor = portal.world.actor(work, "ida")
        [line] = [one for one in _lines(page, "CSV") if one["record"] == reference][:1]
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", line["at"])
        records.read(work, portal.world.gate, actor, RecordId(UUID(line["record_id"])))
    portal.world.sequence()
    page.goto(link)
    assert page.locator(".entente-answer").inner_text().split("\n")[0] == told
    assert page.locator("main table").last.locator("tbody tr").count() == rows
    page.get_by_role("link", name="Ask again as of now").click()
    assert page.locator("main table").last.locator("tbody tr").count() == rows + 1

    with page.expect_download() as download:
        page.get_by_role("link", name="PDF", exact=True).click()
    data = download.value.path().read_bytes()
    assert data.startswith(b"%PDF-1.7")
    assert b"pdfuaid" in data
    with page.expect_download() as download:
        page.get_by_role("link", name="JSON", exact=True).click()
    answer = json.loads(download.value.path().read_text())
    assert len(answer["rows"]) == rows + 1
    assert answer["question"] == "record-opened"


def _lines(page: Page, name: str) -> list[dict[str, str]]:
    with page.expect_download() as download:
        page.get_by_role("link", name=name, exact=True).click()
    return list(csv.DictReader(io.StringIO(download.value.path().read_text())))


def _check_texts_inside(page: Page) -> None:
    """Assert that no text of a chart leaves it, as the browser sets it."""
    for size in ({"width": 1280, "height": 900}, {"width": 390, "height": 844}):
        page.set_viewport_size(size)  # type: ignore[arg-type]
        outside = page.evaluate(
            "[...document.querySelectorAll('.entente-chart__drawing text')].filter(t => {"
            " const a = t.getBoundingClientRect(), s = t.closest('svg').getBoundingClientRect();"
            " return a.left < s.left - 1 || a.right > s.right + 1 || a.bottom > s.bottom + 1"
            "}).map(t => t.textContent)"
        )
        assert outside == []
    page.set_viewport_size({"width": 1280, "height": 900})


@pytest.mark.parametrize(
    ("question", "asked", "says"),
    [
        ("person-opened", "person=uma@uni-eu.example", "Uma opened"),
        ("organisation-opened", "organisation=uni-eu", "opened"),
        ("organisation-opened", "", "organisation"),
        ("could-read", "record={reference}", "could read"),
        ("refused", "", "refus"),
        ("after-leaving", "", ""),
        ("unusual", "", ""),
        ("administration", "", ""),
        ("labels-changed", "", ""),
        ("releases", "", "release"),
        ("requests", "", ""),
        ("bulk", "", ""),
    ],
)
def test_every_question_has_a_page_that_anybody_can_read(
    portal: Portal,
    reference: str,
    open_page: Opener,
    axe: Axe,
    question: str,
    asked: str,
    says: str,
) -> None:
    stranger = open_page("uma")
    stranger.request.get(f"{portal.url}/records/{new_id()}")
    portal.world.sequence()
    page = open_page("abel")
    page.goto(f"/audit/questions/{question}?{asked.format(reference=reference)}")
    expect(page.locator(".entente-answer")).to_contain_text(says, ignore_case=True)
    expect(page.locator("#permanent-link")).to_contain_text("at=")
    axe(page)
    _check_texts_inside(page)


def test_an_entry_opens_to_its_policies_and_its_proof_without_scripts(
    portal: Portal, reference: str, open_page: Opener, axe: Axe
) -> None:
    page = open_page("abel", scripts=False)
    page.goto(f"/audit/questions/record-opened?record={reference}")
    page.locator("main table").last.locator("tbody a").first.click()
    expect(page.locator("#main-content")).to_contain_text("Policies that decided")
    expect(page.get_by_label("Checkpoint")).to_contain_text("—")
    with page.expect_download() as download:
        page.get_by_role("link", name="Proof file").click()
    assert download.value.path().read_text().startswith("c2sp.org/tlog-proof@v1\n")
    address = page.url
    seeing = open_page("abel")
    seeing.goto(address)
    axe(seeing)
    seeing.get_by_role("link", name="page of the proof").or_(
        seeing.get_by_role("navigation", name="Workbench").get_by_role("link", name="Proof")
    ).first.click()
    expect(seeing.get_by_role("heading", level=1)).to_have_text("How the log is proved")
    expect(seeing.get_by_label("Newest checkpoint")).to_contain_text("—")
    axe(seeing)


def test_the_workbench_is_for_auditors(portal: Portal, reference: str, open_page: Opener) -> None:
    doors = ("", "/log", "/proof", f"/entries/{new_id()}", "/questions/refused")
    files = (
        "/export/log.csv",
        "/questions/refused.csv",
        "/questions/refused.pdf",
        "/questions/bulk.json",
    )
    for name in ("ida", "olga", "sys"):
        page = open_page(name)
        for path in doors + files:
            assert page.request.get(f"{portal.url}/audit{path}").status == 403, (name, path)
