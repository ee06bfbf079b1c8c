"""Who stands in for whom while they are away."""

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

# For whom somebody decided stays told: a row is ended once, and otherwise never written anew.
DELEGATIONS = """
CREATE TABLE delegations (
  id uuid CONSTRAINT pk_delegations PRIMARY KEY,
  delegator_id uuid NOT NULL CONSTRAINT fk_delegations_delegator_id REFERENCES people (id),
  deputy_id uuid NOT NULL CONSTRAINT fk_delegations_deputy_id REFERENCES people (id),
  since timestamptz NOT NULL,
  until timestamptz NOT NULL,
  reason text NOT NULL,
  named_at timestamptz NOT NULL,
  ended_at timestamptz,
  CONSTRAINT ck_delegations_window CHECK (since < until),
  CONSTRAINT ck_delegations_two_people CHECK (delegator_id <> deputy_id)
);
CREATE INDEX ix_delegations_delegator_id ON delegations (delegator_id);
CREATE INDEX ix_delegations_deputy_id ON delegations (deputy_id) WHERE ended_at IS NULL;
CREATE FUNCTION entente_end_once() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.ended_at IS NULL
     AND to_jsonb(OLD) - 'ended_at' = to_jsonb(NEW) - 'ended_at' THEN RETURN NEW; END IF;
  RAISE EXCEPTION 'rows of % end once, and are never changed or removed', TG_TABLE_NAME
    USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER end_once BEFORE UPDATE OR DELETE ON delegations
  FOR EACH ROW EXECUTE FUNCTION entente_end_once();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON delegations
  FOR EACH STATEMENT EXECUTE FUNCTION entente_refuse_rewriting();
GRANT SELECT, INSERT, UPDATE (ended_at) ON delegations TO entente_app;
"""


def upgrade() -> None:
    """Keep who named whom their deputy, and for how long."""
    op.execute(DELEGATIONS)


def downgrade() -> None:
    """Forget them: nobody stands in for anybody; the log still tells who did."""
    op.execute("DROP TABLE delegations; DROP FUNCTION entente_end_once;")
