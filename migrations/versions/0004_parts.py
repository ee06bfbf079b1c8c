"""The audiences of all parts of a record's versions: facts of access, never content."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# Whoever amends, submits or approves a version must see it whole, and a version moves from state
# to state with parts that the mover may not see: both need to know of parts out of sight.
PARTS = """
CREATE FUNCTION entente_parts(of_record uuid,
    OUT version_id uuid, OUT number int, OUT state text, OUT title_id int,
    OUT audience_id int, OUT parts_count bigint)
RETURNS SETOF record LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT v.id, v.number, v.state, v.audience_id, part.audience_id, count(*)
    FROM versions v CROSS JOIN LATERAL (
      SELECT p.audience_id FROM portions p WHERE p.version_id = v.id
      UNION ALL
      SELECT a.audience_id FROM attachments a WHERE a.version_id = v.id) part
   WHERE v.record_id = of_record
   GROUP BY v.id, v.number, v.state, v.audience_id, part.audience_id
$$;
REVOKE ALL ON FUNCTION entente_parts(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION entente_parts(uuid) TO entente_app;
"""


def upgrade() -> None:
    """Add the function, for the application's role only."""
    op.execute(PARTS)


def downgrade() -> None:
    """Take the function away."""
    op.execute("DROP FUNCTION entente_parts(uuid)")
