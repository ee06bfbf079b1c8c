"""Who gets a file in which form, what stands on it, and how a leaked copy leads back."""

import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any
from unittest.mock import patch

import pytest
from PIL import Image
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from app.copies import NotMarked
from app.core.database import Database
from app.core.ids import RecordId
from app.edge import copies as at_the_edge
from tests.api_world import Api, make_api
from tests.copies_world import PDF, found_to_be, pdf, picture, words_of

NUMBER = re.compile(r"C-[2-9A-HJKMNP-TV-Z]{4}-[2-9A-HJKMNP-TV-Z]{4}")
AMBER = {"marking": "SENSITIVE; TLP:AMBER", "release_to": "org:uni-eu; org:dtc; org:eu-ai-office"}
THREE = pdf("One", "Two", "Three")


@pytest.fixture(scope="module")
def api(
    module_peopled_database: Database, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Api]:
    made = make_api(module_peopled_database, tmp_path_factory.mktemp("portal"))
    people = ("abel", "aude", "bo", "dana", "ida", "ivan", "uma")
    made.tokens.update({name: made.token(name) for name in people})
    yield made
    made.portal.world.close()


def shared(
    api: Api, data: bytes = THREE, kind: str = PDF, pages: int = 3, **content: Any
) -> tuple[RecordId, str]:
    """A released record with one file, and that file's id; the name tells nothing of its kind."""
    record = api.portal.released(files={"file.bin": data}, **(AMBER | content))
    client = api.client("ivan")
    (file,) = client.get(f"/api/v1/records/{record}").json()["attachments"]
    found_to_be(api.portal.world, file["id"], kind, pages)
    return record, file["id"]


def get(api: Api, name: str, path: str, **more: Any) -> Any:
    return api.client(name).get(f"/api/v1/attachments/{path}", **more)


def browser(api: Api, name: str) -> Any:
    client = api.client(None)
    client.cookies.set("entente", api.portal.cookie(name))
    return client


def last(api: Api) -> dict[str, Any]:
    return api.portal.world.entries()[-1]


def test_a_leaked_copy_leads_back_to_who_took_it(api: Api) -> None:
    record, file = shared(api)
    answer = get(api, "uma", file)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == PDF
    assert answer.headers["accept-ranges"] == "none"
    said = words_of(answer.content)
    numbers = {NUMBER.search(page).group() for page in said}  # type: ignore[union-attr]
    (number,) = numbers
    for page, own in zip(said, ("One", "Two", "Three"), strict=True):
        assert own in page
        assert f"Copy {number} for Uma, A university in the EU." in page
        assert page.count("SENSITIVE") == page.count("TLP:AMBER") == 2
    entry = last(api)
    assert (entry["type"], entry["details"]["form"]) == ("attachment.downloaded", "marked")
    assert entry["details"]["copy"] == number
    assert entry["served_bytes"] == len(THREE)
    api.portal.world.sequence()
    typed = number.lower().replace("-", " ")
    found = api.client("abel").get(f"/api/v1/audit/copies/{typed}").json()
    assert found["entry"]["actor"] == str(api.portal.world.people["uma"])
    assert (found["number"], found["attachment_id"]) == (number, file)
    assert (last(api)["type"], last(api)["details"]) == ("log.reviewed", {"copy": number})
    shown = api.client("ivan").get(f"/api/v1/records/{record}").json()
    assert found["reference"] == shown["reference"]
    page = browser(api, "abel").get("/audit/copies", params={"number": typed})
    assert page.status_code == 200
    assert f"/audit/entries/{found['entry']['id']}" in page.text


def test_a_copy_that_does_not_concern_a_party_is_like_none(api: Api) -> None:
    _, file = shared(api, release_to="org:dtc")
    get(api, "dana", file)
    number = last(api)["details"]["copy"]
    api.portal.world.sequence()
    theirs = api.client("aude").get(f"/api/v1/audit/copies/{number}")
    none = api.client("aude").get("/api/v1/audit/copies/C-2222-2222")
    assert (theirs.status_code, theirs.content) == (none.status_code, none.content)
    assert theirs.status_code == 404
    assert last(api)["details"] == {"copy": "C-2222-2222"}
    assert api.client("abel").get(f"/api/v1/audit/copies/{number}").status_code == 200
    assert api.client("abel").get("/api/v1/audit/copies/of it").status_code == 422
    assert api.client("ida").get(f"/api/v1/audit/copies/{number}").status_code == 403
    page = browser(api, "aude").get("/audit/copies", params={"number": number})
    assert page.status_code == 404
    assert "There is no copy with this number" in page.text


def test_numbers_are_written_once_and_no_two_copies_have_the_same(api: Api) -> None:
    _, file = shared(api)
    for _ in range(2):
        get(api, "uma", file)
    told = [e["details"].get("copy") for e in api.portal.world.told("attachment.downloaded")]
    numbers = [one for one in told if one]
    assert len(set(numbers)) == len(numbers)
    assert all(map(NUMBER.fullmatch, numbers))
    for change in ("UPDATE copies SET made_at = now()", "DELETE FROM copies", "TRUNCATE copies"):
        with pytest.raises(ProgrammingError, match="never changed"), api.portal.world.owner() as it:
            it.execute(text(change))
    with api.portal.world.owner() as session:
        kept = session.scalars(text("SELECT number FROM copies")).all()
    assert sorted(kept) == sorted(numbers)


def test_a_head_numbers_no_copy_and_ranges_of_one_are_not_given(api: Api) -> None:
    _, file = shared(api)
    head = api.client("uma").head(f"/api/v1/attachments/{file}")
    assert (head.status_code, head.content) == (200, b"")
    assert last(api)["details"]["form"] == "marked"
    assert "copy" not in last(api)["details"]
    assert last(api)["served_bytes"] == 0
    ranged = get(api, "uma", file, headers={"Range": "bytes=0-9"})
    assert (ranged.status_code, len(words_of(ranged.content))) == (200, 3)


@pytest.mark.parametrize("format_", ["PNG", "JPEG"])
def test_a_picture_leaves_with_its_mark_and_its_format(api: Api, format_: str) -> None:
    data = picture(format_)
    _, file = shared(api, data, f"image/{format_.lower()}")
    answer = get(api, "uma", file)
    copy = Image.open(BytesIO(answer.content))
    assert copy.format == format_
    assert copy.height > 300
    assert NUMBER.fullmatch(last(api)["details"]["copy"])


def test_what_cannot_be_marked_does_not_leave_and_the_log_tells(api: Api) -> None:
    _, file = shared(api, b"%PDF-1.7 is what it says, and nothing more")
    answer = get(api, "uma", file)
    assert answer.status_code == 409
    assert "does not leave: it is damaged" in answer.json()["detail"]
    downloaded, failed = api.portal.world.entries()[-2:]
    assert failed["type"] == "attachment.not-marked"
    assert failed["details"]["copy"] == downloaded["details"]["copy"]


def test_a_sandbox_that_fails_lets_nothing_out(api: Api) -> None:
    _, file = shared(api)
    with patch.object(at_the_edge, "mark_copy", side_effect=RuntimeError("out of memory")):
        answer = get(api, "uma", file)
    assert answer.status_code == 503
    assert last(api)["type"] == "attachment.not-marked"
    with patch("app.copies.making.MOST_BYTES", 10):
        assert get(api, "uma", file).status_code == 409
    assert last(api)["type"] == "attachment.not-marked"  # and no further copy was numbered


def test_nothing_is_unsealed_while_the_entry_is_not_committed(api: Api) -> None:
    """The number, the entry and the time in the mark stand before the key is asked for."""
    _, file = shared(api)
    seen: list[str] = []

    def look(*_: object, mark: Any, **__: object) -> None:
        entry = last(api)
        seen.extend([entry["details"]["copy"], entry["time"][:19]])
        assert (mark.number, mark.at.isoformat()[:19]) == tuple(seen)
        raise NotMarked("damaged")

    with patch.object(at_the_edge, "mark_copy", side_effect=look):
        get(api, "uma", file)
    assert len(seen) == 2


def test_a_page_is_shown_and_each_look_is_one_entry(api: Api) -> None:
    _, file = shared(api)
    counted = get(api, "uma", f"{file}/pages").json()
    assert (counted["pages_count"], counted["attachment"]["forms"]) == (3, ["marked"])
    shown = get(api, "uma", f"{file}/pages/2.png?width=300")
    assert shown.headers["content-type"] == "image/png"
    assert shown.headers["cache-control"] == "private, no-store"
    assert Image.open(BytesIO(shown.content)).width == 300
    entry = last(api)
    assert (entry["type"], entry["details"]["page"]) == ("attachment.page-viewed", 2)
    assert entry["served_bytes"] == len(THREE) // 3
    assert entry["details"]["key"]
    assert get(api, "uma", f"{file}/pages/3").json()["text"] == "Three"
    assert last(api)["details"]["text"] is True
    client = browser(api, "uma")
    before = len(api.portal.world.entries())
    page = client.get(f"/attachments/{file}/pages/2")
    assert "Page 2 of 3" in page.text
    assert "data:image/png;base64," in page.text
    kinds = [entry["type"] for entry in api.portal.world.entries()[before:]]
    assert kinds == ["attachment.page-viewed"]
    for page_number in (0, 4):
        assert get(api, "uma", f"{file}/pages/{page_number}.png").status_code == 404
    assert get(api, "bo", f"{file}/pages/1.png").status_code == 404
    assert last(api)["type"] == "read.refused"


def test_what_is_not_known_to_be_a_page_is_not_shown_as_one(api: Api) -> None:
    _, file = shared(api, b"a,b\n1,2\n", "text/csv", 0)
    answer = get(api, "uma", f"{file}/pages/1.png")
    assert answer.status_code == 409
    assert "page by page" in answer.json()["title"]
    _, damaged = shared(api, b"no PDF at all")
    assert get(api, "uma", f"{damaged}/pages/1.png").status_code == 409
    assert last(api)["type"] == "attachment.not-shown"
