"""What was found in files, and what leaves instead of one."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

LEAVING = """
ALTER TABLE attachments ADD COLUMN leaves text NOT NULL DEFAULT 'original';
ALTER TABLE attachments ADD COLUMN cleaned jsonb;
ALTER TABLE attachments ADD CONSTRAINT ck_attachments_leaves
  CHECK (leaves = 'original' OR (leaves = 'cleaned' AND cleaned IS NOT NULL));
"""

# A sweeper that did not know of cleaned copies would take each for an orphan.
BLOBS = """
CREATE OR REPLACE FUNCTION entente_blobs() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT blob FROM attachments
   UNION
  SELECT cleaned #>> '{sealed,blob}' FROM attachments WHERE cleaned IS NOT NULL
$$;
"""
BLOBS_BEFORE = """
CREATE OR REPLACE FUNCTION entente_blobs() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT DISTINCT blob FROM attachments
$$;
"""

# Of what was submitted only the wrapping of keys may be written, of both files alike; which of the
# two leaves stays as it was decided on.
FROZEN = """
CREATE OR REPLACE FUNCTION entente_freeze_submitted() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE part record; state text; moving text[] := '{wrapped}';
BEGIN
  IF TG_OP = 'UPDATE' AND to_jsonb(OLD) - moving = to_jsonb(NEW) - moving THEN RETURN NEW; END IF;
  IF TG_OP = 'DELETE' THEN part := OLD; ELSE part := NEW; END IF;
  SELECT v.state INTO state FROM versions v WHERE v.id = part.version_id;
  IF state IS DISTINCT FROM 'draft' AND NOT (TG_OP = 'DELETE' AND state IS NULL) THEN
    RAISE EXCEPTION 'a % version is never changed', state USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN part;
END $$;
"""


def upgrade() -> None:
    """Let a cleaned copy leave in place of an original."""
    op.execute(LEAVING)
    op.execute(BLOBS)
    op.execute(FROZEN.replace("{wrapped}", "{audience_id,envelope,cleaned}"))


def downgrade() -> None:
    """Forget cleaned copies: what was released instead of an original is gone with them."""
    op.execute(FROZEN.replace("{wrapped}", "{audience_id,envelope}"))
    op.execute(BLOBS_BEFORE)
    op.execute("ALTER TABLE attachments DROP COLUMN cleaned, DROP COLUMN leaves")
