"""What a page costs: how many statements the database answers for it, through the whole app."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event
from starlette.testclient import TestClient

from app.core.database import Database
from app.records import SectionInput
from tests.portal import Portal, assemble_portal

URL = "http://127.0.0.1:8000"
MOST = {
    "/": 14,
    "/records": 10,
    "/records?q=practice&kind=best_practice": 11,
    "/records/{record}": 14,
}


@pytest.fixture(scope="module")
def portal(
    module_peopled_database: Database, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Portal]:
    """A portal with more than one page of records."""
    made = assemble_portal(module_peopled_database, tmp_path_factory.mktemp("portal"), URL)
    for number in range(30):
        made.released(title=f"A practice for case {number}", sections=[SectionInput(body="How.")])
    yield made
    made.world.close()


@contextmanager
def counted(portal: Portal) -> Iterator[list[str]]:
    """Collect the statements that are executed within the block."""
    statements: list[str] = []

    def note(_1: object, _2: object, statement: str, *_3: object) -> None:
        statements.append(statement)

    event.listen(portal.world.engine, "before_cursor_execute", note)
    yield statements
    event.remove(portal.world.engine, "before_cursor_execute", note)


def test_pages_ask_no_more_statements_of_the_database_than_this(portal: Portal) -> None:
    record = portal.released(title="The one", files={"data.csv": b"a,b\n"})
    portal.revised(record, title="The one, again")
    client = TestClient(portal.app, base_url=URL, cookies={"entente": portal.cookie("uma")})
    costs: dict[str, int] = {}
    said = []
    for path in MOST:
        address = path.format(record=record)
        assert client.get(address).status_code == 200  # a profile's first use is decided once
        with counted(portal) as statements:
            assert client.get(address).status_code == 200
        costs[path] = len(statements)
        said += [path, *(one[:100].replace("\n", " ") for one in statements)]
    assert all(costs[path] <= most for path, most in MOST.items()), "\n".join([str(costs), *said])


def test_a_page_of_many_costs_no_more_than_a_page_of_one(portal: Portal) -> None:
    client = TestClient(portal.app, base_url=URL, cookies={"entente": portal.cookie("uma")})
    costs = []
    for path in ("/records", "/records?q=%22case+7%22"):
        client.get(path)
        with counted(portal) as statements:
            client.get(path)
        costs.append(len(statements))
    assert abs(costs[0] - costs[1]) <= 2
