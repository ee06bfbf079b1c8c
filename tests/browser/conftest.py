"""A real Chromium before a real portal: `portal`, `open_page`, and `axe` for every page shown."""

import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, sync_playwright

from app.core.database import Database
from tests.portal import Portal, serving

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
SHOTS = os.environ.get("ENTENTE_TEST_SHOTS")  # a folder; set, each page checked is also pictured
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PHONE: ViewportSize = {"width": 390, "height": 844}
DESK: ViewportSize = {"width": 1280, "height": 900}
PATIENCE_MS = 15_000


@pytest.fixture(scope="module")
def portal(
    module_peopled_database: Database, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Portal]:
    """A portal of this file's own, with the people of the world; everybody has one password."""
    with serving(module_peopled_database, tmp_path_factory.mktemp("portal")) as made:
        yield made


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The machine's own Chromium."""
    names = ("chromium", "chromium-browser", "google-chrome")
    path = next(filter(None, map(shutil.which, names)))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=QUIET)
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium: Browser, portal: Portal) -> Iterator[Callable[..., Page]]:
    """Gives pages: `open_page("ida")` is signed in, `open_page()` is the public's.

    `scripts=False` turns JavaScript off.

    At the end it fails if any page broke the content security policy or had an error in a script.
    """
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def opened(name: str | None = None, *, scripts: bool = True) -> Page:
        context = chromium.new_context(
            base_url=portal.url,
            viewport=DESK,
            reduced_motion="reduce",
            java_script_enabled=scripts,
        )
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        if name is not None:
            context.add_cookies(
                [{"name": "entente", "value": portal.cookie(name), "url": portal.url}]
            )
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on(
            "console",
            lambda said: faults.append(said.text) if "Content Security" in said.text else None,
        )
        return page

    yield opened
    for context in contexts:
        context.close()
    assert not faults


@pytest.fixture
def page(open_page: Callable[..., Page]) -> Page:
    """A page of somebody who is not signed in."""
    return open_page()


@pytest.fixture(scope="session")
def axe() -> Callable[[Page], None]:
    """Asserts that a page is accessible in light and dark, and fits a phone."""
    return check_page


def check_page(page: Page) -> None:
    """Assert that axe finds nothing on a page, light or dark, and that a phone shows it whole."""
    page.evaluate(AXE.read_text())
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        _picture(page, scheme)
        found = page.evaluate(
            "async () => (await axe.run(document, {resultTypes: ['violations']})).violations"
            ".map(v => `${v.id}: ${v.help}: `"
            " + v.nodes.map(n => n.target + ' ' + n.failureSummary).join(' | '))"
        )
        assert found == [], f"{page.url} ({scheme})"
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(PHONE)
    _picture(page, "phone")
    width = page.evaluate("document.documentElement.scrollWidth")
    page.set_viewport_size(DESK)
    assert width <= PHONE["width"], f"{page.url} is {width} px wide on a phone"


def _picture(page: Page, scheme: str) -> None:
    if SHOTS:
        path = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "id", page.url.split("/", 3)[3])
        name = re.sub(r"[^A-Za-z0-9]+", "-", path).strip("-") or "home"
        title = re.sub(r"[^A-Za-z0-9]+", "-", page.title())[:40]
        page.screenshot(path=f"{SHOTS}/{name[:50]}--{title}--{scheme}.png", full_page=True)
