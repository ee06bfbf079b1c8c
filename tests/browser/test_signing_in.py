"""Journeys at the door: in and out, with a wrong password, a second factor, one's own account."""

import re
from collections.abc import Callable
from datetime import timedelta

import pyotp
from playwright.sync_api import Page, expect

from app.identity import give_password
from tests.portal import PASSWORD, Portal

Opener = Callable[..., Page]
Axe = Callable[[Page], None]

NEW_PASSWORD = "five other words nobody guesses"


def sign_in(page: Page, email: str, password: str = PASSWORD) -> None:
    """Fill in the form for signing in and send it."""
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()


def test_in_to_the_page_that_was_asked_for_and_out_again(page: Page, axe: Axe) -> None:
    page.goto("/account")
    axe(page)
    sign_in(page, "ines@imda.example")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your account")
    axe(page)
    page.locator("summary", has_text="Ines").click()
    axe(page)
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("You are signed out.")).to_be_visible()
    page.goto("/account")
    expect(page).to_have_title("Sign in – Entente")


def test_a_wrong_password_is_answered_like_an_unknown_address(page: Page, axe: Axe) -> None:
    said = []
    for email in ("ines@imda.example", "nobody@imda.example"):
        page.goto("/sign-in")
        sign_in(page, email, "not the password at all")
        said.append(page.get_by_role("alert").inner_text())
        expect(page.get_by_label("E-mail address")).to_have_value(email)
    assert said[0] == said[1]
    axe(page)


def test_nobody_is_led_to_another_site(page: Page, portal: Portal) -> None:
    for address in ("//evil.example/", "https://evil.example/", "/\\evil.example"):
        page.goto("/sign-in?next=" + address)
        sign_in(page, "ines@imda.example")
        assert page.url == f"{portal.url}/"


def test_a_second_factor_is_set_up_and_then_asked_for(
    portal: Portal, page: Page, open_page: Opener, axe: Axe
) -> None:
    page.goto("/sign-in?next=/account")
    sign_in(page, "eric@eu-ai-office.example")
    page.get_by_label("Your password", exact=True).fill("not the password at all")
    page.get_by_role("button", name="Set up a second factor").click()
    expect(page.get_by_role("alert")).to_contain_text("Your password is not right.")
    axe(page)
    page.get_by_label("Your password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Set up a second factor").click()
    expect(page.get_by_role("img", name="QR code")).to_be_visible()
    axe(page)
    codes = pyotp.TOTP(page.locator("code").inner_text().replace(" ", ""))
    page.get_by_label("Six-digit code").fill("000000")
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("alert")).to_contain_text("This code is not right")
    axe(page)
    page.get_by_label("Six-digit code").fill(codes.at(portal.world.clock()))
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_text("Your second factor is set up.")).to_be_visible()

    later = open_page()
    later.goto("/sign-in?next=/account/acts")
    sign_in(later, "eric@eu-ai-office.example")
    expect(later.get_by_role("heading", level=1)).to_have_text("Enter your code")
    axe(later)
    later.get_by_label("Six-digit code").fill(
        codes.at(portal.world.clock() + timedelta(seconds=30))
    )
    later.get_by_role("button", name="Continue").click()
    expect(later.get_by_role("heading", level=1)).to_have_text("Your acts on the log")
    expect(later.get_by_role("table")).to_contain_text("Set up a second factor")
    axe(later)


def test_a_changed_password_ends_the_other_sessions(open_page: Opener) -> None:
    page, other = open_page("bo"), open_page("bo")
    page.goto("/account")
    page.get_by_label("Current password").fill(PASSWORD)
    page.get_by_label("New password").fill("too short")
    page.get_by_role("button", name="Change password").click()
    expect(page.get_by_role("alert")).to_contain_text("Use at least")
    page.get_by_label("Current password").fill(PASSWORD)
    page.get_by_label("New password").fill(NEW_PASSWORD)
    page.get_by_role("button", name="Change password").click()
    expect(page.get_by_text("Your password was changed.")).to_be_visible()
    other.goto("/account")
    expect(other).to_have_title("Sign in – Entente")


def test_sessions_are_ended_and_api_clients_made_and_revoked(open_page: Opener, axe: Axe) -> None:
    page, other = open_page("carl"), open_page("carl")
    page.goto("/account")
    page.get_by_role("button", name=re.compile("^End the session")).click()
    expect(page.get_by_text("The session was ended.")).to_be_visible()
    other.goto("/account")
    expect(other).to_have_title("Sign in – Entente")
    page.get_by_label("Name of a new client").fill("nightly import")
    page.get_by_role("button", name="Make an API client").click()
    expect(page.get_by_text("Copy the secret now")).to_be_visible()
    axe(page)
    page.get_by_role("button", name="Revoke nightly import").click()
    expect(page.get_by_text("The API client was revoked.")).to_be_visible()
    axe(page)


def test_a_given_password_is_replaced_at_once(portal: Portal, page: Page, axe: Axe) -> None:
    with portal.world.work() as work:
        olga = portal.world.actor(work, "olga")
        given = give_password(
            work, portal.services.identity, portal.world.gate, olga, portal.world.people["ida"]
        )
    page.goto("/sign-in")
    sign_in(page, "ida@imda.example", given.password)
    expect(page.get_by_role("heading", level=1)).to_have_text("Choose a password")
    axe(page)
    page.get_by_label("New password").fill("short")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("alert")).to_contain_text("Use at least")
    axe(page)
    page.get_by_label("New password").fill(NEW_PASSWORD)
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Welcome back")
