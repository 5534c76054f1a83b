"""The daily dispatch (日调度): what each township stands at, renewed during the day, fixed after it."""

from alembic import op

revision = "0065"
down_revision = "0064"
branch_labels = None
depends_on = None

_SQL = """
CREATE FUNCTION mingchu_township(region text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN left(region, CASE WHEN length(region) >= 9 THEN 9 ELSE 6 END);

CREATE TABLE duty_day (
    tenant_id text NOT NULL REFERENCES tenant,
    region_code text NOT NULL CHECK (region_code ~ '^[0-9]{6}([0-9]{3})?$'),
    day date NOT NULL,
    numbers jsonb NOT NULL CHECK (octet_length(numbers::text) <= 4000),
    counted_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, day, region_code)
);
CREATE FUNCTION mingchu_keep_past_day() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR NEW.day <> OLD.day OR OLD.day < (NEW.counted_at AT TIME ZONE 'Asia/Shanghai')::date THEN
        RAISE EXCEPTION 'the numbers of a past day are not changed' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER duty_day_past_stays BEFORE UPDATE OR DELETE ON duty_day
    FOR EACH ROW EXECUTE FUNCTION mingchu_keep_past_day();

ALTER TABLE duty_day ENABLE ROW LEVEL SECURITY;
CREATE POLICY worker ON duty_day TO mingchu_worker USING (true) WITH CHECK (true);
DO $$
DECLARE
    kind text;
    visible text;
BEGIN
    FOR kind, visible IN VALUES
        ('tenant', 'true'),
        ('region', 'current_setting(''mingchu.region'', true) <> '''' '
                   'AND starts_with(region_code, current_setting(''mingchu.region'', true))'),
        ('region_4', 'left(region_code, 4) = current_setting(''mingchu.region'', true)'),
        ('region_6', 'left(region_code, 6) = current_setting(''mingchu.region'', true)'),
        ('region_9', 'region_code = current_setting(''mingchu.region'', true)')
    LOOP
        EXECUTE format('CREATE POLICY %I ON duty_day FOR SELECT TO %I USING '
                       '(tenant_id = current_setting(''mingchu.tenant'', true) AND %s)',
                       'seen_by_' || kind, 'mingchu_api_' || kind, visible);
    END LOOP;
END $$;
GRANT SELECT, INSERT, UPDATE ON duty_day TO mingchu_worker;
GRANT SELECT ON duty_day TO mingchu_api;
"""


def upgrade() -> None:
    op.get_bind().connection.cursor().execute(_SQL)


def downgrade() -> None:
    raise NotImplementedError("mingchu migrates forward only; restore a backup to go back")
