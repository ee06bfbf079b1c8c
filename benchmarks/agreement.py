"""Hold five answers to the same questions against each other, over many random pairs.

    python -m benchmarks.agreement [PAIRS [SEED]]        (100000 and 1 unless told)

For random profiles and audiences, and every pair of them: Cedar asked one by one, deciding about
many at once, the rows of `visibility`, what row-level security lets a query without any filter see,
and the slow oracle that was written from the rule of reading alone. Each pair is asked about
reading, and about one action more by all that need no database, reasons included. It ends at the
first pair on which two differ, and tells which; else it tells how many pairs there were.
"""

import sys
import tempfile
import time
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from sqlalchemy import insert, make_url, text
from sqlalchemy.orm import Session

from app.access import (
    Action,
    Actor,
    Answers,
    Audience,
    Gate,
    PolicyKeeper,
    PolicySet,
    Profile,
    decide_many,
    intern_audience,
    intern_profile,
    register_policies,
)
from app.core.database import Database
from app.core.embedded import start_embedded
from app.core.ids import AudienceId, PersonId, new_id
from app.core.migrate import migrate
from app.core.work import Units
from app.labels import Schemes
from app.records.models import PortionRow
from benchmarks.search import ORIGIN, POLICIES, NoJournal
from tests import oracle
from tests.drawn import NOW, Drawn

AUDIENCES = 1_000


def main() -> None:
    """Ask about as many pairs as told, or a few more."""
    pairs = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    drawn = Drawn(PolicyKeeper(POLICIES).current.schemes, seed)
    audiences = drawn.audiences(min(AUDIENCES, pairs))
    profiles = drawn.profiles(-(-pairs // len(audiences)))
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        allowed = compare(Path(folder), profiles, audiences)
    count = len(profiles) * len(audiences)
    print(
        f"{count:,} pairs, {allowed / count:.1%} of them allowed to read: all agree"
        f" ({time.perf_counter() - begun:.0f} s)"
    )


def compare(folder: Path, profiles: Sequence[Profile], audiences: Sequence[Audience]) -> int:
    """Compare everything on every pair; gives how many of them may be read."""
    root = make_url(start_embedded(folder)).set(drivername="postgresql+psycopg")
    url = root.render_as_string(hide_password=False)
    database, gate = Database(url, url), Gate(PolicyKeeper(POLICIES))
    migrate(database)
    units = Units(database.application_engine(), NoJournal(), lambda: NOW)
    policies = gate.keeper.current
    with units.begin(ORIGIN) as work:
        register_policies(work.session, policies, NOW)
    ids = store(database, policies.schemes, audiences)
    read = decide_many(policies, Action.READ, profiles, audiences, NOW)
    others = list(Action)[1:]
    for number, profile in enumerate(profiles):
        told(number, len(profiles))
        one_by_one(policies, Action.READ, profile, read, number)
        action = others[number % len(others)]
        alone = decide_many(policies, action, [profile], audiences, NOW)
        one_by_one(policies, action, profile, alone, 0)
        may = {id_ for id_, place in ids.items() if read.allowed(number) >> place & 1}
        with units.begin(ORIGIN) as work:
            id_ = intern_profile(work.session, profile, NOW)
            person = PersonId(new_id()) if profile.person else None
            scope = gate.scope(work, Actor(person, profile, id_), Action.READ)
            same("visibility", profile, may, set(scope.audience_ids))
            rows = work.session.scalars(text("SELECT audience_id FROM portions"))
            same("row-level security", profile, may, set(rows))
    units.engine.dispose()
    return sum(read.allowed(number).bit_count() for number in range(len(profiles)))


def store(
    database: Database, schemes: Schemes, audiences: Sequence[Audience]
) -> Mapping[AudienceId, int]:
    """Keep a portion of every audience; gives the place of each by its id."""
    with Session(database.owner_engine()) as session, session.begin():
        session.execute(text("SET LOCAL session_replication_role = replica"))
        ids = {
            intern_audience(session, schemes, one, NOW): place
            for place, one in enumerate(audiences)
        }
        portion = {
            "position": 0,
            "role": "title",
            "heading": "",
            "body": "",
            "fields": {},
            "language": "en",
        }
        session.execute(
            insert(PortionRow).values(words=text("''")),
            [
                {"id": new_id(), "version_id": new_id(), "record_id": new_id(), **portion}
                | {"audience_id": one}
                for one in ids
            ],
        )
    return ids


def one_by_one(
    policies: PolicySet, action: Action, profile: Profile, answers: Answers, number: int
) -> None:
    """Compare what was decided of many at once with Cedar asked about each, and with the oracle."""
    said = policies.decide(profile, action, answers.audiences, NOW)
    for place, (audience, cedar) in enumerate(zip(answers.audiences, said, strict=True)):
        slowly = oracle.may(policies.schemes, profile, action, audience, NOW)
        many = answers.decision(number, place)
        if many != cedar or cedar.allowed != slowly:
            sys.exit(
                f"They differ about {action}:\n{profile}\n{audience}\n"
                f"Cedar: {cedar}\nmany at once: {many}\noracle: {slowly}"
            )


def same(what: str, profile: Profile, may: Collection[int], found: Collection[int]) -> None:
    """Compare what is in sight by its ids."""
    hidden, shown = set(may) - set(found), set(found) - set(may)
    if hidden or shown:
        sys.exit(f"{what} differs for {profile}\nhidden: {hidden}\nshown: {shown}")


def told(done: int, of: int) -> None:
    """Tell how far it is."""
    print(f"\r{done} of {of} profiles", end="", flush=True, file=sys.stderr)


if __name__ == "__main__":
    main()
