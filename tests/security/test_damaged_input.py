"""Addresses and cursors that nobody made by clicking are told to be damaged; nothing breaks."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from shutil import copytree

import pytest

from app.access import PolicyKeeper
from app.core.database import Database
from app.identity.sessions import csrf_token
from tests.api_world import Api, make_api
from tests.world import POLICIES

NOW = "2026-03-02T12:00:00+00:00"
SOME = "01900000-0000-7000-8000-000000000000"


@pytest.fixture(scope="module")
def api(
    module_peopled_database: Database, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Api]:
    made = make_api(module_peopled_database, tmp_path_factory.mktemp("api"))
    yield made
    made.portal.world.close()


def spelled(key: str) -> str:
    return base64.urlsafe_b64encode(key.encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "key",
    [
        f'["after", 1e300, "{NOW}", "{SOME}"]',
        f'["after", {"9" * 320}, "{NOW}", "{SOME}"]',
        f'["after", NaN, "{NOW}", "{SOME}"]',
        f'["after", 1, "{NOW}", 7]',
        f'["after", 1, 7, "{SOME}"]',
        "[" * 300,
    ],
)
def test_a_forged_place_in_a_search_is_refused(api: Api, key: str) -> None:
    asked = {"q": "anything", "order": "relevance", "cursor": spelled(key)}
    assert api.client("uma").get("/api/v1/records", params=asked).status_code == 422


@pytest.mark.parametrize("key", [f'["{NOW}", 7]', f'[7, "{SOME}"]', "[" * 20_000, "{}"])
def test_a_forged_place_in_ones_own_log_is_refused(api: Api, key: str) -> None:
    answer = api.client("uma").get("/api/v1/me/acts", params={"cursor": spelled(key)})
    assert answer.status_code == 422


@pytest.mark.parametrize("name", ["record", "person", "type", "organisation", "marking"])
def test_a_sign_that_cannot_be_kept_is_refused(api: Api, name: str) -> None:
    assert api.client("abel").get("/api/v1/log", params={name: "a\x00b"}).status_code == 422


def test_health_does_not_show_strangers_the_text_of_policies(api: Api, tmp_path: Path) -> None:
    folder = copytree(POLICIES, tmp_path / "policies")
    keeper = PolicyKeeper(folder)
    (folder / "reading.cedar").write_text("permit (principal == a secret name")
    keeper.reload()
    assert keeper.problem is not None
    assert "a secret name" in keeper.problem
    served, api.portal.services.gate.keeper = api.portal.services.gate.keeper, keeper
    answer = api.client(None).get("/readyz")
    api.portal.services.gate.keeper = served
    assert json.loads(answer.text)["ready"] is True
    assert "do not load" in answer.text
    assert "a secret name" not in answer.text


def test_a_cookie_sent_beside_a_token_does_not_name_the_session(api: Api) -> None:
    client = api.client("uma")
    client.cookies.set("entente", "somebody-else's-secret")
    with api.portal.world.owner() as session:
        query = "SELECT convert_from(entry, 'UTF8') FROM journal ORDER BY position DESC LIMIT 1"
        kept = []
        for asking in (client, client, api.client("uma")):
            asking.get("/api/v1/drafts")
            found = json.loads(str(session.connection().exec_driver_sql(query).scalar_one()))
            kept.append(found["session"])
            client.cookies.clear()
    assert kept[0] == kept[1]


@pytest.mark.parametrize("seen_at", ["", "yesterday", "2026-03-02T12:00:00"])
def test_a_batch_is_approved_as_seen_at_a_known_moment(api: Api, seen_at: str) -> None:
    secret = api.portal.cookie("iris")
    browser = api.client(None)
    browser.cookies.set("entente", secret)
    form = {"csrf_token": csrf_token(secret), "seen_at": seen_at}
    assert browser.post(f"/desk/batches/{SOME}/approve", data=form).status_code == 422
