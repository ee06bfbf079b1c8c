"""Keys of organisations: what each wraps and ever wrapped, and how two people destroy one."""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

# `attachment` is the id under which a file was first sealed: a revision carries the same bytes. A
# backup holds the wrappings of its day, so what destroys a file for good is the end of every key
# that ever wrapped it.
TABLES = """
CREATE TABLE attachment_keys (
  attachment uuid NOT NULL,
  key_id text NOT NULL,
  CONSTRAINT pk_attachment_keys PRIMARY KEY (attachment, key_id)
);
CREATE TABLE key_destructions (
  id uuid CONSTRAINT pk_key_destructions PRIMARY KEY,
  organisation text NOT NULL CONSTRAINT fk_key_destructions_organisation
    REFERENCES organisations (slug),
  attachment uuid,
  record_id uuid,
  keys text[] NOT NULL,
  rotate_others boolean NOT NULL,
  whole boolean NOT NULL,
  reason text NOT NULL,
  asked_by uuid NOT NULL CONSTRAINT fk_key_destructions_asked_by REFERENCES people (id),
  asked_at timestamptz NOT NULL,
  withdrawn_by uuid CONSTRAINT fk_key_destructions_withdrawn_by REFERENCES people (id),
  withdrawn_at timestamptz,
  agreed_by uuid CONSTRAINT fk_key_destructions_agreed_by REFERENCES people (id),
  agreed_at timestamptz,
  done_at timestamptz,
  CONSTRAINT ck_key_destructions_keys CHECK (cardinality(keys) > 0),
  CONSTRAINT ck_key_destructions_two_people CHECK (agreed_by <> asked_by),
  CONSTRAINT ck_key_destructions_in_time CHECK (agreed_at < asked_at + interval '7 days'),
  CONSTRAINT ck_key_destructions_one_end CHECK (agreed_at IS NULL OR withdrawn_at IS NULL),
  CONSTRAINT ck_key_destructions_agreed CHECK ((agreed_at IS NULL) = (agreed_by IS NULL)),
  CONSTRAINT ck_key_destructions_withdrawn CHECK ((withdrawn_at IS NULL) = (withdrawn_by IS NULL)),
  CONSTRAINT ck_key_destructions_done CHECK (done_at IS NULL OR agreed_at IS NOT NULL)
);
CREATE TABLE destroyed_keys (
  key_id text CONSTRAINT pk_destroyed_keys PRIMARY KEY,
  request uuid NOT NULL CONSTRAINT fk_destroyed_keys_request REFERENCES key_destructions (id),
  destroyed_at timestamptz NOT NULL,
  entry_id uuid NOT NULL
);
CREATE INDEX ix_attachments_key ON attachments ((envelope #>> '{sealed,key_id}'));
CREATE INDEX ix_attachments_cleaned_key ON attachments ((cleaned #>> '{sealed,key_id}'))
  WHERE cleaned IS NOT NULL;
INSERT INTO attachment_keys
  SELECT (envelope ->> 'attachment')::uuid, envelope #>> '{sealed,key_id}' FROM attachments
   UNION
  SELECT (cleaned ->> 'attachment')::uuid, cleaned #>> '{sealed,key_id}' FROM attachments
   WHERE cleaned IS NOT NULL;
GRANT SELECT ON key_destructions TO entente_app;
GRANT INSERT (id, organisation, attachment, record_id, keys, rotate_others, whole, reason, asked_by,
  asked_at) ON key_destructions TO entente_app;
GRANT UPDATE (keys, withdrawn_by, withdrawn_at, agreed_by, agreed_at, done_at)
  ON key_destructions TO entente_app;
GRANT SELECT, INSERT ON destroyed_keys TO entente_app;
"""

# What was asked, agreed, withdrawn or done stays so; each can only be added. Who agrees to the end of
# a whole organisation agrees to that of the keys made since it was asked for, too.
FORWARD = """
CREATE FUNCTION entente_only_forward() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.keys = OLD.keys OR (NEW.whole AND OLD.agreed_at IS NULL AND NEW.keys @> OLD.keys)) AND
     to_jsonb(NEW) - 'keys' @> jsonb_strip_nulls(to_jsonb(OLD)) - 'keys'
  THEN RETURN NEW; END IF;
  RAISE EXCEPTION 'what stands in % is never changed', TG_TABLE_NAME
    USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER only_forward BEFORE UPDATE ON key_destructions
  FOR EACH ROW EXECUTE FUNCTION entente_only_forward();
CREATE TRIGGER written_once BEFORE DELETE ON key_destructions
  FOR EACH ROW EXECUTE FUNCTION entente_refuse_rewriting();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON key_destructions
  FOR EACH STATEMENT EXECUTE FUNCTION entente_refuse_rewriting();
CREATE TRIGGER written_once BEFORE UPDATE OR DELETE ON destroyed_keys
  FOR EACH ROW EXECUTE FUNCTION entente_refuse_rewriting();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON destroyed_keys
  FOR EACH STATEMENT EXECUTE FUNCTION entente_refuse_rewriting();
"""

# Of a sealed file only the wrapping of its key ever changes: by which key, and, in a draft, under
# which scheme. A wrapping that was forgotten stays so. A key on whose end two people have agreed
# wraps nothing new, and gives nothing over to another; what it wrapped is carried on as what it is:
# destroyed. The locks make those who agree wait for the writers under way, whose rows they then count.
WRAPPINGS = """
CREATE FUNCTION entente_doomed(key text) RETURNS boolean LANGUAGE sql STABLE
SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT EXISTS (
    SELECT FROM key_destructions d WHERE d.agreed_at IS NOT NULL AND entente_doomed.key = ANY (d.keys))
$$;
CREATE FUNCTION entente_forgotten(file jsonb) RETURNS boolean LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT coalesce(file #>> '{sealed,wrapped_key}' = '', false)
$$;
CREATE FUNCTION entente_unwrapped(file jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT file #- '{sealed,key_id}' #- '{sealed,wrapped_key}' #- '{scheme_version}'
$$;
CREATE FUNCTION entente_keep_wrapping(file jsonb, before jsonb, fresh boolean) RETURNS jsonb
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE key text := file #>> '{sealed,key_id}'; held text := before #>> '{sealed,key_id}'; one text;
BEGIN
  IF file IS NULL OR entente_forgotten(file) THEN RETURN file; END IF;
  IF entente_forgotten(before) THEN
    RAISE EXCEPTION 'what was destroyed stays destroyed' USING ERRCODE = 'insufficient_privilege';
  END IF;
  FOR one IN SELECT DISTINCT k FROM unnest(ARRAY[held, key]) k WHERE k IS NOT NULL ORDER BY k LOOP
    PERFORM pg_advisory_xact_lock_shared(hashtextextended('entente key ' || one, 0));
  END LOOP;
  IF entente_doomed(key) OR entente_doomed(held) THEN
    IF fresh OR key <> held THEN
      RAISE EXCEPTION 'the key % is being destroyed', key USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN jsonb_set(file, '{sealed,wrapped_key}', '""');
  END IF;
  INSERT INTO attachment_keys VALUES ((file ->> 'attachment')::uuid, key) ON CONFLICT DO NOTHING;
  RETURN file;
END $$;
CREATE FUNCTION entente_keep_wrappings() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE before attachments; fresh boolean := NEW.id = (NEW.envelope ->> 'attachment')::uuid;
BEGIN
  IF TG_OP = 'UPDATE' THEN
    before := OLD;
    fresh := false;
    IF entente_unwrapped(OLD.envelope) <> entente_unwrapped(NEW.envelope) OR
       (OLD.leaves = 'cleaned' AND NEW.leaves = 'cleaned' AND
        entente_unwrapped(OLD.cleaned) <> entente_unwrapped(NEW.cleaned)) OR
       (OLD.envelope -> 'scheme_version' <> NEW.envelope -> 'scheme_version' AND
        NOT EXISTS (SELECT FROM versions v WHERE v.id = NEW.version_id AND v.state = 'draft'))
    THEN
      RAISE EXCEPTION 'of a sealed file only the wrapping changes'
        USING ERRCODE = 'insufficient_privilege';
    END IF;
  END IF;
  NEW.envelope := entente_keep_wrapping(NEW.envelope, before.envelope, fresh);
  IF entente_forgotten(NEW.envelope) AND NOT entente_forgotten(NEW.cleaned) THEN
    -- A copy of what was destroyed, made meanwhile or wrapped by another key, goes with it.
    NEW.cleaned := jsonb_set(NEW.cleaned, '{sealed,wrapped_key}', '""');
  END IF;
  NEW.cleaned := entente_keep_wrapping(NEW.cleaned, before.cleaned, fresh);
  RETURN NEW;
END $$;
CREATE TRIGGER wrappings BEFORE INSERT OR UPDATE OF envelope, cleaned ON attachments
  FOR EACH ROW EXECUTE FUNCTION entente_keep_wrappings();
"""

# Rotation and destruction see no content and change none, so they need nobody's sight of it; the
# application's role has no other way to rows that nobody opened to it.
WAYS = """
CREATE FUNCTION entente_key_uses() RETURNS TABLE (key_id text, audience_id int, count bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT w.key, w.audience_id, count(*) FROM (
    SELECT envelope #>> '{sealed,key_id}' AS key, a.audience_id FROM attachments a
     WHERE NOT entente_forgotten(envelope)
     UNION ALL
    SELECT cleaned #>> '{sealed,key_id}', a.audience_id FROM attachments a
     WHERE cleaned #>> '{sealed,wrapped_key}' <> ''
       AND cleaned #>> '{sealed,key_id}' <> envelope #>> '{sealed,key_id}') w
   GROUP BY 1, 2
$$;
CREATE FUNCTION entente_wrapped_by(of_keys text[], of_audiences int[], after uuid, most int)
RETURNS TABLE (id uuid, record_id uuid, reference text, audience_id int, owner text,
  originator text, envelope jsonb, cleaned jsonb)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT a.id, a.record_id, r.reference, a.audience_id, r.owner, r.originator, a.envelope, a.cleaned
    FROM attachments a JOIN records r ON r.id = a.record_id
   WHERE (envelope #>> '{sealed,key_id}' = ANY (of_keys)
          OR (cleaned IS NOT NULL AND cleaned #>> '{sealed,key_id}' = ANY (of_keys)))
     AND (of_audiences IS NULL OR a.audience_id = ANY (of_audiences))
     AND NOT entente_forgotten(envelope) AND a.id > after
   ORDER BY a.id LIMIT most
$$;
CREATE FUNCTION entente_rewrap(file uuid, was jsonb, wrapped jsonb, cleaned_was jsonb,
  cleaned_wrapped jsonb) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  UPDATE attachments SET envelope = wrapped, cleaned = cleaned_wrapped
   WHERE id = file AND envelope = was AND cleaned IS NOT DISTINCT FROM cleaned_was
     AND NOT entente_doomed(envelope #>> '{sealed,key_id}');
  RETURN FOUND;
END $$;
CREATE FUNCTION entente_file_of(file uuid) RETURNS TABLE (attachment uuid, record_id uuid,
  reference text, originator text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT (a.envelope ->> 'attachment')::uuid, a.record_id, r.reference, r.originator
    FROM attachments a JOIN records r ON r.id = a.record_id WHERE a.id = file
$$;
CREATE FUNCTION entente_keys_ever(of_attachment uuid) RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT k.key_id FROM attachment_keys k WHERE k.attachment = of_attachment ORDER BY 1
$$;
CREATE FUNCTION entente_keys_elsewhere(of_keys text[]) RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT DISTINCT k.key_id FROM attachments a
    JOIN attachment_keys k ON k.attachment = (a.envelope ->> 'attachment')::uuid
   WHERE (a.envelope #>> '{sealed,key_id}' = ANY (of_keys)
          OR (a.cleaned IS NOT NULL AND a.cleaned #>> '{sealed,key_id}' = ANY (of_keys)))
     AND NOT entente_forgotten(a.envelope) AND NOT k.key_id = ANY (of_keys)
$$;
CREATE FUNCTION entente_destroyed_count(of_key text) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT count(*) FROM attachments a
   WHERE (a.envelope #>> '{sealed,key_id}' = of_key AND entente_forgotten(a.envelope))
      OR (a.cleaned IS NOT NULL AND a.cleaned #>> '{sealed,key_id}' = of_key
          AND entente_forgotten(a.cleaned))
$$;
CREATE FUNCTION entente_forget_wrappings(request uuid, most int) RETURNS SETOF text
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE of_keys text[];
BEGIN
  SELECT d.keys INTO of_keys FROM key_destructions d
   WHERE d.id = request AND d.agreed_at IS NOT NULL;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'nobody agreed to this' USING ERRCODE = 'insufficient_privilege';
  END IF;
  DELETE FROM uploads u WHERE u.wrapping ->> 'key_id' = ANY (of_keys);
  RETURN QUERY
    WITH gone AS (
      UPDATE attachments a SET envelope = a.envelope, cleaned = a.cleaned
       WHERE a.id IN (
         SELECT f.id FROM attachments f
          WHERE (f.envelope #>> '{sealed,key_id}' = ANY (of_keys)
                 AND NOT entente_forgotten(f.envelope))
             OR (f.cleaned IS NOT NULL AND f.cleaned #>> '{sealed,key_id}' = ANY (of_keys)
                 AND NOT entente_forgotten(f.cleaned))
          LIMIT most)
      RETURNING a.blob, a.envelope, a.cleaned)
    SELECT g.blob FROM gone g WHERE entente_forgotten(g.envelope)
     UNION
    SELECT g.cleaned #>> '{sealed,blob}' FROM gone g WHERE entente_forgotten(g.cleaned);
END $$;
REVOKE ALL ON FUNCTION entente_keep_wrappings(), entente_key_uses(),
  entente_wrapped_by(text[], int[], uuid, int), entente_rewrap(uuid, jsonb, jsonb, jsonb, jsonb),
  entente_file_of(uuid), entente_keys_ever(uuid), entente_keys_elsewhere(text[]),
  entente_destroyed_count(text), entente_forget_wrappings(uuid, int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION entente_key_uses(),
  entente_wrapped_by(text[], int[], uuid, int), entente_rewrap(uuid, jsonb, jsonb, jsonb, jsonb),
  entente_file_of(uuid), entente_keys_ever(uuid), entente_keys_elsewhere(text[]),
  entente_destroyed_count(text), entente_forget_wrappings(uuid, int) TO entente_app;
"""

# The body of what was destroyed is nobody's any more: the sweeper takes it for the orphan it is.
BLOBS = """
CREATE OR REPLACE FUNCTION entente_blobs() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT blob FROM attachments{opened}
   UNION
  SELECT cleaned #>> '{sealed,blob}' FROM attachments WHERE cleaned IS NOT NULL{copy_opened}
$$;
"""

BACK = """
DROP TRIGGER wrappings ON attachments;
DROP FUNCTION entente_forget_wrappings(uuid, int), entente_destroyed_count(text), entente_keys_elsewhere(text[]),
  entente_keys_ever(uuid), entente_file_of(uuid),
  entente_rewrap(uuid, jsonb, jsonb, jsonb, jsonb),
  entente_wrapped_by(text[], int[], uuid, int), entente_key_uses(), entente_keep_wrappings(),
  entente_keep_wrapping(jsonb, jsonb, boolean), entente_unwrapped(jsonb), entente_forgotten(jsonb),
  entente_doomed(text);
DROP INDEX ix_attachments_cleaned_key, ix_attachments_key;
DROP TABLE destroyed_keys, key_destructions, attachment_keys;
DROP FUNCTION entente_only_forward();
"""


def upgrade() -> None:
    """Let keys be changed and destroyed, and nothing else of what is sealed."""
    for statements in (TABLES, FORWARD, WRAPPINGS, WAYS):
        op.execute(statements)
    op.execute(
        _blobs(" WHERE NOT entente_forgotten(envelope)", " AND NOT entente_forgotten(cleaned)")
    )


def downgrade() -> None:
    """Forget what keys wrapped, and who agreed to the end of one; what is destroyed stays so."""
    op.execute(_blobs("", ""))
    op.execute(BACK)


def _blobs(opened: str, copy_opened: str) -> str:
    return BLOBS.replace("{opened}", opened).replace("{copy_opened}", copy_opened)
