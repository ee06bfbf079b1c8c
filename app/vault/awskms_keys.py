"""Keeps organisations' keys in AWS KMS, which wraps data keys and never gives its own out.

Each key is a symmetric KMS key with one alias, whose name says what it is (`key_names`): all keys
are listed by their aliases alone. The encryption context carries SHA-256 of the associated data, so
that no marking stands readable in CloudTrail, and the key's id.

Destroying schedules the deletion at the shortest time that KMS allows, seven days. From that moment
the key does nothing any more; until the end somebody with the right to cancel could bring it back.
KMS forgets a deleted key together with its alias, so a second alias remembers it. That one points
to a key of the register, which encrypts nothing; KMS allows 50 aliases for one key.

Source: AWS KMS API reference (CreateAlias, ListAliases, Encrypt, Decrypt, DescribeKey,
ScheduleKeyDeletion); Developer Guide, "Key states" and "Resource quotas".
"""

import hashlib
from base64 import b64encode
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from app.core.clock import Clock
from app.vault.errors import KeyDestroyed, KeyUnavailable, NotAuthentic
from app.vault.key_names import KeyNames, in_order, living, remembered
from app.vault.keys import ORGANISATION, OrgKey, OrgKeyId
from app.vault.patience import Patience

if TYPE_CHECKING:
    from types_boto3_kms import KMSClient

WINDOW_DAYS = 7
ALIASES_A_KEY = 50
DESTROYED = {"PendingDeletion", "PendingReplicaDeletion"}
ALTERED = {"InvalidCiphertextException", "IncorrectKeyException", "InvalidCiphertext"}
# KMS says so, with the code of a missing permission, when a ciphertext names another key.
ANOTHER_KEY = "The ciphertext refers to a customer master key that does not exist"
PLAIN = {
    "AccessDeniedException": "AWS KMS refuses the portal; its operator must allow it these keys",
    "UnrecognizedClientException": "AWS KMS does not accept the portal's credentials",
    "ExpiredTokenException": "the portal's AWS credentials have expired",
    "ThrottlingException": "AWS KMS has too much to do right now; try again in a minute",
}


def kms_client(
    region: str | None, endpoint: str | None = None, *, patience: Patience | None = None
) -> "KMSClient":
    """Make a client that finds its credentials where AWS tools look for them.

    Raises:
        KeyUnavailable: no region is set.
    """
    patience = patience or Patience()
    config = Config(
        connect_timeout=patience.connect_seconds,
        read_timeout=patience.read_seconds,
        retries={"mode": "standard", "total_max_attempts": 3},
    )
    with _kms():
        return boto3.client("kms", region_name=region, endpoint_url=endpoint, config=config)


class AwsKmsKeys:
    """The `KeyProvider` of one region of AWS KMS."""

    def __init__(self, client: "KMSClient", *, now: Clock, prefix: str = "entente") -> None:
        self._client = client
        self._now = now
        self._names = KeyNames(f"alias/{prefix}")
        # An alias is seen by everybody only some seconds after it was made; ours at once.
        self._made: list[OrgKey] = []

    def check(self) -> None:
        with _kms():
            _ = self._client.list_aliases(Limit=1)["Aliases"]

    def create_key(self, organisation: str, *, purpose: str = ORGANISATION) -> OrgKey:
        with _kms():
            key_id = self._new_key(f"Entente: attachments of {organisation} ({purpose})")
            key = OrgKey(OrgKeyId(key_id), organisation, self._now(), purpose=purpose)
            self._client.create_alias(AliasName=self._names.of(key), TargetKeyId=key_id)
        self._made.append(key)
        return key

    def list_keys(self) -> Sequence[OrgKey]:
        with _kms():
            listed = self._read(self._aliases())
        known = {key.id for key in listed}
        return in_order([*listed, *(key for key in self._made if key.id not in known)])

    def wrap(self, key_id: OrgKeyId, data_key: bytes, associated_data: bytes) -> bytes:
        self._demand_usable(key_id)
        with _kms():
            answer = self._client.encrypt(
                KeyId=key_id,
                Plaintext=data_key,
                EncryptionContext=_context(key_id, associated_data),
            )
        return answer["CiphertextBlob"]

    def unwrap(self, key_id: OrgKeyId, wrapped_key: bytes, associated_data: bytes) -> bytes:
        self._demand_usable(key_id)
        if not wrapped_key:
            raise NotAuthentic
        with _kms():
            answer = self._client.decrypt(
                KeyId=key_id,
                CiphertextBlob=wrapped_key,
                EncryptionContext=_context(key_id, associated_data),
            )
        return answer["Plaintext"]

    def destroy(self, key_id: OrgKeyId) -> None:
        key = living(self.list_keys(), key_id)
        gone = replace(key, destroyed_at=self._now())
        # First the record, then the key, then its name: until the last step `destroy` may be asked
        # again, and after it the record tells.
        with _kms():
            self._remember(gone)
            if self._state(key_id) not in DESTROYED:
                self._client.schedule_key_deletion(KeyId=key_id, PendingWindowInDays=WINDOW_DAYS)
            self._client.delete_alias(AliasName=self._names.of(key))
        self._made = [made for made in self._made if made.id != key_id]

    def _remember(self, gone: OrgKey) -> None:
        """Give a key of the register one more alias, making another where all are full."""
        aliases = list(self._aliases())
        if remembered(self._read(aliases), gone.id):
            return
        used = Counter(target for _, target in aliases)
        register = f"{self._names.prefix}-register/"
        registers = (target for name, target in aliases if name.startswith(register))
        room = next((target for target in registers if used[target] < ALIASES_A_KEY), None)
        if room is None:
            room = self._new_key("Entente: remembers destroyed keys; encrypts nothing")
            self._client.create_alias(AliasName=f"{register}{room}", TargetKeyId=room)
        self._client.create_alias(AliasName=self._names.of(gone), TargetKeyId=room)

    def _read(self, aliases: Iterable[tuple[str, str]]) -> list[OrgKey]:
        return [key for name, _ in aliases if (key := self._names.read(name)) is not None]

    def _demand_usable(self, key_id: OrgKeyId) -> None:
        """Look at the key's state ourselves, so that it does not rest on the service alone.

        Raises:
            KeyDestroyed, KeyUnavailable: it is not one to wrap or unwrap with.
        """
        with _kms():
            try:
                state = self._state(key_id)
            except self._client.exceptions.NotFoundException:
                living(self.list_keys(), key_id)
                raise KeyUnavailable(f"AWS KMS has lost the key {key_id}") from None
        if state in DESTROYED:
            raise KeyDestroyed
        if state != "Enabled":
            raise KeyUnavailable(f"the key {key_id} is {state.lower()} in AWS KMS")

    def _state(self, key_id: str) -> str:
        return self._client.describe_key(KeyId=key_id)["KeyMetadata"]["KeyState"]

    def _new_key(self, description: str) -> str:
        made = self._client.create_key(
            Description=description,
            KeySpec="SYMMETRIC_DEFAULT",
            KeyUsage="ENCRYPT_DECRYPT",
            Tags=[{"TagKey": "application", "TagValue": "entente"}],
        )
        return made["KeyMetadata"]["KeyId"]

    def _aliases(self) -> Iterator[tuple[str, str]]:
        for page in self._client.get_paginator("list_aliases").paginate():
            for alias in page["Aliases"]:
                yield alias["AliasName"], alias.get("TargetKeyId", "")


def _context(key_id: OrgKeyId, associated_data: bytes) -> dict[str, str]:
    digest = b64encode(hashlib.sha256(associated_data).digest()).decode()
    return {"entente:key": key_id, "entente:bound-to": digest}


@contextmanager
def _kms() -> Iterator[None]:
    """Say plainly what KMS says; neither a request nor credentials go into the words."""
    try:
        yield
    except ClientError as error:
        told = error.response.get("Error", {})
        code = told.get("Code", "")
        if code in ALTERED or told.get("Message", "").startswith(ANOTHER_KEY):
            raise NotAuthentic from None
        plain = PLAIN.get(code, f"AWS KMS does not do what it was asked ({code})")
        raise KeyUnavailable(plain) from error
    except BotoCoreError as error:
        plain = f"AWS KMS cannot be asked ({type(error).__name__})"
        raise KeyUnavailable(plain) from error
    except (KeyError, TypeError, ValueError) as error:
        raise KeyUnavailable("AWS KMS answers in a form that the portal does not know") from error
