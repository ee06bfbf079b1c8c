"""The text of files, as far as it may be searched."""

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None: ...


def downgrade() -> None: ...
