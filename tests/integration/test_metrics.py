"""Figures are for this machine and for whoever has the token, and name no address."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from app import log
from app.core.database import Database
from app.core.work import Origin
from app.main import create_app
from tests.portal import assemble_portal


@pytest.fixture(scope="module")
def app(
    module_peopled_database: Database, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[TestClient]:
    portal = assemble_portal(
        module_peopled_database, tmp_path_factory.mktemp("metrics"), "http://127.0.0.1:8000"
    )
    settings = portal.services.settings.model_copy(
        update={"metrics_token": SecretStr("a token of a test")}
    )
    made = create_app(replace(portal.services, settings=settings))
    yield TestClient(made, client=("127.0.0.1", 50000))
    portal.world.close()


def test_every_answer_is_counted_by_its_routes_template(app: TestClient) -> None:
    address = "/records/01900000-0000-7000-8000-000000000000"
    app.get(address)
    figures = app.get("/metrics").text
    assert 'method="GET",route="/records/{record_id}",status="404"} 1.0' in figures
    assert address not in figures
    assert "127.0.0.1" not in figures


def test_the_log_has_its_figures(app: TestClient) -> None:
    services = app.app.state.services  # type: ignore[attr-defined]
    for _ in range(100):
        with services.units.begin(Origin(door="log")) as work:
            log.sequence(work, services.log)
            log.sign(work, services.log.keys)
        if "entente_log_checkpoint_seconds" in app.get("/metrics").text:
            break
    figures = app.get("/metrics").text
    assert "entente_log_size" in figures
    assert "entente_log_unsequenced" in figures
    assert "entente_log_checkpoint_seconds" in figures


def test_methods_that_somebody_makes_up_are_one(app: TestClient) -> None:
    for number in range(3):
        app.request(f"MADEUP{number}", "/records")
    assert "MADEUP" not in app.get("/metrics").text


def test_an_empty_token_lets_nobody_in(app: TestClient) -> None:
    services = app.app.state.services  # type: ignore[attr-defined]
    settings = services.settings.model_copy(update={"metrics_token": SecretStr("")})
    stranger = TestClient(create_app(replace(services, settings=settings)), client=("192.0.2.1", 1))
    for header in ("", "Bearer "):
        assert stranger.get("/metrics", headers={"Authorization": header}).status_code == 404


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"X-Forwarded-For": "192.0.2.1"}, 404),
        ({"X-Forwarded-For": "192.0.2.1", "Authorization": "Bearer a token of a test"}, 200),
        ({"X-Forwarded-For": "192.0.2.1", "Authorization": "Bearer another"}, 404),
        ({"X-Forwarded-For": "192.0.2.1", "Authorization": ""}, 404),
    ],
)
def test_strangers_see_nothing(app: TestClient, headers: dict[str, str], status: int) -> None:
    assert app.get("/metrics", headers=headers).status_code == status
