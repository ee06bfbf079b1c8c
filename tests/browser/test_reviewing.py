"""Journeys of an auditor at work: a sample marked and signed off, an alert, a statement."""

import json
import re
from collections.abc import Callable
from datetime import date
from functools import partial

import pytest
from playwright.sync_api import Page, expect

from app import records
from app.audit import alerts, statements
from app.audit.statements.service import _make
from app.core.ids import new_id
from app.core.journal import Event
from app.identity import sign_statement, verify_statement
from app.log import newest
from tests.portal import Portal

Opener = Callable[..., Page]
Axe = Callable[[Page], None]


@pytest.fixture(scope="module")
def read(portal: Portal) -> str:
    """A record that three readers of both parties opened, in their places in the log."""
    record_id = portal.released(title="Read widely", marking="TLP:GREEN", release_to="community")
    for name in ("uma", "bo", "eric"):
        with portal.world.work() as work:
            actor = portal.world.actor(work, name)
            records.read(work, portal.world.gate, actor, record_id)
    portal.world.sequence()
    return str(record_id)


def test_an_auditor_draws_marks_notes_signs_off_and_prints(
    portal: Portal, read: str, open_page: Opener, axe: Axe
) -> None:
    page = open_page("abel")
    page.goto("/audit/reviews")
    expect(page.get_by_role("heading", name="No reviews yet")).to_be_visible()
    axe(page)
    page.get_by_role("button", name="Draw a sample").click()
    axe(page)
    page.get_by_label("How many entries").fill("many")
    page.get_by_label("Person").fill("uma@uni-eu.example")
    page.get_by_role("button", name="Draw the sample").click()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("Fill this in.")
    expect(alert).to_contain_text("Write a whole number from 1 to 500.")
    expect(page.get_by_label("How many entries")).to_have_value("many")
    expect(page.get_by_label("Person")).to_have_value("uma@uni-eu.example")
    axe(page)
    page.get_by_label("Name of the review").fill("Reads, March")
    page.get_by_label("How many entries").fill("2")
    page.get_by_label("Person").fill("")
    page.get_by_label("What happened").select_option("Read a record")
    page.get_by_role("button", name="Draw the sample").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Reads, March")
    rows = page.get_by_role("table").locator("tbody tr")
    expect(rows).to_have_count(2)
    expect(page.locator("#main-content")).to_contain_text(" entries, at 1.")
    axe(page)

    rows.nth(0).get_by_text("Mark entry 1").click()
    rows.nth(0).get_by_role("button", name="Checked").click()
    expect(rows.nth(0).locator(".govuk-tag").last).to_have_text("Checked")
    rows.nth(1).get_by_text("Mark entry 2").click()
    rows.nth(1).get_by_role("button", name="Exception").click()
    expect(page.get_by_role("alert")).to_contain_text("Say what it is.")
    rows.nth(1).get_by_label("Note").fill("Nobody expected it.\nAsk <them>.")
    rows.nth(1).get_by_role("button", name="Exception").click()
    expect(rows.nth(1)).to_contain_text("Ask <them>.")
    axe(page)

    page.get_by_role("button", name="Sign off").click()
    expect(page.get_by_role("alert")).to_contain_text("Fill this in.")
    page.get_by_label("Conclusion").fill("In order but for one.")
    page.get_by_role("button", name="Sign off").click()
    expect(page.get_by_role("button", name="Sign off")).to_have_count(0)
    expect(page.get_by_text("Mark again")).to_have_count(0)
    expect(page.locator("#main-content")).to_contain_text("In order but for one.")
    axe(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="Report as PDF").click()
    assert download.value.path().read_bytes().startswith(b"%PDF-")
    page.goto("/audit/reviews")
    expect(page.get_by_role("table")).to_contain_text("Signed off")
    axe(page)

    other = open_page("aude")
    other.goto("/audit/reviews")
    expect(other.get_by_role("heading", name="No reviews yet")).to_be_visible()
    found = other.request.get(page.url + "/" + str(new_id()))
    assert found.status == 404


def test_an_auditor_acknowledges_an_alert(
    portal: Portal, read: str, open_page: Opener, axe: Axe
) -> None:
    page = open_page("abel")
    page.goto("/audit/alerts")
    axe(page)
    subject = f"person:{portal.world.people['ida']}"
    with portal.world.work() as work:
        for _ in range(6):
            work.record(
                Event(
                    "sign-in.refused",
                    subject=subject,
                    organisations=frozenset({"imda"}),
                    decision="deny",
                )
            )
    portal.world.sequence()
    with portal.world.work() as work:
        policies = portal.world.gate.keeper.current
        alerts.look(work, "SG", portal.services.thresholds, policies)
    page.reload()
    told = "6 failed sign-ins to one account within 1 second"
    expect(page.get_by_role("heading", name=told)).to_be_visible()
    expect(page.locator("#main-content")).to_contain_text("Ida")
    axe(page)
    page.get_by_role("button", name="Acknowledge").click()
    expect(page.get_by_role("alert")).to_contain_text("Fill this in.")
    axe(page)
    page.get_by_label("What you found out").fill("Ida forgot it; we called.")
    page.get_by_role("button", name="Acknowledge").click()
    expect(page.get_by_role("table")).to_contain_text("Ida forgot it; we called.")
    axe(page)
    page.get_by_role("link", name=told).click()
    rows = page.get_by_role("table").locator("tbody tr")
    expect(rows.first).to_contain_text("sign-in.refused")
    page.go_back()
    page.goto("/audit/log?type=alert.acknowledged")
    expect(page.get_by_role("table")).to_contain_text("Acknowledged an alert")


def test_an_originator_reads_its_statement(
    portal: Portal, read: str, open_page: Opener, axe: Axe
) -> None:
    page = open_page("iris")
    page.goto("/organisation/statements")
    expect(page.get_by_role("heading", name="No statements yet")).to_be_visible()
    axe(page)
    keys = portal.services.identity.keys
    with portal.world.work() as work:
        sign = partial(sign_statement, keys, typ=statements.JWS_TYPE)
        _make(work, sign, "imda", date(2026, 3, 1), newest(work.session))
    page.reload()
    page.get_by_role("link", name="March 2026").click()
    rows = page.get_by_role("table").locator("tbody tr")
    expect(rows).to_have_count(3)
    expect(rows.first).to_contain_text("A university in the EU")
    expect(page.locator("#main-content")).not_to_contain_text("Uma")
    axe(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="Signed, as JSON").click()
    told = json.loads(download.value.path().read_text())
    compact = ".".join(told[part] for part in ("protected", "payload", "signature"))
    assert len(verify_statement(keys, compact, typ=statements.JWS_TYPE)["lines"]) == 3
    for name, start in (("PDF", b"%PDF-"), ("CSV", b"at,type,reference")):
        with page.expect_download() as download:
            page.get_by_role("link", name=name, exact=True).click()
        assert download.value.path().read_bytes().startswith(start)
    auditor = open_page("abel")
    auditor.goto("/audit/statements")
    axe(auditor)
    auditor.get_by_role("link", name=re.compile("March 2026")).click()
    expect(auditor.get_by_role("heading", level=1)).to_have_text("Access by others, March 2026")
    desk = open_page("iris")
    desk.goto("/desk")
    desk.get_by_role("link", name="Who opened our records").click()
    expect(desk.get_by_role("heading", level=1)).to_have_text("Who opened our records")
    administrator = open_page("olga")
    administrator.goto("/organisation")
    administrator.get_by_role("link", name="Who opened our records").click()
    expect(administrator.get_by_role("table")).to_contain_text("March 2026")
