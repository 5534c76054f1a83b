"""Exchange of data sets (数据交换): visits recorded elsewhere, the log of applied files, and the rights to apply them."""

from alembic import op

revision = "0072"
down_revision = "0071"
branch_labels = None
depends_on = None

_SQL = """
CREATE TABLE outside_visit (
    id uuid PRIMARY KEY,
    tenant_id text NOT NULL REFERENCES tenant,
    entity_id uuid NOT NULL REFERENCES entity,
    region_code text NOT NULL,
    source text NOT NULL CHECK (length(btrim(source)) BETWEEN 1 AND 50),
    record_no text NOT NULL CHECK (length(btrim(record_no)) BETWEEN 1 AND 64),
    cadre_name text NOT NULL CHECK (length(btrim(cadre_name)) BETWEEN 1 AND 50),
    mode text NOT NULL CHECK (mode IN ('onsite', 'online', 'centralised')),
    visited_on date NOT NULL,
    minutes integer CHECK (minutes BETWEEN 0 AND 1440),
    problems integer NOT NULL CHECK (problems BETWEEN 0 AND 10000),
    note text NOT NULL CHECK (length(note) <= 2000),
    imported_at timestamptz NOT NULL,
    imported_by text NOT NULL,
    CONSTRAINT outside_visit_once UNIQUE (tenant_id, source, record_no)
);
CREATE INDEX outside_visit_entity ON outside_visit (entity_id, visited_on);

CREATE TABLE exchange_run (
    id uuid PRIMARY KEY,
    tenant_id text NOT NULL REFERENCES tenant,
    jurisdiction text NOT NULL CHECK (jurisdiction ~ '^([0-9]{2,12})?$'),
    data_set text NOT NULL CHECK (data_set IN ('entities', 'cadres', 'supervision')),
    file_name text NOT NULL CHECK (length(file_name) <= 200),
    file_sha256 text NOT NULL CHECK (file_sha256 ~ '^[0-9a-f]{64}$'),
    reason text NOT NULL CHECK (length(btrim(reason)) BETWEEN 1 AND 200),
    by text NOT NULL,
    at timestamptz NOT NULL,
    counts jsonb NOT NULL,
    changes jsonb NOT NULL
);
CREATE INDEX exchange_run_tenant ON exchange_run (tenant_id, id);

-- Another tenant's number must not be seen, only not be taken twice: a credit code is unique in the whole database.
GRANT INSERT ON entity TO mingchu_api;
GRANT UPDATE (name, licence_no) ON entity TO mingchu_api;
CREATE POLICY registered ON entity AS RESTRICTIVE FOR INSERT TO mingchu_api WITH CHECK (
    (SELECT current_setting('mingchu.scope', true)) IN ('tenant', 'region'));
GRANT UPDATE (name, post, level, phone) ON cadre TO mingchu_worker, mingchu_api;
CREATE INDEX cadre_name ON cadre (tenant_id, name) WHERE ended_at IS NULL;

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['outside_visit', 'exchange_run'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY worker ON %I TO mingchu_worker USING (true) WITH CHECK (true)', name);
        EXECUTE format('GRANT SELECT, INSERT ON %I TO mingchu_worker, mingchu_api', name);
    END LOOP;
END $$;
CREATE POLICY api ON outside_visit TO mingchu_api USING (mingchu_supervises(tenant_id, region_code, entity_id))
    WITH CHECK (mingchu_supervises(tenant_id, region_code, entity_id));
GRANT UPDATE (cadre_name, mode, visited_on, minutes, problems, note, imported_at, imported_by) ON outside_visit
    TO mingchu_worker, mingchu_api;
-- What was applied for a region is seen there and above it.
CREATE POLICY api ON exchange_run TO mingchu_api USING (mingchu_supervises(tenant_id, jurisdiction, NULL))
    WITH CHECK (mingchu_supervises(tenant_id, jurisdiction, NULL));
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON exchange_run
    FOR EACH ROW EXECUTE FUNCTION mingchu_refuse_change();
CREATE TRIGGER never_deleted BEFORE DELETE ON outside_visit
    FOR EACH ROW EXECUTE FUNCTION mingchu_refuse_change();
"""


def upgrade() -> None:
    op.get_bind().connection.cursor().execute(_SQL)


def downgrade() -> None:
    raise NotImplementedError("mingchu migrates forward only; restore a backup to go back")
