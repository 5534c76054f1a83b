"""Online patrols (线上巡查): pictures taken of cameras, and the signed record with them; neither is ever changed."""

from alembic import op

revision = "0081"
down_revision = "0080"
branch_labels = None
depends_on = None

_SQL = """
ALTER TABLE transition DROP CONSTRAINT transition_object_check;
ALTER TABLE transition ADD CONSTRAINT transition_object_check
    CHECK (object IN ('alert', 'task', 'lead', 'record', 'report', 'supervision', 'pledge', 'patrol'));
CREATE TABLE patrol (
    id uuid PRIMARY KEY,
    tenant_id text NOT NULL REFERENCES tenant,
    entity_id uuid NOT NULL REFERENCES entity,
    region_code text NOT NULL,
    site_id text NOT NULL REFERENCES site,
    started_at timestamptz NOT NULL,
    ended_at timestamptz NOT NULL CHECK (ended_at >= started_at),
    checklist text NOT NULL,
    answers jsonb NOT NULL CHECK (octet_length(answers::text) <= 200000),
    advice text NOT NULL CHECK (length(advice) <= 2000),
    shots jsonb NOT NULL CHECK (jsonb_array_length(shots) BETWEEN 1 AND 50),
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 50),
    signature text NOT NULL CHECK (signature ~ '^[0-9a-f]{64}$'),
    hazards jsonb NOT NULL CHECK (octet_length(hazards::text) <= 200000),
    submitted_by text NOT NULL,
    submitted_at timestamptz NOT NULL
);
CREATE INDEX patrol_region ON patrol (region_code text_pattern_ops, id);
CREATE INDEX patrol_entity ON patrol (entity_id, id);
-- A present picture of a camera that somebody kept as evidence.
CREATE TABLE camera_shot (
    evidence_id uuid PRIMARY KEY REFERENCES evidence,
    tenant_id text NOT NULL REFERENCES tenant,
    entity_id uuid NOT NULL REFERENCES entity,
    region_code text NOT NULL,
    site_id text NOT NULL REFERENCES site,
    camera_id text NOT NULL REFERENCES device,
    sha256 text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    captured_at timestamptz NOT NULL,
    taken_by text NOT NULL,
    taken_at timestamptz NOT NULL
);
CREATE INDEX camera_shot_taken ON camera_shot (taken_by, taken_at);
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['patrol', 'camera_shot'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY worker ON %I TO mingchu_worker USING (true) WITH CHECK (true)', name);
        EXECUTE format('CREATE POLICY api ON %I TO mingchu_api '
                       'USING (mingchu_supervises(tenant_id, region_code, entity_id)) '
                       'WITH CHECK (mingchu_supervises(tenant_id, region_code, entity_id))', name);
        EXECUTE format('GRANT SELECT, INSERT ON %I TO mingchu_worker, mingchu_api', name);
        EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON %I '
                       'FOR EACH ROW EXECUTE FUNCTION mingchu_refuse_change()', name);
    END LOOP;
END $$;
"""


def upgrade() -> None:
    op.get_bind().connection.cursor().execute(_SQL)


def downgrade() -> None:
    raise NotImplementedError("mingchu migrates forward only; restore a backup to go back")
