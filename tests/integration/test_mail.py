"""Mail is handed to a real server: over TLS wherever it leaves this machine, or not at all."""

import datetime as dt
import socket
import ssl
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.core.errors import Unavailable
from app.core.mail import Mail, SmtpMailer
from tests.world import NOON, StillClock

MAIL = Mail(["abel@imda.example", "aude@eu.example"], "A finding", "Something was found.\n")


class Taking:
    """A server's side: keeps what it takes, refuses what it is told to."""

    def __init__(self) -> None:
        self.taken: list[Any] = []
        self.refused: set[str] = set()

    async def handle_RCPT(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        """Take or refuse an address."""
        if address in self.refused:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        """Keep a message."""
        self.taken.append((envelope, session.ssl))
        return "250 OK"


def _certificate(folder: Path) -> tuple[Path, Path]:
    """Make a certificate for 127.0.0.1 that signs itself; give its file and its key's."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    files = folder / "mail.crt", folder / "mail.key"
    files[0].write_bytes(made.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return files


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """The server's side of TLS, and a client's that trusts it."""
    certificate, key = _certificate(tmp_path_factory.mktemp("tls"))
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(certificate, key)
    return server, ssl.create_default_context(cafile=str(certificate))


@pytest.fixture
def taking() -> Taking:
    return Taking()


@pytest.fixture
def serve(taking: Taking) -> Iterator[Any]:
    """Starts servers of any kind; gives the port."""
    begun: list[Controller] = []

    def start(**options: Any) -> int:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = int(free.getsockname()[1])
        server = Controller(taking, hostname="127.0.0.1", port=port, **options)
        server.start()
        begun.append(server)
        return port

    yield start
    for server in begun:
        server.stop()


def mailer(url: str, tls: ssl.SSLContext | None = None) -> SmtpMailer:
    context = tls or ssl.create_default_context()
    return SmtpMailer(url, "entente@imda.example", StillClock(NOON), context)


def test_a_message_is_taken_and_names_nobody_who_gets_it(taking: Taking, serve: Any) -> None:
    mailer(f"smtp://127.0.0.1:{serve()}").send(MAIL)
    ((envelope, secured),) = taking.taken
    assert envelope.rcpt_tos == list(MAIL.to)
    assert envelope.mail_from == "entente@imda.example"
    assert secured is None
    text = envelope.content.decode()
    assert "Something was found." in text
    assert "Auto-Submitted: auto-generated" in text
    assert not any(address in text for address in MAIL.to)


def test_starttls_is_taken_where_it_is_offered(taking: Taking, serve: Any, tls: Any) -> None:
    port = serve(tls_context=tls[0], require_starttls=True)
    mailer(f"smtp://127.0.0.1:{port}", tls[1]).send(MAIL)
    assert taking.taken[0][1] is not None


@pytest.mark.filterwarnings("ignore:Requiring AUTH")  # the whole connection is TLS
def test_smtps_with_a_password(
    taking: Taking, serve: Any, tls: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # This server leaves the last of several wrong passwords unanswered.
    monkeypatch.setattr("app.core.mail.PATIENCE_SECONDS", 1)
    asked = []

    def check(server: Any, session: Any, envelope: Any, kind: str, data: Any) -> AuthResult:
        asked.append((data.login, data.password))
        return AuthResult(success=data.password == b"a b")

    port = serve(
        ssl_context=tls[0], authenticator=check, auth_required=True, auth_require_tls=False
    )
    mailer(f"smtps://who:a%20b@127.0.0.1:{port}", tls[1]).send(MAIL)
    assert asked == [(b"who", b"a b")]
    assert len(taking.taken) == 1
    with pytest.raises(Unavailable) as refused:
        mailer(f"smtps://who:wrong@127.0.0.1:{port}", tls[1]).send(MAIL)
    assert "wrong" not in str(refused.value)


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_a_server_whose_certificate_nobody_vouches_for_gets_nothing(
    taking: Taking, serve: Any, tls: Any, scheme: str
) -> None:
    options = {"tls_context": tls[0]} if scheme == "smtp" else {"ssl_context": tls[0]}
    with pytest.raises(Unavailable):
        mailer(f"{scheme}://127.0.0.1:{serve(**options)}").send(MAIL)
    assert not taking.taken


def test_nothing_leaves_this_machine_without_tls(
    taking: Taking, serve: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.core.mail.LOOPBACK", frozenset())
    with pytest.raises(Unavailable):
        mailer(f"smtp://127.0.0.1:{serve()}").send(MAIL)
    assert not taking.taken


def test_one_refused_address_keeps_nobody_else_from_it(taking: Taking, serve: Any) -> None:
    port = serve()
    taking.refused.add(MAIL.to[0])
    mailer(f"smtp://127.0.0.1:{port}").send(MAIL)
    assert taking.taken[0][0].rcpt_tos == [MAIL.to[1]]
    taking.refused.add(MAIL.to[1])
    with pytest.raises(Unavailable) as refused:
        mailer(f"smtp://127.0.0.1:{port}").send(MAIL)
    assert "imda" not in str(refused.value)


def test_a_server_that_is_not_there_can_be_asked_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(Unavailable):
        mailer(f"smtp://127.0.0.1:{port}").send(MAIL)


@pytest.mark.parametrize("url", ["http://host", "smtp://", "host:25", ""])
def test_an_address_that_is_none_is_told_at_once(url: str) -> None:
    with pytest.raises(Unavailable, match="ENTENTE_SMTP_URL"):
        mailer(url)


def test_the_password_is_not_in_what_is_printed_of_it() -> None:
    assert "secret" not in repr(mailer("smtps://who:secret@host"))
