"""What is published: every tile against a slow oracle, for whom, in which headers; and receipts."""

import gzip
import json
import time
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from app import log, tlog
from app.core.database import Database
from app.core.journal import Event
from app.core.work import Origin
from app.identity.signatures import RECEIPT_TYPE, verify
from tests.api_world import Api, make_api


@pytest.fixture
def api(peopled_database: Database, tmp_path: Path) -> Api:
    return make_api(peopled_database, tmp_path)


def root_of(entries: list[bytes]) -> bytes:
    """The root of a tree, from the definition."""
    if not entries:
        return sha256(b"").digest()
    if len(entries) == 1:
        return sha256(b"\x00" + entries[0]).digest()
    split = 1
    while split * 2 < len(entries):
        split *= 2
    return sha256(b"\x01" + root_of(entries[:split]) + root_of(entries[split:])).digest()


def fill(api: Api, count: int) -> int:
    """Write so many entries, and give all their places; returns the size of the log."""
    with api.portal.world.work() as work:
        for number in range(count):
            work.record(Event("records.listed", subject=f"number:{number}"))
    return api.portal.world.sequence()


def test_every_tile_and_bundle_is_that_of_the_definition(api: Api) -> None:
    size = fill(api, 600)
    public, auditor = api.client(None), api.client("aude")
    note = tlog.Note.parse(public.get("/log/checkpoint").text)
    checkpoint = tlog.Checkpoint.parse(note.text)
    assert checkpoint.size == size
    entries: list[bytes] = []
    for bundle in tlog.bundles_of(size):
        answer = auditor.get(f"/log/{bundle.path()}")
        assert answer.headers["content-type"] == "application/octet-stream"
        entries += tlog.decode_bundle(answer.content, bundle.width)
    assert checkpoint.root == root_of(entries)
    for tile in tlog.tiles_of(size):
        answer = public.get(f"/log/{tile.path()}")
        assert answer.content == b"".join(
            root_of(entries[start : start + 256**tile.level])
            for start in range(
                tile.index * 256 ** (tile.level + 1),
                (tile.index * 256 + tile.width) * 256**tile.level,
                256**tile.level,
            )
        )
        assert "immutable" in answer.headers["cache-control"]
        assert answer.content == public.get(f"/logs/1/{tile.path()}").content
    keys = [tlog.VerifierKey.parse(line) for line in public.get("/log/keys").text.splitlines()]
    assert {one.key for one in tlog.verify_note(note, keys)} == set(keys)
    (vkey,) = public.get("/log/vkey").text.splitlines()
    assert tlog.VerifierKey.parse(vkey).algorithm == tlog.ED25519
    policy = tlog.TrustPolicy.parse(public.get("/log/policy").text)
    assert policy.logs[0].vkey.text() == vkey


@pytest.mark.parametrize(
    "path",
    [
        "log/tile/0/000.p/0", "log/tile/0/000.p/256", "log/tile/0/000", "log/tile/0/001.p/1",
        "log/tile/0/0", "log/tile/0/0000", "log/tile/0/x000/000.p/1", "log/tile/00/000.p/1",
        "log/tile/64/000.p/1", "log/tile/-1/000.p/1", "log/tile/0/000.p/01", "log/tile/0/000.p/1/",
        "log/tile/0/000.P/1", "log/tile/0/000.p/1000", "log/tile/1/000.p/1", "log/tile/7/000.p/1",
        "log/tile/0/x999/x999/x999/x999/x999/x999/999.p/1", "log/tile/0/%30%300.p/1x",
        "log/tile/entries", "log/tile/", "logs/0/checkpoint", "logs/2/checkpoint",
        "logs/01/checkpoint", "logs/+1/checkpoint", "logs/99999999999/vkey", "logs/x/keys",
    ],
)  # fmt: skip
def test_what_is_not_spelled_so_or_not_signed_does_not_exist(api: Api, path: str) -> None:
    fill(api, 3)
    answer = api.client(None).get(f"/{path}")
    assert answer.status_code == 404
    assert answer.json()["status"] == 404


def test_what_has_a_place_and_no_signature_is_not_given_out(api: Api) -> None:
    size = fill(api, 3)
    world, path = api.portal.world, f"/log/tile/0/000.p/{size + 1}"
    with world.work() as work:
        work.record(Event("records.listed"))
    deadline = time.monotonic() + 60
    placed = 0
    while not placed and time.monotonic() < deadline:
        with world.units.begin(Origin(door="log")) as work:
            placed = log.sequence(work, world.log, limit=1)
    assert placed == 1
    assert api.client(None).get(path).status_code == 404
    world.sequence()
    assert api.client(None).get(path).status_code == 200


def test_entries_are_for_auditors_of_the_authorities_and_each_fetch_is_on_the_log(api: Api) -> None:
    size = fill(api, 5)
    path = f"/log/tile/entries/000.p/{size}"
    assert api.client(None).get(path).status_code == 401
    for name in ("uma", "olga", "ida"):
        assert api.client(name).get(path).status_code == 403
    assert api.portal.world.entries()[-1]["type"] == "verify-log.refused"
    for name in ("abel", "aude"):
        data = api.client(name).get(path).content
        told = api.portal.world.entries()[-1]
        assert told["type"] == "log.entries-read"
        assert told["details"] == {"log": 1, "from": 0, "count": size}
        assert told["served_bytes"] == len(data)
        assert told["policies"] == ["verify-whole-log"]
    assert api.client("aude").get(f"/log/tile/entries/000.p/{size + 1}").status_code == 404


def test_a_bundle_is_compressed_where_that_is_taken(api: Api) -> None:
    size = fill(api, 5)
    path = f"/log/tile/entries/000.p/{size}"
    plain = api.client("aude").get(path, headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    with api.client("aude").stream("GET", path, headers={"Accept-Encoding": "gzip"}) as packed:
        raw = b"".join(packed.iter_raw())
    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(raw) == plain.content
    for accepted, packs in (
        ("gzip;q=0", False),
        ("br, gzip; q=0.000", False),
        ("GZIP;q=0.5", True),
    ):
        answer = api.client("aude").get(path, headers={"Accept-Encoding": accepted})
        assert ("content-encoding" in answer.headers) is packs, accepted
        assert answer.content == plain.content
    assert plain.headers["cache-control"] == "no-store"


def test_a_receipt_names_what_the_log_then_holds(api: Api) -> None:
    answer = api.client("ida").get("/api/v1/records")
    receipt = answer.headers["entente-receipt"]
    claims = json.loads(verify(api.portal.services.identity.keys, receipt, typ=RECEIPT_TYPE))
    size = api.portal.world.sequence()
    bundle = api.client("aude").get(f"/log/tile/entries/000.p/{size}").content
    entries = {json.loads(one)["id"]: one for one in tlog.decode_bundle(bundle, size)}
    assert [tlog.leaf_hash(entries[one["id"]]).hex() for one in claims["entries"]] == [
        one["leaf"] for one in claims["entries"]
    ]
    assert [json.loads(entries[one["id"]])["type"] for one in claims["entries"]] == [
        "records.listed"
    ]
    assert claims["iss"] == api.portal.services.log.origin


def test_what_is_refused_or_absent_bears_no_receipt(api: Api) -> None:
    hidden = api.portal.draft("ida", marking="TLP:RED", release_to="").record_id
    never = "01900000-0000-7000-8000-000000000000"
    refused = api.client("uma").get(f"/api/v1/records/{hidden}")
    absent = api.client("uma").get(f"/api/v1/records/{never}")
    assert refused.status_code == absent.status_code == 404
    assert dict(refused.headers) == dict(absent.headers)
    assert "entente-receipt" not in refused.headers
    assert len(api.portal.world.told("read.refused")) == 2


def test_readiness_says_when_the_log_stands_still(api: Api) -> None:
    def check() -> dict[str, object]:
        checks = api.client(None).get("/readyz").json()["checks"]
        (one,) = [one for one in checks if one["part"] == "log"]
        return dict(one)

    fill(api, 1)
    assert check()["ready"]
    with api.portal.world.work() as work:
        work.record(Event("records.listed"))
    assert check()["ready"]
    api.portal.world.clock.pass_time(timedelta(seconds=90))
    told = check()
    assert not told["ready"]
    assert "wait for their place" in str(told["problem"])
    api.portal.world.sequence()
    assert check()["ready"]
    (api.portal.world.folder / "log" / "keys.json").chmod(0o644)
    assert "chmod 600" in str(check()["problem"])
