"""One extension of a deadline, and the appeal of an enterprise."""

from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

_SQL = """
ALTER TABLE task
    -- Who confirmed the hazard: somebody else decides an appeal.
    ADD COLUMN dispatched_by text,
    -- The length of the first deadline: an extension is no longer.
    ADD COLUMN first_span interval,
    ADD COLUMN extension text CHECK (extension IN ('asked', 'granted', 'refused')),
    ADD COLUMN asked_span interval,
    ADD COLUMN appeal text CHECK (appeal IN ('open', 'upheld', 'dismissed')),
    ADD COLUMN appeal_reason text,
    ADD COLUMN appeal_text text CHECK (length(appeal_text) <= 2000),
    ADD COLUMN appealed_at timestamptz,
    ADD COLUMN appeal_due_at timestamptz,
    ADD COLUMN state_before text;
UPDATE task t SET first_span = due_span, dispatched_by = coalesce(
    (SELECT s.actor FROM transition s WHERE s.object = 'task' AND s.object_id = t.id AND s.command = 'dispatch' LIMIT 1), '');
ALTER TABLE task ALTER COLUMN first_span SET NOT NULL, ALTER COLUMN dispatched_by SET NOT NULL,
    ADD CONSTRAINT task_appeal CHECK ((state = 'appealing') = (appeal IS NOT DISTINCT FROM 'open')),
    ADD CONSTRAINT task_appeal_whole CHECK ((appeal IS NULL) = (appealed_at IS NULL) AND (appeal IS NULL) = (appeal_reason IS NULL));
"""


def upgrade() -> None:
    op.get_bind().connection.cursor().execute(_SQL)


def downgrade() -> None:
    raise NotImplementedError("mingchu migrates forward only; restore a backup to go back")
