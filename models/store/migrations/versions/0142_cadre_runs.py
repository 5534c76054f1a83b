"""The years of cadres are computed by the platform itself, too, each month."""

from alembic import op

revision = "0142"
down_revision = "0141"
branch_labels = None
depends_on = None

_SQL = """
ALTER TABLE index_run DROP CONSTRAINT index_run_kind_check;
ALTER TABLE index_run ADD CONSTRAINT index_run_kind_check CHECK (kind IN ('entity', 'cadre', 'region'));
"""


def upgrade() -> None:
    op.get_bind().connection.cursor().execute(_SQL)


def downgrade() -> None:
    raise NotImplementedError("mingchu migrates forward only; restore a backup to go back")
