"""Warnings (自动预警) that a duty was not done."""

from alembic import op

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None

_SQL = """
CREATE TABLE duty_warning (
    id uuid PRIMARY KEY,
    tenant_id text NOT NULL REFERENCES tenant,
    entity_id uuid NOT NULL REFERENCES entity,
    region_code text NOT NULL,
    rule text NOT NULL,
    site_id text REFERENCES site,
    subject text NOT NULL CHECK (length(subject) <= 200),
    level text NOT NULL CHECK (level IN ('blue', 'yellow', 'orange', 'red')),
    because text NOT NULL CHECK (length(because) <= 500),
    told text[] NOT NULL,
    numbers jsonb NOT NULL,
    since timestamptz NOT NULL,
    raised_at timestamptz NOT NULL,
    ended_at timestamptz,
    version integer NOT NULL DEFAULT 1
);
CREATE UNIQUE INDEX duty_warning_open ON duty_warning (rule, entity_id, subject) WHERE ended_at IS NULL;
CREATE INDEX duty_warning_entity ON duty_warning (entity_id, since DESC);
CREATE INDEX duty_warning_tenant ON duty_warning (tenant_id, raised_at DESC) WHERE ended_at IS NULL;
ALTER TABLE duty_warning ENABLE ROW LEVEL SECURITY;
CREATE POLICY worker ON duty_warning TO mingchu_worker USING (true) WITH CHECK (true);
CREATE POLICY api ON duty_warning TO mingchu_api USING (mingchu_sees(tenant_id, region_code, entity_id));
GRANT SELECT, INSERT, UPDATE ON duty_warning TO mingchu_worker;
GRANT SELECT ON duty_warning TO mingchu_api;
CREATE INDEX task_relapses ON task (site_id) WHERE relapse_of IS NOT NULL AND closed_at IS NULL;
CREATE INDEX task_dispatched ON task (dispatched_at);
"""


def upgrade() -> None:
    op.get_bind().connection.cursor().execute(_SQL)


def downgrade() -> None:
    raise NotImplementedError("mingchu migrates forward only; restore a backup to go back")
