"""A server that keeps the documented contract of Vault's transit engine, with keys in memory.

No package brings a real server. This one does what the HTTP API documents and no more: it really
encrypts, with AES-256-GCM under a key derived from the context, and binds the associated data.

Source: Vault HTTP API documentation, "Transit secrets engine" (Create Key, Read Key, List Keys,
Delete Key, Update Key Configuration, Rotate Key, Encrypt Data, Decrypt Data), "AppRole auth method"
(Login With AppRole) and "HTTP API" (Authentication, Namespaces, HTTP status codes).
"""

import json
import os
import re
import ssl
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

Answer = tuple[int, dict[str, Any] | None]
Asked = dict[str, Any]
NAME = r"\w(?:[\w.-]*\w)?"
NOTHING: Answer = (404, {"errors": []})


class Refusal(Exception):
    """What is answered instead: a status of the documentation and its errors."""

    def __init__(self, status: int, *errors: str) -> None:
        super().__init__(status)
        self.answer: Answer = (status, {"errors": list(errors)})


@dataclass
class TransitKey:
    """A named key: its versions, counted from 1, and what may be done with it."""

    derived: bool
    exportable: bool = False
    versions: list[bytes] = field(default_factory=lambda: [os.urandom(32)])
    deletion_allowed: bool = False
    min_decryption_version: int = 1

    def cipher(self, version: int, context: str) -> AESGCM:
        if not self.derived:
            return AESGCM(self.versions[version - 1])
        if not context:
            raise Refusal(400, "missing 'context' for key derivation")
        info = b64decode(context, validate=True)
        return AESGCM(HKDF(SHA256(), 32, None, info).derive(self.versions[version - 1]))


@dataclass
class Transit:
    """One engine at `transit/` in one namespace, and who may ask it."""

    tokens: set[str] = field(default_factory=lambda: {"root-token"})
    roles: dict[str, str] = field(default_factory=dict)
    namespace: str | None = None
    sealed: bool = False
    may_create_by_encrypting: bool = True  # the capability `create` on encrypt/*
    keys: dict[str, TransitKey] = field(default_factory=dict)

    def answer(self, method: str, path: str, headers: Any, asked: Asked) -> Answer:
        if self.sealed:
            return 503, {"errors": ["Vault is sealed"]}
        if headers.get("X-Vault-Namespace") != self.namespace:
            return 404, {"errors": ["no handler for route"]}
        if path == "auth/approle/login" and method == "POST":
            return self._log_in(asked)
        if headers.get("X-Vault-Token") not in self.tokens:
            return 403, {"errors": ["permission denied"]}
        for verb, pattern, act in self._acts():
            match = re.fullmatch(pattern, path)
            if match and verb == method:
                return act(*match.groups(), asked)
        return 404, {"errors": [f'no handler for route "{path}". route entry not found.']}

    def _acts(self) -> list[tuple[str, str, Callable[..., Answer]]]:
        return [
            ("LIST", "transit/keys/?", self._list),
            ("POST", f"transit/keys/({NAME})", self._create),
            ("GET", f"transit/keys/({NAME})", self._read),
            ("DELETE", f"transit/keys/({NAME})", self._delete),
            ("POST", f"transit/keys/({NAME})/config", self._configure),
            ("POST", f"transit/keys/({NAME})/rotate", self._rotate),
            ("POST", f"transit/encrypt/({NAME})", self._encrypt),
            ("POST", f"transit/decrypt/({NAME})", self._decrypt),
        ]

    def _log_in(self, asked: Asked) -> Answer:
        secret_id = asked.get("secret_id")
        if secret_id is None or self.roles.get(asked.get("role_id", "")) != secret_id:
            return 400, {"errors": ["invalid role or secret ID"]}
        token = f"hvs.{os.urandom(12).hex()}"
        self.tokens.add(token)
        return 200, {"auth": {"client_token": token, "lease_duration": 1200, "renewable": True}}

    def _list(self, _: Asked) -> Answer:
        return (200, {"data": {"keys": sorted(self.keys)}}) if self.keys else NOTHING

    def _create(self, name: str, asked: Asked) -> Answer:
        if asked.get("type", "aes256-gcm96") != "aes256-gcm96":
            return 400, {"errors": ["unknown key type"]}
        self.keys.setdefault(
            name, TransitKey(bool(asked.get("derived")), bool(asked.get("exportable")))
        )
        return self._read(name, asked)

    def _read(self, name: str, _: Asked) -> Answer:
        key = self.keys.get(name)
        if key is None:
            return NOTHING
        told = {
            "name": name,
            "type": "aes256-gcm96",
            "derived": key.derived,
            "exportable": key.exportable,
            "deletion_allowed": key.deletion_allowed,
            "min_decryption_version": key.min_decryption_version,
            "latest_version": len(key.versions),
            "keys": {str(n): 1442851412 for n in range(1, len(key.versions) + 1)},
        }
        return 200, {"data": told}

    def _delete(self, name: str, _: Asked) -> Answer:
        if name not in self.keys:
            return 400, {"errors": [f"error deleting policy {name}: could not delete; not found"]}
        if not self.keys[name].deletion_allowed:
            return 400, {"errors": [f"error deleting policy {name}: deletion is not allowed"]}
        del self.keys[name]
        return 204, None

    def _configure(self, name: str, asked: Asked) -> Answer:
        if name not in self.keys:
            return 400, {"errors": [f"no existing key named {name} could be found"]}
        for setting in ("deletion_allowed", "min_decryption_version"):
            if setting in asked:
                setattr(self.keys[name], setting, asked[setting])
        return self._read(name, asked)

    def _rotate(self, name: str, asked: Asked) -> Answer:
        self.keys[name].versions.append(os.urandom(32))
        return self._read(name, asked)

    def _encrypt(self, name: str, asked: Asked) -> Answer:
        if name not in self.keys:
            if not self.may_create_by_encrypting:
                return 403, {"errors": ["1 error occurred:\n\t* permission denied\n\n"]}
            self.keys[name] = TransitKey(derived=bool(asked.get("context")))
        key = self.keys[name]
        version = len(key.versions)
        nonce = os.urandom(12)
        sealed = key.cipher(version, asked.get("context", "")).encrypt(
            nonce, b64decode(asked["plaintext"]), b64decode(asked.get("associated_data", ""))
        )
        text = b64encode(nonce + sealed).decode()
        return 200, {"data": {"ciphertext": f"vault:v{version}:{text}", "key_version": version}}

    def _decrypt(self, name: str, asked: Asked) -> Answer:
        key = self.keys.get(name)
        if key is None:
            return 400, {"errors": ["encryption key not found"]}
        match = re.fullmatch(r"vault:v([0-9]+):(.+)", asked.get("ciphertext", ""))
        if match is None or not 1 <= int(match[1]) <= len(key.versions):
            return 400, {"errors": ["invalid ciphertext: version is too new"]}
        if int(match[1]) < key.min_decryption_version:
            return 400, {"errors": ["ciphertext or signature version is disallowed by policy"]}
        sealed = b64decode(match[2])
        try:
            plain = key.cipher(int(match[1]), asked.get("context", "")).decrypt(
                sealed[:12], sealed[12:], b64decode(asked.get("associated_data", ""))
            )
        except (InvalidTag, ValueError):
            return 400, {"errors": ["cipher: message authentication failed"]}
        return 200, {"data": {"plaintext": b64encode(plain).decode()}}


def serve_transit(transit: Transit, certificate: Path | None = None) -> str:
    """Serve the engine from a thread of this process until it ends, and give its address.

    Args:
        certificate: a file of a certificate and its key; None: no TLS.
    """

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1
        disable_nagle_algorithm = True

        def handle_any(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            asked = json.loads(self.rfile.read(length) or b"{}")
            path, _, query = self.path.removeprefix("/v1/").partition("?")
            method = {"PUT": "POST"}.get(self.command, self.command)
            if method == "GET" and query == "list=true":
                method = "LIST"
            try:
                status, told = transit.answer(method, path, self.headers, asked)
            except Refusal as refusal:
                status, told = refusal.answer
            body = b"" if told is None else json.dumps(told).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PUT = do_DELETE = do_LIST = handle_any  # noqa: N815

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    Thread(target=server.serve_forever, daemon=True).start()
    return f"{'https' if certificate else 'http'}://127.0.0.1:{server.server_port}"
