"""Keeps organisations' keys in a PKCS#11 token, where they do the wrapping and never come out.

Each key is an AES-256 key of the token, sensitive and not extractable. A data key is wrapped by
encrypting it inside the token with CKM_AES_GCM (12 bytes nonce | 32 | 16 bytes tag), because
CKM_AES_KEY_WRAP cannot bind associated data. A destroyed key leaves a data object whose label says
so (`key_names`).

A login belongs to the process, not to a session; so a second provider for the same token needs no
PIN of its own. All calls are made by one thread (`pkcs11_thread`).

Source: PKCS #11 Current Mechanisms v2.40, section 2.12 (AES-GCM).
"""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import TimeoutError as Late
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import pkcs11
from pkcs11 import Attribute, GCMParams, KeyType, Mechanism, ObjectClass
from pkcs11 import exceptions as said

from app.core.clock import Clock
from app.vault.errors import KeyDestroyed, KeyUnavailable, NotAuthentic
from app.vault.key_names import KeyNames, in_order, living, remembered
from app.vault.keys import ORGANISATION, OrgKey, OrgKeyId
from app.vault.pkcs11_thread import thread_of
from app.vault.stream import RandomBytes

NONCE_BYTES = 12
WRAPPED_BYTES = NONCE_BYTES + 32 + 16
SESSION_LOST = (
    said.SessionHandleInvalid,
    said.SessionClosed,
    said.UserNotLoggedIn,
    said.DeviceRemoved,
    said.TokenNotPresent,
    said.SlotIDInvalid,
)
# What a token says of a wrong tag differs; SoftHSM and others have no word of their own for it.
PERHAPS_ALTERED = (
    said.EncryptedDataInvalid,
    said.EncryptedDataLenRange,
    said.FunctionFailed,
    said.GeneralError,
)
PLAIN = {
    said.PinIncorrect: "the token refuses its PIN",
    said.PinLocked: "the token's PIN is locked after too many wrong ones; its owner can unlock it",
    said.PinExpired: "the token's PIN has expired; set another one",
    said.NoSuchToken: "there is no token of this label; is it plugged in, and is its label right?",
    said.MultipleTokensReturned: "there is more than one token of this label",
}
T = TypeVar("T")


class Pkcs11Keys:
    """The `KeyProvider` of a PKCS#11 token; several may share one, in several processes."""

    def __init__(
        self,
        module: Path,
        token: str,
        pin: str,
        *,
        now: Clock,
        prefix: str = "entente",
        random_bytes: RandomBytes = os.urandom,
        timeout_seconds: float = 10,
    ) -> None:
        """Log in to the token of this label.

        Args:
            module: the vendor's library.
            timeout_seconds: the longest that a caller waits for the token.

        Raises:
            KeyUnavailable: no such module or token, a wrong PIN, or no answer in time.
        """
        self._module = str(module)
        self._thread = thread_of(self._module)
        self._token = token
        self._pin = pin
        self._now = now
        self._names = KeyNames(prefix)
        self._random_bytes = random_bytes
        self._timeout_seconds = timeout_seconds
        self._session: Any = None
        self._process = 0
        self._refused: pkcs11.PKCS11Error | None = None
        self.check()

    def check(self) -> None:
        # A search that finds nothing is the least that goes all the way to the token.
        nothing = {Attribute.CLASS: ObjectClass.DATA, Attribute.LABEL: self._names.prefix}
        self._ask(lambda session: list(session.get_objects(nothing)))

    def create_key(self, organisation: str, *, purpose: str = ORGANISATION) -> OrgKey:
        key_id = OrgKeyId(f"key_{self._random_bytes(12).hex()}")
        key = OrgKey(key_id, organisation, self._now(), purpose=purpose)
        template = {
            Attribute.PRIVATE: True,
            Attribute.SENSITIVE: True,
            Attribute.EXTRACTABLE: False,
            Attribute.MODIFIABLE: False,
            Attribute.ENCRYPT: True,
            Attribute.DECRYPT: True,
            Attribute.WRAP: False,
            Attribute.UNWRAP: False,
            Attribute.SIGN: False,
            Attribute.VERIFY: False,
            Attribute.DERIVE: False,
        }

        def create(session: Any) -> None:
            session.generate_key(
                KeyType.AES,
                256,
                id=key_id.encode(),
                label=self._names.of(key),
                store=True,
                template=template,
            )

        self._ask(create)
        return key

    def list_keys(self) -> Sequence[OrgKey]:
        return in_order(self._ask(self._list))

    def wrap(self, key_id: OrgKeyId, data_key: bytes, associated_data: bytes) -> bytes:
        # A random nonce is safe for 2^32 wrappings by one key; attachments are far fewer.
        nonce = self._random_bytes(NONCE_BYTES)

        def encrypt(session: Any) -> bytes:
            return _encrypt(self._key(session, key_id), nonce, data_key, associated_data)

        return nonce + self._ask(encrypt)

    def unwrap(self, key_id: OrgKeyId, wrapped_key: bytes, associated_data: bytes) -> bytes:
        nonce, sealed = wrapped_key[:NONCE_BYTES], wrapped_key[NONCE_BYTES:]

        def decrypt(session: Any) -> bytes:
            key = self._key(session, key_id)
            if len(wrapped_key) != WRAPPED_BYTES:
                raise NotAuthentic
            try:
                return _decrypt(key, nonce, sealed, associated_data)
            except PERHAPS_ALTERED:
                # The token itself is at fault when it cannot open what it has sealed just now.
                _decrypt(key, nonce, _encrypt(key, nonce, bytes(32), b"trial"), b"trial")
                raise NotAuthentic from None

        return self._ask(decrypt)

    def destroy(self, key_id: OrgKeyId) -> None:
        self._ask(lambda session: self._destroy(session, key_id))

    def _destroy(self, session: Any, key_id: OrgKeyId) -> None:
        keys = self._list(session)
        key = living(keys, key_id)
        # First the record, then the key: a crash between them leaves a key that can be destroyed
        # again, never one that nobody remembers.
        if not remembered(keys, key_id):
            record = {
                Attribute.CLASS: ObjectClass.DATA,
                Attribute.TOKEN: True,
                Attribute.PRIVATE: True,
                Attribute.MODIFIABLE: False,
                Attribute.APPLICATION: self._names.prefix,
                Attribute.LABEL: self._names.of(replace(key, destroyed_at=self._now())),
            }
            session.create_object(record)
        for found in list(session.get_objects(_the_key(key_id))):
            found.destroy()

    def _list(self, session: Any) -> list[OrgKey]:
        labels = [
            found[Attribute.LABEL]
            for kind in (ObjectClass.SECRET_KEY, ObjectClass.DATA)
            for found in list(session.get_objects({Attribute.CLASS: kind}))
        ]
        return [key for label in labels if (key := self._names.read(label)) is not None]

    def _key(self, session: Any, key_id: OrgKeyId) -> Any:
        for found in list(session.get_objects(_the_key(key_id))):
            if (key := self._names.read(found[Attribute.LABEL])) and key.id == key_id:
                return found
        living(self._list(session), key_id)
        raise KeyUnavailable(f"the token does not give out its key {key_id}")

    def _ask(self, act: Callable[[Any], T]) -> T:
        """Let the token do something, on the one thread that may speak with it."""
        try:
            return self._thread.ask(lambda: self._in_session(act), self._timeout_seconds)
        except Late:
            raise KeyUnavailable("the token does not answer in time") from None
        except (KeyDestroyed, KeyUnavailable, NotAuthentic):
            raise
        except pkcs11.PKCS11Error as error:
            plain = PLAIN.get(type(error), f"the token does not work ({type(error).__name__})")
            raise KeyUnavailable(plain) from error

    def _in_session(self, act: Callable[[Any], T]) -> T:
        try:
            return act(self._opened())
        except SESSION_LOST:
            # Unplugged and back again, or its server was started anew: one more try from the start.
            self._session = None
            return act(self._opened())

    def _opened(self) -> Any:
        if self._session is None or self._process != os.getpid():
            token = pkcs11.lib(self._module).get_token(token_label=self._token)
            self._session = self._log_in(token)
            self._process = os.getpid()
        return self._session

    def _log_in(self, token: Any) -> Any:
        if self._refused is not None:
            # Another try with a wrong PIN brings the token nearer to locking itself.
            raise self._refused
        try:
            return token.open(rw=True, user_pin=self._pin)
        except said.UserAlreadyLoggedIn:
            return token.open(rw=True)
        except (said.PinIncorrect, said.PinLocked, said.PinExpired) as error:
            self._refused = error
            raise


def _the_key(key_id: OrgKeyId) -> dict[Attribute, Any]:
    return {
        Attribute.CLASS: ObjectClass.SECRET_KEY,
        Attribute.KEY_TYPE: KeyType.AES,
        Attribute.ID: key_id.encode(),
    }


def _encrypt(key: Any, nonce: bytes, data: bytes, associated_data: bytes) -> bytes:
    params = GCMParams(nonce, associated_data, 128)
    return bytes(key.encrypt(data, mechanism=Mechanism.AES_GCM, mechanism_param=params))


def _decrypt(key: Any, nonce: bytes, sealed: bytes, associated_data: bytes) -> bytes:
    params = GCMParams(nonce, associated_data, 128)
    return bytes(key.decrypt(sealed, mechanism=Mechanism.AES_GCM, mechanism_param=params))
