"""Mail: what the portal hands over to be sent, and the adapter that hands it to a mail server.

A message says little: it may be read on its way. Nobody's name is in it, and a link leads to a page
that asks who reads.
"""

import smtplib
import ssl
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid
from typing import Final, Protocol
from urllib.parse import unquote, urlsplit

from app.core.clock import Clock
from app.core.errors import Unavailable

LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
PATIENCE_SECONDS: Final = 20
PORTS: Final = {"smtp": 587, "smtps": 465}
# RFC 5322, section 2.1.1: an address in a header may not be broken, so that lines may be long.
UNBROKEN: Final = SMTP.clone(max_line_length=998)


class MaybeTaken(Unavailable):
    """The connection was lost during the hand-over: nobody knows whether it was taken."""


@dataclass(frozen=True)
class Mail:
    """One message; `to` are addresses that learn nothing of each other.

    `key`: the same for the same message, however often it is handed over, so that whoever gets it
    twice can tell; empty: it is made anew. `headers` are those that the message needs of its own.
    """

    to: Sequence[str]
    subject: str
    text: str
    headers: Mapping[str, str] = field(default_factory=dict)
    key: str = ""


class Mailer(Protocol):
    """Hands mail over."""

    def send(self, mail: Mail) -> None:
        """Hand a message over to be delivered.

        Raises:
            Unavailable: it was not taken for any of the addresses; it may be tried again.
            MaybeTaken: nobody knows; tried again, it may come twice.
        """
        ...


@dataclass(frozen=True)
class SmtpMailer:
    """Hands mail to a server by SMTP; `url` is `smtps://user:password@host` or `smtp://host:port`.

    `smtps` is TLS from the first byte (RFC 8314, section 3.3). `smtp` changes to TLS by STARTTLS
    (RFC 3207), and goes without only to this machine. Certificates are checked by `tls`.
    """

    url: str = field(repr=False)
    sender: str
    clock: Clock
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context)

    def __post_init__(self) -> None:
        where = urlsplit(self.url)
        if where.scheme not in PORTS or not where.hostname:
            raise Unavailable("ENTENTE_SMTP_URL must begin with smtps:// or smtp:// and a host.")

    def send(self, mail: Mail) -> None:
        """Hand a message over.

        Raises:
            Unavailable: the server does not answer, is not who it should be, offers no TLS, or
                takes the message for nobody.
            MaybeTaken: the connection was lost before the server's last word.
        """
        try:
            server = self._connected()
        except (OSError, smtplib.SMTPException) as error:
            raise _not_taken(error) from error
        try:
            server.send_message(self._message(mail), self.sender, list(mail.to))
        except smtplib.SMTPServerDisconnected as error:
            raise MaybeTaken("The mail server left before its last word.") from error
        except smtplib.SMTPException as error:  # every other one is the server's own no
            raise _not_taken(error) from error
        except OSError as error:
            raise MaybeTaken(f"The mail server was lost: {_kind(error)}.") from error
        finally:
            # The message was taken or not, whatever is said at the end.
            with suppress(OSError, smtplib.SMTPException):
                server.quit()
            server.close()

    def _connected(self) -> smtplib.SMTP:
        where = urlsplit(self.url)
        host, port = where.hostname or "", where.port or PORTS[where.scheme]
        if where.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                host, port, timeout=PATIENCE_SECONDS, context=self.tls
            )
        else:
            server = smtplib.SMTP(host, port, timeout=PATIENCE_SECONDS)
        try:
            self._secure(server, host, plain=where.scheme == "smtp")
            if where.username:
                server.login(unquote(where.username), unquote(where.password or ""))
        except BaseException:
            server.close()
            raise
        return server

    def _secure(self, server: smtplib.SMTP, host: str, *, plain: bool) -> None:
        server.ehlo()
        if not plain:
            return
        if server.has_extn("starttls"):
            server.starttls(context=self.tls)
        elif host not in LOOPBACK:
            raise smtplib.SMTPNotSupportedError("no TLS")

    def _message(self, mail: Mail) -> EmailMessage:
        message = EmailMessage(policy=UNBROKEN)
        message["From"] = self.sender
        message["To"] = "undisclosed-recipients:;"
        message["Subject"] = mail.subject
        message["Date"] = format_datetime(self.clock())
        domain = self.sender.rpartition("@")[2]
        message["Message-ID"] = (
            f"<{mail.key}@{domain}>" if mail.key else make_msgid(domain=domain or None)
        )
        message["Auto-Submitted"] = "auto-generated"  # RFC 3834, section 5: no answer is wanted
        for name, value in mail.headers.items():
            message[name] = value
        message.set_content(mail.text)
        return message


def _not_taken(error: BaseException) -> Unavailable:
    # What a server says may repeat addresses: the kind of the failure is enough.
    return Unavailable(f"The mail server did not take a message: {_kind(error)}.")


def _kind(error: BaseException) -> str:
    code = getattr(error, "smtp_code", None)
    return f"{type(error).__name__} {code}" if code else type(error).__name__
