"""The worker's watch: a burst in the real portal becomes an alert, and mail at a real server."""

import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from pydantic import SecretStr

from app import records, worker
from app.audit import alerts, statements
from app.audit.alerts import AlertKind, AlertView
from app.core.database import Database
from app.edge import Services
from app.identity import verify_statement
from tests.portal import Portal, assemble_portal

MANY = 16


class Taking:
    """A mail server's side that keeps what it takes."""

    def __init__(self) -> None:
        self.taken: list[Any] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        """Keep a message."""
        self.taken.append(envelope)
        return "250 OK"


@pytest.fixture
def portal(peopled_database: Database, tmp_path: Path) -> Iterator[Portal]:
    made = assemble_portal(peopled_database, tmp_path, "http://127.0.0.1:8000")
    yield made
    made.world.close()


def burst(portal: Portal) -> None:
    """Have a partner of Singapore open many records of imda at once."""
    world = portal.world
    ids = [
        portal.released(title=f"R{number}", marking="TLP:GREEN", release_to="community")
        for number in range(MANY)
    ]
    for record_id in ids:
        with world.work() as work:
            records.read(work, world.gate, world.actor(work, "bo"), record_id)
    world.sequence()


def with_mail(services: Services, port: int) -> Services:
    settings = services.settings.model_copy(
        update={"smtp_url": SecretStr(f"smtp://127.0.0.1:{port}"), "mail_from": "p@entente.example"}
    )
    return replace(services, settings=settings)


def found(portal: Portal) -> list[AlertView]:
    """The alerts of Singapore; those who released were as quick as the reader, and late at that."""
    with portal.world.work() as work:
        actor = portal.world.actor(work, "abel")
        return list(alerts.alerts(work, portal.world.gate, actor).open)


def of_reader(portal: Portal) -> AlertView:
    """The alert of the reader's burst."""
    reader = str(portal.world.people["bo"])
    (one,) = [
        one for one in found(portal) if one.kind is AlertKind.BULK_READING and one.person == reader
    ]
    return one


def test_findings_wait_for_the_mail_server_and_are_mailed_once(portal: Portal) -> None:
    burst(portal)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    services = with_mail(portal.services, port)
    mailer = worker.mailer_of(services)
    worker.watch(services, mailer)  # nobody listens: the first is put off, and nothing is lost
    taking = Taking()
    server = Controller(taking, hostname="127.0.0.1", port=port)
    server.start()
    try:
        for _ in range(3):
            portal.world.clock.pass_time(timedelta(minutes=2))
            worker.watch(services, mailer)
    finally:
        server.stop()
    ours = [one for one in taking.taken if one.rcpt_tos == ["abel@imda.example"]]
    assert len(ours) == len(found(portal)) > 1
    texts = [one.content.decode() for one in ours]
    assert sum(of_reader(portal).sentence in text for text in texts) >= 1
    for text in texts:
        _, _, body = text.partition("\r\n\r\n")
        assert not any(name in body for name in ("Bo", "biz-sg", "R1", "Iris"))
    assert all(one.mailed_at for one in found(portal))


def test_without_a_mail_server_findings_stand_on_their_page(portal: Portal) -> None:
    burst(portal)
    assert worker.mailer_of(portal.services) is None
    worker.watch(portal.services, None)
    assert of_reader(portal).entry_count == MANY
    assert of_reader(portal).mailed_at is None


def test_the_worker_makes_statements_that_the_deployment_signed(portal: Portal) -> None:
    burst(portal)
    portal.world.clock.now = datetime(2026, 4, 2, tzinfo=UTC)
    portal.world.sequence()
    with portal.world.work() as work:
        actor = portal.world.actor(work, "iris")
        records.find(work, portal.world.gate, actor, records.Search())
    portal.world.sequence()
    worker.watch(portal.services, None)
    with portal.world.work() as work:
        actor = portal.world.actor(work, "iris")
        (line,) = statements.own_statements(work, portal.world.gate, actor)
        view = statements.statement(work, portal.world.gate, actor, line.id)
    assert line.line_count == MANY
    keys = portal.services.identity.keys
    assert verify_statement(keys, view.signed, typ=statements.JWS_TYPE)["organisation"] == "imda"


def test_watching_before_there_is_a_log_finds_nothing(portal: Portal) -> None:
    worker.watch(portal.services, None)
    assert portal.world.told("alert.raised") == []
