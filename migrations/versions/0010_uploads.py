"""Uploads that are under way."""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

TABLE = """
CREATE TABLE uploads (
  id uuid CONSTRAINT pk_uploads PRIMARY KEY,
  version_id uuid NOT NULL CONSTRAINT fk_uploads_version_id
    REFERENCES versions (id) ON DELETE CASCADE,
  attachment_id uuid NOT NULL,
  person_id uuid NOT NULL CONSTRAINT fk_uploads_person_id REFERENCES people (id),
  name text NOT NULL,
  media_type text NOT NULL,
  metadata text NOT NULL,
  size_bytes bigint NOT NULL,
  offset_bytes bigint NOT NULL,
  label jsonb NOT NULL,
  seal_marking text NOT NULL,
  scheme_version text NOT NULL,
  wrapping jsonb NOT NULL,
  stretches jsonb NOT NULL,
  sealed jsonb,
  expected_salt bytea,
  expected_hash bytea,
  attached_at timestamptz,
  claim uuid,
  claimed_until timestamptz,
  begun_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  CONSTRAINT ck_uploads_offset_bytes CHECK (offset_bytes BETWEEN 0 AND size_bytes)
);
CREATE INDEX ix_uploads_version_id ON uploads (version_id);
CREATE INDEX ix_uploads_person_id ON uploads (person_id);
GRANT SELECT, INSERT, UPDATE, DELETE ON uploads TO entente_app;
ALTER TABLE uploads ENABLE ROW LEVEL SECURITY;
CREATE POLICY by_versions ON uploads TO entente_app
  USING (EXISTS (SELECT FROM versions v WHERE v.id = version_id));
"""

# A sweeper that did not know of these would take the parts of an upload under way for orphans.
BLOBS = """
CREATE FUNCTION entente_upload_blobs() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT s ->> 'blob' FROM uploads, jsonb_array_elements(stretches) s
   UNION
  SELECT sealed ->> 'blob' FROM uploads WHERE sealed IS NOT NULL
$$;
"""

# The worker is nobody, and sees no row. It learns the blobs that are nobody's any more.
EXPIRY = """
CREATE FUNCTION entente_expire_uploads(moment timestamptz) RETURNS SETOF text
LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  WITH gone AS (DELETE FROM uploads WHERE expires_at <= moment RETURNING stretches, sealed)
  SELECT s ->> 'blob' FROM gone, jsonb_array_elements(stretches) s
   UNION ALL
  SELECT sealed ->> 'blob' FROM gone WHERE sealed IS NOT NULL
$$;
REVOKE ALL ON FUNCTION entente_upload_blobs(), entente_expire_uploads(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION entente_upload_blobs(), entente_expire_uploads(timestamptz)
  TO entente_app;
"""


def upgrade() -> None:
    """Give uploads a place where they outlive a broken connection."""
    op.execute(TABLE)
    op.execute(BLOBS)
    op.execute(EXPIRY)


def downgrade() -> None:
    """Forget what is under way; its blobs go with the next sweep."""
    op.execute("DROP FUNCTION entente_expire_uploads(timestamptz)")
    op.execute("DROP FUNCTION entente_upload_blobs()")
    op.execute("DROP TABLE uploads")
