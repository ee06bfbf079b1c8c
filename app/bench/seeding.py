"""Seeds an empty store: its people, their audiences, its records."""

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.bench.audiences import make_audiences
from app.bench.content import Progress, fill
from app.bench.people import admit
from app.bench.plan import Plan
from app.core.database import Database
from app.core.errors import Conflict
from app.core.ids import PersonId
from app.core.work import Origin, Units
from app.labels import Schemes

ORIGIN = Origin(door="bench")


def seed(
    database: Database, units: Units, schemes: Schemes, plan: Plan, progress: Progress
) -> None:
    """Fill an empty migrated database as planned, and have the planner look at it.

    `progress` is told how many records are in, of how many.

    Raises:
        Conflict: there are records in it already.
    """
    engine = database.owner_engine()
    with engine.connect() as connection:
        if connection.scalar(text("SELECT EXISTS (SELECT FROM records)")):
            raise Conflict(
                "This database holds records. Name an empty one in ENTENTE_DATABASE_URL, or set"
                " ENTENTE_DATA_DIR to another folder."
            )
    with units.begin(ORIGIN) as work:
        admit(work, schemes, plan)
    with Session(engine) as session, session.begin():
        rows = session.execute(text("SELECT email, id FROM people"))
        people = {email: PersonId(id_) for email, id_ in rows}
        shared = make_audiences(session, schemes, plan, people, units.clock())
        fill(session, plan, shared, progress)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))
    engine.dispose()
