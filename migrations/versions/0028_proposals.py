"""Keep changes that wait for a second person, and who had whose way to sign in in their hands."""

from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

# A proposal is decided once. With its decision, what it would do is kept as it was decided on, and
# what its changes say of who was to be admitted is forgotten: names and addresses are kept no
# longer than they are of use.
PROPOSALS = """
CREATE TABLE proposals (
  id uuid CONSTRAINT pk_proposals PRIMARY KEY,
  kind text NOT NULL,
  party text NOT NULL,
  organisation text NOT NULL,
  changes jsonb NOT NULL,
  impact jsonb NOT NULL,
  why text NOT NULL,
  proposed_by uuid NOT NULL CONSTRAINT fk_proposals_proposed_by REFERENCES people (id),
  proposed_at timestamptz NOT NULL,
  lapses_at timestamptz NOT NULL,
  decided_by uuid CONSTRAINT fk_proposals_decided_by REFERENCES people (id),
  decided_at timestamptz,
  decision text,
  reason text NOT NULL,
  CONSTRAINT ck_proposals_kind CHECK (kind IN ('parties', 'policies')),
  CONSTRAINT ck_proposals_decision CHECK (
    decision IN ('confirmed', 'declined', 'taken-back', 'lapsed')),
  CONSTRAINT ck_proposals_decided CHECK ((decision IS NULL) = (decided_at IS NULL)),
  CONSTRAINT ck_proposals_decided_by CHECK (
    (decided_by IS NULL) = (decision IS NULL OR decision = 'lapsed')),
  CONSTRAINT ck_proposals_two_people CHECK (decision <> 'confirmed' OR decided_by <> proposed_by),
  CONSTRAINT ck_proposals_lapses_at CHECK (proposed_at < lapses_at)
);
CREATE INDEX ix_proposals_proposed_by ON proposals (proposed_by);
CREATE INDEX ix_proposals_waiting ON proposals (lapses_at) WHERE decision IS NULL;
CREATE INDEX ix_proposals_changes ON proposals USING gin (changes);
CREATE FUNCTION entente_decide_once() RETURNS trigger LANGUAGE plpgsql
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE moving text[] := '{decided_by,decided_at,decision,reason,changes,impact}';
BEGIN
  IF TG_OP = 'UPDATE' AND OLD.decision IS NULL AND NEW.decision IS NOT NULL
     AND to_jsonb(OLD) - moving = to_jsonb(NEW) - moving
  THEN RETURN NEW; END IF;
  RAISE EXCEPTION 'a proposal is decided once, and never changed or removed'
    USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER decided_once BEFORE UPDATE OR DELETE ON proposals
  FOR EACH ROW EXECUTE FUNCTION entente_decide_once();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON proposals
  FOR EACH STATEMENT EXECUTE FUNCTION entente_refuse_rewriting();
REVOKE ALL ON FUNCTION entente_decide_once() FROM PUBLIC;
GRANT SELECT, INSERT ON proposals TO entente_app;
GRANT UPDATE (decided_by, decided_at, decision, reason, changes, impact) ON proposals TO entente_app;
"""

# Whoever gives somebody a password, or takes their second factor away, could sign in as them until
# the other notices: for a while one is no second person to the other.
HANDED = """
CREATE TABLE handed_sign_ins (
  id uuid CONSTRAINT pk_handed_sign_ins PRIMARY KEY,
  person_id uuid NOT NULL CONSTRAINT fk_handed_sign_ins_person_id REFERENCES people (id),
  handed_by uuid NOT NULL CONSTRAINT fk_handed_sign_ins_handed_by REFERENCES people (id),
  handed_at timestamptz NOT NULL
);
CREATE INDEX ix_handed_sign_ins_person_id ON handed_sign_ins (person_id);
CREATE TRIGGER written_once BEFORE UPDATE OR DELETE ON handed_sign_ins
  FOR EACH ROW EXECUTE FUNCTION entente_refuse_rewriting();
CREATE TRIGGER never_emptied BEFORE TRUNCATE ON handed_sign_ins
  FOR EACH STATEMENT EXECUTE FUNCTION entente_refuse_rewriting();
GRANT SELECT, INSERT ON handed_sign_ins TO entente_app;
"""


def upgrade() -> None:
    """Let a change by which anybody gains wait for a second person."""
    op.execute(PROPOSALS)
    op.execute(HANDED)


def downgrade() -> None:
    """Forget what was proposed; the log still tells of it."""
    op.execute("DROP TABLE proposals, handed_sign_ins; DROP FUNCTION entente_decide_once();")
