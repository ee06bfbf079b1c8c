"""The portal over an S3 server that is gone, hangs, breaks off or gives other bytes; and killed."""

import os
import signal
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import obstore
import pytest
from moto.server import ThreadedMotoServer
from obstore.store import ObjectStore
from sqlalchemy.orm import Session

from app.core.database import Database
from app.core.work import Origin
from app.main import create_app
from app.records import blobs_in_use, checking
from app.vault import FolderBlobs, open_s3, s3_blobs, stream, sweep
from app.vault.folder_blobs import FileWriter
from tests.api_world import Api, draft_json, make_api
from tests.breaking import Breaking, breaking
from tests.vault_world import BODY

PIECE = BODY * 6  # 19 MB: three parts of a multipart upload


@dataclass
class Remote:
    """A portal whose store is a server behind a line that can break."""

    api: Api
    server: str
    line: Breaking

    def attach(self, body: bytes = BODY) -> tuple[str, str]:
        """Attach a file as a program does, and give its id and its blob."""
        before = self.blobs()
        answer = self.send(body)
        assert answer.status_code == 201, answer.text
        (blob,) = self.blobs() - before
        return str(answer.json()["id"]), blob

    def send(self, body: bytes) -> Any:
        ida = self.api.client("ida")
        draft = ida.post("/api/v1/drafts", json=draft_json()).json()
        door = f"/api/v1/drafts/{draft['version_id']}/attachments"
        return ida.put(door, params={"name": "a.bin"}, content=body)

    def blobs(self) -> set[str]:
        return {str(blob.name) for blob in open_s3("s3://blobs", endpoint=self.server).list()}

    def get(self, file: str) -> Any:
        return self.api.client("ida").get(
            f"/api/v1/attachments/{file}", params={"form": "original"}
        )

    @property
    def store(self) -> ObjectStore:
        """The bucket itself, past the line."""
        return open_s3("s3://blobs", endpoint=self.server)._store


@pytest.fixture(scope="module")
def remote(
    module_peopled_database: Database, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Remote]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    patch = pytest.MonkeyPatch()
    patch.setenv("AWS_ACCESS_KEY_ID", "test")
    patch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    patch.setenv("AWS_REGION", "us-east-1")
    patch.setattr(s3_blobs, "CONNECT_TIME", timedelta(seconds=1))
    patch.setattr(s3_blobs, "ANSWER_TIME", timedelta(seconds=2))
    patch.setattr(s3_blobs, "RETRY_TIME", timedelta(seconds=2))
    httpx2.put(f"http://{host}:{port}/blobs").raise_for_status()
    api = make_api(module_peopled_database, tmp_path_factory.mktemp("api"))
    with breaking(int(port)) as line:
        blobs = open_s3("s3://blobs", endpoint=f"http://127.0.0.1:{line.port}")
        services = replace(api.portal.services, blobs=blobs)
        api.portal.services, api.portal.app = services, create_app(services)
        yield Remote(api, f"http://{host}:{port}", line)
    api.portal.world.close()
    server.stop()
    patch.undo()


@pytest.fixture
def nowhere(remote: Remote) -> Iterator[None]:
    """The line leads to a port at which nobody listens."""
    before, remote.line.target = remote.line.target, 0
    yield
    remote.line.target = before


@pytest.fixture
def hanging(remote: Remote) -> Iterator[None]:
    """The line leads to somebody who takes the connection and says nothing."""
    with socket.create_server(("127.0.0.1", 0), backlog=64) as silent:
        before, remote.line.target = remote.line.target, silent.getsockname()[1]
        yield
        remote.line.target = before


def told_plainly(answer: Any) -> None:
    assert answer.status_code == 503, answer.text
    assert answer.json()["reference"]
    assert "127.0.0.1" not in answer.text
    assert BODY[:16] not in answer.content


@pytest.mark.parametrize("fault", ["nowhere", "hanging"])
def test_without_a_store_nothing_is_half_done(
    remote: Remote, fault: str, request: pytest.FixtureRequest
) -> None:
    file, _ = remote.attach()
    written, stored = remote.api.portal.world.events(), remote.blobs()
    request.getfixturevalue(fault)
    down, up = remote.get(file), remote.send(BODY)
    ready = remote.api.client(None).get("/readyz")

    told_plainly(down)
    told_plainly(up)
    assert [one["part"] for one in ready.json()["checks"] if not one["ready"]] == ["store"]
    after = remote.api.portal.world.events()[len(written) :]
    assert {type_ for type_, *_ in after} <= {"record.drafted", "attachment.begun", "token.issued"}
    assert remote.blobs() == stored


def test_a_line_that_breaks_is_tried_again_and_nothing_is_lost(remote: Remote) -> None:
    remote.line.cuts = [3 << 20]
    file, _ = remote.attach(PIECE)

    assert remote.line.broken
    assert remote.get(file).content == PIECE


def flipped(body: bytes) -> bytes:
    return body[:-1] + bytes([body[-1] ^ 1])


CHANGES: dict[str, Callable[[bytes, bytes], bytes]] = {
    "a flipped bit": lambda mine, _: flipped(mine),
    "a shorter one": lambda mine, _: mine[: 2 << 20],
    "an older one of its own": lambda mine, _: mine[:-100],
    "another file's": lambda _, other: other,
    "nothing": lambda _, __: b"",
}


@pytest.mark.parametrize("change", CHANGES)
def test_other_bytes_than_were_sealed_are_served_to_nobody(remote: Remote, change: str) -> None:
    (file, blob), (_, other) = remote.attach(), remote.attach()
    mine, others = (bytes(obstore.get(remote.store, one).bytes()) for one in (blob, other))
    obstore.put(remote.store, blob, CHANGES[change](mine, others))
    answer = remote.get(file)

    told_plainly(answer)
    assert remote.api.portal.world.events()[-1][0] == "attachment.damaged"


def test_a_copy_that_is_gone_is_told_and_found_by_the_doctor(remote: Remote) -> None:
    file, blob = remote.attach()
    obstore.delete(remote.store, blob)

    told_plainly(remote.get(file))
    services = remote.api.portal.services
    found = checking.check_store(
        services.units, services.blobs, Origin(door="cli"), services.clock()
    )
    assert blob in {fault.blob for fault in found.faults}


# Where a process that takes a file may die: each is crossed at least once.
CROSSINGS = (
    (FileWriter, "write"),
    (FileWriter, "close"),
    (os, "fsync"),
    (Session, "commit"),
    (FolderBlobs, "promote"),
    (Path, "rename"),
)


def attach_and_die(api: Api, version_id: str, crossing: int) -> bool:
    """Attach a file in a child that is killed at a crossing; tell whether it lived to the end."""
    if (child := os.fork()) == 0:
        try:
            stream._HELPERS = ThreadPoolExecutor()  # its threads stayed behind
            api.portal.services.units.engine.dispose(close=False)
            left = [crossing]
            for home, name in CROSSINGS:
                setattr(home, name, dying(getattr(home, name), left))
            door = f"/api/v1/drafts/{version_id}/attachments"
            answer = api.client("ida").put(door, params={"name": "a.bin"}, content=BODY)
            os._exit(0 if answer.status_code == 201 else 3)
        finally:
            os._exit(4)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return False
    assert os.WEXITSTATUS(status) == 0
    return True


def dying(whole: Any, left: list[int]) -> Any:
    def crossed(*arguments: Any, **named: Any) -> Any:
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return whole(*arguments, **named)

    return crossed


def test_killed_at_any_step_of_an_upload_all_of_it_is_there_or_nothing(
    peopled_database: Database, tmp_path: Path
) -> None:
    api = make_api(peopled_database, tmp_path)
    services = api.portal.services
    api.tokens["ida"] = api.token("ida")
    draft = api.client("ida").post("/api/v1/drafts", json=draft_json()).json()
    crossing, lived = 0, False
    while not lived:
        crossing += 1
        services.units.engine.dispose()
        lived = attach_and_die(api, draft["version_id"], crossing)

        files = api.client("ida").get(f"/api/v1/drafts/{draft['version_id']}").json()["attachments"]
        for file in files:
            path = f"/api/v1/attachments/{file['id']}?form=original"
            assert api.client("ida").get(path).content == BODY
        with services.units.begin(Origin(door="worker")) as work:
            used = blobs_in_use(work)
        sweep(services.blobs, used, datetime.now(UTC) + timedelta(hours=1))
        assert len(used) == len(files)
        assert {(str(blob.name), blob.promoted) for blob in services.blobs.list()} == {
            (name, True) for name in used
        }
    assert crossing > len(CROSSINGS)
    api.portal.world.close()
