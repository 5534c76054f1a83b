"""Overrides of the catalogue, their history, and what findings remember of the catalogue."""

from alembic import op

revision = "0030"
down_revision = "0023"
branch_labels = None
depends_on = None

_SQL = """
CREATE TABLE code_override (
    id uuid PRIMARY KEY,
    tenant_id text NOT NULL REFERENCES tenant,
    level text NOT NULL CHECK (level IN ('device', 'entity', 'region', 'tenant')),
    -- The region that is overridden; for an enterprise or a device, where it lies.
    region_code text CHECK (region_code ~ '^[0-9]{2,12}$'),
    entity_id uuid REFERENCES entity,
    device_id text REFERENCES device,
    code text NOT NULL CHECK (length(code) BETWEEN 1 AND 64),
    -- Where it applies, as one text: what is looked up is an equality.
    place text NOT NULL,
    changes jsonb NOT NULL CHECK (jsonb_typeof(changes) = 'object' AND changes <> '{}'),
    reason text NOT NULL CHECK (length(btrim(reason)) BETWEEN 1 AND 500),
    actor text NOT NULL,
    actor_role text NOT NULL CHECK (actor_role IN ('regulator', 'admin')),
    valid_from timestamptz NOT NULL,
    valid_until timestamptz CHECK (valid_until > valid_from),
    created_at timestamptz NOT NULL,
    ended_at timestamptz,
    ended_by text,
    end_reason text,
    CHECK ((level = 'tenant') = (region_code IS NULL)),
    CHECK ((level IN ('device', 'entity')) = (entity_id IS NOT NULL)),
    CHECK ((level = 'device') = (device_id IS NOT NULL)),
    CHECK ((ended_at IS NULL) = (ended_by IS NULL) AND (ended_at IS NULL) = (end_reason IS NULL)),
    CHECK (place = CASE level WHEN 'device' THEN 'device:' || device_id
                              WHEN 'entity' THEN 'entity:' || entity_id::text
                              WHEN 'region' THEN 'region:' || tenant_id || '/' || region_code
                              ELSE 'tenant:' || tenant_id END)
);
CREATE INDEX code_override_place ON code_override (place, code) WHERE ended_at IS NULL;
CREATE INDEX code_override_code ON code_override (code, id);
CREATE INDEX code_override_device ON code_override (device_id) WHERE device_id IS NOT NULL;
CREATE INDEX code_override_entity ON code_override (entity_id) WHERE entity_id IS NOT NULL;
-- How often a sensor reports is asked for all sensors at once.
CREATE INDEX code_override_report_every ON code_override (valid_from)
    WHERE ended_at IS NULL AND changes ? 'report_every_s';

-- Who began and ended what, with the values before and after: nobody may change or delete a line.
CREATE TABLE code_override_log (
    id uuid PRIMARY KEY,
    override_id uuid NOT NULL REFERENCES code_override,
    code text NOT NULL,
    tenant_id text NOT NULL REFERENCES tenant,
    level text NOT NULL,
    region_code text,
    entity_id uuid,
    device_id text,
    at timestamptz NOT NULL,
    action text NOT NULL CHECK (action IN ('begin', 'end')),
    actor text NOT NULL,
    actor_role text NOT NULL,
    reason text NOT NULL CHECK (length(btrim(reason)) BETWEEN 1 AND 500),
    before jsonb NOT NULL,
    after jsonb NOT NULL
);
CREATE INDEX code_override_log_code ON code_override_log (code, id);
CREATE INDEX code_override_log_override ON code_override_log (override_id);

-- A regulator overrides for a region and what lies in it, an administrator for the tenant; an enterprise never.
CREATE FUNCTION mingchu_may_override(tenant text, level text, region text) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT tenant = current_setting('mingchu.tenant', true)
       AND CASE current_setting('mingchu.scope', true)
           WHEN 'tenant' THEN true
           WHEN 'region' THEN coalesce(current_setting('mingchu.region', true), '') <> '' AND level <> 'tenant'
               AND starts_with(region, current_setting('mingchu.region', true))
           ELSE false
       END
$$;

-- What applies to somebody may be read: what they supervise, and what reaches them from above. Written out, and each
-- setting asked for once, because a function that is called for every row makes a page of many overrides slow.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['code_override', 'code_override_log'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY worker ON %I TO mingchu_worker USING (true) WITH CHECK (true)', name);
        EXECUTE format($policy$
            CREATE POLICY api_reads ON %I FOR SELECT TO mingchu_api USING (
                tenant_id = (SELECT current_setting('mingchu.tenant', true))
                AND CASE (SELECT current_setting('mingchu.scope', true))
                    WHEN 'tenant' THEN true
                    WHEN 'region' THEN (SELECT coalesce(current_setting('mingchu.region', true), '') <> '')
                        AND (level = 'tenant'
                             OR starts_with(region_code, (SELECT current_setting('mingchu.region', true)))
                             OR (level = 'region'
                                 AND starts_with((SELECT current_setting('mingchu.region', true)), region_code)))
                    WHEN 'entity' THEN level = 'tenant'
                        OR entity_id::text = (SELECT current_setting('mingchu.entity', true))
                        OR (level = 'region' AND starts_with(
                            (SELECT e.region_code FROM entity e
                             WHERE e.id::text = (SELECT current_setting('mingchu.entity', true))), region_code))
                    ELSE false
                END)$policy$, name);
    END LOOP;
END $$;
-- Whose device or enterprise it is has to be true; row security shows only one's own.
CREATE POLICY api_begins ON code_override FOR INSERT TO mingchu_api WITH CHECK (
    mingchu_may_override(tenant_id, level, region_code)
    AND (level <> 'entity' OR EXISTS (SELECT FROM entity e WHERE e.id = entity_id
         AND e.tenant_id = code_override.tenant_id AND e.region_code = code_override.region_code))
    AND (level <> 'device' OR EXISTS (SELECT FROM device d WHERE d.id = device_id AND d.entity_id = code_override.entity_id
         AND d.tenant_id = code_override.tenant_id AND d.region_code = code_override.region_code)));
CREATE POLICY api_ends ON code_override FOR UPDATE TO mingchu_api
    USING (mingchu_may_override(tenant_id, level, region_code))
    WITH CHECK (mingchu_may_override(tenant_id, level, region_code));
CREATE POLICY api_logs ON code_override_log FOR INSERT TO mingchu_api
    WITH CHECK (mingchu_may_override(tenant_id, level, region_code));
GRANT SELECT, INSERT ON code_override, code_override_log TO mingchu_worker, mingchu_api;
GRANT UPDATE (ended_at, ended_by, end_reason) ON code_override TO mingchu_worker, mingchu_api;

-- Which catalogue and which overrides a finding was judged by.
ALTER TABLE violation ADD COLUMN catalogue jsonb;
ALTER TABLE alert ADD COLUMN catalogue jsonb;
ALTER TABLE task ADD COLUMN catalogue jsonb;
"""


def upgrade() -> None:
    op.get_bind().connection.cursor().execute(_SQL)


def downgrade() -> None:
    raise NotImplementedError("mingchu migrates forward only; restore a backup to go back")
