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

STANDINGS = """
CREATE TABLE standings (
  id int GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_standings PRIMARY KEY,
  person_id uuid NOT NULL CONSTRAINT fk_standings_person_id REFERENCES people (id),
  at timestamptz NOT NULL,
  profile_id int NOT NULL CONSTRAINT fk_standings_profile_id REFERENCES profiles (id)
);
CREATE INDEX ix_standings_person_id_at ON standings (person_id, at, id);
CREATE INDEX ix_standings_at ON standings (at);
ALTER TABLE policy_sets ADD COLUMN sources jsonb;
CREATE TABLE policy_loads (
  id int GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_policy_loads PRIMARY KEY,
  policy_set text NOT NULL CONSTRAINT fk_policy_loads_policy_set REFERENCES policy_sets (version),
  loaded_at timestamptz NOT NULL
);
CREATE INDEX ix_policy_loads_loaded_at ON policy_loads (loaded_at);
GRANT SELECT, INSERT ON standings, policy_loads TO entente_app;
"""

ONCE = ("standings", "policy_loads", "policy_sets")

# What access to a record depended on, version by version and part by part, with the moments at
# which it changed: facts of access, never content. A decision's comment is content.
HISTORY = """
CREATE FUNCTION entente_history(of_record uuid,
    OUT version_id uuid, OUT number int, OUT owner text, OUT originator text,
    OUT created_at timestamptz, OUT amended_at timestamptz, OUT submitted_at timestamptz,
    OUT released_at timestamptz, OUT withdrawn_at timestamptz,
    OUT title_id int, OUT audience_ids int[])
RETURNS SETOF record LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT v.id, v.number, v.owner, v.originator, v.created_at, v.amended_at, v.submitted_at,
         v.released_at, t.withdrawn_at, v.audience_id,
         ARRAY(SELECT p.audience_id FROM portions p WHERE p.version_id = v.id UNION
               SELECT a.audience_id FROM attachments a WHERE a.version_id = v.id)
    FROM versions v LEFT JOIN tombstones t ON t.version_id = v.id
   WHERE v.record_id = of_record ORDER BY v.number
$$;
CREATE FUNCTION entente_moves(of_record uuid,
    OUT version_id uuid, OUT kind text, OUT decided_at timestamptz)
RETURNS SETOF record LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT d.version_id, d.kind, d.decided_at FROM decisions d
   WHERE d.record_id = of_record AND d.kind IN ('submit', 'return', 'refuse')
   ORDER BY d.decided_at, d.id
$$;
REVOKE ALL ON FUNCTION entente_history(uuid), entente_moves(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION entente_history(uuid), entente_moves(uuid) TO entente_app;
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
    """Keep how people stood and what policies were in force; let a refusal name the record."""
    op.execute(WHOSE)
    op.execute(STANDINGS)
    for table in ONCE:
        op.execute(
            f"CREATE TRIGGER written_once BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION entente_refuse_rewriting()"
        )
        op.execute(
            f"CREATE TRIGGER never_emptied BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION entente_refuse_rewriting()"
        )
    op.execute(HISTORY)


def downgrade() -> None:
    """Keep neither; go back to what a refusal named before."""
    op.execute(
        "DROP FUNCTION entente_history(uuid), entente_moves(uuid);"
        "DROP TABLE standings, policy_loads;"
        "DROP TRIGGER written_once ON policy_sets; DROP TRIGGER never_emptied ON policy_sets;"
        "ALTER TABLE policy_sets DROP COLUMN sources"
    )
    op.execute(WHOSE_BEFORE)
