"""Count, beside the answers kept, how many rest on each policy."""

from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

COUNTS = """
ALTER TABLE visibility_sets ADD COLUMN policy_counts jsonb NOT NULL DEFAULT '{}';
UPDATE visibility_sets s SET policy_counts = counted.counts
FROM (
  SELECT profile_id, action, jsonb_object_agg(policy, answers) AS counts
  FROM (
    SELECT v.profile_id, v.action, p.policy, count(*) AS answers
    FROM visibility v CROSS JOIN unnest(v.policies) AS p (policy)
    GROUP BY v.profile_id, v.action, p.policy
  ) AS each_policy
  GROUP BY profile_id, action
) AS counted
WHERE counted.profile_id = s.profile_id AND counted.action = s.action;
"""


def upgrade() -> None:
    """Add the counts, and work them out for what is kept already."""
    op.execute(COUNTS)


def downgrade() -> None:
    """Remove them; the rows themselves still say it."""
    op.execute("ALTER TABLE visibility_sets DROP COLUMN policy_counts;")
