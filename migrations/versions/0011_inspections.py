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


# By blob, since a revision carries the same bytes. The rows are the queue. `claimed_until` keeps
# others away from a row: while one worker is at it, or until it is worth another try. `outline` is
# the report without a word of the file; `report` is all of it, sealed under the file's own key.
INSPECTIONS = """
CREATE TABLE inspections (
  blob text CONSTRAINT pk_inspections PRIMARY KEY,
  state text NOT NULL DEFAULT 'waiting',
  requested_at timestamptz NOT NULL,
  claimed_until timestamptz,
  attempts int NOT NULL DEFAULT 0,
  inspected_at timestamptz,
  inspector text NOT NULL DEFAULT '',
  outline jsonb,
  report bytea,
  failure text NOT NULL DEFAULT '',
  CONSTRAINT ck_inspections_state CHECK (state IN ('waiting', 'running', 'done', 'failed')),
  CONSTRAINT ck_inspections_done CHECK (
    (state = 'done') = (outline IS NOT NULL AND report IS NOT NULL AND inspected_at IS NOT NULL))
);
CREATE INDEX ix_inspections_waiting ON inspections (requested_at)
  WHERE state IN ('waiting', 'running');
INSERT INTO inspections (blob, requested_at) SELECT blob, min(added_at) FROM attachments GROUP BY 1;
"""

# Seen with the attachment by those who prepare or decide on a version that is not out yet: who
# reads what was released never learns what was hidden in it. Nobody but the functions below writes.
SIGHT = """
ALTER TABLE inspections ENABLE ROW LEVEL SECURITY;
CREATE POLICY before_release ON inspections FOR SELECT TO entente_app USING (EXISTS (
  SELECT FROM attachments a JOIN audiences au ON au.id = a.audience_id
   WHERE a.blob = inspections.blob AND au.state IN ('draft', 'submitted')));
GRANT SELECT ON inspections TO entente_app;
"""

# Whatever way a file takes into a draft, its inspection is asked for in the same transaction; and
# of a file that no version holds any more, no report remains.
ASKING = """
CREATE FUNCTION entente_ask_inspection() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO inspections (blob, requested_at) VALUES (NEW.blob, NEW.added_at)
      ON CONFLICT DO NOTHING;
  ELSE
    DELETE FROM inspections i WHERE i.blob = OLD.blob
       AND NOT EXISTS (SELECT FROM attachments a WHERE a.blob = OLD.blob);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER inspected AFTER INSERT OR DELETE ON attachments
  FOR EACH ROW EXECUTE FUNCTION entente_ask_inspection();
"""

# A claim is a lease: a worker that died loses it, and what it did late is not kept. `attempt`
# fences: only the last claim can be kept or given back.
QUEUE = """
CREATE FUNCTION entente_claim_inspection(moment timestamptz, lease interval,
    OUT attempt int, OUT attachment uuid, OUT record uuid, OUT audience int, OUT originator text,
    OUT number int, OUT language text, OUT name text, OUT envelope jsonb)
RETURNS SETOF record LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE claimed inspections;
BEGIN
  SELECT * INTO claimed FROM inspections i
   WHERE i.state IN ('waiting', 'running')
     AND (i.claimed_until IS NULL OR i.claimed_until <= moment)
   ORDER BY i.requested_at LIMIT 1 FOR UPDATE SKIP LOCKED;
  IF NOT FOUND THEN RETURN; END IF;
  UPDATE inspections i SET state = 'running', attempts = i.attempts + 1,
         claimed_until = moment + lease
   WHERE i.blob = claimed.blob;
  RETURN QUERY
    SELECT claimed.attempts + 1, a.id, a.record_id, a.audience_id, v.originator, v.number,
           v.language, a.name, a.envelope
      FROM attachments a JOIN versions v ON v.id = a.version_id
     WHERE a.blob = claimed.blob ORDER BY v.number DESC LIMIT 1;
END $$;

CREATE FUNCTION entente_keep_inspection(file uuid, of_audience int, of_attempt int,
    moment timestamptz, by_inspector text, new_outline jsonb, new_report bytea, copy jsonb)
RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE of_blob text; now_audience int;
BEGIN
  SELECT a.blob, a.audience_id INTO of_blob, now_audience FROM attachments a WHERE a.id = file
     FOR UPDATE;
  PERFORM FROM inspections i
    WHERE i.blob = of_blob AND i.state = 'running' AND i.attempts = of_attempt FOR UPDATE;
  IF NOT FOUND THEN RETURN false; END IF;
  IF now_audience <> of_audience AND copy IS NOT NULL THEN
    -- It was marked anew meanwhile: the copy's key is wrapped under what it is no more.
    UPDATE inspections SET state = 'waiting', claimed_until = NULL, attempts = attempts - 1
     WHERE blob = of_blob;
    RETURN false;
  END IF;
  UPDATE inspections SET state = 'done', claimed_until = NULL, failure = '', inspected_at = moment,
         inspector = by_inspector, outline = new_outline, report = new_report
   WHERE blob = of_blob;
  UPDATE attachments SET cleaned = copy WHERE id = file AND leaves = 'original';
  RETURN true;
END $$;

CREATE FUNCTION entente_drop_inspection(file uuid, of_attempt int, again_at timestamptz, why text)
RETURNS boolean LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
  WITH dropped AS (
    UPDATE inspections i SET state = CASE WHEN again_at IS NULL THEN 'failed' ELSE 'waiting' END,
           claimed_until = again_at, failure = why
      FROM attachments a
     WHERE a.id = file AND i.blob = a.blob AND i.state = 'running' AND i.attempts = of_attempt
    RETURNING 1)
  SELECT EXISTS (SELECT FROM dropped)
$$;

-- What was submitted or released rests on the report that was read: that one stays.
CREATE FUNCTION entente_inspect_again(file uuid, moment timestamptz) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  WITH again AS (
    UPDATE inspections i SET state = 'waiting', requested_at = moment, claimed_until = NULL,
           attempts = 0, failure = '', inspected_at = NULL, outline = NULL, report = NULL
      FROM attachments a
     WHERE a.id = file AND i.blob = a.blob AND i.state IN ('done', 'failed')
       AND NOT EXISTS (SELECT FROM attachments o JOIN versions v ON v.id = o.version_id
                        WHERE o.blob = a.blob AND v.state <> 'draft')
    RETURNING 1)
  SELECT EXISTS (SELECT FROM again)
$$;
REVOKE ALL ON FUNCTION entente_ask_inspection(), entente_inspect_again(uuid, timestamptz),
  entente_claim_inspection(timestamptz, interval),
  entente_keep_inspection(uuid, int, int, timestamptz, text, jsonb, bytea, jsonb),
  entente_drop_inspection(uuid, int, timestamptz, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION entente_inspect_again(uuid, timestamptz),
  entente_claim_inspection(timestamptz, interval),
  entente_keep_inspection(uuid, int, int, timestamptz, text, jsonb, bytea, jsonb),
  entente_drop_inspection(uuid, int, timestamptz, text) TO entente_app;
"""

BACK = """
DROP TRIGGER inspected ON attachments;
DROP FUNCTION entente_ask_inspection();
DROP FUNCTION entente_inspect_again(uuid, timestamptz);
DROP FUNCTION entente_claim_inspection(timestamptz, interval);
DROP FUNCTION entente_keep_inspection(uuid, int, int, timestamptz, text, jsonb, bytea, jsonb);
DROP FUNCTION entente_drop_inspection(uuid, int, timestamptz, text);
DROP TABLE inspections;
"""


def upgrade() -> None:
    """Let a cleaned copy leave in place of an original, and keep what inspections found."""
    op.execute(LEAVING)
    for statements in (INSPECTIONS, SIGHT, ASKING, QUEUE):
        op.execute(statements)
    op.execute(BLOBS)
    op.execute(FROZEN.replace("{wrapped}", "{audience_id,envelope,cleaned}"))


def downgrade() -> None:
    """Forget cleaned copies: what was released instead of an original is gone with them."""
    op.execute(BACK)
    op.execute(FROZEN.replace("{wrapped}", "{audience_id,envelope}"))
    op.execute(BLOBS_BEFORE)
    op.execute("ALTER TABLE attachments DROP COLUMN cleaned, DROP COLUMN leaves")
