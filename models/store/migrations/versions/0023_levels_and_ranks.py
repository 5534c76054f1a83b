"""The moment of a task's next overdue level is stored, and the review queue is ordered by an index."""

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_SQL = """
-- The sweep reads what is due and nothing else. alerts/deadlines/levels.py has the steps; these are for what is open.
ALTER TABLE task ADD COLUMN next_level_at timestamptz;
UPDATE task SET next_level_at = CASE overdue_level WHEN 0 THEN due_at WHEN 1 THEN due_at + interval '24 hours'
    WHEN 2 THEN due_at + interval '5 days' WHEN 3 THEN due_at + interval '10 days' END
WHERE closed_at IS NULL AND state NOT IN ('submitted', 'under_review');
CREATE INDEX task_next_level ON task (next_level_at) WHERE next_level_at IS NOT NULL;

-- How severe, 0 the worst: as `Severity.rank`.
CREATE FUNCTION mingchu_severity_rank(severity text) RETURNS smallint LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (CASE severity WHEN 'critical' THEN 0 WHEN 'major' THEN 1 ELSE 2 END)::smallint;
DROP INDEX alert_queue;
CREATE INDEX alert_queue ON alert (mingchu_severity_rank(severity), opened_at, id) WHERE state = 'pending_review';
"""


def upgrade() -> None:
    op.get_bind().connection.cursor().execute(_SQL)


def downgrade() -> None:
    raise NotImplementedError("mingchu migrates forward only; restore a backup to go back")
