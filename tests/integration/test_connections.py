"""Connections are given out live, and to see that they are costs no way to the database."""

import time
from unittest.mock import patch

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import Session

from app.access import held
from app.core.alive import IDLE_SECONDS
from app.core.database import Database
from app.records.models import VersionRow


def _pid(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(text("SELECT pg_backend_pid()")).scalar_one())


@pytest.fixture
def engine(database: Database) -> Engine:
    return database.application_engine(pool_size=1)


def test_a_connection_that_the_server_closed_is_replaced_unnoticed(
    database: Database, engine: Engine
) -> None:
    first = _pid(engine)
    owner = create_engine(database.owner_url)
    with owner.connect() as connection:
        connection.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": first})
    owner.dispose()
    assert _pid(engine) != first
    engine.dispose()


def test_one_that_was_used_a_moment_ago_is_not_asked_and_one_idle_for_long_is(
    engine: Engine,
) -> None:
    first = _pid(engine)
    with patch("psycopg.Connection.execute") as asked:
        assert _pid(engine) == first
        assert not asked.called
        later = time.monotonic() + IDLE_SECONDS + 1
        with patch("app.core.alive.time.monotonic", return_value=later):
            assert _pid(engine) == first
        assert asked.called
    engine.dispose()


def test_a_statement_made_once_asks_for_its_scope(engine: Engine) -> None:
    """Whoever forgets to tell it in which audiences to look gets an error, and no row."""
    with Session(engine) as session, pytest.raises(StatementError):
        session.query(VersionRow).where(held(VersionRow.audience_id)).all()
    engine.dispose()
