"""Threads and what is said in them."""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

# A portion of a draft that is amended is written anew under its id, so no key points to it.
TABLES = """
CREATE TABLE threads (
  id uuid CONSTRAINT pk_threads PRIMARY KEY,
  record_id uuid NOT NULL,
  version_id uuid NOT NULL CONSTRAINT fk_threads_version_id
    REFERENCES versions (id) ON DELETE CASCADE,
  portion_id uuid,
  audience_id int NOT NULL CONSTRAINT fk_threads_audience_id REFERENCES audiences (id),
  kind text NOT NULL,
  internal boolean NOT NULL,
  begun_by uuid NOT NULL CONSTRAINT fk_threads_begun_by REFERENCES people (id),
  begun_at timestamptz NOT NULL,
  addressee text CONSTRAINT fk_threads_addressee REFERENCES organisations (slug),
  due_on date,
  answered_by uuid CONSTRAINT fk_threads_answered_by REFERENCES people (id),
  answered_at timestamptz,
  resolved_by uuid CONSTRAINT fk_threads_resolved_by REFERENCES people (id),
  resolved_at timestamptz,
  CONSTRAINT ck_threads_kind CHECK (kind IN ('comment', 'information-request')),
  CONSTRAINT ck_threads_asked CHECK (
    (kind = 'information-request') = (addressee IS NOT NULL AND due_on IS NOT NULL)),
  CONSTRAINT ck_threads_answered CHECK (
    (answered_at IS NULL) = (answered_by IS NULL) AND (answered_at IS NULL OR addressee IS NOT NULL)),
  CONSTRAINT ck_threads_resolved CHECK ((resolved_at IS NULL) = (resolved_by IS NULL))
);
CREATE INDEX ix_threads_version_id ON threads (version_id);
CREATE INDEX ix_threads_open ON threads (audience_id) WHERE resolved_at IS NULL;
CREATE TABLE messages (
  id uuid CONSTRAINT pk_messages PRIMARY KEY,
  thread_id uuid NOT NULL CONSTRAINT fk_messages_thread_id
    REFERENCES threads (id) ON DELETE CASCADE,
  person_id uuid NOT NULL CONSTRAINT fk_messages_person_id REFERENCES people (id),
  said_at timestamptz NOT NULL,
  body text NOT NULL,
  withdrawn_at timestamptz,
  CONSTRAINT ck_messages_withdrawn CHECK ((withdrawn_at IS NULL) = (body <> ''))
);
CREATE INDEX ix_messages_thread_id ON messages (thread_id, id);
CREATE TABLE mentions (
  message_id uuid NOT NULL CONSTRAINT fk_mentions_message_id
    REFERENCES messages (id) ON DELETE CASCADE,
  person_id uuid NOT NULL CONSTRAINT fk_mentions_person_id REFERENCES people (id),
  CONSTRAINT pk_mentions PRIMARY KEY (message_id, person_id)
);
CREATE INDEX ix_mentions_person_id ON mentions (person_id);
"""

# What is said at a part is seen by whoever sees that part as it is marked now, and no further: a
# draft's part may have been marked higher since. Row-level security of versions and portions holds
# within these sub-selects. A part that is gone leaves its thread to the thread's own audience.
SIGHT = """
CREATE FUNCTION entente_portion_exists(portion uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT EXISTS (SELECT FROM portions p WHERE p.id = portion)
$$;
ALTER TABLE threads ENABLE ROW LEVEL SECURITY;
CREATE POLICY by_audience ON threads TO entente_app
  USING (
    CASE WHEN audience_id < 8 * length((SELECT entente_sight()))
      THEN get_bit((SELECT entente_sight()), audience_id) = 1 ELSE false END
    AND EXISTS (SELECT FROM versions v WHERE v.id = version_id)
    AND (portion_id IS NULL
      OR EXISTS (SELECT FROM portions p WHERE p.id = portion_id)
      OR NOT entente_portion_exists(portion_id)));
ALTER TABLE messages ENABLE ROW LEVEL SECURITY;
CREATE POLICY by_threads ON messages TO entente_app
  USING (EXISTS (SELECT FROM threads t WHERE t.id = thread_id));
ALTER TABLE mentions ENABLE ROW LEVEL SECURITY;
CREATE POLICY by_messages ON mentions TO entente_app
  USING (EXISTS (SELECT FROM messages m WHERE m.id = message_id));
"""

# Nothing that was said is written anew: its author can only take it back.
SAID = """
CREATE FUNCTION entente_keep_said() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF OLD.withdrawn_at IS NULL AND NEW.withdrawn_at IS NOT NULL AND NEW.body = '' THEN
    RETURN NEW;
  END IF;
  RAISE EXCEPTION 'what was said is never changed' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER said_once BEFORE UPDATE ON messages
  FOR EACH ROW EXECUTE FUNCTION entente_keep_said();
"""

# A version moves from state to state with threads that the mover may not see; and whoever is
# refused a thread is refused the version that it stands at. Facts of access, never content.
FACTS = """
CREATE FUNCTION entente_thread_audiences(version uuid) RETURNS SETOF int
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT DISTINCT t.audience_id FROM threads t WHERE t.version_id = version
$$;
CREATE FUNCTION entente_thread_version(thread uuid) RETURNS uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT t.version_id FROM threads t WHERE t.id = thread
$$;
REVOKE ALL ON FUNCTION entente_thread_audiences(uuid), entente_thread_version(uuid),
  entente_portion_exists(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION entente_thread_audiences(uuid), entente_thread_version(uuid),
  entente_portion_exists(uuid) TO entente_app;
GRANT SELECT, INSERT ON threads, messages, mentions TO entente_app;
GRANT UPDATE (audience_id, answered_by, answered_at, resolved_by, resolved_at)
  ON threads TO entente_app;
GRANT UPDATE (body, withdrawn_at) ON messages TO entente_app;
"""

BACK = """
DROP TABLE mentions, messages, threads;
DROP FUNCTION entente_keep_said();
DROP FUNCTION entente_thread_audiences(uuid);
DROP FUNCTION entente_thread_version(uuid);
DROP FUNCTION entente_portion_exists(uuid);
"""


def upgrade() -> None:
    """Make room for what is said at records, in sight as far as what it stands at."""
    for statements in (TABLES, SIGHT, SAID, FACTS):
        op.execute(statements)


def downgrade() -> None:
    """Forget what was said."""
    op.execute(BACK)
