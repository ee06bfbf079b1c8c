"""Brings a database to the newest form of the tables; the owner's work, never the application's."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from app.core.database import Database

MIGRATIONS = Path(__file__).parents[2] / "migrations"


def migration_config(database: Database) -> Config:
    """Tell alembic where the migrations are and what to bring up to date."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["database"] = database
    return config


def is_newest(database: Database) -> bool:
    """Tell whether the tables are in their newest form."""
    newest = ScriptDirectory.from_config(migration_config(database)).get_current_head()
    engine = database.application_engine()
    with engine.connect() as connection:
        now = MigrationContext.configure(connection).get_current_revision()
    engine.dispose()
    return now == newest


def migrate(database: Database, *, to: str = "head") -> None:
    """Upgrade the tables; done when nothing is to be done."""
    command.upgrade(migration_config(database), to)
