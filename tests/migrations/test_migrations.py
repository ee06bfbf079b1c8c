"""Migrations go up, go down again, keep the data they meet, and end where the models are."""

import warnings
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text

from app.core.database import APPLICATION_ROLE, Database, check_roles
from app.core.errors import Unavailable
from app.core.migrate import migrate, migration_config

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def owner(empty_database: Database) -> Iterator[Engine]:
    engine = empty_database.owner_engine()
    yield engine
    engine.dispose()


def revisions(database: Database) -> list[str]:
    scripts = ScriptDirectory.from_config(migration_config(database))
    return [script.revision for script in reversed(list(scripts.walk_revisions()))]


def objects(owner: Engine) -> set[tuple[str, str]]:
    with owner.connect() as connection:
        rows = connection.execute(
            text(
                "SELECT relkind::text, relname FROM pg_class c"
                " JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'public'"
                " UNION ALL SELECT 'function', proname FROM pg_proc p"
                " JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = 'public'"
            )
        )
        return {(kind, name) for kind, name in rows if not name.startswith("alembic_version")}


def test_up_step_by_step_and_down_again_leaves_nothing(
    empty_database: Database, owner: Engine
) -> None:
    steps = revisions(empty_database)
    assert len(steps) >= 3
    before = [objects(owner)]
    for revision in steps:
        migrate(empty_database, to=revision)
        before.append(objects(owner))
    config = migration_config(empty_database)
    for expected in reversed(before[:-1]):
        command.downgrade(config, "-1")
        assert objects(owner) == expected


def test_head_is_where_the_models_are(empty_database: Database) -> None:
    migrate(empty_database)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        command.check(migration_config(empty_database))


def test_running_again_changes_nothing(empty_database: Database, owner: Engine) -> None:
    migrate(empty_database)
    before = objects(owner)
    migrate(empty_database)
    assert objects(owner) == before


def test_data_survives_the_guards_going_up(empty_database: Database, owner: Engine) -> None:
    first, *_ = revisions(empty_database)
    migrate(empty_database, to=first)
    with owner.begin() as connection:
        connection.execute(text("INSERT INTO parties VALUES ('SG', 'Singapore', 'sg')"))
        connection.execute(
            text(
                "INSERT INTO audiences (hash, state, owner, originator, markings, facts,"
                " interned_at) VALUES ('\\x01', 'released', 'imda', 'imda',"
                " '{TLP:CLEAR}', '{}', :now)"
            ),
            {"now": NOON},
        )
    migrate(empty_database)
    with owner.connect() as connection:
        assert connection.execute(text("SELECT name FROM parties")).scalar_one() == "Singapore"
        assert connection.execute(text("SELECT markings FROM audiences")).scalar_one() == [
            "TLP:CLEAR"
        ]


def test_the_application_neither_owns_nor_bypasses(empty_database: Database, owner: Engine) -> None:
    migrate(empty_database)
    application = empty_database.application_engine(pool_size=1)
    check_roles(application)
    with application.connect() as connection:
        connection.execute(text("RESET ROLE"))
        assert connection.execute(text("SELECT current_user")).scalar_one() == APPLICATION_ROLE
        protected = connection.execute(
            text("SELECT relname FROM pg_class WHERE relrowsecurity AND relkind = 'r'")
        ).scalars()
        assert set(protected) >= {
            "records",
            "versions",
            "portions",
            "attachments",
            "tombstones",
            "decisions",
            "facets",
            "tallies",
        }
    application.dispose()
    with pytest.raises(Unavailable):
        check_roles(owner)
