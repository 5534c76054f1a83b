"""Hours in which somebody says that everybody before a camera is dressed correctly, and the thresholds they lead to."""

from alembic import op

revision = "0101"
down_revision = "0111"
branch_labels = None
depends_on = None

_SQL = """
CREATE TABLE camera_baseline (
    id uuid PRIMARY KEY,
    tenant_id text NOT NULL REFERENCES tenant,
    entity_id uuid NOT NULL REFERENCES entity,
    region_code text NOT NULL,
    site_id text NOT NULL REFERENCES site,
    device_id text NOT NULL REFERENCES device,
    begins_at timestamptz NOT NULL,
    ends_at timestamptz NOT NULL CHECK (ends_at > begins_at),
    said_by text NOT NULL,
    said_as text NOT NULL,
    state text NOT NULL DEFAULT 'running' CHECK (state IN ('running', 'over', 'unwatched')),
    watched integer CHECK (watched >= 0),
    concluded_at timestamptz,
    CONSTRAINT camera_baseline_concluded CHECK ((state = 'running') = (concluded_at IS NULL))
);
CREATE UNIQUE INDEX camera_baseline_running ON camera_baseline (device_id) WHERE state = 'running';
CREATE INDEX camera_baseline_due ON camera_baseline (ends_at) WHERE state = 'running';
CREATE INDEX camera_baseline_device ON camera_baseline (device_id, begins_at);

-- What was found of one code in such an hour, and the least score that would have kept it away.
CREATE TABLE baseline_result (
    baseline_id uuid NOT NULL REFERENCES camera_baseline,
    code text NOT NULL,
    tenant_id text NOT NULL REFERENCES tenant,
    entity_id uuid NOT NULL REFERENCES entity,
    region_code text NOT NULL,
    found integer NOT NULL CHECK (found > 0),
    highest double precision NOT NULL,
    outcome text NOT NULL
        CHECK (outcome IN ('proposed', 'confirmed', 'too_sure', 'loses_true', 'in_force', 'open_already')),
    score double precision,
    PRIMARY KEY (baseline_id, code),
    CONSTRAINT baseline_result_score CHECK ((outcome = 'proposed') = (score IS NOT NULL))
);
ALTER TABLE tuning_proposal ADD COLUMN baseline_id uuid REFERENCES camera_baseline;
DROP INDEX tuning_proposal_open;
CREATE UNIQUE INDEX tuning_proposal_open ON tuning_proposal (device_id, code, kind, (baseline_id IS NULL))
    WHERE state = 'open';

ALTER TABLE camera_baseline ENABLE ROW LEVEL SECURITY;
CREATE POLICY worker ON camera_baseline TO mingchu_worker USING (true) WITH CHECK (true);
SELECT mingchu_scope_table('camera_baseline', 'ALL', true);
CREATE POLICY begun_running ON camera_baseline AS RESTRICTIVE FOR INSERT TO mingchu_api WITH CHECK (state = 'running');
GRANT SELECT, INSERT, UPDATE ON camera_baseline TO mingchu_worker;
GRANT SELECT, INSERT ON camera_baseline TO mingchu_api;

ALTER TABLE baseline_result ENABLE ROW LEVEL SECURITY;
CREATE POLICY worker ON baseline_result TO mingchu_worker USING (true) WITH CHECK (true);
-- An enterprise sees findings after review, so it does not see how many there were, nor how sure they were.
SELECT mingchu_scope_table('baseline_result', 'SELECT', false);
GRANT SELECT, INSERT ON baseline_result TO mingchu_worker;
GRANT SELECT ON baseline_result TO mingchu_api;

-- Who sees a kitchen's cameras sees what is furniture before them.
DROP POLICY group_kitchens_only ON camera_furniture;
CREATE POLICY group_kitchens_only ON camera_furniture AS RESTRICTIVE TO mingchu_api_group_kitchens
    USING (EXISTS (SELECT FROM device d WHERE d.id = camera_furniture.device_id));
"""


def upgrade() -> None:
    op.get_bind().connection.cursor().execute(_SQL)


def downgrade() -> None:
    raise NotImplementedError("mingchu migrates forward only; restore a backup to go back")
