"""Opens the key provider that `ENTENTE_KEY_PROVIDER` names.

    local:FILE[?passphrase-file=FILE]
    pkcs11:MODULE?token=LABEL[&pin-file=FILE]
    awskms:[?region=REGION&endpoint=URL]
    vault:https://HOST[:PORT]/MOUNT[?namespace=NAME&ca-file=FILE&token-file=FILE]
    vault:https://HOST[:PORT]/MOUNT?role-id-file=FILE&secret-id-file=FILE[&approle=MOUNT&...]

Each but `local:` takes `prefix`, where several portals share one service. A secret never stands in
the address, which turns up in lists of processes and logs: it comes from a file, or from the
environment. The words are those of PKCS #11 URIs (RFC 7512) where it has them.

The libraries of a provider are loaded only where it is the one: boto3 takes seconds.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from app.core.clock import Clock
from app.core.errors import Unavailable
from app.vault.errors import WrongPassphrase
from app.vault.keys import KeyProvider
from app.vault.local_keys import LocalKeys
from app.vault.patience import Patience
from app.vault.secret_files import read_secret

SETTING = "ENTENTE_KEY_PROVIDER"
LOOPBACK = {"127.0.0.1", "::1", "localhost"}
PREFIX = "entente"


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the setting asks for, and what may be used for it."""

    address: str
    options: Mapping[str, str]
    secret: str | None
    environ: Mapping[str, str]
    now: Clock
    patience: Patience

    def path(self, option: str) -> Path | None:
        return Path(self.options[option]) if option in self.options else None

    @property
    def prefix(self) -> str:
        return self.options.get("prefix", PREFIX)


def open_keys(
    place: str,
    *,
    secret: str | None,
    now: Clock,
    environ: Mapping[str, str],
    patience: Patience | None = None,
) -> KeyProvider:
    """Open the key provider at `place`.

    Args:
        place: as in this module's docstring.
        secret: the passphrase or PIN, where no file holds it.
        environ: where `VAULT_TOKEN` may stand.

    Raises:
        Unavailable: `place` is not of the form; says what is missing or not known.
        WrongPassphrase, KeyUnavailable, NotAuthentic: the provider does not open.
    """
    kind, _, rest = place.partition(":")
    if kind not in _KINDS:
        raise Unavailable(f"{SETTING} must begin with local:, pkcs11:, awskms: or vault:.")
    open_kind, known = _KINDS[kind]
    address, _, query = rest.partition("?")
    options = _options(kind, query, known)
    return open_kind(
        _Asked(unquote(address), options, secret, environ, now, patience or Patience())
    )


def _options(kind: str, query: str, known: str) -> dict[str, str]:
    try:
        pairs = parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query))
    except ValueError:
        raise Unavailable(f"{SETTING}: what follows ? must be name=value, joined by &.") from None
    names = [name for name, _ in pairs]
    allowed = known.split()
    # The value is not repeated: it may be a secret that somebody put into the wrong place.
    for name, value in pairs:
        if name not in allowed:
            raise Unavailable(f"{SETTING}: {kind}: takes only {', '.join(allowed)}.")
        if not value or names.count(name) > 1:
            raise Unavailable(f"{SETTING}: {name} must be given once, and not be empty.")
    return dict(pairs)


def _local(asked: _Asked) -> KeyProvider:
    if not asked.address:
        raise Unavailable(f"{SETTING} must name the file: local:FILE.")
    passphrase = _secret_of(asked, "passphrase-file")
    if not passphrase:
        raise WrongPassphrase("the passphrase of the key file is empty or not set")
    return LocalKeys(Path(asked.address), passphrase, now=asked.now)


def _pkcs11(asked: _Asked) -> KeyProvider:
    from app.vault.pkcs11_keys import Pkcs11Keys

    if not asked.address or "token" not in asked.options:
        raise Unavailable(f"{SETTING} must name module and token: pkcs11:MODULE?token=LABEL.")
    pin = _secret_of(asked, "pin-file")
    if not pin:
        raise WrongPassphrase("the token's PIN is empty or not set: give a pin-file")
    return Pkcs11Keys(
        Path(asked.address), asked.options["token"], pin, now=asked.now, prefix=asked.prefix
    )


def _awskms(asked: _Asked) -> KeyProvider:
    from app.vault.awskms_keys import AwsKmsKeys, kms_client

    if asked.address:
        raise Unavailable(f"{SETTING}: awskms: takes its address as ?endpoint=URL.")
    endpoint = asked.options.get("endpoint")
    if endpoint is not None:
        _demand_safe(_split(endpoint))
    client = kms_client(asked.options.get("region"), endpoint, patience=asked.patience)
    return AwsKmsKeys(client, now=asked.now, prefix=asked.prefix)


def _vault(asked: _Asked) -> KeyProvider:
    from app.vault.transit_keys import TransitKeys

    address = _split(asked.address)
    _demand_safe(address)
    mount = address.path.strip("/")
    if not mount:
        raise Unavailable(f"{SETTING} must name the transit engine: vault:https://HOST/transit.")
    return TransitKeys(
        f"{address.scheme}://{address.netloc}",
        login=_login(asked),
        now=asked.now,
        mount=mount,
        namespace=asked.options.get("namespace"),
        ca_file=asked.path("ca-file"),
        prefix=asked.prefix,
        patience=asked.patience,
    )


def _login(asked: _Asked) -> Callable[[object], None]:
    from app.vault.transit_keys import with_approle, with_token

    role, secret_id = asked.path("role-id-file"), asked.path("secret-id-file")
    if role and secret_id:
        mount = asked.options.get("approle", "approle")
        return with_approle(read_secret(role), lambda: read_secret(secret_id), mount)
    if role or secret_id:
        raise Unavailable(f"{SETTING}: an AppRole needs role-id-file and secret-id-file.")
    file = asked.path("token-file")
    if file is not None:
        return with_token(lambda: read_secret(file))
    token = asked.environ.get("VAULT_TOKEN", "")
    if not token:
        raise Unavailable(f"{SETTING}: give a token-file, an AppRole's files or VAULT_TOKEN.")
    return with_token(lambda: token)


def _secret_of(asked: _Asked, option: str) -> str | None:
    file = asked.path(option)
    return read_secret(file) if file else asked.secret


def _split(address: str) -> SplitResult:
    try:
        split = urlsplit(address)
        _ = split.port
    except ValueError:
        raise Unavailable(f"{SETTING}: the address is not one of https://HOST.") from None
    return split


def _demand_safe(address: SplitResult) -> None:
    """Return when nobody on the way could read data keys or a token.

    Raises:
        Unavailable: it is no address, holds a password, or goes over a network unencrypted.
    """
    if address.scheme not in {"http", "https"} or not address.hostname:
        raise Unavailable(f"{SETTING}: the address must be of the form https://HOST.")
    if address.username is not None or address.password is not None:
        raise Unavailable(f"{SETTING}: no name or password may stand in the address.")
    if address.scheme == "http" and address.hostname not in LOOPBACK:
        raise Unavailable(f"{SETTING}: the address must be https: unless it is this machine.")


_KINDS: dict[str, tuple[Callable[[_Asked], KeyProvider], str]] = {
    "local": (_local, "passphrase-file"),
    "pkcs11": (_pkcs11, "token pin-file prefix"),
    "awskms": (_awskms, "region endpoint prefix"),
    "vault": (
        _vault,
        "namespace ca-file token-file role-id-file secret-id-file approle prefix",
    ),
}
