"""Key providers for tests, each a real one: a file, SoftHSM, a KMS server, a transit server."""

import atexit
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import count
from pathlib import Path

from moto.server import ThreadedMotoServer

from app.vault import KeyProvider, open_keys
from app.vault.patience import Patience
from tests.faulty_proxy import FaultyProxy
from tests.transit_server import Transit, serve_transit

PROVIDERS = ("local", "pkcs11", "awskms", "transit")
NETWORKED = ("awskms", "transit")
SECRET = "a secret of a test 7361"
# A loaded machine answers later than this now and then: only for what is not to be answered.
IMPATIENT = Patience(connect_seconds=0.5, read_seconds=0.4)
PATIENT = Patience(connect_seconds=5, read_seconds=10)
SOFTHSM = (
    "/usr/lib/softhsm/libsofthsm2.so",
    "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so",
    "/usr/lib64/pkcs11/libsofthsm2.so",
    "/opt/homebrew/lib/softhsm/libsofthsm2.so",
)
_numbers = count(1)


@dataclass
class Ticking:
    """A clock that goes on by a minute whenever it is looked at."""

    now: datetime = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(minutes=1)
        return self.now


@dataclass
class Place:
    """Where a provider keeps its keys; `open` may be called by as many as like."""

    kind: str
    url: str
    environ: Mapping[str, str] = field(default_factory=dict)
    proxy: FaultyProxy | None = None
    transit: Transit | None = None
    clock: Ticking = field(default_factory=Ticking)

    def open(self, patience: Patience = PATIENT) -> KeyProvider:
        return open_keys(
            self.url,
            secret=SECRET,
            now=self.clock,
            environ=self.environ,
            patience=patience,
        )

    @property
    def faults(self) -> FaultyProxy:
        assert self.proxy is not None
        return self.proxy


def make_place(kind: str, folder: Path) -> Place:
    """Give a place of this kind that nobody else uses."""
    prefix = f"test-{next(_numbers)}"
    if kind == "local":
        return Place(kind, f"local:{folder}/keys/organisations.json")
    if kind == "pkcs11":
        module, label = softhsm()
        return Place(kind, f"pkcs11:{module}?token={label}&prefix={prefix}")
    if kind == "awskms":
        _aws_environment()
        proxy = FaultyProxy(_kms())
        options = f"region=eu-west-1&endpoint={proxy.address}&prefix={prefix}"
        return Place(kind, f"awskms:?{options}", proxy=proxy)
    transit = Transit(tokens={SECRET})
    proxy = FaultyProxy(serve_transit(transit))
    url = f"vault:{proxy.address}/transit?prefix={prefix}"
    return Place(kind, url, {"VAULT_TOKEN": SECRET}, proxy, transit)


@cache
def softhsm_module() -> str:
    """Give the path of SoftHSM's module."""
    found = next((path for path in SOFTHSM if Path(path).exists()), None)
    assert found, "SoftHSM is not installed: on Debian, apt-get install softhsm2"
    return found


@cache
def softhsm() -> tuple[str, str]:
    """Make a token of this run, and give the module and the token's label.

    SoftHSM reads its configuration once, when the process first speaks with it.
    """
    folder = Path(tempfile.mkdtemp(prefix="entente-softhsm-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ["SOFTHSM2_CONF"] = str(configure_softhsm(folder))
    init_token("entente")
    return softhsm_module(), "entente"


def configure_softhsm(folder: Path) -> Path:
    """Write a configuration that keeps tokens in this folder."""
    (folder / "tokens").mkdir()
    conf = folder / "softhsm2.conf"
    conf.write_text(f"directories.tokendir = {folder}/tokens\nlog.level = ERROR\n")
    return conf


def init_token(label: str) -> None:
    command = ["softhsm2-util", "--module", softhsm_module(), "--init-token", "--free"]
    command += ["--label", label, "--pin", SECRET, "--so-pin", SECRET]
    subprocess.run(command, check=True, capture_output=True)


@cache
def _kms() -> str:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    atexit.register(server.stop)
    host, port = server.get_host_and_port()
    return f"http://{host}:{port}"


def _aws_environment() -> None:
    os.environ.setdefault("AWS_ACCESS_KEY_ID", "test")
    os.environ.setdefault("AWS_SECRET_ACCESS_KEY", SECRET)
    os.environ.setdefault("AWS_EC2_METADATA_DISABLED", "true")
