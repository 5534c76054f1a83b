"""Every piece of work in the background has its tries, its last error and an end."""

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_SQL = """
ALTER TABLE evidence_copy ADD COLUMN wanted_at timestamptz NOT NULL DEFAULT now();
-- `attempts` counts how often the node was asked; this, how often kept frames were tried.
ALTER TABLE clip_request ADD COLUMN frame_tries integer NOT NULL DEFAULT 0;
"""


def upgrade() -> None:
    op.get_bind().connection.cursor().execute(_SQL)


def downgrade() -> None:
    raise NotImplementedError("mingchu migrates forward only; restore a backup to go back")
