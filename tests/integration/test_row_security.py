"""A query without any filter returns, as the application's role, exactly what the rule allows."""

from dataclasses import dataclass, field
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.access import (
    Action,
    Actor,
    Area,
    Audience,
    Profile,
    State,
    intern_audience,
    intern_profile,
)
from app.core.ids import AudienceId, PersonId, new_id
from app.core.work import Work
from app.labels import Label, parse_releasability
from app.records.models import (
    AttachmentRow,
    FacetRow,
    PortionRow,
    RecordRow,
    TallyRow,
    TombstoneRow,
    VersionRow,
)
from tests import oracle
from tests.strategies import NOW, SCHEMES, audiences, profiles
from tests.world import World

TABLES = ("versions", "portions", "attachments", "tombstones", "facets", "tallies")
COLUMN = {"tombstones": "version_id", "facets": "audience_id", "tallies": "audience_id"}
SEARCHES = [(ranked, sparse) for ranked in (True, False) for sparse in (True, False)]


@dataclass
class Store:
    """Everything that was put in: the audience of each row, by table, and of each version."""

    facts: dict[AudienceId, Audience] = field(default_factory=dict)
    rows: dict[str, dict[object, AudienceId]] = field(
        default_factory=lambda: {table: {} for table in TABLES}
    )
    parts: dict[UUID, list[AudienceId]] = field(default_factory=dict)

    def add(self, session: Session, given: list[Audience]) -> None:
        """Put in a version for each audience, with a section and a file that have the next."""
        session.execute(text("SET LOCAL session_replication_role = replica"))
        ids = [intern_audience(session, SCHEMES, one, NOW) for one in given]
        for one, other, audience in zip(ids, ids[1:] + ids[:1], given, strict=True):
            self.facts[one] = audience
            version_id = self._version(session, one, audience)
            self.parts[version_id] = [one, other]
            for position, part in enumerate((one, other)):
                self._part(session, version_id, position, part)
            self._count(session, one)

    def _version(self, session: Session, audience_id: AudienceId, audience: Audience) -> UUID:
        record_id, version_id = new_id(), new_id()
        whose = {"owner": audience.owner, "originator": audience.originator}
        session.execute(
            insert(RecordRow).values(
                id=record_id,
                reference=str(record_id),
                created_by=new_id(),
                created_at=NOW,
                **whose,
            )
        )
        session.execute(
            insert(VersionRow).values(
                id=version_id,
                record_id=record_id,
                number=1,
                state=audience.state,
                kind="research",
                area=audience.area,
                language="en",
                audience_id=audience_id,
                edition=1,
                change_note="",
                writers=[],
                created_at=NOW,
                amended_at=NOW,
                released_at=NOW,
                **whose,
            )
        )
        self.rows["versions"][version_id] = audience_id
        if audience.state is State.WITHDRAWN:
            session.execute(
                insert(TombstoneRow).values(
                    version_id=version_id,
                    record_id=record_id,
                    number=1,
                    audience_id=audience_id,
                    reference="",
                    reason="",
                    withdrawn_at=NOW,
                )
            )
            self.rows["tombstones"][version_id] = audience_id
        return version_id

    def _part(self, session: Session, version_id: UUID, position: int, part: AudienceId) -> None:
        portion_id, attachment_id = new_id(), new_id()
        session.execute(
            insert(PortionRow).values(
                id=portion_id,
                version_id=version_id,
                record_id=new_id(),
                position=position,
                role="section" if position else "title",
                heading="",
                body="",
                fields={},
                language="en",
                audience_id=part,
                words=text("to_tsvector('english', 'sought')" if position else "''"),
            )
        )
        session.execute(
            insert(AttachmentRow).values(
                id=attachment_id,
                version_id=version_id,
                record_id=new_id(),
                position=position,
                name="",
                media_type="",
                size_bytes=0,
                audience_id=part,
                blob=str(attachment_id),
                envelope={},
                added_by=new_id(),
                added_at=NOW,
            )
        )
        self.rows["portions"][portion_id] = part
        self.rows["attachments"][attachment_id] = part

    def _count(self, session: Session, audience_id: AudienceId) -> None:
        if audience_id not in self.rows["facets"]:
            session.execute(
                insert(FacetRow).values(audience_id=audience_id, dimension="all", value="", count=1)
            )
            self.rows["facets"][audience_id] = audience_id
            alike = {"kind": "trend", "area": "trends", "language": "en", "year": 2026}
            session.execute(
                insert(TallyRow).values(
                    audience_id=audience_id, originator="imda", count=1, **alike
                )
            )
            self.rows["tallies"][audience_id] = audience_id


def seen(work: Work, table: str) -> set[object]:
    column = COLUMN.get(table, "id")
    return set(work.session.scalars(text(f"SELECT {column} FROM {table}")))


def searched(work: Work, store: Store, *, ranked: bool, sparse: bool) -> set[object]:
    """Search, asking for every audience there is."""
    found = work.session.scalars(
        text(
            "SELECT version_id FROM entente_matches(:everything, ARRAY['en'],"
            " ARRAY['english'], CAST('sought' AS text), CAST('' AS text), :ranked, :sparse)"
        ),
        {"everything": b"\xff" * 256, "ranked": ranked, "sparse": sparse},
    ).all()
    assert len(found) == len(set(found))
    return set(found)


def lined(work: Work, store: Store) -> set[tuple[object, str, int]]:
    """Ask for the lines of every version there is."""
    lines = text(
        "SELECT version_id, role, audience_id FROM entente_lines(:versions, :everything,"
        " ARRAY['en'], ARRAY['english'], CAST('sought' AS text), CAST('sought' AS text))"
    )
    asked = {"versions": list(store.parts), "everything": b"\xff" * 256}
    return {
        (row.version_id, row.role, row.audience_id) for row in work.session.execute(lines, asked)
    }


def test_rows_are_exactly_those_that_the_rule_allows(world: World) -> None:
    world.clock.now = NOW
    store = Store()
    seen_and_hidden: set[str] = set()

    @settings(
        max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None
    )
    @given(added=st.lists(audiences(), min_size=3, max_size=12), asking=profiles)
    def check(added: list[Audience], asking: Profile) -> None:
        with world.owner() as session:
            store.add(session, added)
        may = {
            one
            for one, audience in store.facts.items()
            if oracle.may(SCHEMES, asking, Action.READ, audience, NOW)
        }
        seen_and_hidden.update(["seen"] * bool(may), ["hidden"] * (may != set(store.facts)))
        with world.work() as work:
            profile_id = intern_profile(work.session, asking, NOW)
            person = PersonId(new_id()) if asking.person else None
            scope = world.gate.scope(work, Actor(person, asking, profile_id))
            assert set(scope.audience_ids) == may
            for table, rows in store.rows.items():
                assert seen(work, table) == {row for row, one in rows.items() if one in may}, table
            assert len(seen(work, "records")) == len(seen(work, "versions"))
            findable = {
                version
                for version, (title, part) in store.parts.items()
                if {title, part} <= may and store.facts[title].state is State.RELEASED
            }
            for ranked, sparse in SEARCHES:
                assert searched(work, store, ranked=ranked, sparse=sparse) == findable
            assert lined(work, store) == {
                (version, role, one)
                for version, (title, part) in store.parts.items()
                for role, one in (
                    ("title", title),
                    ("section", part),
                    ("attachment", title),
                    ("attachment", part),
                )
                if title in may and one in may
            }

    check()
    assert seen_and_hidden == {"seen", "hidden"}


def test_without_a_scope_there_is_nothing(world: World) -> None:
    store = _filled(world)
    with world.work() as work:
        for table in TABLES:
            assert seen(work, table) == set()
        for ranked, sparse in SEARCHES:
            assert searched(work, store, ranked=ranked, sparse=sparse) == set()
        assert lined(work, store) == set()


def test_a_scope_ends_with_its_transaction(world: World) -> None:
    _filled(world)
    with world.work() as work:
        world.gate.scope(work, world.actor(work, "eric"))
        assert seen(work, "portions")
    with world.work() as work:
        assert seen(work, "portions") == set()


def test_nothing_is_written_outside_the_scope(world: World) -> None:
    store = _filled(world)
    with world.work() as work:
        world.gate.scope(work, world.actor(work, "uma"))
        mine = seen(work, "versions")
        changed = work.session.execute(update(VersionRow).values(ended_at=NOW))
        assert changed.rowcount == len(mine) < len(store.rows["versions"])  # type: ignore[attr-defined]
    hidden = next(
        one for one in store.facts if not any(store.rows["versions"][v] == one for v in mine)
    )
    with pytest.raises(DBAPIError, match="row-level security"), world.work() as work:
        world.gate.scope(work, world.actor(work, "uma"))
        work.session.execute(update(VersionRow).values(audience_id=hidden))


def _filled(world: World) -> Store:
    """Versions for everybody, and for some, released."""
    store = Store()
    given = [
        Audience(
            State.RELEASED,
            "imda",
            "imda",
            Label((SCHEMES.parse("TLP:GREEN"),), releasability=parse_releasability(to)),
            Area.RESEARCH,
        )
        for to in ("community", "party:EU", "org:dtc")
    ]
    with world.owner() as session:
        store.add(session, given)
    return store
