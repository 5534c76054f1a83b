"""Escalation chains: who is called when a hazard is not handled, and how far each task has risen."""

from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

_SQL = """
-- A chain as somebody saved it; the newest version of the most specific jurisdiction counts, older ones are the history.
CREATE TABLE chain (
    tenant_id text NOT NULL REFERENCES tenant,
    -- Prefix of the region codes that it applies to; empty: the whole tenant.
    jurisdiction text NOT NULL CHECK (jurisdiction ~ '^([0-9]{2,12})?$'),
    severity text NOT NULL CHECK (severity IN ('critical', 'major', 'minor')),
    version integer NOT NULL CHECK (version > 0),
    steps jsonb NOT NULL,
    reason text NOT NULL CHECK (length(btrim(reason)) BETWEEN 1 AND 500),
    saved_by text NOT NULL,
    saved_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, jurisdiction, severity, version)
);
ALTER TABLE chain ENABLE ROW LEVEL SECURITY;
CREATE POLICY worker ON chain TO mingchu_worker USING (true) WITH CHECK (true);
-- A chain is no secret within its tenant; a regulator saves one for a region of their own, an administrator for all.
CREATE POLICY api_reads ON chain FOR SELECT TO mingchu_api USING (
    tenant_id = (SELECT current_setting('mingchu.tenant', true))
    AND (SELECT current_setting('mingchu.scope', true)) IN ('tenant', 'region', 'entity'));
CREATE POLICY api_saves ON chain FOR INSERT TO mingchu_api WITH CHECK (
    tenant_id = current_setting('mingchu.tenant', true)
    AND CASE current_setting('mingchu.scope', true)
        WHEN 'tenant' THEN true
        WHEN 'region' THEN coalesce(current_setting('mingchu.region', true), '') <> ''
            AND starts_with(jurisdiction, current_setting('mingchu.region', true))
        ELSE false
    END);
GRANT SELECT, INSERT ON chain TO mingchu_worker, mingchu_api;

ALTER TABLE task
    -- The steps as they were when the task was dispatched, each with the time at which it was taken.
    ADD COLUMN chain jsonb NOT NULL DEFAULT '[]',
    ADD COLUMN escalated_to text[] NOT NULL DEFAULT '{}',
    ADD COLUMN next_escalation_at timestamptz;
CREATE INDEX task_next_escalation ON task (next_escalation_at) WHERE next_escalation_at IS NOT NULL;
"""


def upgrade() -> None:
    op.get_bind().connection.cursor().execute(_SQL)


def downgrade() -> None:
    raise NotImplementedError("mingchu migrates forward only; restore a backup to go back")
