"""A receipt stays small enough for a header, and binds the portal to every entry all the same."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from app.core.database import Database
from app.core.ids import EntryId, new_id
from app.edge import Receipts
from app.identity.signatures import RECEIPT_TYPE, verify
from app.verifier import Receipt
from tests.api_world import Api, make_api
from tests.loops import run

MOST_BYTES = 4096  # of one header, that a proxy lets through as it is delivered


@pytest.fixture
def api(peopled_database: Database, tmp_path: Path) -> Api:
    return make_api(peopled_database, tmp_path)


@pytest.mark.parametrize("count", [1, 20, 21, 500])
def test_of_many_entries_a_receipt_names_some_and_binds_all(api: Api, count: int) -> None:
    kept = [(EntryId(new_id()), hashlib.sha256(bytes([n % 256])).digest()) for n in range(count)]
    (receipt,) = answered(api, kept)
    assert len(receipt) <= MOST_BYTES
    keys = api.portal.services.identity.keys
    claims = json.loads(verify(keys, receipt.decode(), typ=RECEIPT_TYPE))
    named = {str(entry_id): leaf for entry_id, leaf in kept[:20]}
    assert Receipt.parse(receipt.decode()).leaves == named
    every = hashlib.sha256(b"".join(leaf for _, leaf in kept)).hexdigest()
    more = {"count": count, "leaves_sha256": every} if count > 20 else {}
    assert {name: claims[name] for name in claims.keys() - {"iss", "iat", "entries"}} == more


def answered(api: Api, kept: list[tuple[EntryId, bytes]]) -> list[bytes]:
    """The receipts of an answer, behind which the journal kept these entries."""
    sent: list[Any] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "path": "/api/v1/records", "state": {"kept": kept}}
    receipts = Receipts(app, services=api.portal.services)
    run(receipts(scope, None, send))  # type: ignore[arg-type]
    return [value for name, value in sent[0]["headers"] if name == b"entente-receipt"]
