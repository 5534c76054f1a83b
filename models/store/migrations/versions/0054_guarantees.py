"""Supervision of enterprises (包保): tiers with a history, cadres, who supervises whom, registered changes."""

from alembic import op

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None

_SQL = """
ALTER TABLE entity
    ADD COLUMN business_kind text CHECK (business_kind IN (
        'special_food', 'producer', 'chain_hq', 'central_kitchen', 'meal_delivery', 'wholesale_market', 'supermarket',
        'restaurant', 'school_canteen', 'nursery_canteen', 'elderly_canteen', 'other_canteen', 'snack_shop', 'workshop',
        'grocery')),
    ADD COLUMN scale text CHECK (scale IN ('large', 'medium', 'small')),
    ADD COLUMN size integer CHECK (size BETWEEN 0 AND 10000000),
    ADD COLUMN special boolean NOT NULL DEFAULT false,
    -- The rule that set the tier. A tier without one was set by a person or an import; rules leave it alone.
    ADD COLUMN tier_rule text CHECK (length(tier_rule) <= 64),
    ADD COLUMN operating text NOT NULL DEFAULT 'open' CHECK (operating IN ('open', 'suspended', 'closed')),
    ADD COLUMN profile_version integer NOT NULL DEFAULT 1;
CREATE INDEX entity_tier ON entity (guarantee_tier, id);
GRANT UPDATE (business_kind, scale, size, special, guarantee_tier, tier_rule, risk_grade, operating, profile_version) ON entity TO mingchu_api;
CREATE POLICY supervised ON entity AS RESTRICTIVE FOR UPDATE TO mingchu_api USING (
    (SELECT current_setting('mingchu.scope', true)) IN ('tenant', 'region'));

-- Those who are supervised don't read how.
CREATE FUNCTION mingchu_supervises(tenant text, region text, entity uuid) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT mingchu_sees(tenant, region, entity) AND current_setting('mingchu.scope', true) IN ('tenant', 'region')
$$;

CREATE TABLE tier_change (
    id uuid PRIMARY KEY,
    tenant_id text NOT NULL REFERENCES tenant,
    entity_id uuid NOT NULL REFERENCES entity,
    region_code text NOT NULL,
    at timestamptz NOT NULL,
    by text NOT NULL,
    from_tier text,
    to_tier text,
    rule text,
    reason text NOT NULL CHECK (length(btrim(reason)) BETWEEN 1 AND 500)
);
CREATE INDEX tier_change_entity ON tier_change (entity_id, id);

CREATE TABLE entity_change (
    id uuid PRIMARY KEY,
    tenant_id text NOT NULL REFERENCES tenant,
    entity_id uuid NOT NULL REFERENCES entity,
    region_code text NOT NULL,
    at timestamptz NOT NULL,
    by text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('owner', 'relocate', 'suspend', 'close', 'resume')),
    effective_on date NOT NULL,
    reason text NOT NULL CHECK (length(btrim(reason)) BETWEEN 1 AND 500),
    detail text NOT NULL DEFAULT '' CHECK (length(detail) <= 500)
);
CREATE INDEX entity_change_entity ON entity_change (entity_id, id);

CREATE TABLE cadre (
    id uuid PRIMARY KEY,
    tenant_id text NOT NULL REFERENCES tenant,
    region_code text NOT NULL CHECK (region_code ~ '^[0-9]{2,12}$'),
    name text NOT NULL CHECK (length(btrim(name)) BETWEEN 1 AND 50),
    post text NOT NULL CHECK (length(btrim(post)) BETWEEN 1 AND 100),
    level text NOT NULL CHECK (level IN ('city', 'county', 'township', 'village')),
    phone text CHECK (phone ~ '^[0-9+ -]{5,20}$'),
    login text CHECK (length(login) <= 64),
    named_at timestamptz NOT NULL,
    named_by text NOT NULL,
    ended_at timestamptz,
    ended_by text,
    end_reason text CHECK (length(end_reason) <= 500)
);
CREATE UNIQUE INDEX cadre_login ON cadre (tenant_id, login) WHERE ended_at IS NULL;
CREATE INDEX cadre_region ON cadre (tenant_id, region_code text_pattern_ops, id);

CREATE TABLE assignment (
    id uuid PRIMARY KEY,
    tenant_id text NOT NULL REFERENCES tenant,
    entity_id uuid NOT NULL REFERENCES entity,
    region_code text NOT NULL,
    cadre_id uuid NOT NULL REFERENCES cadre,
    part text NOT NULL CHECK (part IN ('primary', 'deputy')),
    valid_from timestamptz NOT NULL,
    valid_to timestamptz,
    set_by text NOT NULL,
    ended_by text,
    end_reason text CHECK (length(end_reason) <= 500)
);
CREATE UNIQUE INDEX assignment_primary ON assignment (entity_id) WHERE part = 'primary' AND valid_to IS NULL;
CREATE UNIQUE INDEX assignment_once ON assignment (entity_id, cadre_id) WHERE valid_to IS NULL;
CREATE INDEX assignment_entity ON assignment (entity_id, id);
CREATE INDEX assignment_cadre ON assignment (cadre_id, id) WHERE valid_to IS NULL;

CREATE TABLE delegation (
    id uuid PRIMARY KEY,
    tenant_id text NOT NULL REFERENCES tenant,
    region_code text NOT NULL,
    cadre_id uuid NOT NULL REFERENCES cadre,
    delegate_id uuid NOT NULL REFERENCES cadre CHECK (delegate_id <> cadre_id),
    valid_from timestamptz NOT NULL,
    valid_to timestamptz NOT NULL CHECK (valid_to <= valid_from + interval '366 days'),
    reason text NOT NULL CHECK (length(btrim(reason)) BETWEEN 1 AND 500),
    set_by text NOT NULL,
    ended_by text
);
CREATE INDEX delegation_cadre ON delegation (cadre_id, valid_to);
CREATE INDEX delegation_delegate ON delegation (delegate_id, valid_to);

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['tier_change', 'entity_change', 'assignment'] LOOP
        EXECUTE format('CREATE POLICY api ON %I TO mingchu_api '
                       'USING (mingchu_supervises(tenant_id, region_code, entity_id)) '
                       'WITH CHECK (mingchu_supervises(tenant_id, region_code, entity_id))', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['cadre', 'delegation'] LOOP
        -- Cadres of higher levels are known in the regions below them; a region names its own.
        EXECUTE format('CREATE POLICY api_reads ON %I FOR SELECT TO mingchu_api USING ('
                       'tenant_id = (SELECT current_setting(''mingchu.tenant'', true)) '
                       'AND CASE (SELECT current_setting(''mingchu.scope'', true)) WHEN ''tenant'' THEN true '
                       'WHEN ''region'' THEN (SELECT current_setting(''mingchu.region'', true)) <> '''' '
                       'AND (starts_with(region_code, (SELECT current_setting(''mingchu.region'', true))) '
                       'OR starts_with((SELECT current_setting(''mingchu.region'', true)), region_code)) '
                       'ELSE false END)', name);
        EXECUTE format('CREATE POLICY api_adds ON %I FOR INSERT TO mingchu_api '
                       'WITH CHECK (mingchu_supervises(tenant_id, region_code, NULL))', name);
        EXECUTE format('CREATE POLICY api_changes ON %I FOR UPDATE TO mingchu_api '
                       'USING (mingchu_supervises(tenant_id, region_code, NULL)) '
                       'WITH CHECK (mingchu_supervises(tenant_id, region_code, NULL))', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['tier_change', 'entity_change', 'cadre', 'assignment', 'delegation'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY worker ON %I TO mingchu_worker USING (true) WITH CHECK (true)', name);
        EXECUTE format('GRANT SELECT, INSERT ON %I TO mingchu_worker, mingchu_api', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['tier_change', 'entity_change'] LOOP
        EXECUTE format('CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON %I '
                       'FOR EACH ROW EXECUTE FUNCTION mingchu_refuse_change()', name);
    END LOOP;
END $$;
GRANT UPDATE (ended_at, ended_by, end_reason) ON cadre TO mingchu_worker, mingchu_api;
GRANT UPDATE (valid_to, ended_by, end_reason) ON assignment TO mingchu_worker, mingchu_api;
GRANT UPDATE (valid_to, ended_by) ON delegation TO mingchu_worker, mingchu_api;
"""


def upgrade() -> None:
    op.get_bind().connection.cursor().execute(_SQL)


def downgrade() -> None:
    raise NotImplementedError("mingchu migrates forward only; restore a backup to go back")
