"""An index of the open warnings by level: a page counts them, at most so many of each."""

from alembic import op

revision = "0140"
down_revision = "0139"
branch_labels = None
depends_on = None

_SQL = "CREATE INDEX duty_warning_open_level ON duty_warning (level, id) WHERE ended_at IS NULL"


def upgrade() -> None:
    op.get_bind().connection.cursor().execute(_SQL)


def downgrade() -> None:
    raise NotImplementedError("mingchu migrates forward only; restore a backup to go back")
