"""What people typed beside the log; how far the log was pushed; erased people; archived logs."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE journal_texts (
  entry_id uuid NOT NULL CONSTRAINT fk_journal_texts_entry_id REFERENCES journal (id),
  name text NOT NULL,
  value text NOT NULL,
  salt bytea NOT NULL,
  CONSTRAINT pk_journal_texts PRIMARY KEY (entry_id, name)
);
CREATE TABLE log_pushed (
  target bytea CONSTRAINT pk_log_pushed PRIMARY KEY,
  log int NOT NULL,
  index bigint NOT NULL,
  pushed_at timestamptz
);
CREATE TABLE log_archives (
  log int CONSTRAINT pk_log_archives PRIMARY KEY
    CONSTRAINT fk_log_archives_log REFERENCES logs (number),
  size bigint NOT NULL,
  manifest_hash bytea NOT NULL,
  archived_at timestamptz NOT NULL,
  archived_by text NOT NULL,
  CONSTRAINT ck_log_archives_manifest_hash CHECK (octet_length(manifest_hash) = 32)
);
ALTER TABLE people ADD COLUMN erased_at timestamptz;
GRANT SELECT, INSERT, DELETE ON journal_texts TO entente_app;
GRANT SELECT, INSERT, UPDATE ON log_pushed TO entente_app;
GRANT SELECT ON log_archives TO entente_app;
CREATE TRIGGER written_once BEFORE UPDATE OR DELETE ON log_archives
  FOR EACH ROW EXECUTE FUNCTION entente_refuse_rewriting();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON log_archives
  FOR EACH STATEMENT EXECUTE FUNCTION entente_refuse_rewriting();
"""

# A log that ended unsigned, when a backup was restored, is as long as the next one's beginning says.
# A row of the log or the journal may go exactly when its whole log is in an archive: that stands
# in `log_archives`, which the application's role cannot write. A reviewed entry keeps its place
# and its hash in the review, so the review need not hold on to the journal.
ARCHIVING = """
ALTER TABLE log_entries ALTER CONSTRAINT fk_log_entries_entry_id DEFERRABLE INITIALLY IMMEDIATE;
ALTER TABLE review_items DROP CONSTRAINT fk_review_items_entry_id;
CREATE FUNCTION entente_refuse_unarchived() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE of_log int;
BEGIN
  IF TG_OP = 'DELETE' AND TG_TABLE_NAME = 'log_entries' THEN
    of_log := OLD.log;
  ELSIF TG_OP = 'DELETE' THEN
    SELECT l.log INTO of_log FROM log_entries l WHERE l.entry_id = OLD.id;
  END IF;
  IF of_log IS NOT NULL AND EXISTS (SELECT FROM log_archives a WHERE a.log = of_log) THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION 'rows of % are never changed, nor removed before they are archived', TG_TABLE_NAME
    USING ERRCODE = 'insufficient_privilege';
END $$;
DROP TRIGGER written_once ON journal;
DROP TRIGGER written_once ON log_entries;
CREATE TRIGGER written_once BEFORE UPDATE OR DELETE ON journal
  FOR EACH ROW EXECUTE FUNCTION entente_refuse_unarchived();
CREATE TRIGGER written_once BEFORE UPDATE OR DELETE ON log_entries
  FOR EACH ROW EXECUTE FUNCTION entente_refuse_unarchived();

CREATE FUNCTION entente_archive_log(
    of_log int, of_size bigint, manifest bytea, youngest timestamptz, moment timestamptz, who text
) RETURNS bigint LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE removed bigint;
BEGIN
  IF of_log >= (SELECT max(number) FROM logs) THEN
    RAISE EXCEPTION 'the current log is never archived' USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF (SELECT max(at) FROM log_entries WHERE log = of_log) >= youngest THEN
    RAISE EXCEPTION 'the log is within the retention period' USING ERRCODE = 'insufficient_privilege';
  END IF;
  IF (SELECT count(*) FROM log_entries WHERE log = of_log) <> of_size OR of_size = 0 OR
     NOT (EXISTS (SELECT FROM log_checkpoints c WHERE c.log = of_log AND c.size = of_size)
       OR EXISTS (SELECT FROM log_entries l JOIN journal j ON j.id = l.entry_id
         WHERE l.log = of_log + 1 AND l.index = 0 AND l.type = 'log.begun'
         AND convert_from(j.entry, 'UTF8')::jsonb #> '{details,previous_size}' = to_jsonb(of_size)))
  THEN
    RAISE EXCEPTION 'the archive does not hold the whole log' USING ERRCODE = 'insufficient_privilege';
  END IF;
  INSERT INTO log_archives VALUES (of_log, of_size, manifest, moment, who);
  SET CONSTRAINTS fk_log_entries_entry_id DEFERRED;
  DELETE FROM journal_addresses a USING log_entries l WHERE l.entry_id = a.entry_id AND l.log = of_log;
  DELETE FROM journal_texts t USING log_entries l WHERE l.entry_id = t.entry_id AND l.log = of_log;
  DELETE FROM journal j USING log_entries l WHERE l.entry_id = j.id AND l.log = of_log;
  GET DIAGNOSTICS removed = ROW_COUNT;
  DELETE FROM log_entries WHERE log = of_log;
  RETURN removed;
END $$;
REVOKE ALL ON FUNCTION entente_archive_log(int, bigint, bytea, timestamptz, timestamptz, text)
  FROM PUBLIC;
"""

BACK = """
DROP FUNCTION entente_archive_log(int, bigint, bytea, timestamptz, timestamptz, text);
DROP TRIGGER written_once ON journal;
DROP TRIGGER written_once ON log_entries;
DROP FUNCTION entente_refuse_unarchived();
CREATE TRIGGER written_once BEFORE UPDATE OR DELETE ON journal
  FOR EACH ROW EXECUTE FUNCTION entente_refuse_rewriting();
CREATE TRIGGER written_once BEFORE UPDATE OR DELETE ON log_entries
  FOR EACH ROW EXECUTE FUNCTION entente_refuse_rewriting();
ALTER TABLE log_entries ALTER CONSTRAINT fk_log_entries_entry_id NOT DEFERRABLE;
ALTER TABLE review_items ADD CONSTRAINT fk_review_items_entry_id
  FOREIGN KEY (entry_id) REFERENCES journal (id) NOT VALID;
ALTER TABLE people DROP COLUMN erased_at;
DROP TABLE log_archives, log_pushed, journal_texts;
"""


def upgrade() -> None:
    """Give what is personal a place beside the log, and old logs a way out that keeps the proof."""
    op.execute(TABLES)
    op.execute(ARCHIVING)


def downgrade() -> None:
    """Take both away; what was archived stays archived."""
    op.execute(BACK)
