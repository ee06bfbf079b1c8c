"""Who stood how, from when on; whose a refused thing is, and of which record; policies in full."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# The policies of a denial are those of the answer that was kept for this profile; `markings` and
# `record` are for auditors: to the person who asks, a refusal says nothing of them.
WHOSE = """
DROP FUNCTION entente_whose(text, uuid);
CREATE FUNCTION entente_whose(kind text, thing uuid, profile int, action text,
    OUT audience_id int, OUT owner text, OUT originator text, OUT record uuid,
    OUT markings text[], OUT policies text[])
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT part.audience_id, part.owner, part.originator, part.record_id, a.markings, denied.policies
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
REVOKE ALL ON FUNCTION entente_whose(text, uuid, int, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION entente_whose(text, uuid, int, text) TO entente_app;
"""

WHOSE_BEFORE = """
DROP FUNCTION entente_whose(text, uuid, int, text);
CREATE FUNCTION entente_whose(kind text, thing uuid,
    OUT audience_id int, OUT owner text, OUT originator text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT v.audience_id, v.owner, v.originator FROM versions v
    WHERE (entente_whose.kind = 'record' AND v.record_id = thing)
      OR (entente_whose.kind = 'version' AND v.id = thing)
  UNION ALL
  SELECT a.audience_id, v.owner, v.originator FROM attachments a JOIN versions v ON v.id = a.version_id
    WHERE entente_whose.kind = 'attachment' AND a.id = thing
  ORDER BY 1 DESC LIMIT 1
$$;
REVOKE ALL ON FUNCTION entente_whose(text, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION entente_whose(text, uuid) TO entente_app;
"""


def upgrade() -> None:
    """Let a refusal name the record, the markings and the policies."""
    op.execute(WHOSE)


def downgrade() -> None:
    """Go back to what a refusal named before."""
    op.execute(WHOSE_BEFORE)
