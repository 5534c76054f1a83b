"""How long a life of a process is: one that would last longer was begun by a clock that has been set back since."""

from alembic import op

revision = "0096"
down_revision = "0095"
branch_labels = None
depends_on = None

# Processes of an earlier release don't write the life; theirs are believed for an hour.
_SQL = """
ALTER TABLE lease_holder ADD COLUMN life interval NOT NULL DEFAULT interval '1 hour';
"""


def upgrade() -> None:
    op.get_bind().connection.cursor().execute(_SQL)


def downgrade() -> None:
    raise NotImplementedError("mingchu migrates forward only; restore a backup to go back")
