"""Functions that work with their owner's rights look for no table among the caller's own."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# Unless it is named, the schema of temporary tables comes before all others: a caller's temporary
# table of the right name would stand in for the real one, and its triggers would run as the owner.
# Source: PostgreSQL, "Writing SECURITY DEFINER Functions Safely".
SET_PATH = """
DO $$ DECLARE one regprocedure; BEGIN
  FOR one IN SELECT oid FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace LOOP
    EXECUTE format('ALTER FUNCTION %s SET search_path = {path}', one);
  END LOOP;
END $$;
"""


def upgrade() -> None:
    """Put temporary tables last."""
    op.execute(SET_PATH.replace("{path}", "pg_catalog, public, pg_temp"))


def downgrade() -> None:
    """Let temporary tables come first again."""
    op.execute(SET_PATH.replace("{path}", "pg_catalog, public"))
