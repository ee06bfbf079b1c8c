"""Facts of access that change by time."""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

# `later_markings` are those of planned changes, as [[moment, [marking, ...]], ...] in the order in
# which they come; missing where none is planned. `markings` stay the first ones.
CHANGES = """
ALTER TABLE audiences ADD COLUMN later_markings jsonb;
CREATE INDEX ix_audiences_changing ON audiences (id) WHERE later_markings IS NOT NULL;
ALTER TABLE versions ADD COLUMN review_by date;
CREATE FUNCTION entente_marked(markings text[], later jsonb, at timestamptz) RETURNS text[]
LANGUAGE sql STABLE SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT coalesce(
    (SELECT ARRAY(SELECT jsonb_array_elements_text(step -> 1))
       FROM jsonb_array_elements(later) WITH ORDINALITY steps(step, n)
      WHERE (step ->> 0)::timestamptz <= at ORDER BY n DESC LIMIT 1),
    markings)
$$;
REVOKE ALL ON FUNCTION entente_marked(text[], jsonb, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION entente_marked(text[], jsonb, timestamptz) TO entente_app;
"""

# Counts are kept of what stays; markings that will change are counted when they are asked for.
FACETS = """
CREATE OR REPLACE FUNCTION entente_count_facets(v versions, step int) RETURNS void
LANGUAGE sql AS $$
  INSERT INTO facets AS f (audience_id, dimension, value, count)
  SELECT v.audience_id, d.dimension, d.value, step
    FROM (VALUES ('all', ''), ('kind', v.kind), ('area', v.area), ('language', v.language),
                 ('originator', v.originator),
                 ('year', extract(year FROM v.released_at AT TIME ZONE 'UTC')::text))
         d(dimension, value)
   UNION ALL
  SELECT a.id, 'marking', m, step FROM audiences a, unnest(a.markings) m
   WHERE a.id = v.audience_id{but}
   ORDER BY 2, 3
  ON CONFLICT (audience_id, dimension, value) DO UPDATE SET count = f.count + excluded.count
$$;
"""

# What is refused is logged as it is marked at that moment.
WHOSE = """
DROP FUNCTION entente_whose(text, uuid, int, text{old});
CREATE FUNCTION entente_whose(kind text, thing uuid, profile int, action text{at},
    OUT audience_id int, OUT owner text, OUT originator text, OUT record uuid,
    OUT markings text[], OUT policies text[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT part.audience_id, part.owner, part.originator, part.record_id, {markings}, denied.policies
    FROM (SELECT v.audience_id, v.owner, v.originator, v.record_id FROM versions v
           WHERE (entente_whose.kind = 'record' AND v.record_id = thing)
              OR (entente_whose.kind = 'version' AND v.id = thing)
           UNION ALL
          SELECT f.audience_id, v.owner, v.originator, v.record_id
            FROM attachments f JOIN versions v ON v.id = f.version_id
           WHERE entente_whose.kind = 'attachment' AND f.id = thing) part
    JOIN audiences a ON a.id = part.audience_id
    LEFT JOIN visibility denied ON denied.profile_id = profile AND NOT denied.allowed
     AND denied.action = entente_whose.action AND denied.audience_id = part.audience_id
   ORDER BY denied.allowed NULLS LAST, part.audience_id DESC LIMIT 1
$$;
REVOKE ALL ON FUNCTION entente_whose(text, uuid, int, text{type}) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION entente_whose(text, uuid, int, text{type}) TO entente_app;
"""


def upgrade() -> None:
    """Let a label's planned changes be counted and told as they stand at the moment of asking."""
    op.execute(CHANGES)
    op.execute(FACETS.format(but=" AND a.later_markings IS NULL"))
    op.execute(
        WHOSE.format(
            old="",
            at=", at timestamptz",
            type=", timestamptz",
            markings="entente_marked(a.markings, a.later_markings, at)",
        )
    )


def downgrade() -> None:
    """Tell markings as they first were; audiences keep what is planned among their facts."""
    op.execute(WHOSE.format(old=", timestamptz", at="", type="", markings="a.markings"))
    op.execute(FACETS.format(but=""))
    op.execute("""
        DROP FUNCTION entente_marked(text[], jsonb, timestamptz);
        DROP INDEX ix_audiences_changing;
        ALTER TABLE audiences DROP COLUMN later_markings;
        ALTER TABLE versions DROP COLUMN review_by;
    """)
