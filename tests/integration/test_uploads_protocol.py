"""tus 1.0.0, as its specification says, at both doors: pages by session, programs by token."""

import hashlib
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from starlette.testclient import TestClient

from app import records, worker
from app.core.database import Database
from app.edge import digest_written
from app.identity.sessions import csrf_token
from tests.api_world import Api, draft_json, make_api

FILE = b"0123456789" * 30
TUS = {"Tus-Resumable": "1.0.0"}
BODY = {"Content-Type": "application/offset+octet-stream"}
ARRANGEMENT = "Singapore-EU"


@pytest.fixture(scope="module")
def api(
    module_peopled_database: Database, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Api]:
    made = make_api(module_peopled_database, tmp_path_factory.mktemp("uploads"))
    yield made
    made.portal.world.close()


class Sender:
    """Somebody at one of the doors, and a draft of ida's."""

    def __init__(self, api: Api, door: str, name: str = "ida") -> None:
        self.api = api
        self.place = "/api/v1" if door == "api" else ""
        self.headers = dict(TUS)
        if door == "api":
            self.client: TestClient = api.client(name)
        else:
            secret = api.portal.cookie(name)
            self.client = api.client(None)
            self.client.cookies.set("entente", secret)
            self.headers["X-CSRF-Token"] = csrf_token(secret)

    def ask(
        self, method: str, path: str, headers: dict[str, str] | None = None, **more: Any
    ) -> Any:
        """Ask; a header given as "" is left out."""
        asked = self.headers | (headers or {})
        left = {name: value for name, value in asked.items() if value}
        return self.client.request(method, path, headers=left, **more)

    def begin(
        self, version_id: object, size: int = len(FILE), data: bytes = b"", **headers: str
    ) -> Any:
        asked = {"Upload-Length": str(size)} | (BODY if data else {})
        asked |= {name.replace("_", "-"): value for name, value in headers.items()}
        path = f"{self.place}/drafts/{version_id}/uploads"
        return self.ask("POST", path, asked, content=data)

    def send(self, place: str, offset: int, data: bytes, **headers: str) -> Any:
        asked = {"Upload-Offset": str(offset), **BODY}
        asked |= {name.replace("_", "-"): value for name, value in headers.items()}
        return self.ask("PATCH", place, asked, content=data)

    def offset(self, place: str) -> int:
        return int(self.ask("HEAD", place).headers["upload-offset"])


@pytest.fixture(params=["api", "web"])
def sender(api: Api, request: pytest.FixtureRequest) -> Sender:
    return Sender(api, request.param)


@pytest.fixture
def version_id(api: Api) -> str:
    with api.portal.world.owner() as session:
        session.execute(text("DELETE FROM uploads"))
    return str(api.client("ida").post("/api/v1/drafts", json=draft_json()).json()["version_id"])


def metadata(**pairs: str) -> str:
    return ",".join(f"{key} {b64encode(value.encode()).decode()}" for key, value in pairs.items())


def attached(api: Api, version_id: str) -> list[dict[str, Any]]:
    found = api.client("ida").get(f"/api/v1/drafts/{version_id}").json()["attachments"]
    return list(found)


def bytes_of(api: Api, attachment: str) -> bytes:
    return bytes(api.client("ida").get(f"/api/v1/attachments/{attachment}").content)


def blobs(api: Api) -> set[str]:
    return {blob.name for blob in api.portal.services.blobs.list()}


def test_a_file_arrives_in_pieces(sender: Sender, version_id: str) -> None:
    before = blobs(sender.api)
    told = metadata(filename="notes.txt", filetype="text/plain")
    begun = sender.begin(version_id, Upload_Metadata=told)
    place = begun.headers["location"]
    assert (begun.status_code, begun.headers["upload-offset"]) == (201, "0")
    assert place.startswith(f"{sender.place}/uploads/")
    assert begun.headers["upload-expires"].endswith("GMT")

    for start in range(0, 300, 100):
        head = sender.ask("HEAD", place)
        assert (head.status_code, head.headers["upload-offset"]) == (200, str(start))
        assert head.headers["upload-length"] == "300"
        assert head.headers["upload-metadata"] == told
        assert head.headers["cache-control"] == "no-store"
        sent = sender.send(place, start, FILE[start : start + 100])
        assert (sent.status_code, sent.headers["upload-offset"]) == (204, str(start + 100))
        assert sent.headers["tus-resumable"] == "1.0.0"

    (file,) = attached(sender.api, version_id)
    assert (file["name"], file["media_type"], file["size_bytes"]) == (
        "notes.txt",
        "text/plain",
        300,
    )
    assert sent.headers["entente-attachment"] == file["id"]
    assert sent.headers["entente-digest"] == digest_written(hashlib.sha256(FILE).digest())
    assert bytes_of(sender.api, file["id"]) == FILE
    assert sender.ask("HEAD", place).headers["entente-attachment"] == file["id"]
    again = sender.send(place, 300, b"")
    assert (again.status_code, again.headers["entente-attachment"]) == (204, file["id"])
    assert len(attached(sender.api, version_id)) == 1
    assert len(blobs(sender.api) - before) == 1


@pytest.mark.parametrize("data", [b"", FILE[:120], FILE])
def test_bytes_may_come_with_the_beginning(sender: Sender, version_id: str, data: bytes) -> None:
    size = len(FILE) if data else 0
    begun = sender.begin(version_id, size, data)
    assert begun.status_code == 201
    if len(data) < size:
        assert begun.headers["upload-offset"] == "120"
        begun = sender.send(begun.headers["location"], 120, FILE[120:])
    whole = FILE if data else b""
    assert bytes_of(sender.api, begun.headers["entente-attachment"]) == whole
    assert begun.headers["entente-digest"] == digest_written(hashlib.sha256(whole).digest())


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Tus-Resumable": ""}, 412),
        ({"Tus-Resumable": "0.2.2"}, 412),
        ({"Content-Type": ""}, 415),
        ({"Content-Type": "application/octet-stream"}, 415),
        ({"Upload-Offset": ""}, 400),
        ({"Upload-Offset": "-1"}, 400),
        ({"Upload-Offset": "9"}, 409),
        ({"Upload-Checksum": "md5 AAAA"}, 400),
        ({"Upload-Checksum": "sha256 AAAA"}, 400),
        ({"Upload-Checksum": "sha256 " + b64encode(bytes(32)).decode()}, 460),
    ],
)
def test_a_wrong_piece_is_refused_and_not_kept(
    sender: Sender, version_id: str, headers: dict[str, str], status: int
) -> None:
    place = sender.begin(version_id).headers["location"]
    before = blobs(sender.api)
    asked = {"Upload-Offset": "0", **BODY} | headers
    answer = sender.ask("PATCH", place, asked, content=FILE[:50])

    assert answer.status_code == status
    assert answer.headers["tus-resumable"] == "1.0.0"
    assert answer.headers["content-type"] == "application/problem+json"
    assert ("tus-version" in answer.headers) is (status == 412)
    assert sender.offset(place) == 0
    assert blobs(sender.api) == before


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Tus_Resumable": "2.0.0"}, 412),
        ({"Upload_Length": "x"}, 400),
        ({"Upload_Length": ""}, 400),
        ({"Upload_Length": str(20 * 2**30 + 1)}, 413),
        ({"Upload_Defer_Length": "1"}, 400),
        ({"Upload_Concat": "partial"}, 400),
        ({"Upload_Metadata": "filename $$$"}, 400),
        ({"Upload_Metadata": "filename YQ==,filename YQ=="}, 400),
        ({"Repr_Digest": "sha-256=nothing"}, 400),
        ({"Repr_Digest": "sha-256=:AAAA:"}, 400),
    ],
)
def test_a_wrong_beginning_begins_nothing(
    sender: Sender, version_id: str, headers: dict[str, Any], status: int
) -> None:
    before = sender.api.portal.world.told("attachment.begun")
    answer = sender.begin(version_id, **headers)
    assert answer.status_code == status
    assert sender.api.portal.world.told("attachment.begun") == before


def test_it_says_what_it_speaks(sender: Sender, version_id: str) -> None:
    path = f"{sender.place}/drafts/{version_id}/uploads"
    answer = sender.ask("OPTIONS", path, {"Tus-Resumable": ""})
    assert answer.status_code == 204
    assert answer.headers["tus-version"] == "1.0.0"
    assert answer.headers["tus-checksum-algorithm"] == "sha256"
    assert set(answer.headers["tus-extension"].split(",")) == {
        *("creation", "creation-with-upload", "termination", "checksum", "expiration"),
    }


def test_a_right_checksum_is_right(sender: Sender, version_id: str) -> None:
    place = sender.begin(version_id).headers["location"]
    for start in (0, 150):
        piece = FILE[start : start + 150]
        checksum = "sha256 " + b64encode(hashlib.sha256(piece).digest()).decode()
        assert sender.send(place, start, piece, Upload_Checksum=checksum).status_code == 204
    assert len(attached(sender.api, version_id)) == 1


@pytest.mark.parametrize("pieces", [1, 2])
@pytest.mark.parametrize("how", ["header", "metadata"])
def test_another_file_than_was_announced_leaves_nothing(
    sender: Sender, version_id: str, pieces: int, how: str
) -> None:
    before = blobs(sender.api)
    digest = digest_written(hashlib.sha256(b"another").digest())
    named: dict[str, Any] = {"Repr_Digest": digest}
    if how == "metadata":
        named = {"Upload_Metadata": metadata(filename="a", **{"repr-digest": digest})}
    place = sender.begin(version_id, **named).headers["location"]
    assert "repr-digest" not in sender.ask("HEAD", place).headers.get("upload-metadata", "")
    step = len(FILE) // pieces
    for start in range(0, len(FILE), step):
        answer = sender.send(place, start, FILE[start : start + step])

    assert answer.status_code == 422
    assert "not the file" in answer.json()["title"]
    assert attached(sender.api, version_id) == []
    assert blobs(sender.api) == before
    assert sender.ask("HEAD", place).status_code == 404


def test_the_hash_of_a_file_is_kept_nowhere(api: Api, version_id: str) -> None:
    sender, digest = Sender(api, "api"), hashlib.sha256(FILE)
    named: dict[str, Any] = {"Repr_Digest": digest_written(digest.digest())}
    place = sender.begin(version_id, **named).headers["location"]
    sender.send(place, 0, FILE[:10])
    with api.portal.world.owner() as session:
        rows = str(session.execute(text("SELECT u::text FROM uploads u")).scalars().all())
        rows += str(session.execute(text("SELECT entry FROM journal")).scalars().all())
    sender.send(place, 10, FILE[10:])
    with api.portal.world.owner() as session:
        rows += str(session.execute(text("SELECT a::text FROM attachments a")).scalars().all())
    assert place.rsplit("/", 1)[1] in rows
    assert digest.hexdigest() not in rows
    assert b64encode(digest.digest()).decode() not in rows


def test_too_many_bytes_are_refused_and_what_came_before_stays(
    sender: Sender, version_id: str
) -> None:
    place = sender.begin(version_id).headers["location"]
    sender.send(place, 0, FILE[:200])
    announced = sender.send(place, 200, FILE[:101])
    unannounced = sender.ask(
        "PATCH", place, {"Upload-Offset": "200", **BODY}, content=iter([FILE[:101]])
    )
    assert (announced.status_code, unannounced.status_code) == (413, 413)
    assert sender.offset(place) == 200
    assert sender.send(place, 200, FILE[200:]).status_code == 204


def test_nobody_elses_upload_exists(api: Api, version_id: str) -> None:
    place = Sender(api, "api").begin(version_id).headers["location"]
    nowhere = f"/api/v1/uploads/{uuid4()}"
    for name in ("ivan", "uma"):  # one writes in the same draft, one is a stranger
        other = Sender(api, "api", name)
        for method, more in (
            ("HEAD", {}),
            ("PATCH", {"Upload-Offset": "0", **BODY}),
            ("DELETE", {}),
        ):
            there = other.ask(method, place, more)
            gone = other.ask(method, nowhere, more)
            assert there.status_code == gone.status_code == 404
            assert (there.content, there.headers) == (gone.content, gone.headers)


def test_the_same_person_goes_on_at_the_other_door(api: Api, version_id: str) -> None:
    place = Sender(api, "api").begin(version_id).headers["location"]
    Sender(api, "api").send(place, 0, FILE[:7])
    web = Sender(api, "web")
    assert web.send(place.removeprefix("/api/v1"), 7, FILE[7:]).status_code == 204
    (file,) = attached(api, version_id)
    assert bytes_of(api, file["id"]) == FILE


def test_another_site_cannot_send(api: Api, version_id: str) -> None:
    web = Sender(api, "web")
    place = web.begin(version_id).headers["location"]
    forged = {"X-CSRF-Token": "forged"}
    foreign = {"Origin": "https://evil.example"}
    begin = f"/drafts/{version_id}/uploads"
    for wrong in (forged, foreign):
        assert web.ask("POST", begin, {"Upload-Length": "3", **wrong}).status_code == 403
        sent = {"Upload-Offset": "0", **BODY, **wrong}
        assert web.ask("PATCH", place, sent, content=FILE).status_code == 403
        assert web.ask("HEAD", place, wrong).status_code == 403
        assert web.ask("DELETE", place, wrong).status_code == 403
    assert web.offset(place) == 0
    nobody = api.client(None).request("HEAD", place, headers=TUS)
    assert nobody.status_code == 401


def test_given_up_is_gone(sender: Sender, version_id: str) -> None:
    before = blobs(sender.api)
    place = sender.begin(version_id).headers["location"]
    sender.send(place, 0, FILE[:9])
    assert sender.ask("DELETE", place).status_code == 204
    assert sender.ask("HEAD", place).status_code == 404
    assert sender.ask("DELETE", place).status_code == 404
    assert blobs(sender.api) == before
    told = sender.api.portal.world.told("attachment.abandoned")[-1]
    assert told["details"]["offset"] == 9


def test_it_lapses_a_day_after_its_last_byte(api: Api, version_id: str) -> None:
    sender, clock = Sender(api, "api"), api.portal.world.clock
    before = blobs(api)
    place = sender.begin(version_id).headers["location"]
    sender.send(place, 0, FILE[:9])
    worker.once(api.portal.services)
    assert sender.offset(place) == 9
    clock.pass_time(timedelta(hours=24, minutes=1))
    try:
        sender = Sender(Api(api.portal, api.secrets), "api")
        assert sender.ask("HEAD", place).status_code == 404
        assert blobs(api) - before
        worker.once(api.portal.services)
        assert blobs(api) == before
    finally:
        clock.pass_time(timedelta(hours=-24, minutes=-1))


def test_two_at_once_are_never_mixed(api: Api, version_id: str) -> None:
    sender, portal = Sender(api, "api"), api.portal
    place = sender.begin(version_id).headers["location"]
    upload_id = place.rsplit("/", 1)[1]
    with portal.world.work() as work:
        actor = portal.world.actor(work, "ida")
        claimed = records.claim_upload(
            work, portal.world.gate, actor, upload_id, 0, arrangement=ARRANGEMENT
        )
    assert sender.send(place, 0, FILE).status_code == 423
    assert sender.ask("HEAD", place).status_code == 423
    portal.world.clock.pass_time(records.CLAIMED_FOR)
    assert sender.send(place, 0, FILE[:5]).status_code == 204  # who held it was not heard of
    with pytest.raises(records.BeingSent), portal.world.work() as work:
        records.extend_upload(work, portal.world.gate, portal.world.actor(work, "ida"), claimed)
    assert sender.offset(place) == 5


def test_what_came_is_kept_when_it_cannot_be_attached(api: Api, version_id: str) -> None:
    sender, ida = Sender(api, "api"), api.client("ida")
    place = sender.begin(version_id).headers["location"]
    sender.send(place, 0, FILE[:100])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("app.records.uploads.attach", _refuses)
        answer = sender.send(place, 100, FILE[100:])
        assert answer.status_code == 409
        assert "submitted" in answer.json()["detail"]
        assert sender.offset(place) == len(FILE)
        assert "entente-attachment" not in sender.ask("HEAD", place).headers
        assert sender.send(place, len(FILE), b"").status_code == 409
    worker.once(api.portal.services)
    answer = sender.send(place, len(FILE), b"")
    assert answer.status_code == 204
    assert bytes_of(api, answer.headers["entente-attachment"]) == FILE
    assert ida.get(f"/api/v1/drafts/{version_id}").json()["attachments"][0]["size_bytes"] == 300


def _refuses(*_: object, **__: object) -> None:
    raise records.NotInThisState("The draft was submitted meanwhile.")


def test_the_draft_is_judged_again_at_every_step(api: Api, version_id: str) -> None:
    sender, ida = Sender(api, "api"), api.client("ida")
    place = sender.begin(version_id).headers["location"]
    sender.send(place, 0, FILE[:100])
    assert ida.post(f"/api/v1/drafts/{version_id}/submission", json={}).status_code == 201
    assert sender.send(place, 100, FILE[100:]).status_code == 404
    assert attached_of_submission(api, version_id) == 0


def attached_of_submission(api: Api, version_id: str) -> int:
    with api.portal.world.owner() as session:
        asked = text("SELECT count(*) FROM attachments WHERE version_id = :id")
        return int(session.execute(asked, {"id": version_id}).scalar_one())


def test_a_marking_of_its_own_comes_before_the_bytes(api: Api, version_id: str) -> None:
    own = metadata(filename="a", marking="TLP:RED", release_to="person:nobody")
    assert Sender(api, "api").begin(version_id, Upload_Metadata=own).status_code == 422
    good = metadata(filename="a", marking="TLP:AMBER", release_to="org:uni-eu")
    assert Sender(api, "api").begin(version_id, 3, b"abc", Upload_Metadata=good).status_code == 201
    typed = "attached.own=yes&attached.level.tlp=TLP%3AGREEN&attached.release_to=org%3Adtc"
    web = Sender(api, "web")
    assert (
        web.begin(
            version_id, 3, b"abc", Upload_Metadata=metadata(filename="b", fields=typed)
        ).status_code
        == 201
    )
    wrong = metadata(filename="c", fields="attached.own=yes&attached.level.tlp=TLP%3APURPLE")
    assert web.begin(version_id, 3, b"abc", Upload_Metadata=wrong).status_code == 422
    assert [file["marking"]["text"] for file in attached(api, version_id)] == [
        "TLP:AMBER",
        "TLP:GREEN",
    ]


LIMITS = {"attachments_per_version": 2, "unfinished_per_person": 2, "upper_bytes": 1000}


@pytest.fixture
def narrow(api: Api) -> Iterator[None]:
    """The portal with small limits."""
    services = api.portal.services
    api.portal.app.state.services = replace(
        services,
        limits=services.limits.model_copy(update=LIMITS | {"unfinished_size_per_person": 1500}),
    )
    yield
    api.portal.app.state.services = services


@pytest.mark.usefixtures("narrow")
def test_limits_hold_before_any_byte_and_say_what_to_do(api: Api, version_id: str) -> None:
    sender, before = Sender(api, "api"), blobs(api)
    larger = sender.begin(version_id, 1001)
    assert (larger.status_code, "up to 1 kB" in larger.text) == (413, True)
    sender.begin(version_id, 1000)
    together = sender.begin(version_id, 501)
    assert (together.status_code, "1.5 kB together" in together.text) == (409, True)
    sender.begin(version_id, 500)
    third = sender.begin(version_id, 0)
    assert (third.status_code, "at most 2 attachments" in third.text) == (409, True)
    other = api.client("ida").post("/api/v1/drafts", json=draft_json()).json()["version_id"]
    many = sender.begin(other, 0)
    assert (many.status_code, "begun 2 uploads" in many.text) == (409, True)
    assert blobs(api) == before


@pytest.mark.usefixtures("narrow")
@pytest.mark.parametrize("announced", [True, False])
def test_the_plain_doors_have_the_same_limits(api: Api, version_id: str, announced: bool) -> None:
    before, body = blobs(api), b"x" * 1001
    sent = body if announced else iter([body])
    path = f"/api/v1/drafts/{version_id}/attachments"
    answer = api.client("ida").put(path, params={"name": "a"}, content=sent)
    assert (answer.status_code, "up to 1 kB" in answer.text) == (413, True)
    web = Sender(api, "web")
    form = {"csrf_token": web.headers["X-CSRF-Token"]}
    page = web.client.post(
        f"/drafts/{version_id}/attachments", data=form, files={"file": ("a", body)}
    )
    assert (page.status_code, "up to 1 kB" in page.text) == (413, True)
    assert blobs(api) == before


@pytest.mark.parametrize("header", ["Content-Digest", "Repr-Digest"])
def test_a_plain_upload_is_held_to_its_digest(api: Api, version_id: str, header: str) -> None:
    ida, before = api.client("ida"), blobs(api)
    path = f"/api/v1/drafts/{version_id}/attachments"
    right = digest_written(hashlib.sha256(FILE).digest())
    wrong = digest_written(hashlib.sha256(b"other").digest())

    def put(digest: str) -> Any:
        return ida.put(path, params={"name": "a"}, content=FILE, headers={header: digest})

    refused = put(f"sha-512=:AAAA:, {wrong}")
    assert (refused.status_code, blobs(api)) == (422, before)
    assert put("sha-256=:AAAA:").status_code == 400
    taken = put(right)
    assert (taken.status_code, taken.headers["entente-digest"]) == (201, right)
    assert len(attached(api, version_id)) == 1


PIECES = st.lists(
    st.tuples(
        st.integers(0, 120),  # how many bytes
        st.sampled_from([0, 0, 0, -10, 7]),  # how far from the right place
        st.sampled_from(["plain", "checksum", "wrong checksum", "twice"]),
    ),
    max_size=8,
)


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(pieces=PIECES)
def test_whatever_is_sent_and_sent_again_the_file_is_the_file(
    api: Api, pieces: list[tuple[int, int, str]]
) -> None:
    draft = str(api.client("ida").post("/api/v1/drafts", json=draft_json()).json()["version_id"])
    sender = Sender(api, "api")
    place, offset = sender.begin(draft).headers["location"], 0
    for length, aside, how in [*pieces, (len(FILE), 0, "plain")]:
        piece = FILE[offset : offset + length]
        hashed = b"" if how == "wrong checksum" else piece
        checksum = "sha256 " + b64encode(hashlib.sha256(hashed).digest()).decode()
        headers = {"Upload_Checksum": checksum} if "checksum" in how else {}
        wanted = 204 if aside == 0 else 409
        if how == "wrong checksum" and piece and wanted == 204:
            wanted = 460
        if offset + aside < 0:
            wanted = 400
        answer = sender.send(place, offset + aside, piece, **headers)
        assert answer.status_code == wanted
        if wanted == 204:
            offset += len(piece)
            if how == "twice" and piece:
                assert sender.send(place, offset - len(piece), piece).status_code == 409
        assert sender.offset(place) == offset
    (file,) = attached(api, draft)
    assert bytes_of(api, file["id"]) == FILE
