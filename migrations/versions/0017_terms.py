"""Terms of use and who accepted them."""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

# Who accepted what, and when, is what a reader is held to: neither is ever written anew. A text
# that is to say something else is a new version, which everybody is asked to accept again.
TERMS = """
CREATE TABLE terms (
  slug text NOT NULL,
  version integer NOT NULL,
  organisation text NOT NULL
    CONSTRAINT fk_terms_organisation REFERENCES organisations (slug),
  title text NOT NULL,
  body text NOT NULL,
  issued_by uuid NOT NULL CONSTRAINT fk_terms_issued_by REFERENCES people (id),
  issued_at timestamptz NOT NULL,
  CONSTRAINT pk_terms PRIMARY KEY (slug, version),
  CONSTRAINT ck_terms_slug CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
  CONSTRAINT ck_terms_version CHECK (version > 0)
);
CREATE TABLE terms_acceptances (
  person_id uuid NOT NULL
    CONSTRAINT fk_terms_acceptances_person_id REFERENCES people (id),
  slug text NOT NULL,
  version integer NOT NULL,
  accepted_at timestamptz NOT NULL,
  CONSTRAINT pk_terms_acceptances PRIMARY KEY (person_id, slug, version),
  CONSTRAINT fk_terms_acceptances_slug
    FOREIGN KEY (slug, version) REFERENCES terms (slug, version)
);
CREATE INDEX ix_terms_acceptances_slug ON terms_acceptances (slug);
GRANT SELECT, INSERT ON terms, terms_acceptances TO entente_app;
"""

TABLES = ("terms", "terms_acceptances")


def upgrade() -> None:
    """Keep the texts that must be accepted before reading, and who accepted them."""
    op.execute(TERMS)
    for table in TABLES:
        op.execute(
            f"CREATE TRIGGER written_once BEFORE UPDATE OR DELETE ON {table}"
            " FOR EACH ROW EXECUTE FUNCTION entente_refuse_rewriting()"
        )
        op.execute(
            f"CREATE TRIGGER never_emptied BEFORE TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION entente_refuse_rewriting()"
        )


def downgrade() -> None:
    """Forget both; the log still tells who accepted what."""
    op.execute("DROP TABLE terms_acceptances; DROP TABLE terms;")
