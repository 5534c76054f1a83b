"""A remembered answer is repeated with its headers, the version it told among them."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_SQL = """
ALTER TABLE idempotency ADD COLUMN headers jsonb NOT NULL DEFAULT '{}';
"""


def upgrade() -> None:
    op.get_bind().connection.cursor().execute(_SQL)


def downgrade() -> None:
    raise NotImplementedError("mingchu migrates forward only; restore a backup to go back")
