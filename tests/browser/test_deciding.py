"""Journeys of those who decide: a second person releases, partners find it or no trace of it."""

from collections.abc import Callable

from playwright.sync_api import Page, expect

from app import records, release
from app.core.ids import BatchId, VersionId, new_id
from tests.portal import Portal, draft_input

Opener = Callable[..., Page]
Axe = Callable[[Page], None]


def test_a_second_person_releases_and_only_those_named_find_it(
    portal: Portal, open_page: Opener, axe: Axe
) -> None:
    draft = portal.draft(
        "ivan",
        {"figures.csv": b"1,2\n"},
        title="Quinoa handover",
        marking="SENSITIVE; TLP:AMBER",
        release_to="org:eu-ai-office",
    )
    author = open_page("ivan")
    author.goto(f"/drafts/{draft.version_id}/audience")
    author.get_by_role("button", name="Submit for release").click()
    own = author.get_by_role("complementary", name="Decision")
    expect(own).to_contain_text("Another release authority has to decide")
    expect(own.get_by_role("button")).to_have_count(0)

    page = open_page("iris")
    page.goto("/help")
    page.get_by_role("link", name="Release desk 1 waiting for you").click()
    expect(page.get_by_role("list", name="Waiting for your decision")).to_contain_text("Quinoa")
    axe(page)
    page.get_by_role("link", name="Quinoa handover").click()
    expect(page.get_by_role("region", name="Who will be able to read it")).to_contain_text(
        "EU AI Office"
    )
    axe(page)
    page.get_by_text("Refuse it").click()
    page.get_by_role("button", name="Refuse", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Say why")
    axe(page)
    page.get_by_role("button", name="Release", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Released.")
    axe(page)

    partner = open_page("ella")
    partner.goto("/records?q=quinoa")
    partner.get_by_role("link", name="Quinoa handover").click()
    expect(partner.get_by_role("link", name="figures.csv", exact=True)).to_be_visible()

    other = open_page("uma")
    other.goto("/records?q=quinoa")
    expect(other.get_by_role("link", name="Quinoa handover")).to_have_count(0)
    seen = other.request.get(f"{portal.url}/records/{draft.record_id}")
    missing = other.request.get(f"{portal.url}/records/{new_id()}")
    assert (seen.status, seen.text()) == (missing.status, missing.text())
    author.goto("/desk")
    expect(author.get_by_role("list", name="Your submissions")).to_contain_text("Released")


def test_a_submission_is_returned_with_a_comment(portal: Portal, open_page: Opener) -> None:
    draft = portal.draft("ida", title="Too short")
    _submit(portal, draft.version_id, "ida")
    page = open_page("iris")
    page.goto(f"/desk/{draft.version_id}")
    page.get_by_text("Return it to its writers").click()
    page.locator("#return-comment").fill("Say more about the method.")
    page.get_by_role("button", name="Return", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Returned")

    author = open_page("ida")
    author.goto("/desk")
    mine = author.get_by_role("list", name="Your submissions")
    expect(mine).to_contain_text("Say more about the method.")
    author.goto(f"/drafts/{draft.version_id}")
    expect(author.get_by_label("Title of the record")).to_have_value("Too short")
    expect(author.locator("main")).to_contain_text("Returned by Iris")


def test_what_was_changed_meanwhile_is_looked_at_again(portal: Portal, open_page: Opener) -> None:
    draft = portal.draft("ida", title="Before")
    _submit(portal, draft.version_id, "ida")
    page = open_page("iris")
    page.goto(f"/desk/{draft.version_id}")
    world = portal.world
    with world.work() as work:
        actor = world.actor(work, "iris")
        release.return_to_draft(work, world.gate, actor, draft.version_id, comment="Once more.")
    with world.work() as work:
        actor = world.actor(work, "ida")
        opened = records.edit(work, world.gate, actor, draft.version_id)
        records.amend(
            work,
            world.gate,
            actor,
            draft.version_id,
            draft_input(title="After"),
            edition=opened.edition,
        )
    _submit(portal, draft.version_id, "ida")

    page.get_by_role("button", name="Release", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("changed meanwhile")
    expect(page.get_by_role("heading", level=1)).to_have_text("After")
    page.get_by_role("button", name="Release", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Released.")


def test_an_originator_consents_before_its_information_is_released(
    portal: Portal, open_page: Opener, axe: Axe
) -> None:
    draft = portal.draft("ida", title="Theirs", originator="eu-ai-office", marking="TLP:GREEN")
    _submit(portal, draft.version_id, "ida")
    page = open_page("iris")
    page.goto(f"/desk/{draft.version_id}")
    expect(page.get_by_role("button", name="Release", exact=True)).to_have_count(0)
    expect(page.get_by_role("complementary", name="Decision")).to_contain_text("consent")

    originator = open_page("emil")
    originator.goto("/desk")
    originator.get_by_role("list", name="Your consent is wanted").get_by_role("link").click()
    axe(originator)
    originator.get_by_role("button", name="Consent", exact=True).click()
    expect(originator.get_by_role("alert")).to_contain_text("You consented.")
    page.reload()
    page.get_by_role("button", name="Release", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Released.")


def test_a_batch_is_released_by_one_press(portal: Portal, open_page: Opener, axe: Axe) -> None:
    world, batch = portal.world, BatchId(new_id())
    for title in ("Batch one", "Batch two"):
        with world.work() as work:
            actor = world.actor(work, "ida")
            command = draft_input(title=title)
            draft = records.draft(work, world.gate, actor, command, batch_id=batch)
            release.submit(work, world.gate, actor, draft.version_id)
    page = open_page("iris")
    page.goto("/desk")
    page.get_by_role("button", name="Release 2 records").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("2 records released")
    axe(page)
    public = open_page()
    public.goto("/records?q=batch")
    expect(public.get_by_role("link", name="Batch one")).to_be_visible()


def test_a_withdrawn_record_leaves_a_note_with_its_reason(
    portal: Portal, open_page: Opener, axe: Axe
) -> None:
    record_id = portal.released(title="Taken back", marking="TLP:GREEN", release_to="community")
    reader, page = open_page("uma"), open_page("iris")
    reader.goto(f"/records/{record_id}")
    expect(reader.get_by_role("heading", level=1)).to_have_text("Taken back")

    page.goto(f"/records/{record_id}")
    page.get_by_role("link", name="Withdraw this version").click()
    axe(page)
    page.get_by_role("button", name="Withdraw it").click()
    expect(page.get_by_role("alert")).to_contain_text("Say why")
    page.get_by_label("Reason").fill("The figures were wrong.")
    page.get_by_role("button", name="Withdraw it").click()

    reader.reload()
    expect(reader.get_by_role("heading", level=1)).to_contain_text("was withdrawn")
    expect(reader.locator("#main-content")).to_contain_text("The figures were wrong.")
    axe(reader)
    stranger = open_page()
    assert stranger.request.get(f"{portal.url}/records/{record_id}").status == 404


def test_the_next_version_is_begun_on_the_record(portal: Portal, open_page: Opener) -> None:
    record_id = portal.released(title="Second thoughts")
    page = open_page("ida")
    page.goto(f"/records/{record_id}")
    page.get_by_role("button", name="Begin a new version").click()
    page.get_by_label("What changes in this version").fill("A better title.")
    page.get_by_label("Title of the record").fill("Third thoughts")
    page.get_by_role("button", name="Save, then check who will read it").click()
    page.get_by_role("button", name="Submit for release").click()
    changes = page.get_by_role("region", name="What changed since version 1")
    expect(changes.locator(".entente-diff__part ins").first).to_contain_text("Third")


def _submit(portal: Portal, version_id: VersionId, who: str) -> None:
    with portal.world.work() as work:
        actor = portal.world.actor(work, who)
        release.submit(work, portal.world.gate, actor, version_id)
