"""The look-back at a closed hazard, and hazards that a person finds: there or on the spot."""

from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

_SQL = """
ALTER TABLE task
    ADD COLUMN lookback text CHECK (lookback IN ('due', 'passed', 'relapsed')),
    ADD COLUMN lookback_due_at timestamptz,
    ADD COLUMN lookback_at timestamptz,
    ADD COLUMN lookback_by text,
    -- The task whose hazard came back.
    ADD COLUMN relapse_of uuid REFERENCES task,
    ADD CONSTRAINT task_lookback CHECK ((lookback IS NULL) = (lookback_due_at IS NULL)
        AND (lookback IS NULL OR closed_at IS NOT NULL));
CREATE INDEX task_lookback_due ON task (lookback_due_at, id) WHERE lookback = 'due';
ALTER TABLE alert DROP CONSTRAINT alert_origin_check;
ALTER TABLE alert ADD CONSTRAINT alert_origin_check CHECK (origin IN ('violation', 'breach', 'device', 'lookback', 'spot'));

-- A regulator records what a person found; findings of rules and devices come from the worker alone.
GRANT INSERT ON alert TO mingchu_api;
CREATE POLICY found_by_a_person ON alert AS RESTRICTIVE FOR INSERT TO mingchu_api WITH CHECK (
    origin IN ('lookback', 'spot') AND current_setting('mingchu.scope', true) <> 'entity');
"""


def upgrade() -> None:
    op.get_bind().connection.cursor().execute(_SQL)


def downgrade() -> None:
    raise NotImplementedError("mingchu migrates forward only; restore a backup to go back")
