"""Tell what stood where at a past moment, over the whole store."""

from alembic import op

revision = "0031"
down_revision = "0029"
branch_labels = None
depends_on = None

# Every version that there was, in its state of then, as app/audit/past.py puts it together for one
# record. Only a version that was not superseded since is still `released` now: of all others it is
# asked when the next one was released. Not SECURITY DEFINER, so that it melts into its callers.
THERE = """
CREATE FUNCTION entente_there_then(moment timestamptz,
  OUT record_id uuid, OUT number int, OUT audience_id int, OUT state text)
RETURNS SETOF record LANGUAGE sql STABLE AS $$
  SELECT v.record_id, v.number, v.audience_id,
         CASE
           WHEN t.withdrawn_at <= moment THEN 'withdrawn'
           WHEN v.released_at > moment OR v.released_at IS NULL THEN coalesce((
             SELECT m.state FROM (
               SELECT d.decided_at AS at, 0 AS rank,
                      CASE d.kind WHEN 'submit' THEN 'submitted' ELSE 'draft' END AS state, d.id
                 FROM public.decisions d
                WHERE d.version_id = v.id AND d.kind IN ('submit', 'return', 'refuse')
                UNION ALL
               SELECT v.submitted_at, 1, 'submitted', NULL) m
              WHERE m.at <= moment ORDER BY m.at DESC, m.rank DESC, m.id DESC LIMIT 1), 'draft')
           WHEN v.state <> 'released' AND EXISTS (
             SELECT FROM public.versions later
              WHERE later.record_id = v.record_id AND later.number > v.number
                AND later.released_at <= moment) THEN 'superseded'
           ELSE 'released'
         END
    FROM public.versions v LEFT JOIN public.tombstones t ON t.version_id = v.id
   WHERE v.created_at <= moment
$$;
REVOKE ALL ON FUNCTION entente_there_then(timestamptz) FROM PUBLIC;
"""
# Records whose versions had the same titles' audiences in the same states were read by the same
# people: they are told as one, with how many they are. First stands what stood first: what was
# released, or else the newest. No title and no number of a record.
SHAPES = """
CREATE FUNCTION entente_shapes_then(moment timestamptz, without uuid[],
  OUT title_ids int[], OUT states text[], OUT records bigint)
RETURNS SETOF record LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
  WITH whole AS (
    SELECT array_agg(t.audience_id ORDER BY t.state = 'released' DESC, t.number DESC) AS ids,
           array_agg(t.state ORDER BY t.state = 'released' DESC, t.number DESC) AS states
      FROM public.entente_there_then(moment) t
     WHERE NOT t.record_id = ANY (without)
     GROUP BY t.record_id)
  SELECT w.ids, w.states, count(*) FROM whole w GROUP BY w.ids, w.states
$$;
REVOKE ALL ON FUNCTION entente_shapes_then(timestamptz, uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION entente_shapes_then(timestamptz, uuid[]) TO entente_app;
"""
# The records that had a version with one of these titles' audiences in its state, by number, the
# greatest first: numbers and no titles. Who asks gives only audiences that concern their party.
NUMBERED = """
CREATE FUNCTION entente_numbered_then(moment timestamptz, of_ids int[], of_states text[],
  without uuid[], before text, most int,
  OUT record_id uuid, OUT reference text, OUT title_ids int[], OUT states text[])
RETURNS SETOF record LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
  WITH asked AS (SELECT * FROM unnest(of_ids, of_states) AS a (audience_id, state)),
  found AS (
    SELECT DISTINCT t.record_id FROM public.entente_there_then(moment) t
     WHERE t.audience_id = ANY (of_ids) AND NOT t.record_id = ANY (without)
       AND EXISTS (SELECT FROM asked a
                    WHERE a.audience_id = t.audience_id AND a.state = t.state)),
  page AS (
    SELECT r.id, r.reference FROM found f JOIN records r ON r.id = f.record_id
     WHERE before = '' OR r.reference < before COLLATE "C"
     ORDER BY r.reference COLLATE "C" DESC LIMIT most)
  SELECT p.id, p.reference,
         array_agg(t.audience_id ORDER BY t.state = 'released' DESC, t.number DESC),
         array_agg(t.state ORDER BY t.state = 'released' DESC, t.number DESC)
    FROM page p JOIN public.entente_there_then(moment) t ON t.record_id = p.id
   GROUP BY p.id, p.reference ORDER BY p.reference COLLATE "C" DESC
$$;
REVOKE ALL ON FUNCTION entente_numbered_then(timestamptz, int[], text[], uuid[], text, int)
  FROM PUBLIC;
GRANT EXECUTE ON FUNCTION entente_numbered_then(timestamptz, int[], text[], uuid[], text, int)
  TO entente_app;
"""


def upgrade() -> None:
    """Let what stood where at a moment be asked, without content."""
    op.execute(THERE)
    op.execute(SHAPES)
    op.execute(NUMBERED)


def downgrade() -> None:
    """Let it no longer be asked."""
    op.execute(
        "DROP FUNCTION entente_numbered_then(timestamptz, int[], text[], uuid[], text, int),"
        " entente_shapes_then(timestamptz, uuid[]), entente_there_then(timestamptz)"
    )
