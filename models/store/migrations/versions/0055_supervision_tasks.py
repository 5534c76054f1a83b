"""Supervision tasks (督导任务): one per enterprise and period, and after a critical hazard."""

from alembic import op

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None

_SQL = """
CREATE TABLE supervision_task (
    id uuid PRIMARY KEY,
    tenant_id text NOT NULL REFERENCES tenant,
    entity_id uuid NOT NULL REFERENCES entity,
    region_code text NOT NULL,
    reason text NOT NULL CHECK (reason IN ('periodic', 'hazard')),
    period text NOT NULL CHECK (length(period) <= 40),
    tier text CHECK (tier IN ('A', 'B', 'C', 'D')),
    cadre_id uuid REFERENCES cadre,
    state text NOT NULL CHECK (state IN ('generated', 'pushed', 'accepted', 'in_progress', 'submitted', 'returned',
                                         'archived', 'exempted')),
    due_at timestamptz NOT NULL,
    generated_at timestamptz NOT NULL,
    overdue_at timestamptz,
    closed_at timestamptz,
    submitted_by text,
    note text NOT NULL DEFAULT '' CHECK (length(note) <= 500),
    version integer NOT NULL DEFAULT 1,
    CONSTRAINT supervision_task_ends CHECK ((closed_at IS NOT NULL) = (state IN ('archived', 'exempted'))),
    CONSTRAINT supervision_task_cadre CHECK (cadre_id IS NOT NULL OR state IN ('generated', 'exempted'))
);
CREATE UNIQUE INDEX supervision_task_once ON supervision_task (entity_id, reason, period) WHERE state <> 'exempted';
CREATE INDEX supervision_task_entity ON supervision_task (entity_id, due_at);
CREATE INDEX supervision_task_period ON supervision_task (entity_id, reason, period);
CREATE INDEX supervision_task_cadre_open ON supervision_task (cadre_id, due_at, id) WHERE closed_at IS NULL;
CREATE INDEX supervision_task_late ON supervision_task (due_at) WHERE closed_at IS NULL AND overdue_at IS NULL;

-- When the sweep has to look at an enterprise again: the begin of its next period.
ALTER TABLE entity ADD COLUMN supervision_next_at timestamptz NOT NULL DEFAULT '2000-01-01';
CREATE INDEX entity_supervision_due ON entity (supervision_next_at)
    WHERE operating = 'open' AND guarantee_tier IS NOT NULL;
GRANT UPDATE (supervision_next_at) ON entity TO mingchu_api;

-- The sweep looks for critical hazards without a planned visit among the open ones.
CREATE INDEX task_critical_open ON task (id) WHERE severity = 'critical' AND closed_at IS NULL;

-- How often enterprises are visited; the newest line of the longest prefix counts, older ones are the history.
CREATE TABLE supervision_preset (
    id uuid PRIMARY KEY,
    tenant_id text NOT NULL REFERENCES tenant,
    jurisdiction text NOT NULL CHECK (jurisdiction ~ '^([0-9]{2,12})?$'),
    preset text NOT NULL CHECK (length(preset) <= 40),
    set_by text NOT NULL,
    set_at timestamptz NOT NULL
);
CREATE INDEX supervision_preset_tenant ON supervision_preset (tenant_id, jurisdiction, id);

ALTER TABLE supervision_task ENABLE ROW LEVEL SECURITY;
CREATE POLICY worker ON supervision_task TO mingchu_worker USING (true) WITH CHECK (true);
CREATE POLICY api ON supervision_task TO mingchu_api USING (mingchu_supervises(tenant_id, region_code, entity_id))
    WITH CHECK (mingchu_supervises(tenant_id, region_code, entity_id));
GRANT SELECT, INSERT, UPDATE ON supervision_task TO mingchu_worker;
GRANT SELECT, UPDATE ON supervision_task TO mingchu_api;

ALTER TABLE supervision_preset ENABLE ROW LEVEL SECURITY;
CREATE POLICY worker ON supervision_preset TO mingchu_worker USING (true) WITH CHECK (true);
CREATE POLICY api_reads ON supervision_preset FOR SELECT TO mingchu_api USING (
    tenant_id = (SELECT current_setting('mingchu.tenant', true))
    AND (SELECT current_setting('mingchu.scope', true)) IN ('tenant', 'region'));
CREATE POLICY api_adds ON supervision_preset FOR INSERT TO mingchu_api
    WITH CHECK (mingchu_supervises(tenant_id, jurisdiction, NULL));
GRANT SELECT, INSERT ON supervision_preset TO mingchu_worker, mingchu_api;

CREATE POLICY no_supervision ON event AS RESTRICTIVE FOR SELECT TO mingchu_api USING (
    current_setting('mingchu.scope', true) <> 'entity' OR type NOT LIKE 'mingchu.supervision.%');
CREATE POLICY no_supervision ON transition AS RESTRICTIVE FOR SELECT TO mingchu_api USING (
    current_setting('mingchu.scope', true) <> 'entity' OR object <> 'supervision');
ALTER TABLE transition DROP CONSTRAINT transition_object_check;
ALTER TABLE transition ADD CONSTRAINT transition_object_check
    CHECK (object IN ('alert', 'task', 'lead', 'record', 'report', 'supervision'));
"""


def upgrade() -> None:
    op.get_bind().connection.cursor().execute(_SQL)


def downgrade() -> None:
    raise NotImplementedError("mingchu migrates forward only; restore a backup to go back")
