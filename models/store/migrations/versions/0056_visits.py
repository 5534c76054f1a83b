"""Visits of cadres (督导记录): signed, never changed; photos; the position of kitchens."""

from alembic import op

revision = "0056"
down_revision = "0055"
branch_labels = None
depends_on = None

_SQL = """
ALTER TABLE site
    ADD COLUMN latitude double precision CHECK (latitude BETWEEN -90 AND 90),
    ADD COLUMN longitude double precision CHECK (longitude BETWEEN -180 AND 180),
    ADD COLUMN datum text CHECK (datum IN ('wgs84', 'gcj02')),
    ADD CONSTRAINT site_position CHECK (num_nulls(latitude, longitude, datum) IN (0, 3));
GRANT UPDATE (latitude, longitude, datum) ON site TO mingchu_api;
-- An enterprise does not move its own fence.
CREATE POLICY placed ON site AS RESTRICTIVE FOR UPDATE TO mingchu_api USING (
    (SELECT current_setting('mingchu.scope', true)) IN ('tenant', 'region'));

CREATE TABLE supervision_visit (
    id uuid PRIMARY KEY,
    tenant_id text NOT NULL REFERENCES tenant,
    entity_id uuid NOT NULL REFERENCES entity,
    region_code text NOT NULL,
    task_id uuid NOT NULL REFERENCES supervision_task,
    site_id text NOT NULL REFERENCES site,
    mode text NOT NULL CHECK (mode IN ('onsite', 'online', 'centralised')),
    started_at timestamptz NOT NULL,
    ended_at timestamptz NOT NULL CHECK (ended_at >= started_at),
    latitude double precision,
    longitude double precision,
    datum text,
    accuracy_m double precision,
    distance_m double precision,
    checklist text NOT NULL,
    answers jsonb NOT NULL CHECK (octet_length(answers::text) <= 200000),
    advice text NOT NULL CHECK (length(advice) <= 2000),
    photo_ids uuid[] NOT NULL,
    cadre_id uuid NOT NULL REFERENCES cadre,
    cadre_name text NOT NULL CHECK (length(cadre_name) BETWEEN 1 AND 50),
    entity_name text NOT NULL CHECK (length(entity_name) BETWEEN 1 AND 50),
    signature text NOT NULL CHECK (signature ~ '^[0-9a-f]{64}$'),
    faults text[] NOT NULL,
    hazards jsonb NOT NULL CHECK (octet_length(hazards::text) <= 200000),
    submitted_by text NOT NULL,
    submitted_at timestamptz NOT NULL,
    client_at timestamptz NOT NULL
);
CREATE INDEX supervision_visit_task ON supervision_visit (task_id, submitted_at);

CREATE TABLE visit_photo (
    evidence_id uuid PRIMARY KEY REFERENCES evidence,
    tenant_id text NOT NULL REFERENCES tenant,
    entity_id uuid NOT NULL REFERENCES entity,
    region_code text NOT NULL,
    task_id uuid NOT NULL REFERENCES supervision_task,
    sha256 text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$')
);
CREATE INDEX visit_photo_task ON visit_photo (task_id);
CREATE INDEX visit_photo_sha256 ON visit_photo (sha256);

-- Whether a file is a photo of another task, also outside the caller's scope.
CREATE FUNCTION mingchu_photo_used(file text, task uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM visit_photo WHERE sha256 = file AND task_id <> task)
$$;
REVOKE ALL ON FUNCTION mingchu_photo_used(text, uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION mingchu_photo_used(text, uuid) TO mingchu_worker, mingchu_api;

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['supervision_visit', 'visit_photo'] LOOP
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
CREATE POLICY no_visit_photos ON evidence AS RESTRICTIVE FOR SELECT TO mingchu_api USING (
    current_setting('mingchu.scope', true) <> 'entity' OR kind <> 'photo_visit');
"""


def upgrade() -> None:
    op.get_bind().connection.cursor().execute(_SQL)


def downgrade() -> None:
    raise NotImplementedError("mingchu migrates forward only; restore a backup to go back")
