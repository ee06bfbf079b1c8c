"""Keeps organisations' keys in the transit engine of HashiCorp Vault or OpenBao.

Each key is a named transit key (`key_names`), not exportable, of type aes256-gcm96 and derived: the
associated data is both the AEAD's and, as SHA-256, the context that a key of its own is derived
from. So the binding holds even at a server too old to know `associated_data`. A wrapping is kept as
4 bytes of the key's version and the raw sealed bytes, not as transit's text: base64 lets one of
several texts stand for the same bytes.

A destroyed key leaves an empty transit key behind, whose name tells of it. Encrypting with a name
that is not there makes a key in transit, if the token may create: so the key is read first, and the
token should hold no `create` on `encrypt/*` (docs/keys.md).

Source: Vault HTTP API, "Transit secrets engine": Create, Read, List, Delete Key, Update Key
Configuration, Encrypt Data, Decrypt Data; "AppRole auth method": Login With AppRole.
"""

import hashlib
import os
import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import hvac
import requests
from hvac import exceptions as said
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from app.core.clock import Clock
from app.vault.errors import KeyUnavailable, NotAuthentic
from app.vault.key_names import KeyNames, in_order, living, remembered
from app.vault.keys import ORGANISATION, OrgKey, OrgKeyId
from app.vault.patience import Patience
from app.vault.stream import RandomBytes

VERSION_BYTES = 4
WRAPPED_BYTES = VERSION_BYTES + 12 + 32 + 16
SEALED = re.compile(r"vault:v([0-9]{1,9}):([A-Za-z0-9+/]+=*)")
PLAIN = {
    said.Forbidden: "the key service refuses the portal's token, or does not allow it this",
    said.Unauthorized: "the key service refuses the portal's token",
    said.VaultDown: "the key service is sealed or down",
    said.VaultNotInitialized: "the key service is not initialised",
    said.RateLimitExceeded: "the key service has too much to do right now; try again in a minute",
    requests.exceptions.SSLError: "the key service's certificate is not one to trust",
}
T = TypeVar("T")
Login = Callable[[Any], None]


def with_token(read: Callable[[], str]) -> Login:
    """Log in with a token, read anew when the one before is refused."""

    def login(client: Any) -> None:
        client.token = read()

    return login


def with_approle(role_id: str, read_secret_id: Callable[[], str], mount: str) -> Login:
    """Log in as an AppRole, and again when its token has ended."""

    def login(client: Any) -> None:
        client.auth.approle.login(
            role_id=role_id, secret_id=read_secret_id(), mount_point=mount, use_token=True
        )

    return login


class TransitKeys:
    """The `KeyProvider` of one transit engine."""

    def __init__(
        self,
        address: str,
        *,
        login: Login,
        now: Clock,
        mount: str = "transit",
        namespace: str | None = None,
        ca_file: Path | None = None,
        prefix: str = "entente",
        random_bytes: RandomBytes = os.urandom,
        patience: Patience | None = None,
    ) -> None:
        """Make ready to ask; nothing is asked yet.

        Args:
            address: of the server, without a path.
            ca_file: the authorities to trust; None: those of this machine.
        """
        patience = patience or Patience()
        self._client = hvac.Client(
            url=address,
            token="",
            timeout=(patience.connect_seconds, patience.read_seconds),
            # A redirect would carry the token to another machine.
            allow_redirects=False,
            session=_session(ca_file),
            namespace=namespace,
            strict_http=True,
        )
        self._login = login
        self._mount = mount
        self._now = now
        self._names = KeyNames(prefix, ".")
        self._random_bytes = random_bytes
        self._known: dict[OrgKeyId, str] = {}

    def check(self) -> None:
        self._ask(self._listed)

    def create_key(self, organisation: str, *, purpose: str = ORGANISATION) -> OrgKey:
        key_id = OrgKeyId(f"key_{self._random_bytes(12).hex()}")
        key = OrgKey(key_id, organisation, self._now(), purpose=purpose)
        self._ask(lambda: self._create(key))
        return key

    def list_keys(self) -> Sequence[OrgKey]:
        return in_order(self._ask(self._list))

    def wrap(self, key_id: OrgKeyId, data_key: bytes, associated_data: bytes) -> bytes:
        def encrypt() -> str:
            name, _ = self._read(key_id)
            answer = self._transit.encrypt_data(
                name,
                plaintext=_text(data_key),
                mount_point=self._mount,
                **_bound_to(associated_data),
            )
            return str(answer["data"]["ciphertext"])

        return _packed(self._ask(encrypt))

    def unwrap(self, key_id: OrgKeyId, wrapped_key: bytes, associated_data: bytes) -> bytes:
        version = int.from_bytes(wrapped_key[:VERSION_BYTES])

        def decrypt() -> bytes:
            name = self._name(key_id)
            if len(wrapped_key) != WRAPPED_BYTES:
                raise NotAuthentic
            try:
                answer = self._transit.decrypt_data(
                    name,
                    ciphertext=f"vault:v{version}:{_text(wrapped_key[VERSION_BYTES:])}",
                    mount_point=self._mount,
                    **_bound_to(associated_data),
                )
            except (said.InvalidRequest, said.InvalidPath):
                # So it answers when the key is gone and when the wrapping is not what it made.
                _, told = self._read(key_id)
                if 0 < version < int(told["min_decryption_version"]):
                    raise KeyUnavailable(
                        f"transit no longer allows version {version} of the key {key_id}"
                    ) from None
                raise NotAuthentic from None
            return b64decode(answer["data"]["plaintext"], validate=True)

        return self._ask(decrypt)

    def destroy(self, key_id: OrgKeyId) -> None:
        def destroy() -> None:
            keys = self._list()
            key = living(keys, key_id)
            # First the record, then the key: a crash between them leaves a key that can be
            # destroyed again, never one that nobody remembers.
            if not remembered(keys, key_id):
                self._create(replace(key, destroyed_at=self._now()))
            name = self._names.of(key)
            self._transit.update_key_configuration(
                name, deletion_allowed=True, mount_point=self._mount
            )
            self._transit.delete_key(name, mount_point=self._mount)

        self._ask(destroy)

    @property
    def _transit(self) -> Any:
        return self._client.secrets.transit

    def _create(self, key: OrgKey) -> None:
        self._transit.create_key(
            self._names.of(key),
            key_type="aes256-gcm96",
            derived=True,
            exportable=False,
            allow_plaintext_backup=False,
            mount_point=self._mount,
        )

    def _list(self) -> list[OrgKey]:
        return [key for name in self._listed() if (key := self._names.read(name)) is not None]

    def _listed(self) -> list[str]:
        try:
            return list(self._transit.list_keys(mount_point=self._mount)["data"]["keys"])
        except said.InvalidPath:
            return []  # An engine without a single key has no list of them.

    def _name(self, key_id: OrgKeyId) -> str:
        if key_id not in self._known:
            self._known[key_id] = self._names.of(living(self._list(), key_id))
        return self._known[key_id]

    def _read(self, key_id: OrgKeyId) -> tuple[str, Any]:
        """Give the name of the key, and what transit tells of it.

        Raises:
            KeyDestroyed, KeyUnavailable: it is there no longer, or never was.
        """
        name = self._name(key_id)
        try:
            return name, self._transit.read_key(name, mount_point=self._mount)["data"]
        except said.InvalidPath:
            self._known.pop(key_id, None)
            self._name(key_id)
            raise

    def _ask(self, act: Callable[[], T]) -> T:
        with _transit_answers():
            if not self._client.token:
                self._login(self._client)
            try:
                return act()
            except said.Forbidden:
                # The token may have ended; with a fresh one it is asked once more.
                self._login(self._client)
                return act()


def _session(ca_file: Path | None) -> requests.Session:
    """Ask again, three times in all, where nobody answered or the service said that it is busy.

    The service's own wish how long to wait is passed over: nobody waits without a bound.
    """
    retry = Retry(
        total=2,
        read=1,
        status_forcelist=(429, 500, 502, 503, 504),
        allowed_methods=None,
        backoff_factor=0.2,
        raise_on_status=False,
        respect_retry_after_header=False,
    )
    session = requests.Session()
    session.verify = str(ca_file) if ca_file else True
    for scheme in ("https://", "http://"):
        session.mount(scheme, HTTPAdapter(max_retries=retry, pool_maxsize=16))
    return session


def _bound_to(associated_data: bytes) -> dict[str, str]:
    return {
        "associated_data": _text(associated_data),
        "context": _text(hashlib.sha256(associated_data).digest()),
    }


def _packed(ciphertext: str) -> bytes:
    match = SEALED.fullmatch(ciphertext)
    if match is None:
        raise KeyUnavailable("the key service answers in a form that the portal does not know")
    return int(match[1]).to_bytes(VERSION_BYTES) + b64decode(match[2], validate=True)


def _text(data: bytes) -> str:
    return b64encode(data).decode()


@contextmanager
def _transit_answers() -> Iterator[None]:
    """Say plainly what went wrong; neither a request nor a token goes into the words."""
    try:
        yield
    except (said.VaultError, requests.RequestException) as error:
        default = f"the key service cannot be asked ({type(error).__name__})"
        raise KeyUnavailable(PLAIN.get(type(error), default)) from error
    except (KeyError, TypeError, ValueError) as error:
        raise KeyUnavailable(
            "the key service answers in a form that the portal does not know"
        ) from error
