"""PostgreSQL: engines for the two roles, and the base of all tables.

The owner runs migrations. The application works as `entente_app`, which owns nothing and is
bound by row-level security; the connection enters that role before its first statement, whatever
login it came with, and cannot leave it by RESET.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Engine, MetaData, create_engine, make_url, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TIMESTAMP, UUID
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import LargeBinary, Text

from app.core.embedded import start_embedded
from app.core.errors import Unavailable
from app.core.settings import Settings

APPLICATION_ROLE: Final = "entente_app"

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """The base of every table; columns of plain Python types map as below."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads it so
        datetime: TIMESTAMP(timezone=True),
        uuid.UUID: UUID(as_uuid=True),
        bytes: LargeBinary,
        str: Text,
        list[str]: ARRAY(Text),
        dict[str, Any]: JSONB,
    }


@dataclass(frozen=True)
class Database:
    """Where the database is, for its two roles; URLs are SQLAlchemy's, with psycopg 3."""

    application_url: str
    owner_url: str

    def application_engine(self, *, pool_size: int = 10) -> Engine:
        """Make the engine with which everything but migrations works.

        Server-side prepared statements are off: a generic plan would not see the length of the
        array of audiences, on which the choice of index depends.
        """
        return create_engine(
            self.application_url,
            pool_size=pool_size,
            max_overflow=pool_size,
            pool_pre_ping=True,
            # What is written and searched for has no place in an error, which may be logged.
            hide_parameters=True,
            connect_args={
                "options": f"-c role={APPLICATION_ROLE} -c timezone=UTC"
                " -c statement_timeout=30s -c idle_in_transaction_session_timeout=600s",
                "prepare_threshold": None,
                "connect_timeout": 10,
            },
        )

    def owner_engine(self) -> Engine:
        """Make the engine with which migrations work."""
        return create_engine(self.owner_url, pool_size=1, connect_args={"prepare_threshold": None})


def locate_database(settings: Settings) -> Database:
    """Find the configured database, or start the embedded one."""
    if settings.database_url is None:
        url = start_embedded(settings.data_dir / "postgres")
        return Database(_with_driver(url), _with_driver(url))
    application = settings.database_url.get_secret_value()
    owner = settings.owner_database_url
    return Database(
        _with_driver(application), _with_driver(owner.get_secret_value() if owner else application)
    )


def check_roles(engine: Engine) -> None:
    """Check that the application cannot overrule row-level security.

    Raises:
        Unavailable: the role owns tables, is a superuser, or bypasses row-level security.
    """
    with engine.connect() as connection:
        row = connection.execute(
            text(
                "SELECT r.rolsuper OR r.rolbypassrls OR EXISTS ("
                " SELECT FROM pg_class c WHERE c.relowner = r.oid AND c.relkind = 'r')"
                " FROM pg_roles r WHERE r.rolname = current_user"
            )
        ).scalar_one()
    if row:
        raise Unavailable(
            "The portal's database role owns tables or bypasses row-level security. "
            "Run `entente migrate` and connect with a login that may become entente_app."
        )


def _with_driver(url: str) -> str:
    parsed = make_url(url).set(drivername="postgresql+psycopg")
    return parsed.render_as_string(hide_password=False)
