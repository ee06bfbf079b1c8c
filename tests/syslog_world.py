"""A real syslog receiver over TLS, with a certificate authority of its own."""

import socket
import ssl
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DAY = timedelta(days=1)


@dataclass(frozen=True)
class Authority:
    """An authority: `file` is what a client trusts."""

    file: Path
    key: ec.EllipticCurvePrivateKey
    name: x509.Name

    def issue(self, folder: Path, address: str) -> Path:
        """Issue a certificate for an address: the file holds its key too."""
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))])
        made = _certificate(_name("receiver"), self.name, key.public_key())
        certificate = made.add_extension(name, critical=False).sign(self.key, hashes.SHA256())
        path = folder / f"{address}-{certificate.serial_number}.pem"
        path.write_bytes(_pem(key) + certificate.public_bytes(serialization.Encoding.PEM))
        return path


def make_authority(folder: Path, called: str) -> Authority:
    """Make an authority."""
    key, name = ec.generate_private_key(ec.SECP256R1()), _name(called)
    made = _certificate(name, name, key.public_key())
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    file = folder / f"{called}.pem"
    certificate = made.sign(key, hashes.SHA256())
    file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return Authority(file, key, name)


def _name(called: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, called)])


def _certificate(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - DAY)
        .not_valid_after(now + DAY)
    )


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


@dataclass
class Receiver:
    """Takes connections one after the other, and keeps the messages that it read.

    `breaks_after` bytes it closes a connection without reading on, once; `polite` ones answer our
    close with one of TLS, others only close the connection, as some receivers do.
    """

    context: ssl.SSLContext | None
    polite: bool = True
    breaks_after: int | None = None
    messages: list[bytes] = field(default_factory=list)
    connection_count: int = 0
    listening: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.listening.getsockname()[1])

    def start(self) -> "Receiver":
        """Begin to listen."""
        threading.Thread(target=self._run, daemon=True).start()
        return self

    def stop(self) -> None:
        """Listen no more."""
        with suppress(OSError):
            self.listening.shutdown(socket.SHUT_RDWR)
        self.listening.close()

    def _run(self) -> None:
        while True:
            try:
                plain, _ = self.listening.accept()
            except OSError:
                return
            self.connection_count += 1
            try:
                self._take(plain)
            except OSError:
                plain.close()

    def _take(self, plain: socket.socket) -> None:
        connection: socket.socket = plain
        if self.context is not None:
            connection = self.context.wrap_socket(plain, server_side=True)
        data, limit = b"", self.breaks_after
        while chunk := connection.recv(1024):
            data += chunk
            if limit is not None and len(data) >= limit:
                self.breaks_after = None
                break
        self.messages += unframed(data)
        if limit is None and self.polite and isinstance(connection, ssl.SSLSocket):
            connection = connection.unwrap()
        connection.close()


def unframed(data: bytes) -> list[bytes]:
    """Read the messages that came whole (RFC 5425, section 4.3)."""
    found = []
    while b" " in data:
        length, _, rest = data.partition(b" ")
        if len(rest) < int(length):
            break
        found.append(rest[: int(length)])
        data = rest[int(length) :]
    return found


def tls_receiver(authority: Authority, folder: Path, address: str = "127.0.0.1") -> Receiver:
    """Make a receiver that shows a certificate of this authority for this address."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority.issue(folder, address))
    return Receiver(context)
