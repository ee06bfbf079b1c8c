"""Requests and terms at both doors: the same bytes for the unknown, and how terms are asked for."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest

from app import audit, parties, records
from app.audit import QuestionName as Q
from app.core.database import Database
from app.parties import IssueTerms
from tests.api_world import Api, make_api
from tests.questions_world import History
from tests.records_world import marking, released, section
from tests.requests_world import RULES, ask, grant, list_it, match_all, say
from tests.world import World


@pytest.fixture(scope="module")
def api(
    module_peopled_database: Database, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Api]:
    made = make_api(module_peopled_database, tmp_path_factory.mktemp("requests"))
    yield made
    made.portal.world.close()


def test_terms_are_asked_for_at_both_doors_of_whom_they_alone_keep_out(api: Api) -> None:
    world = api.portal.world
    with world.work() as work:
        actor, text = world.actor(work, "iris"), "For research only."
        issued = IssueTerms(slug="research-use", title="Research use", body=text)
        parties.issue_terms(work, world.gate, actor, issued)
    made = released(world, marking=marking("TLP:AMBER", "", terms=("research-use",)))
    with world.work() as work:
        until, actor = work.now + timedelta(days=9), world.actor(work, "iris")
        people = [world.people["uma"]]
        record_id, longest = made.record_id, RULES.longest
        records.grant(work, world.gate, actor, record_id, people, until, longest=longest)
    door = f"/api/v1/records/{record_id}"
    told = api.client("uma").get(door)
    assert told.status_code == 403
    assert told.json()["type"] == "urn:entente:problem:terms-not-accepted"
    assert told.json()["terms"] == ["/api/v1/terms/research-use"]
    assert told.headers["link"] == '</api/v1/terms/research-use>; rel="terms-of-service"'
    bo = api.client("bo")
    refused, missing = bo.get(door), bo.get(door[:-4] + "0000")
    assert (refused.status_code, refused.content) == (404, missing.content)
    page = api.client()
    page.cookies.set("entente", api.portal.cookie("uma"))
    sent = page.get(f"/records/{record_id}", follow_redirects=False)
    assert sent.status_code == 303
    assert sent.headers["location"].startswith("/terms/research-use?next=%2Frecords%2F")
    other = page.post("/terms/research-use/accept", data={"version": "1"})
    assert other.status_code == 403  # a form of nobody's session accepts nothing
    door_of_terms = "/api/v1/terms/research-use/acceptance"
    assert api.client("uma").post(door_of_terms, json={"version": 2}).status_code == 409
    assert api.client("uma").post(door_of_terms, json={"version": 1}).status_code == 201
    assert api.client("uma").get(door).status_code == 200


def test_terms_of_one_section_are_offered_to_whom_they_alone_keep_from_it(api: Api) -> None:
    world = api.portal.world
    with world.work() as work:
        actor = world.actor(work, "iris")
        issued = IssueTerms(slug="data-use", title="Data", body="For research only.")
        parties.issue_terms(work, world.gate, actor, issued)
    own = marking("TLP:GREEN", "org:uni-eu", terms=("data-use",))
    made = released(world, sections=[section("Open"), section("Under terms", own=own)])
    offer = f"/terms/data-use?next=%2Frecords%2F{made.record_id}"

    def page(name: str) -> str:
        client = api.client()
        client.cookies.set("entente", api.portal.cookie(name))
        return client.get(f"/records/{made.record_id}").text.replace("/records/", "%2Frecords%2F")

    assert offer in page("uma")
    # Bo may not read the section at all, Ida prepares it: neither is told of terms.
    assert "data-use" not in page("bo")
    assert "to read more" not in page("ida")
    accepted = api.client("uma").post("/api/v1/terms/data-use/acceptance", json={"version": 1})
    assert accepted.status_code == 201
    assert "to read more" not in page("uma")


def test_what_is_described_is_answered_in_the_same_bytes_whatever_is_held(api: Api) -> None:
    world = api.portal.world
    made = released(world, title="Sesame protocols", marking=marking("TLP:AMBER", ""))
    page = api.client()
    page.cookies.set("entente", api.portal.cookie("uma"))
    answers = []
    for reference in (made.reference, "ENT-2026-999999"):
        asked = ask(world, reference=reference, sought="Sesame protocols", area="research")
        before = page.get(f"/requests/{asked}").text
        match_all(world)
        shown = [before, page.get(f"/requests/{asked}").text]
        json = api.client("uma").get(f"/api/v1/requests/{asked}").text
        shown = [_same(one.replace(reference, "REF")) for one in (*shown, json)]
        assert shown[0] == shown[1]
        answers.append(shown)
    assert answers[0] == answers[1]


def _same(text: str) -> str:
    """Without what differs between any two requests: identifiers, and the running clock."""
    text = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "ID", text)
    text = re.sub(r'name="csrf_token" value="[^"]*"', "TOKEN", text)
    return re.sub(r"T\d\d:\d\d:\d\d(\.\d+)?", "TIME", text)


def test_auditors_see_how_requests_for_access_ended(world: World) -> None:
    made = released(world, marking=marking("TLP:AMBER", ""))
    list_it(world, made.record_id)
    first, second, _ = (ask(world, reference=made.reference) for _ in range(3))
    grant(world, first)
    say(world, "refuse", second, "iris")
    world.clock.pass_time(timedelta(hours=1))
    world.sequence()
    history = History(world, audit.load_thresholds(world.gate.keeper._folder))
    for party in ("SG", "EU"):
        answer = history.ask(party, Q.REQUESTS)
        rows = [(row.cells[4], row.cells[9]) for row in answer.rows.items]
        access = [outcome for outcome, wanted in rows if wanted == "access"]
        assert sorted(map(str, access)) == ["granted", "not granted", "open"]
