"""Reviews of the log, monthly statements of access, and alerts."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE reviews (
  id uuid CONSTRAINT pk_reviews PRIMARY KEY,
  party text NOT NULL CONSTRAINT fk_reviews_party REFERENCES parties (code),
  author uuid NOT NULL CONSTRAINT fk_reviews_author REFERENCES people (id),
  name text NOT NULL,
  filters jsonb NOT NULL,
  log int NOT NULL,
  size bigint NOT NULL,
  seed bytea NOT NULL CONSTRAINT ck_reviews_seed CHECK (octet_length(seed) = 32),
  population bigint NOT NULL,
  drawn int NOT NULL,
  begun_at timestamptz NOT NULL,
  salt bytea NOT NULL,
  conclusion text,
  signed_off_at timestamptz,
  statement text,
  CONSTRAINT ck_reviews_sign_off CHECK ((signed_off_at IS NULL) = (statement IS NULL))
);
CREATE INDEX ix_reviews_party_begun_at ON reviews (party, begun_at);
CREATE TABLE review_items (
  review_id uuid NOT NULL CONSTRAINT fk_review_items_review_id REFERENCES reviews (id),
  number int NOT NULL,
  entry_id uuid NOT NULL CONSTRAINT fk_review_items_entry_id REFERENCES journal (id),
  log int NOT NULL,
  index bigint NOT NULL,
  leaf_hash bytea NOT NULL,
  salt bytea NOT NULL,
  mark text CONSTRAINT ck_review_items_mark CHECK (mark IN ('checked', 'exception')),
  note text NOT NULL,
  marked_at timestamptz,
  CONSTRAINT pk_review_items PRIMARY KEY (review_id, number)
);
CREATE TABLE statements (
  id uuid CONSTRAINT pk_statements PRIMARY KEY,
  organisation text NOT NULL CONSTRAINT fk_statements_organisation REFERENCES organisations (slug),
  month date NOT NULL CONSTRAINT ck_statements_month CHECK (extract(day FROM month) = 1),
  log int NOT NULL,
  size bigint NOT NULL,
  line_count int NOT NULL,
  made_at timestamptz NOT NULL,
  statement text NOT NULL,
  CONSTRAINT uq_statements_organisation_month UNIQUE (organisation, month)
);
CREATE TABLE alerts (
  id uuid CONSTRAINT pk_alerts PRIMARY KEY,
  party text NOT NULL CONSTRAINT fk_alerts_party REFERENCES parties (code),
  kind text NOT NULL,
  key text NOT NULL,
  facts jsonb NOT NULL,
  entry_ids uuid[] NOT NULL,
  log int,
  size bigint,
  raised_at timestamptz NOT NULL,
  mailed_at timestamptz,
  mail_attempts int NOT NULL,
  mail_after timestamptz NOT NULL,
  acknowledged_at timestamptz,
  acknowledged_by uuid CONSTRAINT fk_alerts_acknowledged_by REFERENCES people (id),
  note text NOT NULL,
  CONSTRAINT uq_alerts_party_kind_key UNIQUE (party, kind, key)
);
CREATE INDEX ix_alerts_party_raised_at ON alerts (party, raised_at);
CREATE TABLE alert_progress (
  party text CONSTRAINT pk_alert_progress PRIMARY KEY
    CONSTRAINT fk_alert_progress_party REFERENCES parties (code),
  log int NOT NULL,
  size bigint NOT NULL
);
"""

# What was drawn stays as it was drawn; a review that was signed off stays as it was signed.
FROZEN = """
CREATE FUNCTION entente_freeze_reviews() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE moving text[] := '{conclusion,signed_off_at,statement}';
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.signed_off_at IS NULL
    AND to_jsonb(OLD) - moving = to_jsonb(NEW) - moving THEN RETURN NEW; END IF;
  RAISE EXCEPTION 'a review is never redrawn, removed, or changed after its sign-off'
    USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE FUNCTION entente_freeze_review_items() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE moving text[] := '{mark,note,marked_at}'; open_now boolean;
BEGIN
  IF TG_OP <> 'DELETE' THEN
    -- Waits for a sign-off under way, and makes a sign-off wait for this mark.
    SELECT r.signed_off_at IS NULL INTO open_now FROM reviews r WHERE r.id = NEW.review_id FOR UPDATE;
    IF open_now AND (TG_OP = 'INSERT' OR to_jsonb(OLD) - moving = to_jsonb(NEW) - moving)
    THEN RETURN NEW; END IF;
  END IF;
  RAISE EXCEPTION 'a sample is never redrawn, removed, or changed after the sign-off'
    USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE FUNCTION entente_freeze_alerts() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE moving text[] := '{mailed_at,mail_attempts,mail_after}';
  answered text[] := '{acknowledged_at,acknowledged_by,note}';
BEGIN
  IF TG_OP = 'UPDATE' AND (to_jsonb(OLD) - moving = to_jsonb(NEW) - moving
    OR (OLD.acknowledged_at IS NULL
      AND to_jsonb(OLD) - moving - answered = to_jsonb(NEW) - moving - answered))
  THEN RETURN NEW; END IF;
  RAISE EXCEPTION 'an alert is never changed or removed, and acknowledged once'
    USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER frozen BEFORE UPDATE OR DELETE ON reviews
  FOR EACH ROW EXECUTE FUNCTION entente_freeze_reviews();
CREATE TRIGGER frozen BEFORE INSERT OR UPDATE OR DELETE ON review_items
  FOR EACH ROW EXECUTE FUNCTION entente_freeze_review_items();
CREATE TRIGGER frozen BEFORE UPDATE OR DELETE ON alerts
  FOR EACH ROW EXECUTE FUNCTION entente_freeze_alerts();
CREATE TRIGGER written_once BEFORE UPDATE OR DELETE ON statements
  FOR EACH ROW EXECUTE FUNCTION entente_refuse_rewriting();
"""

NEVER_EMPTIED = ("reviews", "review_items", "statements", "alerts")

RIGHTS = """
GRANT SELECT, INSERT ON reviews, review_items, statements, alerts, alert_progress TO entente_app;
GRANT UPDATE (conclusion, signed_off_at, statement) ON reviews TO entente_app;
GRANT UPDATE (mark, note, marked_at) ON review_items TO entente_app;
GRANT UPDATE (mailed_at, mail_attempts, mail_after, acknowledged_at, acknowledged_by, note)
  ON alerts TO entente_app;
GRANT UPDATE (log, size) ON alert_progress TO entente_app;
"""


def upgrade() -> None:
    """Give auditors their reviews, originators their statements, and findings a place."""
    op.execute(TABLES)
    op.execute(FROZEN)
    for table in NEVER_EMPTIED:
        op.execute(
            f"CREATE TRIGGER never_emptied BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION entente_refuse_rewriting()"
        )
    op.execute(RIGHTS)


def downgrade() -> None:
    """Take them away."""
    op.execute(
        "DROP TABLE alert_progress, alerts, statements, review_items, reviews;"
        "DROP FUNCTION entente_freeze_reviews(); DROP FUNCTION entente_freeze_review_items();"
        "DROP FUNCTION entente_freeze_alerts()"
    )
