"""Proof that only the log names is found; a node's changes are counted; partitions are cut in UTC."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_SQL = """
-- The proof of an attempt that was returned is named by the log alone.
CREATE INDEX transition_evidence ON transition USING gin (evidence_ids);

-- Each coming and going of a node has a number of its own. What was told before carried the session's.
ALTER TABLE node ADD COLUMN version bigint NOT NULL DEFAULT 0;
UPDATE node SET version = session;

-- Days and months are UTC's, whatever the zone of the session: elsewhere a month added to the first of March in UTC
-- ends before the month does.
ALTER FUNCTION mingchu_ensure_partitions(text, interval, timestamptz, timestamptz) SET TimeZone = 'UTC';
ALTER FUNCTION mingchu_drop_partitions(text, timestamptz) SET TimeZone = 'UTC';
"""


def upgrade() -> None:
    op.get_bind().connection.cursor().execute(_SQL)


def downgrade() -> None:
    raise NotImplementedError("mingchu migrates forward only; restore a backup to go back")
