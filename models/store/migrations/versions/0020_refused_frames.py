"""Frames that could not be judged: how many of each camera, when the last one came, and why."""

from alembic import op

revision = "0020"
down_revision = "0011"
branch_labels = None
depends_on = None

_SQL = """
ALTER TABLE device ADD COLUMN frames_refused bigint NOT NULL DEFAULT 0;
ALTER TABLE device ADD COLUMN refused_at timestamptz;
ALTER TABLE device ADD COLUMN refused_reason text;
"""


def upgrade() -> None:
    op.get_bind().connection.cursor().execute(_SQL)


def downgrade() -> None:
    raise NotImplementedError("mingchu migrates forward only; restore a backup to go back")
