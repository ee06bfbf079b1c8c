"""Files sent to a draft by its page: sealed as they come, or nothing is left of them."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from app import records
from app.core.database import Database
from app.core.ids import VersionId
from tests.portal import Portal, assemble_portal

URL = "http://127.0.0.1:8000"


@pytest.fixture(scope="module")
def portal(
    module_peopled_database: Database, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Portal]:
    made = assemble_portal(module_peopled_database, tmp_path_factory.mktemp("web"), URL)
    yield made
    made.world.close()


@pytest.fixture
def version_id(portal: Portal) -> VersionId:
    return portal.draft("ida", title="With files").version_id


def client(portal: Portal, name: str) -> TestClient:
    cookies = {"entente": portal.cookie(name)}
    return TestClient(portal.app, base_url=URL, cookies=cookies, follow_redirects=False)


def token(of: TestClient) -> str:
    return csrf_in(of.get("/drafts/new").text)


def csrf_in(page: str) -> str:
    return page.split('name="csrf_token" value="')[1].split('"')[0]


def attachments(portal: Portal, version_id: VersionId) -> list[tuple[str, str]]:
    with portal.world.work() as work:
        actor = portal.world.actor(work, "ida")
        draft = records.edit(work, portal.world.gate, actor, version_id)
    return [(one.name, one.marking.text) for one in draft.attachments]


def blob_count(portal: Portal) -> int:
    return len(list(portal.services.blobs.list()))


def test_a_file_comes_with_a_marking_of_its_own(portal: Portal, version_id: VersionId) -> None:
    ida = client(portal, "ida")
    fields = {
        "csrf_token": token(ida),
        "attached.own": "yes",
        "attached.level.tlp": "TLP:AMBER",
        "attached.release_to": ["org:dtc", "org:uni-eu"],
    }
    answer = ida.post(
        f"/drafts/{version_id}/attachments", data=fields, files={"file": ("a.csv", b"1,2\n" * 9)}
    )

    assert (answer.status_code, answer.headers["location"]) == (
        303,
        f"/drafts/{version_id}#attachments",
    )
    assert attachments(portal, version_id) == [("a.csv", "TLP:AMBER")]
    with portal.world.work() as work:
        draft = records.edit(work, portal.world.gate, portal.world.actor(work, "ida"), version_id)
    assert draft.attachments[0].marking.release_to == "org:dtc; org:uni-eu"
    assert all(blob.promoted for blob in portal.services.blobs.list())


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"csrf_token": "forged"}, 403),
        ({"attached.level.tlp": "TLP:PURPLE"}, 422),
        ({"attached.people": "nobody@example.org"}, 422),
    ],
)
def test_a_refused_file_leaves_nothing_behind(
    portal: Portal, version_id: VersionId, changes: dict[str, str], status: int
) -> None:
    ida, before = client(portal, "ida"), blob_count(portal)
    fields = {"csrf_token": token(ida), "attached.own": "yes", "attached.level.tlp": "TLP:GREEN"}
    answer = ida.post(
        f"/drafts/{version_id}/attachments", data=fields | changes, files={"file": ("a.txt", b"x")}
    )

    assert answer.status_code == status
    assert attachments(portal, version_id) == []
    assert blob_count(portal) == before


def test_another_site_and_other_people_cannot_send_files(
    portal: Portal, version_id: VersionId
) -> None:
    ida, before = client(portal, "ida"), blob_count(portal)
    place, file = f"/drafts/{version_id}/attachments", {"file": ("a.txt", b"x")}
    fields = {"csrf_token": token(ida)}
    foreign = ida.post(place, data=fields, files=file, headers={"Origin": "https://evil.example"})
    stranger = client(portal, "ella").post(place, data=fields, files=file)
    nobody = TestClient(portal.app, base_url=URL).post(place, data=fields, files=file)
    no_form = ida.post(place, content=b"x")
    no_file = ida.post(place, data=fields, files={"other": ("a.txt", b"x")})

    answers = [foreign, stranger, nobody, no_form, no_file]
    assert [answer.status_code for answer in answers] == [403, 404, 401, 422, 422]
    assert blob_count(portal) == before
    assert attachments(portal, version_id) == []


def test_a_refused_admission_is_not_on_the_log(portal: Portal) -> None:
    olga = client(portal, "olga")
    page = olga.get("/organisation").text
    fields = {
        "csrf_token": csrf_in(page),
        "email": "ida@imda.example",
        "name": "Twice <b>",
    }
    answer = olga.post("/organisation/people", data=fields)

    assert answer.status_code == 422
    assert "Twice &lt;b&gt;" in answer.text
    assert portal.world.told("person.admitted") == []
