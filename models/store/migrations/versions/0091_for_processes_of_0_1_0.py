"""What processes of 0.1.0 still ask for while an upgrade is under way: an empty table of failed log-ins."""

from alembic import op

revision = "0091"
down_revision = "0090"
branch_labels = None
depends_on = None

_SQL = """
CREATE TABLE login_failure (login text NOT NULL, at timestamptz NOT NULL);
COMMENT ON TABLE login_failure IS 'Used by 0.1.0 only; to be dropped in the release after 0.2.0';
GRANT SELECT, INSERT, DELETE ON login_failure TO mingchu_worker, mingchu_api;
"""


def upgrade() -> None:
    op.get_bind().connection.cursor().execute(_SQL)


def downgrade() -> None:
    raise NotImplementedError("mingchu migrates forward only; restore a backup to go back")
