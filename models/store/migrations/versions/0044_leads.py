"""Leads to enforcement: what becomes of a hazard that rectification did not end."""

from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

_SQL = """
CREATE TABLE lead (
    id uuid PRIMARY KEY,
    tenant_id text NOT NULL REFERENCES tenant,
    entity_id uuid NOT NULL REFERENCES entity,
    region_code text NOT NULL,
    site_id text NOT NULL,
    device_id text NOT NULL,
    task_id uuid NOT NULL REFERENCES task,
    code text NOT NULL,
    severity text NOT NULL,
    ground text NOT NULL CHECK (ground IN ('refusal', 'returned_often', 'critical_not_fixed', 'priority_item', 'other')),
    reason text NOT NULL CHECK (length(btrim(reason)) BETWEEN 1 AND 2000),
    addressee text NOT NULL CHECK (length(btrim(addressee)) BETWEEN 1 AND 200),
    state text NOT NULL CHECK (state IN ('created', 'sent', 'accepted', 'refused', 'verifying', 'filed', 'not_filed',
                                         'decided', 'closed')),
    created_by text NOT NULL,
    created_at timestamptz NOT NULL,
    sent_at timestamptz,
    due_at timestamptz,
    extended boolean NOT NULL DEFAULT false,
    filed_at timestamptz,
    case_no text CHECK (length(case_no) <= 100),
    -- 行政处罚法 art. 42: at least two law officers.
    officers text[] NOT NULL DEFAULT '{}' CHECK (filed_at IS NULL OR cardinality(officers) >= 2),
    outcome text CHECK (length(outcome) <= 2000),
    feedback text CHECK (length(feedback) <= 2000),
    closed_at timestamptz,
    version integer NOT NULL DEFAULT 1,
    CONSTRAINT lead_ends CHECK ((closed_at IS NOT NULL) = (state IN ('refused', 'closed')))
);
CREATE UNIQUE INDEX lead_open ON lead (task_id) WHERE closed_at IS NULL;
CREATE INDEX lead_task ON lead (task_id);
CREATE INDEX lead_due ON lead (due_at) WHERE due_at IS NOT NULL;

ALTER TABLE lead ENABLE ROW LEVEL SECURITY;
CREATE POLICY worker ON lead TO mingchu_worker USING (true) WITH CHECK (true);
-- Whom a lead is about does not read it.
CREATE POLICY api ON lead TO mingchu_api
    USING (mingchu_sees(tenant_id, region_code, entity_id)
           AND (SELECT current_setting('mingchu.scope', true)) IN ('tenant', 'region'))
    WITH CHECK (mingchu_sees(tenant_id, region_code, entity_id)
                AND (SELECT current_setting('mingchu.scope', true)) IN ('tenant', 'region'));
GRANT SELECT, INSERT, UPDATE ON lead TO mingchu_worker, mingchu_api;
CREATE POLICY no_leads ON event AS RESTRICTIVE FOR SELECT TO mingchu_api USING (
    current_setting('mingchu.scope', true) <> 'entity' OR type NOT LIKE 'mingchu.lead.%');
CREATE POLICY no_leads ON transition AS RESTRICTIVE FOR SELECT TO mingchu_api USING (
    current_setting('mingchu.scope', true) <> 'entity' OR object <> 'lead');

ALTER TABLE transition DROP CONSTRAINT transition_object_check;
ALTER TABLE transition ADD CONSTRAINT transition_object_check CHECK (object IN ('alert', 'task', 'lead'));
ALTER TABLE task ADD COLUMN transferred_at timestamptz;
"""


def upgrade() -> None:
    op.get_bind().connection.cursor().execute(_SQL)


def downgrade() -> None:
    raise NotImplementedError("mingchu migrates forward only; restore a backup to go back")
