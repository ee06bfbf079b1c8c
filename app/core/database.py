"""PostgreSQL: engines for the two roles, and the base of all tables.

The owner runs migrations. The application works as `entente_app`, which owns nothing and is
bound by row-level security; the connection enters that role before its first statement, whatever
login it came with, and cannot leave it by RESET.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from psycopg import Connection, OperationalError
from psycopg.abc import RV, PQGen
from psycopg.pq import TransactionStatus
from sqlalchemy import Engine, MetaData, create_engine, event, make_url, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TIMESTAMP, UUID
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import LargeBinary, Text

from app.core.alive import keep_alive
from app.core.embedded import start_embedded
from app.core.errors import Unavailable
from app.core.settings import Settings

APPLICATION_ROLE: Final = "entente_app"
_BOUND: Final = f"-c role={APPLICATION_ROLE} -c timezone=UTC"
REPLICA_STATEMENT_SECONDS: Final = 2
REPLICA_ANSWER_SECONDS: Final = 3

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
    replica_urls: tuple[str, ...] = ()

    def application_engine(self, *, pool_size: int = 10) -> Engine:
        """Make the engine with which everything but migrations works."""
        engine = _engine(
            self.application_url,
            pool_size,
            f"{_BOUND} -c statement_timeout=30s -c idle_in_transaction_session_timeout=600s",
            connect_args={"connect_timeout": 10},
        )
        return keep_alive(engine)

    def replica_engines(self, *, pool_size: int = 10) -> list[Engine]:
        """Make an engine for each replica: bound as the application's, and only for reading."""
        engines = [
            _engine(
                url,
                pool_size,
                f"{_BOUND} -c default_transaction_read_only=on"
                f" -c statement_timeout={REPLICA_STATEMENT_SECONDS}s",
                connect_args={"connect_timeout": REPLICA_ANSWER_SECONDS},
            )
            for url in self.replica_urls
        ]
        for engine in engines:
            event.listen(engine, "do_connect", _impatiently)
        return engines

    def owner_engine(self) -> Engine:
        """Make the engine with which migrations work."""
        return create_engine(self.owner_url, pool_size=1, connect_args={"prepare_threshold": None})


class Impatient(Connection[Any]):
    """A connection on which nothing is waited for longer than a replica may take.

    A server that is frozen, or cut off, ends no statement by a time limit of its own.
    """

    def wait(
        self, gen: PQGen[RV], interval: float = 0.1, timeout: float | None = REPLICA_ANSWER_SECONDS
    ) -> RV:
        """Wait for an answer; a connection on which there was none in time is closed."""
        try:
            return super().wait(gen, interval, timeout)
        except OperationalError:
            if self.pgconn.transaction_status == TransactionStatus.ACTIVE:
                self.pgconn.finish()
            raise


def _impatiently(
    _dialect: object, _record: object, arguments: list[Any], named: dict[str, Any]
) -> Impatient:
    return Impatient.connect(*arguments, **named)


def _engine(url: str, pool_size: int, options: str, **others: Any) -> Engine:
    """Make an engine bound by row-level security.

    Server-side prepared statements are off: a generic plan would not see the length of the array of
    audiences, on which the choice of index depends.
    """
    connect_args = {"options": options, "prepare_threshold": None, **others.pop("connect_args")}
    return create_engine(
        url,
        pool_size=pool_size,
        max_overflow=pool_size,
        # What is written and searched for has no place in an error, which may be logged.
        hide_parameters=True,
        connect_args=connect_args,
        **others,
    )


def locate_database(settings: Settings) -> Database:
    """Find the configured database, or start the embedded one.

    Raises:
        Unavailable: replicas are named of a database that is not.
    """
    replicas = settings.replica_urls.get_secret_value().split() if settings.replica_urls else []
    if replicas and settings.database_url is None:
        raise Unavailable(
            "ENTENTE_REPLICA_URLS names replicas of the embedded database: it has none."
        )
    if settings.database_url is None:
        url = start_embedded(settings.data_dir / "postgres")
        return Database(_with_driver(url), _with_driver(url))
    application = settings.database_url.get_secret_value()
    owner = settings.owner_database_url
    return Database(
        _with_driver(application),
        _with_driver(owner.get_secret_value() if owner else application),
        tuple(map(_with_driver, replicas)),
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
