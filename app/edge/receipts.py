"""Signed receipts: whoever calls the API holds, at once, what the log must come to say of it.

Its header has a size that proxies let through: of many entries it names the first, and holds their
number and a hash over the leaf hashes of all, in the order in which they were written.

A receipt is made only after the commit, from the entries that the commit kept. An answer that
refuses, or says that there is no such thing, bears none: the two must not differ.
"""

import hashlib
from collections.abc import Sequence
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.ids import EntryId
from app.edge.asking import API_PATHS
from app.edge.services import Services
from app.identity import sign_receipt

HEADER = "Entente-Receipt"
MOST_NAMED = 20
BAD = 400

Appended = tuple[EntryId, bytes]


class Receipts:
    """Adds to each answer of the API the receipts of what its requests left in the journal."""

    def __init__(self, app: ASGIApp, *, services: Services) -> None:
        self._app = app
        self._services = services

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request through and add to its answer."""
        if scope["type"] != "http" or not scope["path"].startswith(API_PATHS):
            await self._app(scope, receive, send)
            return

        async def added(message: Message) -> None:
            kept = scope.get("state", {}).get("kept", [])
            if kept and message["type"] == "http.response.start" and message["status"] < BAD:
                MutableHeaders(scope=message)[HEADER] = self._receipt(kept)
            await send(message)

        await self._app(scope, receive, added)

    def _receipt(self, kept: Sequence[Appended]) -> str:
        named = kept[:MOST_NAMED]
        claims: dict[str, Any] = {
            "iss": self._services.log.origin,
            "iat": int(self._services.clock().timestamp()),
            "entries": [{"id": str(entry_id), "leaf": leaf.hex()} for entry_id, leaf in named],
        }
        if len(kept) > len(named):
            every = hashlib.sha256(b"".join(leaf for _, leaf in kept))
            claims |= {"count": len(kept), "leaves_sha256": every.hexdigest()}
        return sign_receipt(self._services.identity.keys, claims)
