"""Two servers, two workers, a primary and a streaming replica; one of each is killed under load.

Every process is a real one and is killed with `kill -9`. Nothing that was answered is lost: the log
holds it. Nothing is shown that was taken back, whichever server and whichever database answers.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import patch

import httpx
import pytest
from sqlalchemy import text

from app.core.database import Database
from app.core.migrate import migrate
from tests.api_world import Api, draft_json
from tests.log_world import verify
from tests.machines import Asker, People, machines, reads, receipted, until
from tests.portal import Portal, assemble_portal
from tests.replica_world import Pair, pair
from tests.world import StillClock

RECORDS = 16  # on one page
READERS = 3
LEFT = 4  # that nobody takes back
PACE = 8  # searches for each that is taken back
LEAST = 6
READER = "ines"


@dataclass
class Taken:
    """What was taken back: when its withdrawal was asked for, and when it was answered."""

    began: dict[str, float] = field(default_factory=dict)
    ended: dict[str, float] = field(default_factory=dict)


@pytest.fixture(scope="module")
def two() -> Iterator[Pair]:
    with pair() as made:
        yield made


@pytest.fixture
def portal(two: Pair, tmp_path: Path) -> Iterator[Portal]:
    """A portal over the pair, as the other processes will find it."""
    database = Database(two.primary.url, two.primary.url)
    migrate(database)
    now = datetime.now(UTC)  # which the other processes go by
    with patch("tests.world.NOON", now), patch("tests.world.StillClock", lambda: StillClock(now)):
        made = assemble_portal(database, tmp_path, "http://127.0.0.1:8000")
    yield made
    made.world.close()


def test_one_of_each_is_killed_and_nothing_is_lost_or_stale(
    two: Pair, portal: Portal, tmp_path: Path
) -> None:
    credentials = {name: Api(portal).credentials(name) for name in ("ida", "iris", READER)}
    with machines(two, tmp_path, "serve", "serve", "worker", "worker") as running:
        versions = release_all(portal)
        first, second, worker, _ = running
        first.wait()
        second.wait()
        tokens = {name: token(first.url, *one) for name, one in credentials.items()}
        people, taken = People([first.url, second.url], tokens), Taken()
        begin(people, taken, versions)

        people.more("found", 20)
        until(lambda: min(reads(first.url), reads(second.url)) > 0)
        first.kill()
        people.more("found", 15)
        worker.kill()
        people.more("written", 3)
        two.replica.kill()
        people.more("found", 15)
        two.primary.kill()
        two.primary.start()
        people.more("found", 15)
        people.more("written", 3)
        before = reads(second.url)
        two.replica.start()
        until(lambda: reads(second.url) > before)
        until(lambda: len(taken.ended) >= LEAST)
        people.stop()
        until(lambda: everything_has_its_place(portal))

    nothing_stale(people, taken, set(versions))
    nothing_lost(people, portal)


def release_all(portal: Portal) -> dict[str, str]:
    """Release records; gives the version of each."""
    titles = (f"A practice, number {number}" for number in range(RECORDS))
    drafts = [portal.draft("ida", title=title) for title in titles]
    for drafted in drafts:
        portal.release(drafted.version_id, by="iris", author="ida")
    return {str(one.record_id): str(one.version_id) for one in drafts}


def token(url: str, client_id: str, secret: str) -> str:
    asked = {"grant_type": "client_credentials"}
    answer = httpx.post(f"{url}/api/v1/token", data=asked, auth=(client_id, secret))
    return str(answer.json()["access_token"])


def begin(people: People, taken: Taken, versions: dict[str, str]) -> None:
    """Let readers search, one write, and one take back what they find, one after the other."""
    waiting = list(versions.items())[LEFT:]
    for _ in range(READERS):
        people.again_and_again(
            lambda one: one.ask("found", READER, "GET", "/records?q=practice&order=relevance")
        )
    people.again_and_again(
        lambda one: one.ask("written", "ida", "POST", "/drafts", json=draft_json())
    )

    def take_back(one: Asker) -> None:
        if not waiting or people.count("found") < PACE * (len(taken.ended) + 1):
            people.pause()
            return
        record_id, version_id = waiting[0]
        taken.began.setdefault(record_id, time.monotonic())
        path = f"/records/{record_id}/versions/{version_id}/withdrawal"
        # One that was not answered may have been done: then it is refused now.
        answer = one.ask("taken", "iris", "POST", path, json={"comment": "Wrong."})
        if answer is not None:
            assert answer.status in (201, 404, 409), answer
            taken.ended[record_id] = answer.ended
            del waiting[0]

    people.again_and_again(take_back)


def nothing_stale(people: People, taken: Taken, all_: set[str]) -> None:
    """Whoever began to look when it was taken back saw it no more; all else everybody saw."""
    looked = [told for kind, told in people.told if kind == "found"]
    assert len(looked) > 50
    for told in looked:
        assert told.status == 200, told
        shown = {one["id"] for one in told.body["items"]}
        gone = {one for one, ended in taken.ended.items() if ended < told.began}
        going = {one for one, began in taken.began.items() if began < told.ended}
        assert not shown & gone
        assert shown >= all_ - going
        # One that was taken back after it matched is left out, and was counted.
        assert len(shown) <= told.body["total"] <= len(shown) + 1


def nothing_lost(people: People, portal: Portal) -> None:
    """What was answered stands on the log, which verifies; what was written is there."""
    assert verify(portal.world) > 0
    named = [one for _, told in people.told for one in receipted(told)]
    assert len(named) >= sum(told.status < 400 for _, told in people.told)
    with portal.world.owner() as session:
        rows = session.execute(
            text("SELECT entry_id::text, encode(leaf_hash, 'hex') FROM log_entries")
        )
        placed = {(entry, leaf) for entry, leaf in rows}
        kept = {*session.scalars(text("SELECT id::text FROM versions"))}
    assert set(named) <= placed
    written = [told.body["version_id"] for kind, told in people.told if kind == "written"]
    assert written
    assert set(written) <= kept


def everything_has_its_place(portal: Portal) -> bool:
    """Tell whether the worker that is left has placed and signed all that was written."""
    asked = text(
        "SELECT (SELECT count(*) FROM journal) = (SELECT count(*) FROM log_entries)"
        " AND (SELECT count(*) FROM log_entries) = (SELECT max(size) FROM log_checkpoints)"
    )
    with portal.world.owner() as session:
        return bool(session.execute(asked).scalar_one())
