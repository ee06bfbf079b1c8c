"""What is coming, for whoever is told beforehand: moments and who it concerns, never content."""

from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

AGENDA = """
CREATE FUNCTION entente_times(since timestamptz, until timestamptz,
    OUT record_id uuid, OUT version_id uuid, OUT title_id int, OUT audience_id int,
    OUT owner text, OUT originator text, OUT writers uuid[], OUT what text, OUT at timestamptz)
RETURNS SETOF record LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
  WITH timed AS MATERIALIZED (
    SELECT * FROM (
      SELECT a.id, a.originator, 'embargo' AS what,
             (a.facts #>> '{label,not_before}')::timestamptz AS at
        FROM audiences a
       WHERE a.state = 'released' AND a.facts #>> '{label,not_before}' <> ''
       UNION ALL
      SELECT a.id, a.originator, 'change', (step ->> 0)::timestamptz
        FROM audiences a, jsonb_array_elements(a.later_markings) step
       WHERE a.state = 'released' AND a.later_markings IS NOT NULL) t
     WHERE t.at > since AND t.at <= until)
  SELECT DISTINCT v.record_id, v.id, v.audience_id, t.id, v.owner, t.originator, v.writers,
         t.what, t.at
    FROM timed t
    JOIN (SELECT p.version_id, p.audience_id FROM portions p
           WHERE p.audience_id IN (SELECT id FROM timed)
           UNION
          SELECT f.version_id, f.audience_id FROM attachments f
           WHERE f.audience_id IN (SELECT id FROM timed)) part ON part.audience_id = t.id
    JOIN versions v ON v.id = part.version_id AND v.state = 'released'
   UNION ALL
  SELECT v.record_id, v.id, v.audience_id, v.audience_id, v.owner, v.originator, v.writers,
         'review', v.review_by::timestamp AT TIME ZONE 'UTC'
    FROM versions v
   WHERE v.state = 'released' AND v.review_by::timestamp AT TIME ZONE 'UTC' > since
     AND v.review_by::timestamp AT TIME ZONE 'UTC' <= until
$$;
CREATE FUNCTION entente_recalls_due(since date, until date)
RETURNS TABLE (recall_id uuid, person_id uuid, due_on date)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT r.id, t.person_id, r.due_on FROM recall_tasks t JOIN recalls r ON r.id = t.recall_id
   WHERE t.answer IS NULL AND r.due_on >= since AND r.due_on <= until
$$;
CREATE FUNCTION entente_information_due(since date, until date)
RETURNS TABLE (thread_id uuid, record_id uuid, addressee text, due_on date, audience_ids int[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT t.id, t.record_id, t.addressee, t.due_on,
         array_remove(ARRAY[t.audience_id, v.audience_id, p.audience_id], NULL)
    FROM threads t JOIN versions v ON v.id = t.version_id
    LEFT JOIN portions p ON p.id = t.portion_id
   WHERE t.answered_at IS NULL AND t.resolved_at IS NULL
     AND t.due_on >= since AND t.due_on <= until
   ORDER BY t.due_on, t.id
$$;
CREATE INDEX ix_versions_review_by ON versions (review_by)
 WHERE state = 'released' AND review_by IS NOT NULL;
"""
FUNCTIONS = (
    "entente_times(timestamptz, timestamptz)",
    "entente_recalls_due(date, date)",
    "entente_information_due(date, date)",
)


def upgrade() -> None:
    """Let a worker see what is coming, to tell of it beforehand."""
    op.execute(AGENDA)
    for function in FUNCTIONS:
        op.execute(f"REVOKE ALL ON FUNCTION {function} FROM PUBLIC")
        op.execute(f"GRANT EXECUTE ON FUNCTION {function} TO entente_app")


def downgrade() -> None:
    """Tell nobody beforehand."""
    op.execute("DROP INDEX ix_versions_review_by")
    for function in FUNCTIONS:
        op.execute(f"DROP FUNCTION {function}")
