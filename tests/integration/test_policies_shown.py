"""Policies, schemes and their history are shown as they are, to everybody who is signed in."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from app.access import PolicySet, register_policies
from app.access.policy_counts import shown_count, standing_answers
from app.access.policy_files import read_policy
from app.access.policy_history import kept_policies
from app.access.policy_set import assemble
from app.core.database import Database
from app.core.journal import Event
from app.labels import load_schemes
from tests.api_world import Api, make_api
from tests.world import POLICIES

REWORDED, GONE, ADDED = "eyes-only", "passing-extra", "view-only"


@dataclass
class Past:
    """A portal whose policies were others for two hours, and the moments of the changes."""

    api: Api
    shipped: PolicySet
    other: PolicySet
    moments: tuple[datetime, ...]


def other_than(shipped: PolicySet) -> PolicySet:
    """The shipped policies with one reworded, one left out, one more, and another scheme."""
    policies = dict(shipped.policies)
    one = policies[REWORDED]
    policies[REWORDED] = read_policy(one.file, one.text.replace("nobody else", "no one else"))
    del policies[ADDED]
    extra = policies["assurance"].text.replace('@id("assurance")', f'@id("{GONE}")')
    policies[GONE] = read_policy("extra.cedar", extra)
    schemes = load_schemes(POLICIES)
    eu = replace(schemes.by_id["eu"], title="The Union")  # type: ignore[index]
    changed = replace(schemes, by_id={**schemes.by_id, eu.id: eu}, hash_hex="0" * 64)
    return assemble(policies.values(), shipped.schema, changed)


@pytest.fixture(scope="module")
def past(
    module_peopled_database: Database, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Past]:
    api = make_api(module_peopled_database, tmp_path_factory.mktemp("policies"))
    world, shipped = api.portal.world, api.portal.services.gate.keeper.current
    other = other_than(shipped)
    with world.work() as work:
        began = work.session.execute(text("SELECT min(loaded_at) FROM policy_loads")).scalar_one()
    moments = [began]
    for policies in (other, shipped):
        world.clock.now += timedelta(hours=1)
        with world.work() as work:
            register_policies(work.session, policies, work.now)
            work.record(Event("policies.loaded", subject=f"policy-set:{policies.version}"))
            moments.append(work.now)
    world.sequence()
    yield Past(api, shipped, other, tuple(moments))
    world.close()


def page(past: Past, name: str, path: str) -> str:
    """A page as this person sees it."""
    portal = past.api.portal
    answer = TestClient(portal.app, cookies={"entente": portal.cookie(name)}).get(path)
    assert answer.status_code == 200, path
    return answer.text


def test_the_history_says_what_each_set_changed_and_until_when_it_was(past: Past) -> None:
    found = past.api.client("uma").get("/api/v1/policies/history").json()

    newest, middle, first = (one["change"] for one in found)
    versions = [past.shipped.version, past.other.version, past.shipped.version]
    assert [one["version"] for one in (newest, middle, first)] == versions
    since = tuple(datetime.fromisoformat(one["since"]) for one in (first, middle, newest))
    assert since == past.moments
    assert (first["until"], middle["until"], newest["until"]) == (
        middle["since"],
        newest["since"],
        None,
    )
    assert first["first"] and not middle["first"]
    assert (middle["added"], middle["removed"]) == ([GONE], [ADDED])
    assert (newest["added"], newest["removed"]) == ([ADDED], [GONE])
    assert middle["reworded"] == newest["reworded"] == [REWORDED]
    assert middle["schemes"] == ["eu"]
    assert not middle["equivalence_changed"] and not middle["schema_changed"]


def test_a_policy_is_in_force_since_its_very_text_came_and_stayed(past: Past) -> None:
    shown = past.api.client("uma").get("/api/v1/policies").json()
    since = {one["id"]: datetime.fromisoformat(one["in_force_since"]) for one in shown["policies"]}

    assert since.keys() == past.shipped.policies.keys()
    for name, moment in since.items():
        again = name in (REWORDED, ADDED)
        assert moment == past.moments[2 if again else 0], name


def test_only_auditors_are_led_to_the_entries_of_the_log(past: Past) -> None:
    for_uma = past.api.client("uma").get("/api/v1/policies/history").json()
    for_abel = past.api.client("abel").get("/api/v1/policies/history").json()

    assert [one["change"] for one in for_uma] == [one["change"] for one in for_abel]
    assert [one["entry"] for one in for_uma] == [None, None, None]
    loaded = for_abel[:-1]  # the world itself decided before the portal loaded anything
    for one in loaded:
        entry = past.api.client("abel").get(f"/api/v1/log/{one['entry']}").json()
        assert entry["type"] == "policies.loaded"
        assert entry["subject"] == f"policy-set:{one['change']['version']}"
        assert entry["at"] == one["change"]["since"]
    assert "/audit/entries/" not in page(past, "uma", "/policies/history")
    assert all(
        f"/audit/entries/{one['entry']}" in page(past, "abel", "/policies/history")
        for one in loaded
    )


def test_a_policy_says_what_it_is_held_to(past: Past) -> None:
    client = past.api.client("uma")
    shown = client.get("/api/v1/policies").json()
    one = client.get(f"/api/v1/policies/{REWORDED}").json()

    assert one in shown["policies"]
    policy = past.shipped.policies[REWORDED]
    assert (one["explanation"], one["text"]) == (policy.explain, policy.text)
    assert all(REWORDED in test["policies"] and not test["allowed"] for test in one["tests"])
    assert {test["file"] for test in one["tests"]} <= shown["test_bases"].keys()
    assert all(policy["tests"] for policy in shown["policies"])
    text = page(past, "uma", f"/policies/{REWORDED}")
    for test in one["tests"]:
        assert test["name"][1:].replace("'", "&#39;") in text


def test_a_policy_that_is_gone_keeps_its_last_words_and_an_unknown_one_is_not_found(
    past: Past,
) -> None:
    client = past.api.client("uma")
    former = client.get(f"/api/v1/policies/{GONE}").json()

    assert former["text"] == past.other.policies[GONE].text
    assert datetime.fromisoformat(former["in_force_until"]) == past.moments[2]
    assert "in force no more" in page(past, "uma", f"/policies/{GONE}")
    assert client.get("/api/v1/policies/never-was").status_code == 404


@pytest.mark.parametrize("path", ["", "/eyes-only", "/schemes", "/history"])
def test_nobody_reads_policies_who_is_not_signed_in(past: Past, path: str) -> None:
    for door, status in (("/policies", 303), ("/api/v1/policies", 401)):
        answer = past.api.client(None).get(door + path, follow_redirects=False)
        assert answer.status_code == status
        assert "EYES ONLY" not in answer.text


def test_the_tests_of_a_set_are_kept_with_it(past: Past) -> None:
    with past.api.portal.world.work() as work:
        kept = kept_policies(work.session, past.shipped.version)
    assert kept is not past.shipped
    assert kept.tests == past.shipped.tests


def test_schemes_are_shown_with_their_levels_and_equivalents(past: Past) -> None:
    shown = past.api.client("uma").get("/api/v1/policies/schemes").json()

    assert [one["id"] for one in shown["schemes"]] == ["eu", "sg", "tlp"]
    assert shown["example"] is True
    rows = [row["markings"] for row in shown["equivalence"]]
    assert rows[2] == {"eu": "SENSITIVE", "sg": "OFFICIAL (CLOSED) \\ SENSITIVE NORMAL"}
    assert rows[4]["sg"] == "RESTRICTED, with any sensitivity"
    assert shown["equivalence"][0]["beside"] == ["TLP:CLEAR"]
    markings = {one["text"]: one for scheme in shown["schemes"] for one in scheme["markings"]}
    assert not markings["SECRET UE/EU SECRET"]["admitted"]
    assert markings["TLP:RED"]["needs_second_factor"]
    assert "with any sensitivity" in page(past, "uma", "/policies/schemes")


def test_counts_are_of_the_answers_kept_and_no_single_one_shows(past: Past) -> None:
    portal, world = past.api.portal, past.api.portal.world
    portal.released(marking="TLP:GREEN", release_to="org:uni-eu")
    past.api.client("uma").get("/api/v1/records")
    with world.work() as work:
        kept = work.session.execute(text("SELECT unnest(policies) FROM visibility")).scalars()
        assert standing_answers(work.session, past.shipped.version) == Counter(kept)
        assert standing_answers(work.session, past.other.version) == {}
    shown = past.api.client("uma").get("/api/v1/policies").json()["policies"]
    assert {one["decisions_at_least"] for one in shown} == {0}


@pytest.mark.parametrize(
    ("count", "shown"),
    [(0, 0), (1, 0), (99, 0), (100, 100), (199, 100), (1_999, 1_000), (74_512, 70_000)],
)
def test_only_the_first_digit_of_a_count_is_told(count: int, shown: int) -> None:
    assert shown_count(count) == shown
