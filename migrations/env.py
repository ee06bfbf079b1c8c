"""Runs migrations as the owner, with time-outs: none waits behind a busy portal for long."""

from importlib import import_module
from pathlib import Path

from alembic import context
from sqlalchemy import text

import app
from app.core.database import Base

APP = Path(app.__file__).parent
for path in sorted(APP.rglob("models.py")):
    import_module(".".join(("app", *path.relative_to(APP).with_suffix("").parts)))


def run() -> None:
    """Upgrade in one transaction."""
    database = context.config.attributes["database"]
    engine = database.owner_engine()
    with engine.connect() as connection:
        connection.execute(text("SET lock_timeout = '10s'"))
        connection.execute(text("SET statement_timeout = '10min'"))
        connection.commit()
        context.configure(connection=connection, target_metadata=Base.metadata)
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


run()
