"""Journeys of those whose office shows no content: an auditor, an administrator of people."""

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from app.core.ids import new_id
from tests.portal import PASSWORD, Portal

Opener = Callable[..., Page]
Axe = Callable[[Page], None]


def test_an_auditor_filters_the_log_sees_the_denial_and_exports(
    portal: Portal, open_page: Opener, axe: Axe
) -> None:
    record_id = portal.released(title="=Figures", marking="TLP:AMBER", release_to="org:dtc")
    stranger = open_page("uma")
    assert stranger.request.get(f"{portal.url}/records/{record_id}").status == 404

    page = open_page("abel")
    page.goto("/")
    expect(page.get_by_role("search")).to_have_count(0)
    axe(page)
    page.locator("main").get_by_role("link", name="Audit").click()
    page.get_by_role("navigation", name="Workbench").get_by_role("link", name="Log").click()
    axe(page)
    page.get_by_label("Decision").select_option("Refused")
    page.get_by_label("Record, version or file").fill(str(record_id))
    page.get_by_role("button", name="Show").click()
    rows = page.get_by_role("table").locator("tbody tr")
    expect(rows).to_have_count(1)
    expect(rows.first).to_contain_text("Was refused to read")
    expect(rows.first).to_contain_text("A university in the EU")
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV").click()
    text = download.value.path().read_text()
    assert download.value.suggested_filename == "entente-log.csv"
    assert text.startswith("id,at,type,subject,actor")
    assert text.count("read.refused") == 1
    assert text.count("\n") == 2
    rows.first.get_by_role("link").first.click()
    expect(page.locator("#main-content")).to_contain_text("Refused")
    axe(page)
    page.goto("/audit/log")
    href = f"/audit/log?record={record_id}"
    number = page.get_by_role("table").locator(f'a[href="{href}"]').first.inner_text()
    assert re.fullmatch(r"ENT-\d{4}-\d{6}", number)
    page.get_by_role("link", name=number).first.click()
    for told in page.get_by_role("table").locator("td[data-label=Subject]").all_inner_texts():
        assert re.search(f"{number}|Version …", told)
    page.goto("/audit/log?type=no.such")
    axe(page)
    page.goto("/audit/log?type=log.exported")
    expect(page.get_by_role("table")).to_contain_text("Abel")


def test_entries_that_repeat_are_one_row_that_holds_them_all(
    portal: Portal, open_page: Opener
) -> None:
    reader = open_page("ida")
    for _ in range(3):
        reader.goto("/parties")
        reader.goto("/records?q=repeated")
    page = open_page("abel")
    page.goto("/audit/log?type=records.searched")
    row = page.get_by_role("table").locator("tbody tr").first
    row.get_by_text("and 2 more alike").click()
    expect(row.get_by_role("listitem")).to_have_count(2)
    expect(row.locator("time").first).to_have_text(re.compile(r"\d\d:\d\d:\d\d SGT"))
    public = open_page()
    public.goto("/records?q=by-anybody")
    page.reload()
    expect(page.get_by_role("table")).to_contain_text("Nobody signed in")


def test_the_log_is_for_auditors(portal: Portal, open_page: Opener) -> None:
    for name in ("ida", "olga", "sys"):
        page = open_page(name)
        for path in ("/audit", "/audit/export/log.csv", f"/audit/entries/{new_id()}"):
            assert page.request.get(portal.url + path).status == 403, (name, path)


def test_an_administrator_admits_and_suspends_who_is_then_out_at_once(
    portal: Portal, open_page: Opener, axe: Axe
) -> None:
    page = open_page("olga")
    page.goto("/organisation")
    axe(page)
    expect(page.get_by_label("Clearance").get_by_text("TOP SECRET")).to_have_count(0)
    page.get_by_role("button", name="Admit").click()
    expect(page.get_by_role("alert")).to_contain_text("Fill this in.")
    page.get_by_label("E-mail address").fill("ida@imda.example")
    page.get_by_label("Name").fill("Noor")
    page.get_by_label("Reader").check()
    page.get_by_label("Clearance").select_option("RESTRICTED")
    page.get_by_role("button", name="Admit").click()
    expect(page.get_by_role("alert")).to_contain_text("already been admitted")
    expect(page.get_by_label("Name")).to_have_value("Noor")
    axe(page)
    page.get_by_label("E-mail address").fill("noor@imda.example")
    page.get_by_label("Reader").uncheck()
    page.get_by_role("button", name="Admit").click()
    expect(page.get_by_role("alert")).to_contain_text("Admitted.")
    page.get_by_role("button", name="Give a new password").click()
    given = page.locator("#given-password").inner_text()
    axe(page)

    noor = open_page()
    noor.goto("/sign-in")
    noor.get_by_label("E-mail address").fill("noor@imda.example")
    noor.get_by_label("Password", exact=True).fill(given)
    noor.get_by_role("button", name="Sign in").click()
    noor.locator("input[name=password]").fill(f"{PASSWORD} but me")
    noor.locator("main button:not([type=button])").first.click()
    noor.goto("/parties")
    expect(noor.get_by_role("heading", level=1)).to_have_text("Who takes part")
    axe(noor)
    noor.goto("/policies")
    axe(noor)

    page.get_by_role("link", name="Infocomm Media Development Authority").click()
    page.get_by_role("link", name="Noor").click()
    page.get_by_label("Reader").check()
    page.get_by_label("Auditor").check()
    page.get_by_role("button", name="Change the roles").click()
    expect(page.get_by_role("alert")).to_contain_text("sees no content")
    axe(page)
    page.get_by_role("button", name="Suspend").click()
    expect(page.get_by_role("alert")).to_contain_text("Suspended.")
    axe(page)
    noor.goto("/parties")
    expect(noor).to_have_title("Sign in – Entente")
    page.get_by_role("button", name="Let them take part again").click()
    expect(page.get_by_role("alert")).to_contain_text("take part again")


def test_nobody_runs_another_organisation_or_themselves(portal: Portal, open_page: Opener) -> None:
    page = open_page("olga")
    for name in ("ella", "olga"):
        person = portal.world.people[name]
        page.goto("/organisation")
        token = page.locator("input[name=csrf_token]").first.get_attribute("value")
        answer = page.request.post(
            f"{portal.url}/organisation/people/{person}/suspend",
            form={"csrf_token": token or ""},
            headers={"Origin": portal.url},
        )
        assert answer.status == 403, name
    assert (
        page.request.get(f"{portal.url}/organisation/people/{portal.world.people['ella']}").status
        == 404
    )
