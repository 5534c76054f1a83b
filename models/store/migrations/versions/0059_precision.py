"""Measured precision: the pairs of camera and code that have verdicts, tuning proposals, and unheard violations."""

from alembic import op

revision = "0059"
down_revision = "0058"
branch_labels = None
depends_on = None

_SQL = """
-- A violation that an override keeps from raising an alert.
ALTER TABLE violation ADD COLUMN unheard boolean NOT NULL DEFAULT false;
DROP INDEX violation_ungrouped;
CREATE INDEX violation_ungrouped ON violation (id) WHERE alert_id IS NULL AND NOT unheard;

-- The verdicts on a camera and code by time, and all verdicts by time.
CREATE INDEX alert_judged ON alert (device_id, code, reviewed_at)
    WHERE origin = 'violation' AND state IN ('confirmed', 'rejected');
CREATE INDEX alert_judged_at ON alert (reviewed_at, id)
    WHERE origin = 'violation' AND state IN ('confirmed', 'rejected');

-- A camera and a code that have a verdict. `due`: there are verdicts that the sweep has not measured.
CREATE TABLE precision_pair (
    tenant_id text NOT NULL REFERENCES tenant,
    entity_id uuid NOT NULL REFERENCES entity,
    region_code text NOT NULL,
    site_id text NOT NULL REFERENCES site,
    device_id text NOT NULL REFERENCES device,
    code text NOT NULL,
    verdict_at timestamptz NOT NULL,
    due boolean NOT NULL DEFAULT true,
    PRIMARY KEY (device_id, code)
);
CREATE INDEX precision_pair_due ON precision_pair (verdict_at) WHERE due;
CREATE INDEX precision_pair_entity ON precision_pair (entity_id, device_id, code);
INSERT INTO precision_pair (tenant_id, entity_id, region_code, site_id, device_id, code, verdict_at)
SELECT DISTINCT ON (device_id, code) tenant_id, entity_id, region_code, site_id, device_id, code, reviewed_at
FROM alert WHERE origin = 'violation' AND state IN ('confirmed', 'rejected')
ORDER BY device_id, code, reviewed_at DESC;

CREATE TABLE tuning_proposal (
    id uuid PRIMARY KEY,
    tenant_id text NOT NULL REFERENCES tenant,
    entity_id uuid NOT NULL REFERENCES entity,
    region_code text NOT NULL,
    site_id text NOT NULL REFERENCES site,
    device_id text NOT NULL REFERENCES device,
    code text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('threshold', 'schedule', 'area', 'switch_off')),
    state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'taken', 'refused', 'undone', 'withdrawn')),
    changes jsonb NOT NULL,
    trues integer NOT NULL CHECK (trues >= 0),
    falses integer NOT NULL CHECK (falses >= 0),
    bar double precision NOT NULL,
    minimum integer NOT NULL,
    trues_lost integer NOT NULL CHECK (trues_lost BETWEEN 0 AND trues),
    falses_gone integer NOT NULL CHECK (falses_gone BETWEEN 0 AND falses),
    since timestamptz NOT NULL,
    replayed_at timestamptz NOT NULL,
    made_at timestamptz NOT NULL,
    decided_at timestamptz,
    decided_by text,
    reason text CHECK (length(reason) <= 500),
    override_id uuid REFERENCES code_override,
    undone_at timestamptz,
    undone_by text,
    undo_reason text CHECK (length(undo_reason) <= 500),
    version integer NOT NULL DEFAULT 1,
    CHECK ((state = 'open') = (decided_at IS NULL)),
    CHECK ((state IN ('taken', 'undone')) = (override_id IS NOT NULL)),
    CHECK ((state = 'undone') = (undone_at IS NOT NULL))
);
CREATE UNIQUE INDEX tuning_proposal_open ON tuning_proposal (device_id, code, kind) WHERE state = 'open';
CREATE INDEX tuning_proposal_pair ON tuning_proposal (device_id, code, decided_at);
CREATE INDEX tuning_proposal_region ON tuning_proposal (region_code text_pattern_ops, id);
CREATE INDEX tuning_proposal_override ON tuning_proposal (override_id) WHERE override_id IS NOT NULL;

ALTER TABLE precision_pair ENABLE ROW LEVEL SECURITY;
CREATE POLICY worker ON precision_pair TO mingchu_worker USING (true) WITH CHECK (true);
CREATE POLICY api ON precision_pair TO mingchu_api USING (mingchu_sees(tenant_id, region_code, entity_id))
    WITH CHECK (mingchu_sees(tenant_id, region_code, entity_id));
GRANT SELECT, INSERT ON precision_pair TO mingchu_worker, mingchu_api;
GRANT UPDATE (verdict_at, due) ON precision_pair TO mingchu_worker, mingchu_api;

ALTER TABLE tuning_proposal ENABLE ROW LEVEL SECURITY;
CREATE POLICY worker ON tuning_proposal TO mingchu_worker USING (true) WITH CHECK (true);
-- An enterprise sees the figures, and has no say in what is proposed.
CREATE POLICY api ON tuning_proposal TO mingchu_api
    USING (mingchu_sees(tenant_id, region_code, entity_id)
           AND (SELECT current_setting('mingchu.scope', true)) IN ('tenant', 'region'))
    WITH CHECK (mingchu_sees(tenant_id, region_code, entity_id)
                AND (SELECT current_setting('mingchu.scope', true)) IN ('tenant', 'region'));
GRANT SELECT, INSERT, UPDATE ON tuning_proposal TO mingchu_worker;
GRANT SELECT ON tuning_proposal TO mingchu_api;
GRANT UPDATE (state, decided_at, decided_by, reason, override_id, undone_at, undone_by, undo_reason, version)
    ON tuning_proposal TO mingchu_api;
"""


def upgrade() -> None:
    op.get_bind().connection.cursor().execute(_SQL)


def downgrade() -> None:
    raise NotImplementedError("mingchu migrates forward only; restore a backup to go back")
