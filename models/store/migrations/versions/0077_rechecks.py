"""Rechecks of visits (督导抽查): drawn at random, done by a second person, compared row by row."""

from alembic import op

revision = "0077"
down_revision = "0076"
branch_labels = None
depends_on = None

_SQL = """
CREATE TABLE recheck_draw (
    id uuid PRIMARY KEY,
    tenant_id text NOT NULL REFERENCES tenant,
    jurisdiction text NOT NULL CHECK (jurisdiction ~ '^([0-9]{2,12})?$'),
    first date NOT NULL,
    last date NOT NULL CHECK (last >= first),
    seed text NOT NULL CHECK (seed ~ '^[0-9a-f]{32}$'),
    population integer NOT NULL,
    population_sha256 text NOT NULL CHECK (population_sha256 ~ '^[0-9a-f]{64}$'),
    drawn integer NOT NULL CHECK (drawn BETWEEN 1 AND population),
    by text NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX recheck_draw_tenant ON recheck_draw (tenant_id, id);

CREATE TABLE recheck (
    id uuid PRIMARY KEY,
    tenant_id text NOT NULL REFERENCES tenant,
    entity_id uuid NOT NULL REFERENCES entity,
    region_code text NOT NULL,
    draw_id uuid NOT NULL REFERENCES recheck_draw,
    visit_id uuid NOT NULL REFERENCES supervision_visit,
    cadre_id uuid NOT NULL REFERENCES cadre,
    drawn_at timestamptz NOT NULL,
    method text CHECK (method IN ('revisit', 'phone')),
    took_place boolean,
    answers jsonb NOT NULL DEFAULT '[]' CHECK (octet_length(answers::text) <= 200000),
    compared integer NOT NULL DEFAULT 0,
    differing integer NOT NULL DEFAULT 0 CHECK (differing BETWEEN 0 AND compared),
    note text NOT NULL DEFAULT '' CHECK (length(note) <= 2000),
    done_by text,
    done_at timestamptz,
    CONSTRAINT recheck_once UNIQUE (visit_id),
    CONSTRAINT recheck_done CHECK (num_nulls(method, took_place, done_by, done_at) IN (0, 4))
);
CREATE INDEX recheck_tenant ON recheck (tenant_id, id);
CREATE INDEX recheck_cadre ON recheck (cadre_id);

ALTER TABLE recheck_draw ENABLE ROW LEVEL SECURITY;
CREATE POLICY worker ON recheck_draw TO mingchu_worker USING (true) WITH CHECK (true);
CREATE POLICY api ON recheck_draw TO mingchu_api USING (mingchu_supervises(tenant_id, jurisdiction, NULL))
    WITH CHECK (mingchu_supervises(tenant_id, jurisdiction, NULL));
GRANT SELECT, INSERT ON recheck_draw TO mingchu_worker, mingchu_api;
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON recheck_draw
    FOR EACH ROW EXECUTE FUNCTION mingchu_refuse_change();

ALTER TABLE recheck ENABLE ROW LEVEL SECURITY;
CREATE POLICY worker ON recheck TO mingchu_worker USING (true) WITH CHECK (true);
CREATE POLICY api ON recheck TO mingchu_api USING (mingchu_supervises(tenant_id, region_code, entity_id))
    WITH CHECK (mingchu_supervises(tenant_id, region_code, entity_id));
GRANT SELECT, INSERT, UPDATE (method, took_place, answers, compared, differing, note, done_by, done_at) ON recheck
    TO mingchu_worker, mingchu_api;
CREATE TRIGGER never_deleted BEFORE DELETE ON recheck FOR EACH ROW EXECUTE FUNCTION mingchu_refuse_change();
"""


def upgrade() -> None:
    op.get_bind().connection.cursor().execute(_SQL)


def downgrade() -> None:
    raise NotImplementedError("mingchu migrates forward only; restore a backup to go back")
