"""Snapshots of the duty index (履责指数); a frozen one is never changed, a correction is a new version."""

from alembic import op

revision = "0060"
down_revision = "0059"
branch_labels = None
depends_on = None

_SQL = """
CREATE TABLE index_snapshot (
    id uuid PRIMARY KEY,
    tenant_id text NOT NULL REFERENCES tenant,
    kind text NOT NULL CHECK (kind IN ('entity', 'cadre', 'region')),
    subject_id text NOT NULL CHECK (length(subject_id) <= 64),
    entity_id uuid REFERENCES entity,
    region_code text NOT NULL,
    name text NOT NULL CHECK (length(name) <= 200),
    period text NOT NULL CHECK (period ~ '^[0-9]{4}(-[0-9]{2})?$'),
    version integer NOT NULL CHECK (version BETWEEN 1 AND 1000),
    formula text NOT NULL CHECK (length(formula) <= 64),
    state text NOT NULL CHECK (state IN ('draft', 'frozen')),
    inputs jsonb NOT NULL CHECK (octet_length(inputs::text) <= 20000),
    score numeric(5, 2) CHECK (score BETWEEN 0 AND 100),
    band text NOT NULL CHECK (band IN ('green', 'blue', 'yellow', 'red', 'insufficient')),
    result jsonb NOT NULL CHECK (octet_length(result::text) <= 20000),
    digest text NOT NULL CHECK (digest ~ '^[0-9a-f]{64}$'),
    reason text NOT NULL CHECK (length(reason) <= 500),
    computed_by text NOT NULL,
    computed_at timestamptz NOT NULL,
    frozen_by text,
    frozen_at timestamptz,
    signed_name text NOT NULL DEFAULT '' CHECK (length(signed_name) <= 50),
    opinion text NOT NULL DEFAULT '' CHECK (length(opinion) <= 2000),
    UNIQUE (tenant_id, kind, period, subject_id, version),
    CONSTRAINT index_snapshot_of_entity CHECK ((kind = 'entity') = (entity_id IS NOT NULL)),
    CONSTRAINT index_snapshot_score CHECK ((score IS NULL) = (band = 'insufficient')),
    CONSTRAINT index_snapshot_frozen CHECK ((state = 'frozen') = (frozen_at IS NOT NULL AND frozen_by IS NOT NULL)),
    CONSTRAINT index_snapshot_correction CHECK ((version > 1) <= (length(btrim(reason)) > 0))
);
CREATE INDEX index_snapshot_subject ON index_snapshot (subject_id, period DESC);
CREATE INDEX index_snapshot_entity ON index_snapshot (entity_id, period DESC);

CREATE FUNCTION mingchu_keep_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state = 'frozen' THEN
        RAISE EXCEPTION 'a frozen index is not changed; a correction is a new version'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER index_snapshot_frozen_stays BEFORE UPDATE OR DELETE ON index_snapshot
    FOR EACH ROW EXECUTE FUNCTION mingchu_keep_frozen();

ALTER TABLE index_snapshot ENABLE ROW LEVEL SECURITY;
CREATE POLICY worker ON index_snapshot TO mingchu_worker USING (true) WITH CHECK (true);
CREATE POLICY api ON index_snapshot FOR SELECT TO mingchu_api USING (
    CASE WHEN kind = 'entity' THEN mingchu_sees(tenant_id, region_code, entity_id)
    ELSE mingchu_supervises(tenant_id, region_code, NULL) END);
GRANT SELECT, INSERT, UPDATE, DELETE ON index_snapshot TO mingchu_worker;
GRANT SELECT ON index_snapshot TO mingchu_api;
"""


def upgrade() -> None:
    op.get_bind().connection.cursor().execute(_SQL)


def downgrade() -> None:
    raise NotImplementedError("mingchu migrates forward only; restore a backup to go back")
