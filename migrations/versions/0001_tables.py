"""The tables of all domains."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app.log.models import Xid8

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "attempts",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("bucket", sa.LargeBinary(), nullable=False),
        sa.Column("at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempts")),
    )
    op.create_index("ix_attempts_bucket_at", "attempts", ["bucket", "at"], unique=False)
    op.create_table(
        "audiences",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("originator", sa.Text(), nullable=False),
        sa.Column("markings", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("interned_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audiences")),
        sa.UniqueConstraint("hash", name=op.f("uq_audiences_hash")),
    )
    op.create_table(
        "groups",
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_groups")),
    )
    op.create_table(
        "journal",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("position", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column(
            "transaction",
            Xid8(),
            server_default=sa.text("pg_current_xact_id()"),
            nullable=False,
        ),
        sa.Column("at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("entry", sa.LargeBinary(), nullable=False),
        sa.Column("leaf_hash", sa.LargeBinary(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("organisations", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("policies", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("audience_id", sa.Integer(), nullable=True),
        sa.Column("markings", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("served_bytes", sa.BigInteger(), nullable=False),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal")),
        sa.UniqueConstraint("position", name=op.f("uq_journal_position")),
    )
    op.create_index("ix_journal_actor", "journal", ["actor", "at"], unique=False)
    op.create_index("ix_journal_at_id", "journal", ["at", "id"], unique=False)
    op.create_index(op.f("ix_journal_audience_id"), "journal", ["audience_id"], unique=False)
    op.create_index(
        "ix_journal_organisations",
        "journal",
        ["organisations"],
        unique=False,
        postgresql_using="gin",
    )
    op.create_index("ix_journal_subject", "journal", ["subject", "at"], unique=False)
    op.create_index(op.f("ix_journal_transaction"), "journal", ["transaction"], unique=False)
    op.create_index("ix_journal_type", "journal", ["type", "at"], unique=False)
    op.create_table(
        "parties",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_parties")),
    )
    op.create_table(
        "policy_sets",
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("loaded_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("texts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_policy_sets")),
    )
    op.create_table(
        "profiles",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("interned_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_profiles")),
        sa.UniqueConstraint("hash", name=op.f("uq_profiles_hash")),
    )
    op.create_table(
        "revoked_tokens",
        sa.Column("jti", sa.UUID(), nullable=False),
        sa.Column("expires_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("jti", name=op.f("pk_revoked_tokens")),
    )
    op.create_table(
        "facets",
        sa.Column("audience_id", sa.Integer(), nullable=False),
        sa.Column("dimension", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["audience_id"], ["audiences.id"], name=op.f("fk_facets_audience_id")
        ),
        sa.PrimaryKeyConstraint("audience_id", "dimension", "value", name=op.f("pk_facets")),
    )
    op.create_table(
        "journal_addresses",
        sa.Column("entry_id", sa.UUID(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["journal.id"], name=op.f("fk_journal_addresses_entry_id")
        ),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_journal_addresses")),
    )
    op.create_table(
        "journal_indices",
        sa.Column("index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("entry_id", sa.UUID(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["journal.id"], name=op.f("fk_journal_indices_entry_id")
        ),
        sa.PrimaryKeyConstraint("index", name=op.f("pk_journal_indices")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_journal_indices_entry_id")),
    )
    op.create_table(
        "organisations",
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("party", sa.Text(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.CheckConstraint("kind IN ('authority', 'partner')", name=op.f("ck_organisations_kind")),
        sa.ForeignKeyConstraint(["party"], ["parties.code"], name=op.f("fk_organisations_party")),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_organisations")),
    )
    op.create_table(
        "visibility",
        sa.Column("profile_id", sa.Integer(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("audience_id", sa.Integer(), nullable=False),
        sa.Column("allowed", sa.Boolean(), nullable=False),
        sa.Column("policies", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["audience_id"], ["audiences.id"], name=op.f("fk_visibility_audience_id")
        ),
        sa.ForeignKeyConstraint(
            ["profile_id"], ["profiles.id"], name=op.f("fk_visibility_profile_id")
        ),
        sa.PrimaryKeyConstraint("profile_id", "action", "audience_id", name=op.f("pk_visibility")),
    )
    op.create_index(
        "ix_visibility_allowed",
        "visibility",
        ["profile_id", "action", "audience_id"],
        unique=False,
        postgresql_where="allowed",
    )
    op.create_table(
        "visibility_sets",
        sa.Column("profile_id", sa.Integer(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("policy_set", sa.Text(), nullable=False),
        sa.Column("through_audience_id", sa.Integer(), nullable=False),
        sa.Column("decided_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("holds_until", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["policy_set"], ["policy_sets.version"], name=op.f("fk_visibility_sets_policy_set")
        ),
        sa.ForeignKeyConstraint(
            ["profile_id"], ["profiles.id"], name=op.f("fk_visibility_sets_profile_id")
        ),
        sa.PrimaryKeyConstraint("profile_id", "action", name=op.f("pk_visibility_sets")),
    )
    op.create_table(
        "agreements",
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("valid_from", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("valid_until", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("ceiling", sa.Text(), nullable=False),
        sa.Column("areas", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.CheckConstraint("valid_from < valid_until", name=op.f("ck_agreements_window")),
        sa.ForeignKeyConstraint(
            ["organisation"], ["organisations.slug"], name=op.f("fk_agreements_organisation")
        ),
        sa.PrimaryKeyConstraint("organisation", name=op.f("pk_agreements")),
    )
    op.create_table(
        "group_organisations",
        sa.Column("group", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["group"], ["groups.slug"], name=op.f("fk_group_organisations_group")
        ),
        sa.ForeignKeyConstraint(
            ["organisation"],
            ["organisations.slug"],
            name=op.f("fk_group_organisations_organisation"),
        ),
        sa.PrimaryKeyConstraint("group", "organisation", name=op.f("pk_group_organisations")),
    )
    op.create_index(
        op.f("ix_group_organisations_organisation"),
        "group_organisations",
        ["organisation"],
        unique=False,
    )
    op.create_table(
        "people",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("organisation", sa.Text(), nullable=False),
        sa.Column("roles", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("clearance", sa.Text(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("admitted_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "NOT (roles && ARRAY['auditor', 'system_administrator'] AND roles && ARRAY['contributor', 'release_authority', 'reader'])",
            name=op.f("ck_people_oversight_without_content"),
        ),
        sa.CheckConstraint(
            "roles <@ ARRAY['contributor', 'release_authority', 'reader', 'auditor', 'organisation_administrator', 'system_administrator']",
            name=op.f("ck_people_known_roles"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation"], ["organisations.slug"], name=op.f("fk_people_organisation")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
    )
    op.create_index(op.f("ix_people_organisation"), "people", ["organisation"], unique=False)
    op.create_index("uq_people_email", "people", [sa.literal_column("lower(email)")], unique=True)
    op.create_table(
        "api_clients",
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("person_id", sa.UUID(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("revoked_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_api_clients_person_id")
        ),
        sa.PrimaryKeyConstraint("client_id", name=op.f("pk_api_clients")),
    )
    op.create_index(op.f("ix_api_clients_person_id"), "api_clients", ["person_id"], unique=False)
    op.create_table(
        "credentials",
        sa.Column("person_id", sa.UUID(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("password_changed_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("password_expires_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("totp_secret", sa.LargeBinary(), nullable=True),
        sa.Column("totp_confirmed_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("totp_last_step", sa.Integer(), nullable=False),
        sa.Column("last_signed_in_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_credentials_person_id")
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_credentials")),
    )
    op.create_table(
        "group_people",
        sa.Column("group", sa.Text(), nullable=False),
        sa.Column("person_id", sa.UUID(), nullable=False),
        sa.ForeignKeyConstraint(["group"], ["groups.slug"], name=op.f("fk_group_people_group")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["people.id"], name=op.f("fk_group_people_person_id")
        ),
        sa.PrimaryKeyConstraint("group", "person_id", name=op.f("pk_group_people")),
    )
    op.create_index(op.f("ix_group_people_person_id"), "group_people", ["person_id"], unique=False)
    op.create_table(
        "records",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("originator", sa.Text(), nullable=False),
        sa.Column("created_by", sa.UUID(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["created_by"], ["people.id"], name=op.f("fk_records_created_by")),
        sa.ForeignKeyConstraint(
            ["originator"], ["organisations.slug"], name=op.f("fk_records_originator")
        ),
        sa.ForeignKeyConstraint(["owner"], ["organisations.slug"], name=op.f("fk_records_owner")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_records")),
        sa.UniqueConstraint(
            "id", "owner", "originator", name=op.f("uq_records_id_owner_originator")
        ),
        sa.UniqueConstraint("reference", name=op.f("uq_records_reference")),
    )
    op.create_table(
        "sessions",
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("person_id", sa.UUID(), nullable=False),
        sa.Column("assurance", sa.Text(), nullable=False),
        sa.Column("waits_for", sa.Text(), nullable=True),
        sa.Column("started_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("seen_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("expires_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint(
            "waits_for IN ('second-factor', 'new-password')", name=op.f("ck_sessions_waits_for")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_sessions_person_id")),
        sa.PrimaryKeyConstraint("secret_hash", name=op.f("pk_sessions")),
        sa.UniqueConstraint("id", name=op.f("uq_sessions_id")),
    )
    op.create_index(op.f("ix_sessions_person_id"), "sessions", ["person_id"], unique=False)
    op.create_table(
        "imports",
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("row_hash", sa.LargeBinary(), nullable=False),
        sa.Column("record_id", sa.UUID(), nullable=False),
        sa.Column("batch_id", sa.UUID(), nullable=False),
        sa.Column("imported_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["owner"], ["organisations.slug"], name=op.f("fk_imports_owner")),
        sa.ForeignKeyConstraint(["record_id"], ["records.id"], name=op.f("fk_imports_record_id")),
        sa.PrimaryKeyConstraint("owner", "row_hash", name=op.f("pk_imports")),
    )
    op.create_index(op.f("ix_imports_batch_id"), "imports", ["batch_id"], unique=False)
    op.create_table(
        "versions",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("record_id", sa.UUID(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("originator", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("area", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("audience_id", sa.Integer(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("change_note", sa.Text(), nullable=False),
        sa.Column("writers", postgresql.ARRAY(sa.UUID()), nullable=False),
        sa.Column("batch_id", sa.UUID(), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("amended_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("submitted_by", sa.UUID(), nullable=True),
        sa.Column("submitted_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("released_by", sa.UUID(), nullable=True),
        sa.Column("released_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("ended_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint(
            "state IN ('draft', 'submitted', 'released', 'superseded', 'withdrawn')",
            name=op.f("ck_versions_state"),
        ),
        sa.ForeignKeyConstraint(
            ["audience_id"], ["audiences.id"], name=op.f("fk_versions_audience_id")
        ),
        sa.ForeignKeyConstraint(
            ["record_id", "owner", "originator"],
            ["records.id", "records.owner", "records.originator"],
            name="fk_versions_record",
        ),
        sa.ForeignKeyConstraint(
            ["released_by"], ["people.id"], name=op.f("fk_versions_released_by")
        ),
        sa.ForeignKeyConstraint(
            ["submitted_by"], ["people.id"], name=op.f("fk_versions_submitted_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_versions")),
        sa.UniqueConstraint("record_id", "number", name=op.f("uq_versions_record_id_number")),
    )
    op.create_index(
        "ix_versions_audience_newest",
        "versions",
        ["audience_id", "released_at", "id"],
        unique=False,
        postgresql_where="state = 'released'",
    )
    op.create_index("ix_versions_batch", "versions", ["batch_id"], unique=False)
    op.create_index(
        "ix_versions_newest",
        "versions",
        ["released_at", "id"],
        unique=False,
        postgresql_where="state = 'released'",
    )
    op.create_index(
        "uq_versions_open",
        "versions",
        ["record_id"],
        unique=True,
        postgresql_where="state IN ('draft', 'submitted')",
    )
    op.create_index(
        "uq_versions_released",
        "versions",
        ["record_id"],
        unique=True,
        postgresql_where="state = 'released'",
    )
    op.create_table(
        "attachments",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("version_id", sa.UUID(), nullable=False),
        sa.Column("record_id", sa.UUID(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size_bytes", sa.BigInteger(), nullable=False),
        sa.Column("audience_id", sa.Integer(), nullable=False),
        sa.Column("blob", sa.Text(), nullable=False),
        sa.Column("envelope", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("added_by", sa.UUID(), nullable=False),
        sa.Column("added_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["added_by"], ["people.id"], name=op.f("fk_attachments_added_by")),
        sa.ForeignKeyConstraint(
            ["audience_id"], ["audiences.id"], name=op.f("fk_attachments_audience_id")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"],
            ["versions.id"],
            name=op.f("fk_attachments_version_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachments")),
    )
    op.create_index(
        op.f("ix_attachments_audience_id"), "attachments", ["audience_id"], unique=False
    )
    op.create_index(op.f("ix_attachments_blob"), "attachments", ["blob"], unique=False)
    op.create_index(
        "ix_attachments_version_id", "attachments", ["version_id", "position"], unique=False
    )
    op.create_table(
        "decisions",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("version_id", sa.UUID(), nullable=False),
        sa.Column("record_id", sa.UUID(), nullable=False),
        sa.Column("audience_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("person_id", sa.UUID(), nullable=False),
        sa.Column("decided_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("content_hash", sa.LargeBinary(), nullable=False),
        sa.Column("statement", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("signature", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('submit', 'approve', 'return', 'refuse', 'consent', 'withdraw')",
            name=op.f("ck_decisions_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["audience_id"], ["audiences.id"], name=op.f("fk_decisions_audience_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_decisions_person_id")),
        sa.ForeignKeyConstraint(
            ["version_id"], ["versions.id"], name=op.f("fk_decisions_version_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decisions")),
    )
    op.create_index(
        "ix_decisions_version_id", "decisions", ["version_id", "decided_at"], unique=False
    )
    op.create_index("ix_decisions_record_id", "decisions", ["record_id"], unique=False)
    op.create_index(
        "ix_decisions_submissions",
        "decisions",
        ["person_id", "decided_at"],
        unique=False,
        postgresql_where="kind = 'submit'",
    )
    op.create_table(
        "portions",
        sa.Column("id", sa.UUID(), nullable=False),
        sa.Column("version_id", sa.UUID(), nullable=False),
        sa.Column("record_id", sa.UUID(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("heading", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("fields", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("audience_id", sa.Integer(), nullable=False),
        sa.Column("words", postgresql.TSVECTOR(), nullable=False),
        sa.CheckConstraint(
            "role IN ('title', 'summary', 'fields', 'section')", name=op.f("ck_portions_role")
        ),
        sa.ForeignKeyConstraint(
            ["audience_id"], ["audiences.id"], name=op.f("fk_portions_audience_id")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["versions.id"], name=op.f("fk_portions_version_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_portions")),
        sa.UniqueConstraint(
            "version_id",
            "position",
            deferrable=True,
            initially="DEFERRED",
            name=op.f("uq_portions_version_id_position"),
        ),
    )
    op.create_index("ix_portions_audience_id", "portions", ["audience_id"], unique=False)
    op.create_index("ix_portions_record_id", "portions", ["record_id"], unique=False)
    op.create_index(
        "ix_portions_words", "portions", ["words"], unique=False, postgresql_using="gin"
    )
    op.create_table(
        "tombstones",
        sa.Column("version_id", sa.UUID(), nullable=False),
        sa.Column("record_id", sa.UUID(), nullable=False),
        sa.Column("audience_id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("withdrawn_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["audience_id"], ["audiences.id"], name=op.f("fk_tombstones_audience_id")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["versions.id"], name=op.f("fk_tombstones_version_id")
        ),
        sa.PrimaryKeyConstraint("version_id", name=op.f("pk_tombstones")),
    )
    op.create_index(op.f("ix_tombstones_record_id"), "tombstones", ["record_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_tombstones_record_id"), table_name="tombstones")
    op.drop_table("tombstones")
    op.drop_index("ix_portions_words", table_name="portions", postgresql_using="gin")
    op.drop_index("ix_portions_record_id", table_name="portions")
    op.drop_index("ix_portions_audience_id", table_name="portions")
    op.drop_table("portions")
    op.drop_index(
        "ix_decisions_submissions", table_name="decisions", postgresql_where="kind = 'submit'"
    )
    op.drop_index("ix_decisions_record_id", table_name="decisions")
    op.drop_index("ix_decisions_version_id", table_name="decisions")
    op.drop_table("decisions")
    op.drop_index("ix_attachments_version_id", table_name="attachments")
    op.drop_index(op.f("ix_attachments_blob"), table_name="attachments")
    op.drop_index(op.f("ix_attachments_audience_id"), table_name="attachments")
    op.drop_table("attachments")
    op.drop_index(
        "uq_versions_released", table_name="versions", postgresql_where="state = 'released'"
    )
    op.drop_index(
        "uq_versions_open",
        table_name="versions",
        postgresql_where="state IN ('draft', 'submitted')",
    )
    op.drop_index(
        "ix_versions_newest", table_name="versions", postgresql_where="state = 'released'"
    )
    op.drop_index("ix_versions_batch", table_name="versions")
    op.drop_index(
        "ix_versions_audience_newest", table_name="versions", postgresql_where="state = 'released'"
    )
    op.drop_table("versions")
    op.drop_index(op.f("ix_imports_batch_id"), table_name="imports")
    op.drop_table("imports")
    op.drop_index(op.f("ix_sessions_person_id"), table_name="sessions")
    op.drop_table("sessions")
    op.drop_table("records")
    op.drop_index(op.f("ix_group_people_person_id"), table_name="group_people")
    op.drop_table("group_people")
    op.drop_table("credentials")
    op.drop_index(op.f("ix_api_clients_person_id"), table_name="api_clients")
    op.drop_table("api_clients")
    op.drop_index("uq_people_email", table_name="people")
    op.drop_index(op.f("ix_people_organisation"), table_name="people")
    op.drop_table("people")
    op.drop_index(op.f("ix_group_organisations_organisation"), table_name="group_organisations")
    op.drop_table("group_organisations")
    op.drop_table("agreements")
    op.drop_table("visibility_sets")
    op.drop_index("ix_visibility_allowed", table_name="visibility", postgresql_where="allowed")
    op.drop_table("visibility")
    op.drop_table("organisations")
    op.drop_table("journal_indices")
    op.drop_table("journal_addresses")
    op.drop_table("facets")
    op.drop_table("revoked_tokens")
    op.drop_table("profiles")
    op.drop_table("policy_sets")
    op.drop_table("parties")
    op.drop_index("ix_journal_type", table_name="journal")
    op.drop_index(op.f("ix_journal_transaction"), table_name="journal")
    op.drop_index("ix_journal_subject", table_name="journal")
    op.drop_index("ix_journal_organisations", table_name="journal", postgresql_using="gin")
    op.drop_index(op.f("ix_journal_audience_id"), table_name="journal")
    op.drop_index("ix_journal_at_id", table_name="journal")
    op.drop_index("ix_journal_actor", table_name="journal")
    op.drop_table("journal")
    op.drop_table("groups")
    op.drop_table("audiences")
    op.drop_index("ix_attempts_bucket_at", table_name="attempts")
    op.drop_table("attempts")
