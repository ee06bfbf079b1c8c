"""Policies as people read them: in force, one by one, their schemes, and how they changed."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from playwright.sync_api import Page, expect

from app.access import register_policies
from app.access.policy_files import read_policy
from app.access.policy_set import assemble
from app.core.journal import Event
from tests.portal import Portal

Opener = Callable[..., Page]


def load_others(portal: Portal) -> None:
    """Note that a set with one policy reworded was loaded, and then the shipped one again."""
    shipped = portal.services.gate.keeper.current
    policies = dict(shipped.policies)
    one = policies["eyes-only"]
    policies[one.id] = read_policy(one.file, one.text.replace("nobody else", "no one else"))
    other = assemble(policies.values(), shipped.schema, shipped.schemes)
    for hours, loaded in enumerate((other, shipped), 1):
        with portal.world.work() as work:
            later = replace(work, now=work.now + timedelta(hours=hours))
            register_policies(later.session, loaded, later.now)
            later.record(Event("policies.loaded", subject=f"policy-set:{loaded.version}"))


def test_policies_are_read_by_everybody(open_page: Opener, axe: Callable[[Page], None]) -> None:
    page = open_page("uma")
    page.goto("/policies")
    axe(page)
    page.get_by_text("Text and tests of eyes-only").click()
    expect(page.get_by_label("Text of eyes-only")).to_contain_text('@id("eyes-only")')
    page.get_by_role("link", name="Who and what in the tests of eyes-only").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("eyes-only")
    expect(page.get_by_role("row", name="Eyes only, superseded")).to_contain_text("Denied")
    axe(page)
    page.get_by_role("link", name="All policies in force").click()
    expect(page).to_have_url(f"{page.url.split('/policies')[0]}/policies#eyes-only")
    page.get_by_role("link", name="Marking schemes").click()
    expect(page.get_by_role("table", name="Equivalent markings")).to_contain_text("TLP:CLEAR")
    axe(page)


def test_the_history_leads_auditors_to_the_entries_of_the_log(
    portal: Portal, open_page: Opener, axe: Callable[[Page], None]
) -> None:
    load_others(portal)
    portal.world.sequence()
    page = open_page("uma", scripts=False)
    page.goto("/policies/history")
    expect(page.get_by_role("link", name="Its entry in the log")).to_have_count(0)
    page.get_by_role("link", name="eyes-only").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("eyes-only")

    abel = open_page("abel")
    abel.goto("/policies/history")
    axe(abel)
    abel.get_by_role("link", name="Its entry in the log").first.click()
    expect(abel.get_by_role("heading", level=1)).to_have_text("Loaded the policies")
