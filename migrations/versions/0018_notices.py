"""Notices, subscriptions and how they are sent."""

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE notice_mails (
  id uuid CONSTRAINT pk_notice_mails PRIMARY KEY,
  person_id uuid NOT NULL CONSTRAINT fk_notice_mails_person_id REFERENCES people (id),
  kinds text[] NOT NULL,
  state text NOT NULL CONSTRAINT ck_notice_mails_state
    CHECK (state IN ('waiting', 'handing', 'sent', 'unknown', 'given-up')),
  attempts int NOT NULL,
  mail_after timestamptz NOT NULL,
  composed_at timestamptz NOT NULL,
  unsubscribe_hash bytea NOT NULL CONSTRAINT uq_notice_mails_unsubscribe_hash UNIQUE
    CONSTRAINT ck_notice_mails_unsubscribe_hash CHECK (octet_length(unsubscribe_hash) = 32)
);
CREATE INDEX ix_notice_mails_person_id ON notice_mails (person_id);
CREATE INDEX ix_notice_mails_unsettled ON notice_mails (mail_after)
  WHERE state IN ('waiting', 'handing');
CREATE TABLE notices (
  id uuid CONSTRAINT pk_notices PRIMARY KEY,
  person_id uuid NOT NULL CONSTRAINT fk_notices_person_id REFERENCES people (id),
  kind text NOT NULL,
  path text NOT NULL,
  record_id uuid,
  audience_id int CONSTRAINT fk_notices_audience_id REFERENCES audiences (id),
  said jsonb NOT NULL,
  key text NOT NULL,
  made_at timestamptz NOT NULL,
  read_at timestamptz,
  mail text NOT NULL CONSTRAINT ck_notices_mail CHECK (mail IN ('waiting', 'taken', 'none')),
  mail_id uuid CONSTRAINT fk_notices_mail_id REFERENCES notice_mails (id),
  CONSTRAINT ck_notices_mail_id CHECK ((mail = 'taken') = (mail_id IS NOT NULL))
);
CREATE UNIQUE INDEX uq_notices_person_id_key ON notices (person_id, key) WHERE key <> '';
CREATE INDEX ix_notices_person_id_made_at ON notices (person_id, made_at, id);
CREATE INDEX ix_notices_unread ON notices (person_id) WHERE read_at IS NULL;
CREATE INDEX ix_notices_waiting ON notices (person_id, made_at) WHERE mail = 'waiting';
CREATE INDEX ix_notices_mail_id ON notices (mail_id);
CREATE TABLE notice_readers (
  person_id uuid CONSTRAINT pk_notice_readers PRIMARY KEY
    CONSTRAINT fk_notice_readers_person_id REFERENCES people (id),
  rhythm text NOT NULL CONSTRAINT ck_notice_readers_rhythm
    CHECK (rhythm IN ('at-once', 'daily', 'weekly')),
  feed_hash bytea CONSTRAINT uq_notice_readers_feed_hash UNIQUE
    CONSTRAINT ck_notice_readers_feed_hash CHECK (octet_length(feed_hash) = 32),
  feed_made_at timestamptz,
  feed_since timestamptz,
  feed_reads int NOT NULL
);
CREATE TABLE notice_choices (
  person_id uuid NOT NULL CONSTRAINT fk_notice_choices_person_id REFERENCES people (id),
  kind text NOT NULL,
  channel text NOT NULL CONSTRAINT ck_notice_choices_channel
    CHECK (channel IN ('off', 'portal', 'mail')),
  CONSTRAINT pk_notice_choices PRIMARY KEY (person_id, kind)
);
CREATE TABLE subscriptions (
  id uuid CONSTRAINT pk_subscriptions PRIMARY KEY,
  person_id uuid NOT NULL CONSTRAINT fk_subscriptions_person_id REFERENCES people (id),
  subject text NOT NULL CONSTRAINT ck_subscriptions_subject
    CHECK (subject IN ('search', 'record', 'organisation', 'area')),
  value text NOT NULL,
  name text NOT NULL,
  begun_at timestamptz NOT NULL,
  CONSTRAINT uq_subscriptions_person_id_subject_value UNIQUE (person_id, subject, value)
);
CREATE TABLE releases_to_tell (
  version_id uuid CONSTRAINT pk_releases_to_tell PRIMARY KEY
    CONSTRAINT fk_releases_to_tell_version_id REFERENCES versions (id) ON DELETE CASCADE,
  due_at timestamptz NOT NULL
);
CREATE INDEX ix_releases_to_tell_due_at ON releases_to_tell (due_at);
GRANT SELECT, INSERT, UPDATE, DELETE ON notices, notice_mails, notice_readers, notice_choices,
  subscriptions TO entente_app;
GRANT SELECT, UPDATE, DELETE ON releases_to_tell TO entente_app;
"""

# Whatever way a version is released, its followers are told: the release itself queues it, in its
# own transaction.
QUEUE = """
CREATE FUNCTION entente_tell_release() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  INSERT INTO releases_to_tell (version_id, due_at) VALUES (NEW.id, NEW.released_at)
    ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION entente_tell_release() FROM PUBLIC;
CREATE TRIGGER told_when_inserted AFTER INSERT ON versions
  FOR EACH ROW WHEN (NEW.state = 'released') EXECUTE FUNCTION entente_tell_release();
CREATE TRIGGER told_when_released AFTER UPDATE OF state ON versions
  FOR EACH ROW WHEN (NEW.state = 'released' AND OLD.state <> 'released')
  EXECUTE FUNCTION entente_tell_release();
"""

# The worker sees no version. To know whom to ask for, it is told the facts of access of those that
# wait, never their content: each follower's own scope decides what they hear of.
DUE = """
CREATE FUNCTION entente_releases_due(moment timestamptz, most int,
    OUT version_id uuid, OUT audience_id int, OUT due_at timestamptz)
RETURNS SETOF record LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT v.id, v.audience_id, q.due_at
    FROM releases_to_tell q JOIN versions v ON v.id = q.version_id
   WHERE q.due_at <= moment ORDER BY q.due_at, q.version_id LIMIT most
$$;
REVOKE ALL ON FUNCTION entente_releases_due(timestamptz, int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION entente_releases_due(timestamptz, int) TO entente_app;
"""

# Whoever is erased leaves nothing of what they were told, followed or chose.
ERASING = """
CREATE FUNCTION entente_forget_told() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  DELETE FROM notices WHERE person_id = NEW.id;
  DELETE FROM notice_mails WHERE person_id = NEW.id;
  DELETE FROM notice_readers WHERE person_id = NEW.id;
  DELETE FROM notice_choices WHERE person_id = NEW.id;
  DELETE FROM subscriptions WHERE person_id = NEW.id;
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION entente_forget_told() FROM PUBLIC;
CREATE TRIGGER told_no_more AFTER UPDATE OF erased_at ON people
  FOR EACH ROW WHEN (NEW.erased_at IS NOT NULL) EXECUTE FUNCTION entente_forget_told();
"""

BACK = """
DROP TRIGGER told_no_more ON people;
DROP FUNCTION entente_forget_told();
DROP FUNCTION entente_releases_due(timestamptz, int);
DROP TRIGGER told_when_released ON versions;
DROP TRIGGER told_when_inserted ON versions;
DROP FUNCTION entente_tell_release();
DROP TABLE releases_to_tell, subscriptions, notice_choices, notice_readers, notices, notice_mails;
"""


def upgrade() -> None:
    """Give what people are told, follow and choose its tables, and queue what is released."""
    op.execute(TABLES)
    op.execute(QUEUE)
    op.execute(DUE)
    op.execute(ERASING)


def downgrade() -> None:
    """Forget all of it."""
    op.execute(BACK)
