"""Rules of warnings (自动预警) switched and tuned for a tenant or a region, with reason, version and history."""

from alembic import op

revision = "0106"
down_revision = "0105"
branch_labels = None
depends_on = None

_SQL = """
CREATE TABLE warning_setting (
    id uuid PRIMARY KEY,
    tenant_id text NOT NULL REFERENCES tenant,
    -- Prefix of region codes; empty: the whole tenant.
    region_code text NOT NULL CHECK (region_code ~ '^([0-9]{2,12})?$'),
    rule text NOT NULL CHECK (length(rule) BETWEEN 1 AND 40),
    -- About cadres: enterprises don't see it.
    internal boolean NOT NULL,
    enabled boolean NOT NULL,
    -- A limit and a level for each step of the rule, in its order; empty: those of the shipped rule.
    steps jsonb NOT NULL CHECK (jsonb_typeof(steps) = 'array' AND octet_length(steps::text) <= 4000),
    reason text NOT NULL CHECK (length(btrim(reason)) BETWEEN 1 AND 200),
    set_by text NOT NULL,
    set_at timestamptz NOT NULL,
    version integer NOT NULL CHECK (version >= 1),
    ended_at timestamptz,
    ended_by text,
    end_reason text CHECK (length(btrim(end_reason)) BETWEEN 1 AND 200),
    CONSTRAINT warning_setting_version UNIQUE (tenant_id, region_code, rule, version),
    CONSTRAINT warning_setting_end CHECK (num_nulls(ended_at, ended_by, end_reason) IN (0, 3))
);
CREATE UNIQUE INDEX warning_setting_once ON warning_setting (tenant_id, region_code, rule) WHERE ended_at IS NULL;
CREATE INDEX warning_setting_rule ON warning_setting (tenant_id, rule, id);

ALTER TABLE warning_setting ENABLE ROW LEVEL SECURITY;
CREATE POLICY worker ON warning_setting TO mingchu_worker USING (true) WITH CHECK (true);
-- A setting is known within its region and above it, and to the enterprises there; a region sets its own.
CREATE POLICY region_reads ON warning_setting FOR SELECT TO mingchu_api USING (
    tenant_id = (SELECT current_setting('mingchu.tenant', true))
    AND CASE (SELECT current_setting('mingchu.scope', true)) WHEN 'tenant' THEN true
    WHEN 'region' THEN (SELECT current_setting('mingchu.region', true)) <> ''
        AND (starts_with(region_code, (SELECT current_setting('mingchu.region', true)))
             OR starts_with((SELECT current_setting('mingchu.region', true)), region_code))
    WHEN 'entity' THEN NOT internal AND EXISTS (
        SELECT FROM entity e WHERE starts_with(e.region_code, warning_setting.region_code))
    ELSE false END);
CREATE POLICY region_adds ON warning_setting FOR INSERT TO mingchu_api WITH CHECK (
    mingchu_supervises(tenant_id, region_code, NULL));
CREATE POLICY region_ends ON warning_setting FOR UPDATE TO mingchu_api USING (
    mingchu_supervises(tenant_id, region_code, NULL));
GRANT SELECT, INSERT, UPDATE (ended_at, ended_by, end_reason) ON warning_setting TO mingchu_worker, mingchu_api;
CREATE TRIGGER never_deleted BEFORE DELETE ON warning_setting FOR EACH ROW EXECUTE FUNCTION mingchu_refuse_change();
CREATE TRIGGER warning_setting_notes_change AFTER INSERT OR UPDATE ON warning_setting
    FOR EACH ROW EXECUTE FUNCTION mingchu_note_change('rule,version', '', '');
"""


def upgrade() -> None:
    op.get_bind().connection.cursor().execute(_SQL)


def downgrade() -> None:
    raise NotImplementedError("mingchu migrates forward only; restore a backup to go back")
