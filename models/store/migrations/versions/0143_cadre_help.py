"""What a cadre did besides visits: trainings as before, help (帮扶) to enterprises, and emergencies (应急)."""

from alembic import op

revision = "0143"
down_revision = "0142"
branch_labels = None
depends_on = None

_SQL = """
ALTER TABLE cadre_training ADD COLUMN kind text NOT NULL DEFAULT 'training'
    CHECK (kind IN ('training', 'help', 'emergency'));
"""


def upgrade() -> None:
    op.get_bind().connection.cursor().execute(_SQL)


def downgrade() -> None:
    raise NotImplementedError("mingchu migrates forward only; restore a backup to go back")
