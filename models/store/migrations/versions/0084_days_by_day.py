"""The signed records of the last days are found by their day, whatever the history behind them."""

from alembic import op

revision = "0084"
down_revision = "0083"
branch_labels = None
depends_on = None

_SQL = """
-- Serves the pages of records, too; what is included spares the count of signed days the table.
CREATE INDEX day_record_day ON day_record (day DESC, site_id) INCLUDE (entity_id, state);
"""


def upgrade() -> None:
    op.get_bind().connection.cursor().execute(_SQL)


def downgrade() -> None:
    raise NotImplementedError("mingchu migrates forward only; restore a backup to go back")
