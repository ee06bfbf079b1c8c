"""What people and programs see while the key service is down, and that nothing is half-written."""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from starlette.testclient import TestClient

from app import records
from app.core.database import Database
from app.main import create_app
from app.vault import ensure_key
from app.vault.patience import Patience
from tests.api_world import Api
from tests.key_places import SECRET, Place, make_place
from tests.portal import Portal, assemble_portal

URL = "http://127.0.0.1:8000"
BODY = b"the bytes of a file" * 50
DOWN = (503, b'{"errors":["Vault is sealed"]}')
REFERENCE = re.compile(r"[0-9a-f]{12}")


@dataclass
class House:
    """A portal whose keys are at a transit engine that can be taken down."""

    portal: Portal
    place: Place
    api: Api

    def page(self, name: str) -> TestClient:
        cookies = {"entente": self.portal.cookie(name)}
        return TestClient(self.portal.app, base_url=URL, cookies=cookies, follow_redirects=False)

    def csrf(self, client: TestClient) -> str:
        return client.get("/drafts/new").text.split('name="csrf_token" value="')[1].split('"')[0]

    def written(self) -> list[str]:
        """Tell the kinds of event that say that something was kept or given."""
        kinds = ("attachment.added", "attachment.relabelled", "attachment.damaged")
        return [one[0] for one in self.portal.world.events() if one[0] in kinds]

    def blobs(self) -> set[str]:
        return {blob.name for blob in self.portal.services.blobs.list()}


@pytest.fixture(scope="module")
def house(
    module_peopled_database: Database, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    portal = assemble_portal(module_peopled_database, tmp_path_factory.mktemp("keys"), URL)
    place = make_place("transit", tmp_path_factory.mktemp("place"))
    keys = place.open(Patience(connect_seconds=2, read_seconds=1.5))
    ensure_key(keys, "imda")
    portal.services = replace(portal.services, keys=keys)
    portal.app = create_app(portal.services)
    yield House(portal, place, Api(portal))
    portal.world.close()


@pytest.fixture
def file(house: House) -> str:
    """A released file of unknown kind, whose bytes are for people of `uni-eu`."""
    record = house.portal.released(files={"a.bin": BODY})
    read = house.api.client("uma").get(f"/api/v1/records/{record}").json()
    return str(read["attachments"][0]["id"])


@pytest.fixture
def draft(house: House) -> records.DraftView:
    return house.portal.draft("ida", {"kept.bin": BODY}, title="With a file")


def told_plainly(text: str, status: int) -> None:
    assert status == 503
    assert "sealed or down" in text
    assert REFERENCE.search(text)
    assert SECRET not in text
    assert BODY[:19].decode() not in text
    assert "vault:" not in text


def test_a_download_waits_for_the_service(file: str, house: House) -> None:
    house.place.faults.always = DOWN
    asked = house.api.client("uma").get(f"/api/v1/attachments/{file}")
    shown = house.page("uma").get(f"/attachments/{file}")
    alarms = [one for one in house.written() if one == "attachment.damaged"]
    house.place.faults.mend()

    told_plainly(asked.text, asked.status_code)
    assert asked.headers["content-type"] == "application/problem+json"
    assert asked.json()["reference"]
    told_plainly(shown.text, shown.status_code)
    assert "text/html" in shown.headers["content-type"]
    assert alarms == []
    assert house.api.client("uma").get(f"/api/v1/attachments/{file}").content == BODY
    assert house.page("uma").get(f"/attachments/{file}").content == BODY


def test_an_upload_is_refused_before_a_byte_is_kept(draft: records.DraftView, house: House) -> None:
    ida = house.page("ida")
    csrf, before = house.csrf(ida), (house.written(), house.blobs())
    house.place.faults.always = DOWN
    door = f"/drafts/{draft.version_id}/attachments"
    asked = house.api.client("ida").put(f"/api/v1{door}", params={"name": "b.bin"}, content=BODY)
    form = {"csrf_token": csrf, "attached.own": "no"}
    shown = ida.post(door, data=form, files={"file": ("b.bin", BODY)})
    house.place.faults.mend()

    told_plainly(asked.text, asked.status_code)
    told_plainly(shown.text, shown.status_code)
    assert (house.written(), house.blobs()) == before
    again = house.api.client("ida").put(f"/api/v1{door}", params={"name": "b.bin"}, content=BODY)
    assert again.status_code == 201


def test_a_marking_stays_as_it_was(draft: records.DraftView, house: House) -> None:
    ida, before = house.api.client("ida"), house.written()
    door = f"/api/v1/drafts/{draft.version_id}"
    (file,) = ida.get(door).json()["attachments"]
    house.place.faults.always = DOWN
    marking = {"markings": "TLP:AMBER", "release_to": "org:uni-eu"}
    asked = ida.put(f"/api/v1/attachments/{file['id']}/marking", json=marking)
    house.place.faults.mend()

    told_plainly(asked.text, asked.status_code)
    assert house.written() == before
    assert ida.get(door).json()["attachments"] == [file]
    assert ida.put(f"/api/v1/attachments/{file['id']}/marking", json=marking).status_code == 200


@pytest.mark.parametrize("hanging", [False, True])
def test_readiness_tells_of_it_soon(house: House, hanging: bool) -> None:
    house.place.faults.always, house.place.faults.hanging = DOWN, hanging
    begun = time.monotonic()
    answer = house.api.client(None).get("/readyz")
    took = time.monotonic() - begun
    house.place.faults.mend()

    assert answer.status_code == 503
    (keys,) = [one for one in answer.json()["checks"] if one["part"] == "keys"]
    assert keys["ready"] is False
    assert keys["problem"].startswith("the key service")
    assert SECRET not in answer.text
    assert "127.0.0.1" not in answer.text
    assert took < 8
    assert house.api.client(None).get("/healthz").status_code == 200


def test_readiness_asks_once(house: House) -> None:
    house.place.faults.asked.clear()

    assert house.api.client(None).get("/readyz").status_code == 200
    assert len(house.place.faults.asked) == 1
