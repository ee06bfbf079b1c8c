"""The doors of notices that open without a session: a feed by its token, an end to mail by its."""

import re
from collections.abc import Iterator
from xml.etree import ElementTree

import pytest
from starlette.testclient import TestClient

from app import notices
from app.core.database import Database
from app.core.mail import Mail
from tests.notices_world import WORKER, post, tell, tell_of
from tests.portal import Portal, assemble_portal

URL = "http://127.0.0.1:8000"
ATOM = "{http://www.w3.org/2005/Atom}"
ELSEWHERE = {"Origin": "https://mail.example", "Sec-Fetch-Site": "cross-site"}


@pytest.fixture(scope="module")
def portal(
    module_peopled_database: Database, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Portal]:
    made = assemble_portal(module_peopled_database, tmp_path_factory.mktemp("portal"), URL)
    yield made
    made.world.close()


@pytest.fixture
def client(portal: Portal) -> TestClient:
    """Somebody who is not signed in, and follows no redirect."""
    return TestClient(portal.app, base_url=URL, follow_redirects=False)


def test_a_feed_is_atom_and_costs_nothing_to_ask_again(portal: Portal, client: TestClient) -> None:
    record_id = portal.released(title="Tests & <results>")
    tell_of(portal.world, record_id, "uma")
    with portal.world.work() as work:
        uma = portal.world.actor(work, "uma")
        token = notices.issue_feed(work, uma, portal.services.identity.random_bytes)
    asked = f"/notices.atom?token={token}"
    answer = client.get(asked)
    assert answer.headers["content-type"].startswith("application/atom+xml")
    assert answer.headers["cache-control"] == "no-store"
    assert token not in answer.text
    root = ElementTree.fromstring(answer.content)  # noqa: S314 - our own
    # RFC 4287, sections 4.1.1 and 4.1.2: exactly one each of what a feed and an entry must have.
    (entry,) = root.findall(f"{ATOM}entry")
    for element, names in (
        (root, ("id", "title", "updated", "author")),
        (entry, ("id", "title", "updated")),
    ):
        assert [len(element.findall(ATOM + name)) for name in names] == [1] * len(names)
    assert "Tests & <results>" in (entry.findtext(f"{ATOM}title") or "")
    (link,) = entry.findall(f"{ATOM}link")
    assert link.get("href") == f"{URL}/records/{record_id}"
    written = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00")
    assert all(written.fullmatch(one.text or "") for one in root.iter(f"{ATOM}updated"))
    tag = answer.headers["etag"]
    for known in (tag, f"W/{tag}"):
        again = client.get(asked, headers={"If-None-Match": known})
        assert (again.status_code, again.content) == (304, b"")
    assert client.get(asked, headers={"If-None-Match": '"other"'}).status_code == 200
    assert client.get("/notices.atom").status_code == 404
    assert client.get(asked[:-1]).status_code == 404


def test_one_click_ends_mail_from_wherever_it_is_clicked(
    portal: Portal, client: TestClient
) -> None:
    sent: list[Mail] = []

    class Keeps:
        def send(self, mail: Mail) -> None:
            sent.append(mail)

    def mailed() -> int:
        tell(portal.world, "eric")
        posted = post(portal.world, Keeps())
        while notices.mail_next(portal.services.units, portal.services.gate, posted, origin=WORKER):
            pass
        return sum(mail.to[0].startswith("eric@") for mail in sent)

    assert mailed() == 1
    (token,) = re.findall(
        r"/unsubscribe/([\w-]+)", next(one.text for one in sent if one.to[0].startswith("eric@"))
    )
    door = f"/notices/unsubscribe/{token}"
    page = client.get(door)
    assert page.status_code == 200
    assert page.headers["cache-control"] == "no-store"
    assert "eric" not in page.text.lower()
    assert mailed() == 2  # who looks at the page, such as a scanner of links, changes nothing
    asked = {"List-Unsubscribe": "One-Click"}
    answer = client.post(door, data=asked, headers=ELSEWHERE)
    assert answer.status_code == 200  # RFC 8058, section 3.1: no cookie, no redirect
    assert "set-cookie" not in answer.headers
    assert mailed() == 2
    wrong = client.post("/notices/unsubscribe/" + "A" * 43, data=asked)
    assert wrong.status_code == 404
    assert client.post(door, files={"List-Unsubscribe": (None, "One-Click")}).status_code == 200


def test_a_token_stands_in_no_line_that_is_logged(
    portal: Portal, client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)
    token = "T" * 43
    client.get(f"/notices.atom?token={token}")
    client.get(f"/notices/unsubscribe/{token}")
    told = [one.getMessage() for one in caplog.records if not one.name.startswith("httpx")]
    assert not any(token in one for one in told)
