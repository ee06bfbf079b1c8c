"""Row-level security, rows that cannot be rewritten, counts, and the application's rights."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# Several databases of one server may be migrated at once; the role belongs to the server.
ROLE = """
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'entente_app') THEN
    BEGIN
      CREATE ROLE entente_app NOLOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE;
    EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
    END;
  END IF;
  IF NOT pg_has_role(session_user, 'entente_app', 'MEMBER') THEN
    EXECUTE format('GRANT entente_app TO %I', session_user);
  END IF;
END $$;
"""

# What may be read follows from one setting of the transaction, which only the gate sets. Unset
# means nothing. The policies ask for it in a sub-select, so that it is parsed once a query.
AUDIENCES = """
CREATE FUNCTION entente_audiences() RETURNS int[] LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT coalesce(nullif(current_setting('entente.audiences', true), ''), '{}')::int[]
$$;
"""

BY_AUDIENCE = ("versions", "portions", "attachments", "tombstones", "decisions", "facets")

# A refused reader's entry in the journal must name whose the thing was, which the application's
# role cannot see: this tells the facts of access of a thing, never its content.
# `kind` alone would be the column of that name: in a function in SQL it wins over the parameter.
WHOSE = """
CREATE FUNCTION entente_whose(kind text, thing uuid,
    OUT audience_id int, OUT owner text, OUT originator text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT v.audience_id, v.owner, v.originator FROM versions v
    WHERE (entente_whose.kind = 'record' AND v.record_id = thing)
      OR (entente_whose.kind = 'version' AND v.id = thing)
  UNION ALL
  SELECT a.audience_id, v.owner, v.originator FROM attachments a JOIN versions v ON v.id = a.version_id
    WHERE entente_whose.kind = 'attachment' AND a.id = thing
  ORDER BY 1 DESC LIMIT 1
$$;
"""

# A sweeper that saw only what its role may see would take every blob for an orphan.
BLOBS = """
CREATE FUNCTION entente_blobs() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
  SELECT DISTINCT blob FROM attachments
$$;
"""

# Reference numbers are drawn, not counted: a counter would tell everybody how much is exchanged.
REFERENCE = """
CREATE FUNCTION entente_new_reference(year int) RETURNS text
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE drawn text; digits int := 6; tries int := 0;
BEGIN
  LOOP
    drawn := format('ENT-%s-%s', year, lpad(floor(random() * 10 ^ digits)::bigint::text, digits, '0'));
    EXIT WHEN NOT EXISTS (SELECT FROM records WHERE reference = drawn);
    tries := tries + 1;
    IF tries % 20 = 0 THEN digits := digits + 1; END IF;
  END LOOP;
  RETURN drawn;
END $$;
"""

# Exact counts for every audience, kept as versions are released, superseded and withdrawn.
FACETS = """
CREATE FUNCTION entente_count_facets(v versions, step int) RETURNS void
LANGUAGE sql AS $$
  INSERT INTO facets AS f (audience_id, dimension, value, count)
  SELECT v.audience_id, d.dimension, d.value, step
    FROM (VALUES ('all', ''), ('kind', v.kind), ('area', v.area), ('language', v.language),
                 ('originator', v.originator),
                 ('year', extract(year FROM v.released_at AT TIME ZONE 'UTC')::text)) d(dimension, value)
   UNION ALL
  SELECT a.id, 'marking', m, step FROM audiences a, unnest(a.markings) m WHERE a.id = v.audience_id
   ORDER BY 2, 3
  ON CONFLICT (audience_id, dimension, value) DO UPDATE SET count = f.count + excluded.count
$$;
CREATE FUNCTION entente_keep_facets() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
BEGIN
  IF TG_OP <> 'INSERT' AND OLD.state = 'released' THEN PERFORM entente_count_facets(OLD, -1); END IF;
  IF TG_OP <> 'DELETE' AND NEW.state = 'released' THEN PERFORM entente_count_facets(NEW, 1); END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER keep_facets AFTER INSERT OR UPDATE OR DELETE ON versions
  FOR EACH ROW EXECUTE FUNCTION entente_keep_facets();
"""

# The journal and the decisions are written once. TRUNCATE needs a trigger of its own.
WRITTEN_ONCE = """
CREATE FUNCTION entente_refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'rows of % are never changed or removed', TG_TABLE_NAME
    USING ERRCODE = 'insufficient_privilege';
END $$;
"""

ONCE = ("journal", "journal_indices", "decisions", "audiences", "profiles")

# What was submitted stays as it was submitted: only a draft's content may be written.
FROZEN = """
CREATE FUNCTION entente_freeze_submitted() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public AS $$
DECLARE part record; state text;
BEGIN
  IF TG_OP = 'UPDATE' AND
     to_jsonb(OLD) - '{audience_id,envelope}'::text[] = to_jsonb(NEW) - '{audience_id,envelope}'::text[]
  THEN RETURN NEW; END IF;
  IF TG_OP = 'DELETE' THEN part := OLD; ELSE part := NEW; END IF;
  SELECT v.state INTO state FROM versions v WHERE v.id = part.version_id;
  IF state IS DISTINCT FROM 'draft' AND NOT (TG_OP = 'DELETE' AND state IS NULL) THEN
    RAISE EXCEPTION 'a % version is never changed', state USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN part;
END $$;
"""

# A version changes only its state, and what goes with that, once it was submitted.
FROZEN_VERSIONS = """
CREATE FUNCTION entente_freeze_versions() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE moving text[] := '{state,audience_id,submitted_by,submitted_at,released_by,released_at,ended_at}';
BEGIN
  IF TG_OP = 'DELETE' THEN
    IF OLD.state = 'draft' THEN RETURN OLD; END IF;
  ELSIF OLD.state = 'draft' OR to_jsonb(OLD) - moving = to_jsonb(NEW) - moving THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'a % version is never changed', OLD.state USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER frozen BEFORE UPDATE OR DELETE ON versions
  FOR EACH ROW EXECUTE FUNCTION entente_freeze_versions();
"""

RIGHTS = """
GRANT USAGE ON SCHEMA public TO entente_app;
GRANT SELECT ON ALL TABLES IN SCHEMA public TO entente_app;
GRANT INSERT ON ALL TABLES IN SCHEMA public TO entente_app;
REVOKE INSERT ON facets, alembic_version FROM entente_app;
GRANT UPDATE, DELETE ON visibility, visibility_sets, parties, organisations, agreements, people,
  groups, group_people, group_organisations, credentials, sessions, api_clients, revoked_tokens,
  attempts TO entente_app;
GRANT UPDATE ON versions TO entente_app;
GRANT UPDATE, DELETE ON portions, attachments TO entente_app;
GRANT DELETE ON versions, records, journal_addresses TO entente_app;
REVOKE ALL ON FUNCTION entente_whose(text, uuid), entente_blobs(), entente_new_reference(int),
  entente_count_facets(versions, int), entente_keep_facets(), entente_freeze_submitted() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION entente_whose(text, uuid), entente_blobs(), entente_new_reference(int) TO entente_app;
"""


def upgrade() -> None:
    """Put the guards up."""
    op.execute(ROLE)
    op.execute(AUDIENCES)
    for table in BY_AUDIENCE:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY by_audience ON {table} TO entente_app"
            " USING (audience_id = ANY ((SELECT entente_audiences())::int[]))"
        )
    op.execute("ALTER TABLE records ENABLE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY by_versions ON records TO entente_app"
        " USING (EXISTS (SELECT FROM versions v WHERE v.record_id = records.id))"
        " WITH CHECK (true)"
    )
    for statements in (WHOSE, BLOBS, REFERENCE, FACETS, WRITTEN_ONCE, FROZEN, FROZEN_VERSIONS):
        op.execute(statements)
    for table in ONCE:
        op.execute(
            f"CREATE TRIGGER written_once BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION entente_refuse_rewriting()"
        )
        op.execute(
            f"CREATE TRIGGER never_emptied BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION entente_refuse_rewriting()"
        )
    for table in ("portions", "attachments"):
        op.execute(
            f"CREATE TRIGGER frozen BEFORE INSERT OR UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION entente_freeze_submitted()"
        )
    op.execute(RIGHTS)


def downgrade() -> None:
    """Take the guards down; the role stays, since other databases of the server may use it."""
    for table in ("portions", "attachments"):
        op.execute(f"DROP TRIGGER frozen ON {table}")
    for table in ONCE:
        op.execute(f"DROP TRIGGER written_once ON {table}")
        op.execute(f"DROP TRIGGER never_emptied ON {table}")
    op.execute("DROP TRIGGER keep_facets ON versions")
    op.execute("DROP TRIGGER frozen ON versions")
    op.execute("DROP POLICY by_versions ON records")
    op.execute("ALTER TABLE records DISABLE ROW LEVEL SECURITY")
    for table in BY_AUDIENCE:
        op.execute(f"DROP POLICY by_audience ON {table}")
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    for function in (
        "entente_freeze_versions()",
        "entente_freeze_submitted()",
        "entente_refuse_rewriting()",
        "entente_keep_facets()",
        "entente_count_facets(versions, int)",
        "entente_new_reference(int)",
        "entente_blobs()",
        "entente_whose(text, uuid)",
        "entente_audiences()",
    ):
        op.execute(f"DROP FUNCTION {function}")
    op.execute("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM entente_app")
    op.execute("REVOKE USAGE ON SCHEMA public FROM entente_app")
