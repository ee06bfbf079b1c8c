"""Pages as a client without a browser gets them: downloads in ranges, answers to bad addresses."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from app import records
from app.core.database import Database
from app.core.ids import RecordId
from tests.portal import Portal, assemble_portal

URL = "http://127.0.0.1:8000"
DATA = bytes(range(256)) * 10


@pytest.fixture(scope="module")
def portal(
    module_peopled_database: Database, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Portal]:
    made = assemble_portal(module_peopled_database, tmp_path_factory.mktemp("web"), URL)
    yield made
    made.world.close()


@pytest.fixture(scope="module")
def record(portal: Portal) -> RecordId:
    """A record for a partner, with an attachment."""
    return portal.released(
        marking="TLP:AMBER", release_to="org:uni-eu", files={"bytes für alle.bin": DATA}
    )


@pytest.fixture(scope="module")
def address(portal: Portal, record: RecordId) -> str:
    """The address of its attachment."""
    with portal.world.work() as work:
        actor = portal.world.actor(work, "uma")
        shown = records.read(work, portal.world.gate, actor, record)
    return f"/attachments/{shown.attachments[0].id}"


def client(portal: Portal, name: str | None = None) -> TestClient:
    cookies = {"entente": portal.cookie(name)} if name else {}
    return TestClient(portal.app, base_url=URL, cookies=cookies, follow_redirects=False)


@pytest.mark.parametrize(
    ("asked", "start", "stop"),
    [("bytes=0-9", 0, 10), ("bytes=2550-", 2550, 2560), ("bytes=-5", 2555, 2560)],
)
def test_a_range_of_an_attachment_is_served_and_its_bytes_are_on_the_log(
    portal: Portal, address: str, asked: str, start: int, stop: int
) -> None:
    answer = client(portal, "uma").get(address, headers={"Range": asked})

    assert (answer.status_code, answer.content) == (206, DATA[start:stop])
    assert answer.headers["content-range"] == f"bytes {start}-{stop - 1}/{len(DATA)}"
    assert served_bytes(portal) == stop - start


def test_an_attachment_is_never_active_content(portal: Portal, address: str) -> None:
    answer = client(portal, "uma").get(address)

    assert answer.content == DATA
    assert answer.headers["content-disposition"].startswith("attachment; ")
    assert "bytes%20f%C3%BCr%20alle.bin" in answer.headers["content-disposition"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in answer.headers["content-security-policy"]


def test_a_head_gives_the_size_and_no_byte(portal: Portal, address: str) -> None:
    answer = client(portal, "uma").head(address)

    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["content-length"] == str(len(DATA))
    assert served_bytes(portal) == 0


def test_a_range_behind_the_end_is_not_satisfiable(portal: Portal, address: str) -> None:
    answer = client(portal, "uma").get(address, headers={"Range": "bytes=2560-"})

    assert answer.status_code == 416
    assert answer.headers["content-range"] == f"bytes */{len(DATA)}"


@pytest.mark.parametrize("name", ["bo", None])
def test_what_may_not_be_had_looks_like_what_never_was(
    portal: Portal, record: RecordId, address: str, name: str | None
) -> None:
    asking = client(portal, name)
    nobody = portal.world.people["uma"]  # an id that names no record and no attachment
    for hidden, missing in [
        (address, f"/attachments/{nobody}"),
        (f"/records/{record}", f"/records/{nobody}"),
        (f"/records/{record}/versions/1", f"/records/{nobody}/versions/1"),
        (f"/records/{record}/compare?from=1&to=2", f"/records/{nobody}/compare?from=1&to=2"),
    ]:
        one, other = asking.get(hidden), asking.get(missing)
        assert one.status_code == 404
        assert (one.content, dict(one.headers)) == (other.content, dict(other.headers))


def test_an_address_that_names_nothing_is_not_found_and_keeps_the_navigation(
    portal: Portal,
) -> None:
    asking = client(portal, "uma")
    for path in ("/records/abc", "/nothing-here", "/attachments/1"):
        answer = asking.get(path)
        assert answer.status_code == 404
        assert "Uma" in answer.text


@pytest.mark.parametrize(
    "query", ["kind=poem", "from=yesterday", "page=!!", "order=worst", "year=0"]
)
def test_a_search_that_cannot_be_is_told_so(portal: Portal, query: str) -> None:
    assert client(portal, "uma").get(f"/records?{query}").status_code == 422


def test_pages_of_ones_own_ask_for_signing_in_first(portal: Portal) -> None:
    answer = client(portal).get("/account/acts")

    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?next=%2Faccount%2Facts"


def test_a_form_of_another_site_or_session_changes_nothing(portal: Portal) -> None:
    asking = client(portal, "uma")
    foreign = {"Sec-Fetch-Site": "cross-site"}
    assert asking.post("/account/api-clients", data={"name": "x"}).status_code == 403
    assert asking.post("/sign-out", headers=foreign).status_code == 403
    assert asking.get("/account").status_code == 200


def served_bytes(portal: Portal) -> int:
    """What the log says of the last download."""
    return int(portal.world.told("attachment.downloaded")[-1]["served_bytes"])
