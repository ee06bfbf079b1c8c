"""Telling and following for tests, and a mail server that keeps what it takes."""

import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from sqlalchemy import text

from app import notices
from app.core.ids import RecordId
from app.core.mail import SmtpMailer
from app.core.work import Origin
from app.notices import Kind, NoticeView, Post, load_ceiling
from tests.world import POLICIES, World

BASE = "https://portal.example"
WORKER = Origin(door="worker")
MINUTE = timedelta(minutes=1)


class Server:
    """A server's side: takes messages, or answers as it is told to."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, EmailMessage]] = []
        self.answers: list[str] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        """Take a message; `hang up`: take it, and leave before the last word."""
        answer = self.answers.pop(0) if self.answers else "250 OK"
        if answer in ("250 OK", "hang up"):
            message = message_from_bytes(envelope.content, policy=policy.default)
            assert isinstance(message, EmailMessage)
            self.taken.append((envelope.rcpt_tos[0], message))
        if answer == "hang up":
            server.transport.abort()
        return answer

    def texts(self, to: str) -> list[str]:
        """Give what was taken for an address, as its reader sees it."""
        told = [one.get_content() for address, one in self.taken if address.startswith(to)]
        return [str(one).replace("\r\n", "\n") for one in told]


@contextmanager
def serving_mail(world: World) -> Iterator[tuple[Server, Post]]:
    """Run a mail server, and give what mails through it."""
    server = Server()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    running = Controller(server, hostname="127.0.0.1", port=port)
    running.start()
    mailer = SmtpMailer(f"smtp://127.0.0.1:{port}", "entente@portal.example", world.clock)
    yield server, post(world, mailer)
    running.stop()


def post(world: World, mailer: Any) -> Post:
    """What mailing needs, with the portal's own ceiling."""
    ceiling = load_ceiling(POLICIES, world.schemes)
    return Post(mailer, ceiling, BASE, secrets.token_bytes)


def tell(world: World, *names: str, kind: Kind = Kind.MENTIONED, **about: Any) -> None:
    """Tell people something, in a transaction of its own."""
    with world.work() as work:
        people = [world.people[name] for name in names]
        notices.tell(work, kind, people, **{"path": "/desk", **about})


def tell_of(world: World, record_id: RecordId, *names: str) -> None:
    """Tell people of a record, whether or not they see it."""
    tell(world, *names, path=f"/records/{record_id}", record_id=record_id)


def inbox(world: World, name: str) -> list[NoticeView]:
    """What this person finds told."""
    with world.work() as work:
        return list(notices.inbox(work, world.gate, world.actor(work, name)).items)


def follow(world: World, name: str, subject: Any, value: str) -> None:
    """Have a person follow something."""
    with world.work() as work:
        what = notices.Follow(subject=subject, value=value)
        notices.follow(work, world.gate, world.actor(work, name), what)


def tell_followers(world: World) -> None:
    """Let the worker tell followers."""
    while notices.tell_followers(world.units, world.gate, origin=WORKER):
        pass


def mail(world: World, posted: Post) -> None:
    """Let the worker mail all that is due."""
    while notices.mail_next(world.units, world.gate, posted, origin=WORKER):
        pass


def states(world: World) -> list[str]:
    """What became of the mails, oldest first."""
    with world.owner() as session:
        return list(session.scalars(text("SELECT state FROM notice_mails ORDER BY id")))
