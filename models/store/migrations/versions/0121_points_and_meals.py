"""Points of weeks and months answered one by one; meals sealed into the chain of evidence."""

from alembic import op

revision = "0121"
down_revision = "0120"
branch_labels = None
depends_on = None

_SQL = """
ALTER TABLE duty_report ADD COLUMN points jsonb NOT NULL DEFAULT '[]'
    CHECK (jsonb_typeof(points) = 'array' AND octet_length(points::text) <= 200000);
GRANT UPDATE (points) ON duty_report TO mingchu_worker, mingchu_api;

ALTER TABLE transition DROP CONSTRAINT transition_object_check;
ALTER TABLE transition ADD CONSTRAINT transition_object_check CHECK (
    object IN ('alert', 'task', 'lead', 'record', 'report', 'supervision', 'pledge', 'patrol', 'own_pledge', 'meal'));
"""


def upgrade() -> None:
    op.get_bind().connection.cursor().execute(_SQL)


def downgrade() -> None:
    raise NotImplementedError("mingchu migrates forward only; restore a backup to go back")
