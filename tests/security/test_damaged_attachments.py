"""A stored attachment that was altered is never served past what is authentic, and is told."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.database import Database
from app.vault import FolderBlobs
from tests.api_world import Api, make_api

SEGMENT = 2**20
BODY = hashlib.shake_256(b"a body").digest(3 * SEGMENT)


@pytest.fixture(scope="module")
def api(
    module_peopled_database: Database, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Api]:
    made = make_api(module_peopled_database, tmp_path_factory.mktemp("api"))
    yield made
    made.portal.world.close()


def altered(api: Api, at: int) -> str:
    """Release a record with a file whose stored copy has another byte at this place."""
    stored = _blobs(api)
    record = api.portal.released(files={"a.bin": BODY})
    (blob,) = _blobs(api) - stored
    body = bytearray(blob.read_bytes())
    body[at] ^= 1
    blob.write_bytes(body)
    read = api.client("ida").get(f"/api/v1/records/{record}").json()
    return str(read["attachments"][0]["id"])


def _blobs(api: Api) -> set[Path]:
    assert isinstance(api.portal.services.blobs, FolderBlobs)
    folder = api.portal.world.folder / "blobs"
    return {path for path in folder.rglob("*") if path.is_file()}


def test_what_is_damaged_at_its_end_is_not_begun(api: Api) -> None:
    file = altered(api, -1)
    answer = api.client("uma").get(f"/api/v1/attachments/{file}")
    assert answer.status_code == 503
    assert BODY[:16] not in answer.content
    assert api.portal.world.events()[-1] == ("attachment.damaged", "uma", f"attachment:{file}")
    kept = [one for one in api.portal.world.events() if one[0] == "attachment.downloaded"]
    assert ("attachment.downloaded", "uma", f"attachment:{file}") not in kept


def test_what_is_damaged_in_its_middle_ends_there(api: Api) -> None:
    file = altered(api, SEGMENT + SEGMENT // 2)
    answer = api.client("uma").get(f"/api/v1/attachments/{file}")
    assert BODY.startswith(answer.content)
    assert len(answer.content) < 2 * SEGMENT
    assert api.portal.world.events()[-1] == ("attachment.damaged", "uma", f"attachment:{file}")
