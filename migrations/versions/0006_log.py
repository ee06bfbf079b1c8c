"""The log: a lean journal, the entries in their places, the tree's nodes, checkpoints, co-signatures."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

# What is asked of an entry stands in `log_entries`, written by the sequencer from the entry's own
# bytes: the append of an access pays for no index but these two.
LEAN = """
DROP TABLE journal_indices;
ALTER TABLE journal
  DROP COLUMN at, DROP COLUMN type, DROP COLUMN subject, DROP COLUMN actor,
  DROP COLUMN organisation, DROP COLUMN organisations, DROP COLUMN decision,
  DROP COLUMN policies, DROP COLUMN audience_id, DROP COLUMN markings,
  DROP COLUMN served_bytes, DROP COLUMN details,
  DROP CONSTRAINT uq_journal_position;
DROP INDEX ix_journal_transaction;
CREATE INDEX ix_journal_transaction_position ON journal ("transaction", position);
"""

TABLES = """
CREATE TABLE logs (
  number int CONSTRAINT pk_logs PRIMARY KEY,
  origin text NOT NULL CONSTRAINT uq_logs_origin UNIQUE,
  began_at timestamptz NOT NULL,
  reason text NOT NULL,
  began_with bigint NOT NULL,
  after xid8 NOT NULL
);
CREATE TABLE log_entries (
  log int NOT NULL CONSTRAINT fk_log_entries_log REFERENCES logs (number),
  index bigint NOT NULL,
  entry_id uuid NOT NULL CONSTRAINT uq_log_entries_entry_id UNIQUE
    CONSTRAINT fk_log_entries_entry_id REFERENCES journal (id),
  leaf_hash bytea NOT NULL,
  at timestamptz NOT NULL,
  type text NOT NULL,
  subject text NOT NULL,
  record uuid,
  actor uuid,
  organisation text NOT NULL,
  organisations text[] NOT NULL,
  decision text NOT NULL,
  markings text[] NOT NULL,
  audience_id int,
  served_bytes bigint NOT NULL,
  door text NOT NULL,
  CONSTRAINT pk_log_entries PRIMARY KEY (log, index)
);
CREATE INDEX ix_log_entries_at ON log_entries (at, log, index);
CREATE INDEX ix_log_entries_actor_at ON log_entries (actor, at);
CREATE INDEX ix_log_entries_record_at ON log_entries (record, at) WHERE record IS NOT NULL;
CREATE INDEX ix_log_entries_type_at ON log_entries (type, at);
CREATE INDEX ix_log_entries_organisation_at ON log_entries (organisation, at);
CREATE INDEX ix_log_entries_subject_at ON log_entries (subject, at);
CREATE INDEX ix_log_entries_denied ON log_entries (at, log, index) WHERE decision = 'deny';
CREATE TABLE log_nodes (
  log int NOT NULL CONSTRAINT fk_log_nodes_log REFERENCES logs (number),
  level smallint NOT NULL CONSTRAINT ck_log_nodes_level CHECK (level > 0),
  index bigint NOT NULL,
  hash bytea NOT NULL,
  CONSTRAINT pk_log_nodes PRIMARY KEY (log, level, index)
);
CREATE TABLE log_checkpoints (
  log int NOT NULL CONSTRAINT fk_log_checkpoints_log REFERENCES logs (number),
  size bigint NOT NULL,
  follows bigint NOT NULL,
  root_hash bytea NOT NULL,
  signed_at timestamptz NOT NULL,
  note text NOT NULL,
  CONSTRAINT pk_log_checkpoints PRIMARY KEY (log, size),
  CONSTRAINT uq_log_checkpoints_log_follows UNIQUE (log, follows),
  CONSTRAINT ck_log_checkpoints_grows CHECK (follows >= 0 AND size > follows)
);
CREATE TABLE log_cosignatures (
  log int NOT NULL,
  size bigint NOT NULL,
  vkey text NOT NULL,
  cosigned_at timestamptz NOT NULL,
  line text NOT NULL,
  CONSTRAINT pk_log_cosignatures PRIMARY KEY (log, size, vkey),
  CONSTRAINT fk_log_cosignatures_log FOREIGN KEY (log, size) REFERENCES log_checkpoints
);
CREATE INDEX ix_log_cosignatures_log_vkey_size ON log_cosignatures (log, vkey, size);
CREATE TABLE log_keys (
  log int NOT NULL CONSTRAINT fk_log_keys_log REFERENCES logs (number),
  vkey text NOT NULL,
  added_at timestamptz NOT NULL,
  retired_at timestamptz,
  CONSTRAINT pk_log_keys PRIMARY KEY (log, vkey)
);
"""

ONCE = ("logs", "log_entries", "log_nodes", "log_checkpoints")

# Which transaction wrote an entry, and where within it, only the database says.
RIGHTS = """
REVOKE INSERT ON journal FROM entente_app;
GRANT INSERT (id, entry, leaf_hash) ON journal TO entente_app;
GRANT SELECT, INSERT ON logs, log_entries, log_nodes, log_checkpoints, log_cosignatures, log_keys
  TO entente_app;
GRANT UPDATE (cosigned_at, line) ON log_cosignatures TO entente_app;
GRANT UPDATE (retired_at) ON log_keys TO entente_app;
"""

# What the application's role writes here must be what the sequencer would: a row that it cannot
# read, or that stands where none may, would stop the log for good, since no row is ever removed.
GUARDS = """
CREATE FUNCTION entente_refuse_unreadable() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE e jsonb := convert_from(NEW.entry, 'UTF8')::jsonb;
BEGIN
  IF (octet_length(NEW.entry) <= 65535
    AND NEW.leaf_hash = sha256('\\x00'::bytea || NEW.entry) AND e->>'id' = NEW.id::text
    AND e->>'time' = to_char((e->>'time')::timestamptz AT TIME ZONE 'UTC',
      'YYYY-MM-DD"T"HH24:MI:SS.US"+00:00"')
    AND octet_length(e->>'type') <= 1000 AND octet_length(e->>'subject') <= 1000
    AND octet_length(e->>'organisation') <= 1000
    AND (e->>'record' = '' OR e->>'record' = (NULLIF(e->>'record', '')::uuid)::text)
    AND (e->>'actor' = '' OR e->>'actor' = (NULLIF(e->>'actor', '')::uuid)::text)
    AND jsonb_typeof(e->'organisations') = 'array' AND jsonb_typeof(e->'markings') = 'array'
    AND (e->>'audience' IS NULL OR e->>'audience' = ((e->>'audience')::int)::text)
    AND e->>'served_bytes' = ((e->>'served_bytes')::bigint)::text
    AND e->>'decision' IS NOT NULL AND e->>'door' IS NOT NULL) IS NOT TRUE
  THEN
    RAISE EXCEPTION 'this is not an entry of the journal' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER readable BEFORE INSERT ON journal
  FOR EACH ROW EXECUTE FUNCTION entente_refuse_unreadable();

CREATE FUNCTION entente_refuse_out_of_turn() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp
SET plan_cache_mode = force_custom_plan AS $$
DECLARE
  told record;
  began bigint;
  prior record;
BEGIN
  SELECT count(*), min(log) AS log, max(log) AS other, min(index) AS first, max(index) AS last
    INTO told FROM placed;
  IF told.count = 0 THEN RETURN NULL; END IF;
  IF told.log <> told.other OR told.log <> (SELECT max(number) FROM logs)
    OR told.last - told.first + 1 <> told.count OR told.first < 0
    OR (told.first > 0 AND NOT EXISTS
      (SELECT FROM log_entries WHERE log = told.log AND index = told.first - 1))
    OR EXISTS (SELECT FROM placed p JOIN journal j ON j.id = p.entry_id
      WHERE p.leaf_hash <> sha256('\\x00'::bytea || j.entry))
  THEN
    RAISE EXCEPTION 'this is not the next place in the log' USING ERRCODE = 'check_violation';
  END IF;
  SELECT began_with INTO began FROM logs WHERE number = told.log;
  IF told.last < began THEN RETURN NULL; END IF;
  SELECT COALESCE(j."transaction", g.after) AS at, COALESCE(j.position, -1) AS position
    INTO prior FROM logs g
    LEFT JOIN log_entries l ON l.log = g.number AND l.index = told.first - 1 AND l.index >= began
    LEFT JOIN journal j ON j.id = l.entry_id WHERE g.number = told.log;
  IF EXISTS (SELECT FROM (
      SELECT j."transaction" AS at, j.position,
        lag(j."transaction", 1, prior.at) OVER turn AS at_before,
        lag(j.position, 1, prior.position) OVER turn AS position_before
      FROM placed p JOIN journal j ON j.id = p.entry_id WHERE p.index >= began
      WINDOW turn AS (ORDER BY p.index)) s
    WHERE (at, position) <= (at_before, position_before)
      OR at >= pg_snapshot_xmin(pg_current_snapshot()))
    OR EXISTS (SELECT FROM journal j
      WHERE (j."transaction", j.position) > (prior.at, prior.position)
      AND (j."transaction", j.position) < (SELECT k."transaction", k.position FROM placed p
        JOIN journal k ON k.id = p.entry_id WHERE p.index = told.last)
      AND NOT EXISTS (SELECT FROM log_entries l WHERE l.entry_id = j.id))
  THEN
    RAISE EXCEPTION 'an entry was placed out of turn' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER in_turn AFTER INSERT ON log_entries REFERENCING NEW TABLE AS placed
  FOR EACH STATEMENT EXECUTE FUNCTION entente_refuse_out_of_turn();

CREATE FUNCTION entente_refuse_other_node() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE hashes bytea[];
BEGIN
  IF NEW.level = 1 THEN
    SELECT array_agg(leaf_hash ORDER BY index) INTO hashes FROM log_entries
      WHERE log = NEW.log AND index >= NEW.index * 256 AND index < (NEW.index + 1) * 256;
  ELSE
    SELECT array_agg(hash ORDER BY index) INTO hashes FROM log_nodes WHERE log = NEW.log
      AND level = NEW.level - 1 AND index >= NEW.index * 256 AND index < (NEW.index + 1) * 256;
  END IF;
  IF cardinality(hashes) = 256 THEN
    FOR height IN 1..8 LOOP
      SELECT array_agg(sha256('\\x01'::bytea || hashes[2 * i - 1] || hashes[2 * i]) ORDER BY i)
        INTO hashes FROM generate_series(1, cardinality(hashes) / 2) i;
    END LOOP;
  END IF;
  IF (cardinality(hashes) = 1 AND hashes[1] = NEW.hash AND (NEW.index = 0 OR EXISTS
    (SELECT FROM log_nodes WHERE log = NEW.log AND level = NEW.level AND index = NEW.index - 1)))
    IS NOT TRUE
  THEN
    RAISE EXCEPTION 'this is not the next node of the tree' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER of_its_leaves BEFORE INSERT ON log_nodes
  FOR EACH ROW EXECUTE FUNCTION entente_refuse_other_node();
"""

# The auditors see no content, but they and the reader of a report speak of a record by its number.
REFERENCES = """
CREATE FUNCTION entente_references(ids uuid[], OUT record uuid, OUT reference text)
RETURNS SETOF record LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT r.id, r.reference FROM records r WHERE r.id = ANY (ids)
$$;
CREATE FUNCTION entente_record_of_reference(asked text) RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT r.id FROM records r WHERE r.reference = asked
$$;
REVOKE ALL ON FUNCTION entente_references(uuid[]), entente_record_of_reference(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION entente_references(uuid[]), entente_record_of_reference(text)
  TO entente_app;
"""

# The columns that the journal had before, for the way back.
WIDE = """
ALTER TABLE journal
  ADD COLUMN at timestamptz, ADD COLUMN type text, ADD COLUMN subject text,
  ADD COLUMN actor text, ADD COLUMN organisation text, ADD COLUMN organisations text[],
  ADD COLUMN decision text, ADD COLUMN policies text[], ADD COLUMN audience_id int,
  ADD COLUMN markings text[], ADD COLUMN served_bytes bigint, ADD COLUMN details jsonb;
ALTER TABLE journal DISABLE TRIGGER written_once;
UPDATE journal SET (at, type, subject, actor, organisation, organisations, decision, policies,
    audience_id, markings, served_bytes, details) =
  (SELECT (e->>'time')::timestamptz, e->>'type', e->>'subject', e->>'actor', e->>'organisation',
     ARRAY(SELECT jsonb_array_elements_text(e->'organisations')), e->>'decision',
     ARRAY(SELECT jsonb_array_elements_text(e->'policies')), (e->>'audience')::int,
     ARRAY(SELECT jsonb_array_elements_text(e->'markings')), (e->>'served_bytes')::bigint,
     e->'details'
   FROM convert_from(entry, 'UTF8') AS t(text), LATERAL (SELECT t.text::jsonb) AS j(e));
ALTER TABLE journal ENABLE TRIGGER written_once;
ALTER TABLE journal
  ALTER COLUMN at SET NOT NULL, ALTER COLUMN type SET NOT NULL, ALTER COLUMN subject SET NOT NULL,
  ALTER COLUMN actor SET NOT NULL, ALTER COLUMN organisation SET NOT NULL,
  ALTER COLUMN organisations SET NOT NULL, ALTER COLUMN decision SET NOT NULL,
  ALTER COLUMN policies SET NOT NULL, ALTER COLUMN markings SET NOT NULL,
  ALTER COLUMN served_bytes SET NOT NULL, ALTER COLUMN details SET NOT NULL,
  ADD CONSTRAINT uq_journal_position UNIQUE (position);
DROP INDEX ix_journal_transaction_position;
CREATE INDEX ix_journal_transaction ON journal ("transaction");
REVOKE INSERT (id, entry, leaf_hash) ON journal FROM entente_app;
GRANT INSERT ON journal TO entente_app;
CREATE INDEX ix_journal_actor ON journal (actor, at);
CREATE INDEX ix_journal_at_id ON journal (at, id);
CREATE INDEX ix_journal_audience_id ON journal (audience_id);
CREATE INDEX ix_journal_organisations ON journal USING gin (organisations);
CREATE INDEX ix_journal_subject ON journal (subject, at);
CREATE INDEX ix_journal_type ON journal (type, at);
CREATE TABLE journal_indices (
  index bigint CONSTRAINT pk_journal_indices PRIMARY KEY,
  entry_id uuid NOT NULL CONSTRAINT uq_journal_indices_entry_id UNIQUE
    CONSTRAINT fk_journal_indices_entry_id REFERENCES journal (id)
);
CREATE TRIGGER written_once BEFORE UPDATE OR DELETE ON journal_indices
  FOR EACH ROW EXECUTE FUNCTION entente_refuse_rewriting();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON journal_indices
  FOR EACH STATEMENT EXECUTE FUNCTION entente_refuse_rewriting();
GRANT SELECT, INSERT ON journal_indices TO entente_app;
"""


def upgrade() -> None:
    """Make the journal lean, and give the log its tables."""
    op.execute(LEAN)
    op.execute(TABLES)
    for table in ONCE:
        op.execute(
            f"CREATE TRIGGER written_once BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION entente_refuse_rewriting()"
        )
        op.execute(
            f"CREATE TRIGGER never_emptied BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION entente_refuse_rewriting()"
        )
    op.execute(GUARDS)
    op.execute(RIGHTS)
    op.execute(REFERENCES)


def downgrade() -> None:
    """Take the log's tables away; the journal keeps every entry."""
    op.execute(
        "DROP FUNCTION entente_references(uuid[]);"
        "DROP FUNCTION entente_record_of_reference(text);"
        "DROP TABLE log_cosignatures, log_checkpoints, log_nodes, log_keys, log_entries, logs;"
        "DROP TRIGGER readable ON journal;"
        "DROP FUNCTION entente_refuse_unreadable(), entente_refuse_out_of_turn(),"
        " entente_refuse_other_node()"
    )
    op.execute(WIDE)
