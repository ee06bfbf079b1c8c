"""What a check of a deployment needs to know: every file, whoever may see it, and the tables' form."""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

# Each file once, though several versions carry it; what was destroyed need not be there.
WAYS = """
CREATE FUNCTION entente_stored_files(after text, most int)
RETURNS TABLE (blob text, size_bytes bigint, id uuid, record_id uuid, reference text,
  audience_id int, originator text, form text, sealed jsonb)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT DISTINCT ON (f.blob) f.blob, (f.sealed #>> '{sealed,size_bytes}')::bigint, a.id,
         a.record_id, r.reference, a.audience_id, r.originator, f.form, f.sealed
    FROM attachments a JOIN records r ON r.id = a.record_id,
         LATERAL (VALUES (a.blob, 'original', a.envelope),
                         (a.cleaned #>> '{sealed,blob}', 'cleaned', a.cleaned)) f(blob, form, sealed)
   WHERE f.blob > after AND NOT entente_forgotten(f.sealed)
   ORDER BY f.blob, a.id DESC LIMIT most
$$;
REVOKE ALL ON FUNCTION entente_stored_files(text, int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION entente_stored_files(text, int) TO entente_app;
GRANT SELECT ON alembic_version TO entente_app;
"""


def upgrade() -> None:
    """Give a way to every file that should be in the store, and to the form of the tables."""
    op.execute(WAYS)


def downgrade() -> None:
    """Take both away."""
    op.execute("REVOKE SELECT ON alembic_version FROM entente_app")
    op.execute("DROP FUNCTION entente_stored_files(text, int)")
