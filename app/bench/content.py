"""The records of a seeded store: released, of three portions each, put in by the armful."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from random import Random
from typing import Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.bench.audiences import PARTS, REST, Shared
from app.bench.plan import BEGINNING, COMMON_WORD, ENDING, RARE_WORD, SHARES, Plan
from app.records import Kind

Progress = Callable[[int, int], None]

TEXTS_COUNT: Final = 800
TEXT_WORDS: Final = 90
STEP: Final = 20_000
SYLLABLES: Final = [a + b for a in "bdfghklm" for b in "aeiou"]
LANGUAGES: Final = {"en": "english", "fr": "french", "de": "german"}
FILLED: Final = ("records", "versions", "portions")


def fill(session: Session, plan: Plan, shared: Mapping[str, Shared], progress: Progress) -> None:
    """Put the records in, as the database's owner, and count their facets.

    Triggers and indexes come after the rows: a million rows are put in once, not row by row.
    """
    session.execute(text("SELECT setseed(:seed)"), {"seed": 1 / (plan.seed + 1)})
    session.execute(text("SET LOCAL synchronous_commit = off"))
    session.execute(text("SET LOCAL maintenance_work_mem = '256MB'"))
    session.execute(text("SET LOCAL statement_timeout = 0"))
    _texts(session, Random(plan.seed + 2))  # noqa: S311 - nothing secret is drawn
    session.execute(text(WRITERS))
    session.execute(text(PLACES), _places(plan, shared))
    with _without_triggers(session), _without_indexes(session):
        for first in range(1, plan.records + 1, STEP):
            last = min(first + STEP - 1, plan.records)
            for statement in (RECORDS, VERSIONS, PORTIONS):
                session.execute(text(statement), {"first": first, "last": last, **_spread(plan)})
            progress(last, plan.records)
        session.execute(text(TALLIES))
        session.execute(text(FACETS))


def _places(plan: Plan, shared: Mapping[str, Shared]) -> dict[str, object]:
    names = (*PARTS, REST)
    return {
        "records": plan.records,
        "every": round(plan.records / max(1, plan.records * SHARES["0.01%"])),
        "sizes": [shared[name].count for name in names],
        "firsts": [shared[name].first for name in names],
    }


def _spread(plan: Plan) -> dict[str, object]:
    return {
        "beginning": BEGINNING,
        "between": (ENDING - BEGINNING) / plan.records,
        "kinds": [kind.value for kind in Kind],
        "texts": TEXTS_COUNT,
        "rare": RARE_WORD,
    }


def _texts(session: Session, chance: Random) -> None:
    """Keep some thousand texts, of words as common and as rare as in a language."""
    words = ["".join(chance.choices(SYLLABLES, k=2 + n % 3)) for n in range(8_000)]
    weights = [1 / (n + 10) for n in range(len(words))]
    session.execute(
        text(
            "CREATE TEMP TABLE bench_texts (number int, language text, body text, words tsvector,"
            " title tsvector, PRIMARY KEY (number, language)) ON COMMIT DROP"
        )
    )
    bodies = []
    for _ in range(TEXTS_COUNT):
        chosen = chance.choices(words, weights, k=TEXT_WORDS)
        if chance.random() < 0.1:
            chosen[chance.randrange(TEXT_WORDS)] = COMMON_WORD
        bodies.append(" ".join(chosen))
    for language, config in LANGUAGES.items():
        session.execute(
            text(
                "INSERT INTO bench_texts SELECT number - 1, :language, body,"
                " to_tsvector(CAST(:config AS regconfig), body),"
                " to_tsvector(CAST(:config AS regconfig), left(body, 60))"
                " FROM unnest(CAST(:bodies AS text[])) WITH ORDINALITY one(body, number)"
            ),
            {"language": language, "config": config, "bodies": bodies},
        )


@contextmanager
def _without_triggers(session: Session) -> Iterator[None]:
    """Put rows in that no trigger sees; whoever may, leaves out the checks of references too."""
    if session.scalar(text("SELECT current_setting('is_superuser') = 'on'")):
        session.execute(text("SET LOCAL session_replication_role = replica"))
        yield
        session.execute(text("SET LOCAL session_replication_role = origin"))
        return
    for table in FILLED:
        session.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
    yield
    session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
    for table in FILLED:
        session.execute(text(f"ALTER TABLE {table} ENABLE TRIGGER USER"))


@contextmanager
def _without_indexes(session: Session) -> Iterator[None]:
    """Make the indexes of the tables anew when the rows are in, but for those of constraints."""
    indexes = session.execute(
        text(
            "SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS made"
            "  FROM pg_index WHERE indrelid = ANY (CAST(:tables AS regclass[])) AND NOT EXISTS"
            "   (SELECT FROM pg_constraint c WHERE c.conindid = indexrelid)"
        ),
        {"tables": list(FILLED)},
    ).all()
    for index in indexes:
        session.execute(text(f"DROP INDEX {index.name}"))
    yield
    for index in indexes:
        session.connection().exec_driver_sql(index.made)


# A contributor of each organisation prepares its records, and a release authority releases them.
WRITERS: Final = """
CREATE TEMP TABLE bench_writers ON COMMIT DROP AS
SELECT o.slug, w.id AS writer, r.id AS releaser FROM organisations o
  CROSS JOIN LATERAL (SELECT id FROM people p WHERE p.organisation = o.slug
    AND 'contributor' = ANY (p.roles) ORDER BY email LIMIT 1) w
  CROSS JOIN LATERAL (SELECT id FROM people p WHERE p.organisation = o.slug
    AND 'release_authority' = ANY (p.roles) AND p.id <> w.id ORDER BY email LIMIT 1) r
"""

# Which audience each record has: one in ten thousand in the third group, one in a hundred in the
# second, half of them in the first, the rest in the last; within a group the first have the most.
# One in ten has a section of another audience of the same owner, originator and area, if there is.
PLACES: Final = """
CREATE TEMP TABLE bench_places ON COMMIT DROP AS
WITH placed AS MATERIALIZED (
  SELECT n, (CAST(:firsts AS int[]))[g]
            + floor((CAST(:sizes AS int[]))[g] * random() ^ 2.5)::int AS audience_id,
         random() AS luck
    FROM (SELECT n, CASE WHEN n % CAST(:every AS int) = CAST(:every AS int) / 2 + 1 THEN 3
                         WHEN n % 100 = 7 THEN 2
                         WHEN n % 2 = 0 THEN 1 ELSE 4 END AS g
            FROM generate_series(1, CAST(:records AS int)) n) drawn),
sisters AS (
  SELECT a.id, (SELECT max(b.id) FROM audiences b
                 WHERE b.owner = a.owner AND b.originator = a.originator
                   AND b.facts->>'area' = a.facts->>'area' AND b.state = 'released') AS sister
    FROM audiences a)
SELECT n, p.audience_id, CASE WHEN luck < 0.1 THEN s.sister ELSE p.audience_id END AS section,
       a.owner, a.originator, a.facts->>'area' AS area,
       CASE WHEN n % 20 < 17 THEN 'en' WHEN n % 20 < 19 THEN 'fr' ELSE 'de' END AS language
  FROM placed p JOIN audiences a ON a.id = p.audience_id JOIN sisters s ON s.id = p.audience_id
 ORDER BY n
"""
_ID = "(lpad(to_hex(n), 12, '0') || '7' || substr(md5('{0}' || n), 1, 19))::uuid"
_RECORD = _ID.format("record")
_VERSION = _ID.format("version")
_AT = "(CAST(:beginning AS timestamptz) + n * CAST(:between AS interval))"
_FROM = """FROM bench_places JOIN bench_writers ON slug = owner
 WHERE n BETWEEN :first AND :last ORDER BY n"""
RECORDS: Final = f"""
INSERT INTO records (id, reference, owner, originator, created_by, created_at)
SELECT {_RECORD}, 'ENT-' || extract(year FROM {_AT} AT TIME ZONE 'UTC') || '-'
       || lpad(n::text, 6, '0'), owner, originator, writer, {_AT} {_FROM}
"""  # noqa: S608 - fixed text
VERSIONS: Final = f"""
INSERT INTO versions (id, record_id, number, state, owner, originator, kind, area, language,
  audience_id, edition, change_note, writers, created_at, amended_at, submitted_by, submitted_at,
  released_by, released_at)
SELECT {_VERSION}, {_RECORD}, 1, 'released', owner, originator,
  (CAST(:kinds AS text[]))[1 + (hashint4(n) & 1023) % cardinality(CAST(:kinds AS text[]))],
  area, language, audience_id, 1, '', ARRAY[writer], {_AT}, {_AT}, writer, {_AT}, releaser, {_AT}
  {_FROM}
"""
PORTIONS: Final = f"""
INSERT INTO portions (id, version_id, record_id, position, role, heading, body, fields, language,
  audience_id, words)
SELECT (lpad(to_hex(n), 12, '0') || '7' || substr(md5('portion' || n || '/' || p), 1, 19))::uuid,
  {_VERSION}, {_RECORD}, p, (ARRAY['title', 'summary', 'section'])[1 + p],
  CASE p WHEN 0 THEN left(body, 60) WHEN 1 THEN '' ELSE 'Findings' END,
  CASE WHEN p = 0 THEN '' WHEN p = 2 AND rare THEN body || ' ' || CAST(:rare AS text) ELSE body END,
  '{{}}', t.language, CASE p WHEN 2 THEN section ELSE audience_id END,
  CASE WHEN p = 0 THEN title
       WHEN p = 2 AND rare THEN words || to_tsvector('simple', CAST(:rare AS text))
                                      || to_tsvector('english', CAST(:rare AS text)) ELSE words END
  FROM (SELECT *, n % 2500 IN (0, 7, 450, 451) AS rare FROM bench_places
         WHERE n BETWEEN :first AND :last) places
  CROSS JOIN generate_series(0, 2) p
  JOIN bench_texts t ON t.number = (n * 7 + p * 131) % CAST(:texts AS int)
                    AND t.language = places.language
 ORDER BY n, p
"""  # noqa: S608 - fixed text
TALLIES: Final = """
INSERT INTO tallies (audience_id, kind, area, originator, language, year, count)
SELECT audience_id, kind, area, originator, language,
       date_part('year', released_at AT TIME ZONE 'UTC')::int AS year, count(*)
  FROM versions WHERE state = 'released' GROUP BY 1, 2, 3, 4, 5, 6
"""
FACETS: Final = """
INSERT INTO facets (audience_id, dimension, value, count)
SELECT t.audience_id, d.dimension, d.value, sum(t.count)
  FROM tallies t JOIN audiences a ON a.id = t.audience_id
  CROSS JOIN LATERAL (
    VALUES ('all', ''), ('kind', t.kind), ('area', t.area), ('language', t.language),
           ('originator', t.originator), ('year', t.year::text), ('changes', '')
     UNION ALL SELECT 'marking', m FROM unnest(a.markings) m) d(dimension, value)
 GROUP BY 1, 2, 3
"""
