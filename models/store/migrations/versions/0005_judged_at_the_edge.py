"""What agents and AI boxes have opened and not ended yet: theirs to end, not the platform's judge's."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_SQL = """
CREATE TABLE edge_violation (
    violation_id uuid PRIMARY KEY REFERENCES violation,
    node_id text NOT NULL REFERENCES node,
    -- The node's birth in which it was opened: a node that is born anew remembers nothing of it.
    session bigint NOT NULL
);
CREATE INDEX edge_violation_node ON edge_violation (node_id, session);
GRANT SELECT, INSERT, DELETE ON edge_violation TO mingchu_worker;
"""


def upgrade() -> None:
    op.get_bind().connection.cursor().execute(_SQL)


def downgrade() -> None:
    raise NotImplementedError("mingchu migrates forward only; restore a backup to go back")
