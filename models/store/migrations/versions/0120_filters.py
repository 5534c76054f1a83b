"""Indexes for the filters of the lists of alerts, tasks and violations: a rare code or state is found at once."""

from alembic import op

revision = "0120"
down_revision = "0113"
branch_labels = None
depends_on = None

_SQL = """
CREATE INDEX alert_code ON alert (code, id);
CREATE INDEX alert_state ON alert (state, id);
CREATE INDEX task_code ON task (code, id);
CREATE INDEX violation_code ON violation (code, id);
"""


def upgrade() -> None:
    op.get_bind().connection.cursor().execute(_SQL)


def downgrade() -> None:
    raise NotImplementedError("mingchu migrates forward only; restore a backup to go back")
