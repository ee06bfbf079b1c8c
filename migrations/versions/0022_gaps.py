"""Gaps that may be seen: of each portion, whether those who may not see it may know of it."""

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

COLUMN = """
SET LOCAL lock_timeout = '10s';
ALTER TABLE portions ADD COLUMN gap boolean NOT NULL DEFAULT false;
"""

# Tells where something was left out, of what may be told of and of nothing else: neither what it
# says, nor how it is marked, nor how long it is. Only within versions whose title is in sight, by
# what the gate has opened to this transaction and by the scope that the caller lists in.
GAPS = """
CREATE FUNCTION entente_gaps(asked uuid[], sight int[],
    OUT version_id uuid, OUT role text, OUT place int)
RETURNS SETOF record LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT p.version_id, p.role, p.position
    FROM portions p JOIN versions v ON v.id = p.version_id
   WHERE p.version_id = ANY (asked) AND p.gap
     AND v.audience_id = ANY (sight)
     AND entente_holds((SELECT entente_sight()), v.audience_id)
     AND NOT p.audience_id = ANY (sight)
$$;
REVOKE ALL ON FUNCTION entente_gaps(uuid[], int[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION entente_gaps(uuid[], int[]) TO entente_app;
"""


def upgrade() -> None:
    """Add the choice, made for no portion, and the function that tells of it."""
    op.execute(COLUMN)
    op.execute(GAPS)


def downgrade() -> None:
    """Take both away."""
    op.execute("DROP FUNCTION entente_gaps(uuid[], int[])")
    op.execute("ALTER TABLE portions DROP COLUMN gap")
