"""What came is kept while more comes: made durable, counted, judged again, not lost to a fault."""

import asyncio
import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
from obstore.store import MemoryStore
from sqlalchemy import text
from starlette.types import Message, Scope

from app import records
from app.core.database import Database
from app.edge import taking
from app.vault import S3Blobs, StoreUnavailable
from app.vault.folder_blobs import FileWriter
from app.vault.stream import FIRST_PLAIN_BYTES, FULL_PLAIN_BYTES
from tests.api_world import Api, draft_json, make_api
from tests.loops import run

FILE = hashlib.shake_256(b"kept").digest(3 * 2**20)
HALF = 2 * 2**20
COUNTED = FIRST_PLAIN_BYTES + FULL_PLAIN_BYTES  # the full segments of so much
Step = bytes | Callable[[], object]


@pytest.fixture(scope="module")
def api(
    module_peopled_database: Database, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Api]:
    made = make_api(module_peopled_database, tmp_path_factory.mktemp("keeping"))
    yield made
    made.portal.world.close()


@pytest.fixture
def place(api: Api, monkeypatch: pytest.MonkeyPatch) -> str:
    """An upload that has begun, in a portal that keeps what came at once."""
    monkeypatch.setattr(taking, "KEEP_EVERY_SECONDS", 0.02)
    return begun(api)


def begun(api: Api) -> str:
    ida = api.client("ida")
    draft = ida.post("/api/v1/drafts", json=draft_json()).json()["version_id"]
    headers = {"Tus-Resumable": "1.0.0", "Upload-Length": str(len(FILE))}
    answer = ida.post(f"/api/v1/drafts/{draft}/uploads", headers=headers)
    return str(answer.headers["location"])


def send(api: Api, place: str, offset: int, steps: Sequence[Step]) -> int:
    """Send the pieces of a body and do what stands between them; gives the status."""
    statuses: list[int] = []
    left = iter(steps)

    async def receive() -> Message:
        for step in left:
            if isinstance(step, bytes):
                return {"type": "http.request", "body": step, "more_body": True}
            while not await asyncio.to_thread(step):
                await asyncio.sleep(0.01)
        return {"type": "http.request", "body": b"", "more_body": False}

    async def answer(message: Message) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    headers = {
        "authorization": f"Bearer {api.token('ida')}",
        "tus-resumable": "1.0.0",
        "upload-offset": str(offset),
        "content-type": "application/offset+octet-stream",
    }
    scope: Scope = {
        "type": "http",
        "method": "PATCH",
        "path": place,
        "raw_path": place.encode(),
        "query_string": b"",
        "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8000),
        "scheme": "http",
        "http_version": "1.1",
    }
    run(api.portal.app(scope, receive, answer))
    return statuses[0]


def column(api: Api, place: str, name: str) -> Any:
    with api.portal.world.owner() as session:
        asked = text(f"SELECT {name} FROM uploads WHERE id = :id")
        return session.execute(asked, {"id": place.rsplit("/", 1)[1]}).scalar_one()


def counted(api: Api, place: str) -> Callable[[], bool]:
    """Tells whether what is coming has been counted, as far as its segments are full."""
    return lambda: bool(column(api, place, "offset_bytes") == COUNTED)


def whole(api: Api, place: str, offset: int) -> bytes:
    """Send what is left, and give what the attachment then holds."""
    assert send(api, place, offset, [FILE[offset:]]) == 204
    attachment = column(api, place, "attachment_id")
    return bytes(api.client("ida").get(f"/api/v1/attachments/{attachment}?form=original").content)


def failing_writes(monkeypatch: pytest.MonkeyPatch) -> Callable[[], bool]:
    def full(_: FileWriter, data: object) -> None:
        raise StoreUnavailable("the store of attachments failed: No space left on device")

    def begin() -> bool:
        monkeypatch.setattr(FileWriter, "write", full)
        return True

    return begin


def test_a_full_disk_loses_nothing_that_was_counted(
    api: Api, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        steps: list[Step] = [FILE[:HALF], counted(api, place), failing_writes(patch), FILE[HALF:]]
        assert send(api, place, 0, steps) == 503
    assert column(api, place, "offset_bytes") == COUNTED
    assert column(api, place, "claim") is None
    with api.portal.world.work() as work:
        used = records.blobs_in_use(work)
    assert {one["blob"] for one in column(api, place, "stretches")} <= used
    assert whole(api, place, COUNTED) == FILE


def test_too_many_bytes_lose_nothing_that_was_counted(api: Api, place: str) -> None:
    steps: list[Step] = [FILE[:HALF], counted(api, place), FILE]
    assert send(api, place, 0, steps) == 413
    assert whole(api, place, COUNTED) == FILE


def test_who_may_not_go_on_is_stopped_while_bytes_flow(api: Api, place: str) -> None:
    def taken_over() -> bool:
        with api.portal.world.owner() as session:
            session.execute(text("UPDATE uploads SET claim = gen_random_uuid()"))
        return True

    def ended() -> bool:
        ended_at.append(1)
        return len(ended_at) > 20

    ended_at: list[int] = []
    steps: list[Step] = [FILE[:HALF], counted(api, place), taken_over, ended, FILE[HALF:]]
    assert send(api, place, 0, steps) == 423
    assert column(api, place, "offset_bytes") == COUNTED


def test_a_store_that_keeps_nothing_before_the_end_has_shorter_stretches(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    services, store = api.portal.services, S3Blobs(MemoryStore())
    monkeypatch.setattr(taking, "KEEP_EVERY_SECONDS", 0.02)
    monkeypatch.setattr(taking, "STRETCH_BYTES", 2**20)
    monkeypatch.setattr(api.portal.app.state, "services", replace(services, blobs=store))
    place = begun(api)
    due = [0]

    def a_moment() -> bool:
        due[0] += 1
        return due[0] % 20 == 0

    assert send(api, place, 0, [FILE[:HALF], a_moment, FILE[HALF : HALF + 5], FILE[:0]]) == 204
    assert [one["size_bytes"] for one in column(api, place, "stretches")] == [HALF + 5]
    steps: list[Step] = [FILE[HALF + 5 : HALF + 9], a_moment, FILE[HALF + 9 :]]
    assert send(api, place, HALF + 5, steps) == 204
    assert len(list(store.list())) == 1
