"""Indices of weeks; the log of what the platform computed by itself, once each; letters to the last three (提示函)."""

from alembic import op

revision = "0075"
down_revision = "0074"
branch_labels = None
depends_on = None

_SQL = """
ALTER TABLE index_snapshot DROP CONSTRAINT index_snapshot_period_check;
ALTER TABLE index_snapshot ADD CONSTRAINT index_snapshot_period_check
    CHECK (period ~ '^[0-9]{4}(-[0-9]{2}|-W[0-9]{2})?$');

CREATE TABLE index_run (
    tenant_id text NOT NULL REFERENCES tenant,
    kind text NOT NULL CHECK (kind IN ('entity', 'region')),
    period text NOT NULL CHECK (period ~ '^[0-9]{4}-W?[0-9]{2}$'),
    at timestamptz NOT NULL,
    frozen integer NOT NULL DEFAULT 0,
    letters integer NOT NULL DEFAULT 0,
    skipped text NOT NULL DEFAULT '' CHECK (length(skipped) <= 200),
    PRIMARY KEY (tenant_id, kind, period)
);
ALTER TABLE index_run ENABLE ROW LEVEL SECURITY;
CREATE POLICY worker ON index_run TO mingchu_worker USING (true) WITH CHECK (true);
GRANT SELECT, INSERT, UPDATE (frozen, letters, skipped) ON index_run TO mingchu_worker;

CREATE TABLE duty_letter (
    id uuid PRIMARY KEY,
    tenant_id text NOT NULL REFERENCES tenant,
    region_code text NOT NULL CHECK (region_code ~ '^[0-9]{6,12}$'),
    name text NOT NULL CHECK (length(name) <= 200),
    period text NOT NULL,
    index_id uuid NOT NULL REFERENCES index_snapshot,
    place integer NOT NULL,
    of integer NOT NULL,
    text text NOT NULL CHECK (length(text) BETWEEN 1 AND 4000),
    issued_at timestamptz NOT NULL,
    acknowledged_at timestamptz,
    acknowledged_by text,
    reply text CHECK (length(btrim(reply)) BETWEEN 1 AND 2000),
    version integer NOT NULL DEFAULT 1,
    CONSTRAINT duty_letter_once UNIQUE (tenant_id, region_code, period),
    CONSTRAINT duty_letter_reply CHECK (num_nulls(acknowledged_at, acknowledged_by, reply) IN (0, 3))
);
CREATE INDEX duty_letter_tenant ON duty_letter (tenant_id, id);
ALTER TABLE duty_letter ENABLE ROW LEVEL SECURITY;
CREATE POLICY worker ON duty_letter TO mingchu_worker USING (true) WITH CHECK (true);
CREATE POLICY api_reads ON duty_letter FOR SELECT TO mingchu_api
    USING (mingchu_supervises(tenant_id, region_code, NULL));
CREATE POLICY api_answers ON duty_letter FOR UPDATE TO mingchu_api
    USING (mingchu_supervises(tenant_id, region_code, NULL))
    WITH CHECK (mingchu_supervises(tenant_id, region_code, NULL));
GRANT SELECT, INSERT ON duty_letter TO mingchu_worker;
GRANT SELECT, UPDATE (acknowledged_at, acknowledged_by, reply, version) ON duty_letter TO mingchu_api, mingchu_worker;
CREATE TRIGGER never_deleted BEFORE DELETE ON duty_letter FOR EACH ROW EXECUTE FUNCTION mingchu_refuse_change();
"""


def upgrade() -> None:
    op.get_bind().connection.cursor().execute(_SQL)


def downgrade() -> None:
    raise NotImplementedError("mingchu migrates forward only; restore a backup to go back")
