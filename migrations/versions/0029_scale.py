"""Counts under restrictions, and what was added up remembered until it changes."""

from pathlib import Path
from runpy import run_path

from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

TABLE = """
SET LOCAL lock_timeout = '10s';
CREATE TABLE tallies (
  audience_id int NOT NULL CONSTRAINT fk_tallies_audience_id REFERENCES audiences (id),
  kind text NOT NULL,
  area text NOT NULL,
  originator text NOT NULL,
  language text NOT NULL,
  year int NOT NULL,
  count int NOT NULL,
  CONSTRAINT pk_tallies PRIMARY KEY (audience_id, kind, area, originator, language, year)
);
ALTER TABLE tallies ENABLE ROW LEVEL SECURITY;
CREATE POLICY by_audience ON tallies TO entente_app
  USING (CASE WHEN audience_id < 8 * length((SELECT entente_sight()))
    THEN get_bit((SELECT entente_sight()), audience_id) = 1 ELSE false END);
GRANT SELECT ON tallies TO entente_app;
CREATE INDEX ix_facets_changes ON facets (audience_id, count) WHERE dimension = 'changes';
"""

# What is there already. No version changes meanwhile, so that nothing is counted twice or not.
KEPT = """
LOCK TABLE versions IN SHARE ROW EXCLUSIVE MODE;
INSERT INTO tallies (audience_id, kind, area, originator, language, year, count)
SELECT audience_id, kind, area, originator, language,
       extract(year FROM released_at AT TIME ZONE 'UTC')::int, count(*)
  FROM versions WHERE state = 'released' GROUP BY 1, 2, 3, 4, 5, 6;
INSERT INTO facets (audience_id, dimension, value, count)
SELECT DISTINCT audience_id, 'changes', '', 1 FROM facets;
"""

# As in 0016, and beside it how often anything of the audience has changed, and what is alike.
# `changes` only grows: their sum over audiences is the same only while nothing of any has changed.
FACETS = """
CREATE OR REPLACE FUNCTION entente_count_facets(v versions, step int) RETURNS void
LANGUAGE sql AS $$
  INSERT INTO facets AS f (audience_id, dimension, value, count)
  SELECT v.audience_id, d.dimension, d.value, d.step
    FROM (VALUES ('all', '', step), ('kind', v.kind, step), ('area', v.area, step),
                 ('language', v.language, step), ('originator', v.originator, step),
                 ('year', extract(year FROM v.released_at AT TIME ZONE 'UTC')::text, step),
                 ('changes', '', 1)) d(dimension, value, step)
   UNION ALL
  SELECT a.id, 'marking', m, step FROM audiences a, unnest(a.markings) m
   WHERE a.id = v.audience_id AND a.later_markings IS NULL
   ORDER BY 2, 3
  ON CONFLICT (audience_id, dimension, value) DO UPDATE SET count = f.count + excluded.count;
  INSERT INTO tallies AS t (audience_id, kind, area, originator, language, year, count)
  VALUES (v.audience_id, v.kind, v.area, v.originator, v.language,
          extract(year FROM v.released_at AT TIME ZONE 'UTC')::int, step)
  ON CONFLICT (audience_id, kind, area, originator, language, year)
    DO UPDATE SET count = t.count + excluded.count;
$$;
"""

# As in 0022, with the scope as bits: an array of thousands costs more than all the rest.
GAPS = """
DROP FUNCTION entente_gaps(uuid[], int[]);
CREATE FUNCTION entente_gaps(asked uuid[], sight bytea,
    OUT version_id uuid, OUT role text, OUT place int)
RETURNS SETOF record LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT p.version_id, p.role, p.position
    FROM portions p JOIN versions v ON v.id = p.version_id
   WHERE p.version_id = ANY (asked) AND p.gap
     AND entente_holds(sight, v.audience_id)
     AND entente_holds((SELECT entente_sight()), v.audience_id)
     AND NOT entente_holds(sight, p.audience_id)
$$;
REVOKE ALL ON FUNCTION entente_gaps(uuid[], bytea) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION entente_gaps(uuid[], bytea) TO entente_app;
"""


def upgrade() -> None:
    """Keep what is alike, and how often what is kept has changed."""
    op.execute(TABLE)
    op.execute(KEPT)
    op.execute(FACETS)
    op.execute(GAPS)


def downgrade() -> None:
    """Keep counts by one dimension alone."""
    here = Path(__file__)
    before = run_path(str(here.with_name("0016_facts.py")))
    op.execute(before["FACETS"].format(but=" AND a.later_markings IS NULL"))
    op.execute("DELETE FROM facets WHERE dimension = 'changes'")
    op.execute("DROP INDEX ix_facets_changes")
    op.execute("DROP TABLE tallies")
    op.execute("DROP FUNCTION entente_gaps(uuid[], bytea)")
    op.execute(run_path(str(here.with_name("0022_gaps.py")))["GAPS"])
