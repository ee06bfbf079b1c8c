"""Signed receipts: whoever calls the API holds, at once, what the log must come to say of it.

A receipt is made only after the commit, from the entries that the commit kept. An answer that
refuses, or says that there is no such thing, bears none: the two must not differ.
"""

from collections.abc import Sequence

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.ids import EntryId
from app.edge.asking import API_PATHS
from app.edge.services import Services
from app.identity import sign_receipt

HEADER = "Entente-Receipt"
# A header has its limits on the way: more entries than these have further receipts.
ENTRIES_EACH = 20
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
            if message["type"] == "http.response.start" and message["status"] < BAD:
                kept = scope.get("state", {}).get("kept", [])
                for start in range(0, len(kept), ENTRIES_EACH):
                    headers = MutableHeaders(scope=message)
                    headers.append(HEADER, self._receipt(kept[start : start + ENTRIES_EACH]))
            await send(message)

        await self._app(scope, receive, added)

    def _receipt(self, kept: Sequence[Appended]) -> str:
        claims = {
            "iss": self._services.log.origin,
            "iat": int(self._services.clock().timestamp()),
            "entries": [{"id": str(entry_id), "leaf": leaf.hex()} for entry_id, leaf in kept],
        }
        return sign_receipt(self._services.identity.keys, claims)
