"""Uploads over connections that break, with the real tus-js-client, and a server that is killed."""

import hashlib
import http.client
import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from sqlalchemy import text

from app.core.database import Database
from app.edge import digest_written
from app.identity.sessions import csrf_token
from tests.breaking import breaking
from tests.portal import Portal, serving

FILE = hashlib.shake_256(b"a large file").digest(6 * 2**20 + 12_345)
DIGEST = digest_written(hashlib.sha256(FILE).digest())
SENDER = Path(__file__).parents[1] / "independent" / "upload.mjs"
NODE = Path(sys.executable).with_name("node")


@pytest.fixture(scope="module")
def portal(
    module_peopled_database: Database, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Portal]:
    with serving(module_peopled_database, tmp_path_factory.mktemp("broken")) as made:
        yield made


@pytest.fixture
def version_id(portal: Portal) -> str:
    return str(portal.draft("ida", title="With files").version_id)


def signed_in(portal: Portal) -> dict[str, str]:
    cookie = portal.cookie("ida")
    return {"Cookie": f"entente={cookie}", "X-CSRF-Token": csrf_token(cookie)}


def ask(
    port: int, method: str, path: str, headers: dict[str, str], body: bytes = b""
) -> tuple[int, Any]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    told = {"Tus-Resumable": "1.0.0"} | headers
    connection.request(method, path, body=body or None, headers=told)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status, answer.headers


def piece(offset: int) -> dict[str, str]:
    return {"Upload-Offset": str(offset), "Content-Type": "application/offset+octet-stream"}


def send_part(port: int, place: str, headers: dict[str, str], offset: int, part: bytes) -> Any:
    """Begin a PATCH of all that is left, send a part of it, and give the open connection."""
    connection = socket.create_connection(("127.0.0.1", port))
    lines = {
        "Host": f"127.0.0.1:{port}",
        "Tus-Resumable": "1.0.0",
        "Content-Length": str(len(FILE) - offset),
        **headers,
        **piece(offset),
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    connection.sendall(f"PATCH {place} HTTP/1.1\r\n{head}\r\n".encode() + part)
    return connection


def offset_of(port: int, place: str, headers: dict[str, str]) -> int:
    """Ask how far an upload is, until somebody knows."""
    for _ in range(100):
        status, told = ask(port, "HEAD", place, headers)
        if status == 200:
            return int(told["Upload-Offset"])
        assert status == 423
        time.sleep(0.05)
    raise AssertionError("the upload was never free")


def bytes_of(portal: Portal, attachment: str) -> bytes:
    headers = signed_in(portal)
    connection = http.client.HTTPConnection(urlsplit(portal.url).netloc)
    connection.request("GET", f"/attachments/{attachment}", headers=headers)
    return connection.getresponse().read()


def blobs(portal: Portal) -> int:
    return len(list(portal.services.blobs.list()))


def test_a_broken_connection_keeps_exactly_what_came(portal: Portal, version_id: str) -> None:
    port, before = urlsplit(portal.url).port or 0, blobs(portal)
    headers = signed_in(portal)
    begun = headers | {"Upload-Length": str(len(FILE))}
    _, told = ask(port, "POST", f"/drafts/{version_id}/uploads", begun)
    place, offset = told["Location"], 0
    for part in (1_000, 2_000_000, 0, 1):
        connection = send_part(port, place, headers, offset, FILE[offset : offset + part])
        time.sleep(0.2)
        connection.close()
        offset += part
        assert offset_of(port, place, headers) == offset
    status, told = ask(port, "PATCH", place, headers | piece(offset), FILE[offset:])

    assert (status, told["Entente-Digest"]) == (204, DIGEST)
    assert bytes_of(portal, told["Entente-Attachment"]) == FILE
    assert blobs(portal) == before + 1


@pytest.mark.parametrize("chunk", ["", "1000000"])
def test_the_tus_client_goes_on_where_it_broke(
    portal: Portal, version_id: str, tmp_path: Path, chunk: str
) -> None:
    file = tmp_path / "large.bin"
    file.write_bytes(FILE)
    headers, metadata = signed_in(portal), {"filename": "large.bin"}
    with breaking(urlsplit(portal.url).port or 0) as between:
        between.cuts += [400_000, 900_000, 1_000]
        endpoint = f"http://127.0.0.1:{between.port}/drafts/{version_id}/uploads"
        words = [endpoint, str(file), json.dumps(headers), json.dumps(metadata), chunk]
        sent = subprocess.run(
            [str(NODE), str(SENDER), *words], capture_output=True, text=True, timeout=120
        )
        assert sent.returncode == 0, sent.stderr
        assert between.broken == 3
    told = json.loads(sent.stdout)
    assert max(told["offsets"]) > 0
    assert told["digest"] == DIGEST
    assert bytes_of(portal, told["attachment"]) == FILE


@contextmanager
def process(portal: Portal, folder: Path, port: int) -> Iterator["subprocess.Popen[bytes]"]:
    now = portal.world.clock().timestamp()
    url = portal.world.database.application_url
    command = [sys.executable, "-m", "tests.served", str(folder), url, str(port), str(now)]
    with subprocess.Popen(command, cwd=Path(__file__).parents[2]) as served:
        for _ in range(300):
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except OSError:
                assert served.poll() is None
                time.sleep(0.1)
        try:
            yield served
        finally:
            served.kill()


def kept(portal: Portal, place: str) -> int:
    """How much of an upload would survive, as its row says."""
    asked = text("SELECT offset_bytes FROM uploads WHERE id = :id")
    with portal.world.owner() as session:
        return int(session.execute(asked, {"id": place.rsplit("/", 1)[1]}).scalar_one())


def test_a_killed_server_loses_what_was_not_durable_yet(portal: Portal, version_id: str) -> None:
    before, headers = blobs(portal), signed_in(portal)
    port = urlsplit(portal.url).port or 0
    begun = headers | {"Upload-Length": str(len(FILE))}
    _, told = ask(port, "POST", f"/drafts/{version_id}/uploads", begun)
    place, sent = told["Location"], 3 * 2**20
    with socket.create_server(("127.0.0.1", 0)) as free:
        other = free.getsockname()[1]
    with process(portal, portal.services.settings.data_dir, other) as served:
        connection = send_part(other, place, headers, 0, FILE[:sent])
        while kept(portal, place) < sent - 2**20:
            time.sleep(0.05)
        served.send_signal(signal.SIGKILL)
        served.wait()
        connection.close()
    offset = offset_of(port, place, headers)
    assert sent - 2**20 <= offset <= sent
    status, told = ask(port, "PATCH", place, headers | piece(offset), FILE[offset:])

    assert (status, told["Entente-Digest"]) == (204, DIGEST)
    assert bytes_of(portal, told["Entente-Attachment"]) == FILE
    assert blobs(portal) == before + 1
