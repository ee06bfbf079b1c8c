"""Group released records by what parts of them are for whom."""

from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

# A shape is a title's audience with the audiences of all parts: records of one shape are read, in
# whole or in part, by the same people. Only those with a part of the audiences asked for are
# grouped, NULL for all. Of the first and the last one of a shape it tells the reference number
# and the kind: no title and no word, since whoever weighs a change need not be cleared for either.
SHAPES = """
CREATE FUNCTION entente_shapes(of_audiences int[], OUT title_id int, OUT part_ids int[],
  OUT records bigint, OUT examples jsonb)
RETURNS SETOF record LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
  WITH asked AS (
    SELECT v.id, v.audience_id FROM versions v
     WHERE v.state = 'released' AND (of_audiences IS NULL OR v.id IN (
        SELECT w.id FROM versions w
         WHERE w.state = 'released' AND w.audience_id = ANY (of_audiences)
         UNION
        SELECT p.version_id FROM portions p WHERE p.audience_id = ANY (of_audiences)
         UNION
        SELECT a.version_id FROM attachments a WHERE a.audience_id = ANY (of_audiences)))
  ), whole AS (
    SELECT s.id, s.audience_id, array_agg(DISTINCT part.audience_id ORDER BY part.audience_id) parts
      FROM asked s JOIN (
        SELECT p.version_id, p.audience_id FROM portions p
         UNION ALL
        SELECT a.version_id, a.audience_id FROM attachments a) part ON part.version_id = s.id
     GROUP BY s.id, s.audience_id
  ), shapes AS (
    SELECT w.audience_id, w.parts, count(*) AS many,
           min(w.id::text COLLATE "C") AS oldest, max(w.id::text COLLATE "C") AS newest
      FROM whole w GROUP BY w.audience_id, w.parts)
  SELECT s.audience_id, s.parts, s.many,
         (SELECT jsonb_agg(jsonb_build_array(r.reference, v.kind) ORDER BY v.id)
            FROM versions v JOIN records r ON r.id = v.record_id
           WHERE v.id IN (s.oldest::uuid, s.newest::uuid))
    FROM shapes s ORDER BY 1, 2
$$;
"""

# Audiences stay when nothing has them any more; what may be done with those is no impact.
HELD = """
CREATE FUNCTION entente_held_audiences(of_audiences int[]) RETURNS SETOF int
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT one FROM unnest(of_audiences) AS one
   WHERE EXISTS (SELECT FROM portions p WHERE p.audience_id = one)
      OR EXISTS (SELECT FROM attachments a WHERE a.audience_id = one)
      OR EXISTS (SELECT FROM tombstones t WHERE t.audience_id = one)
$$;
"""

FUNCTIONS = ("entente_shapes(int[])", "entente_held_audiences(int[])")


def upgrade() -> None:
    """Add the functions."""
    op.execute(SHAPES)
    op.execute(HELD)
    for function in FUNCTIONS:
        op.execute(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {function} TO entente_app")


def downgrade() -> None:
    """Take them away."""
    for function in reversed(FUNCTIONS):
        op.execute(f"DROP FUNCTION {function}")
