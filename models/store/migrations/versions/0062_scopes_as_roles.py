"""A scope is a role with policies of plain equalities, so that a page costs the same at every size of the tables."""

from alembic import op

revision = "0062"
down_revision = "0061"
branch_labels = None
depends_on = None

# A function or a CASE over the kind of scope can't be looked up in an index. A role per kind has only its own policy,
# whose settings are known when a query is planned, so that the statistics of a small district choose the index.
# Levels of a region code: 4 city, 6 county, 9 township, 12 village; a prefix of another length is compared row by row.
_SQL = r"""
CREATE FUNCTION pg_temp.visible(kind text, entity text) RETURNS text LANGUAGE sql AS $$
    SELECT format('tenant_id = current_setting(''mingchu.tenant'', true) AND %s', CASE kind
        WHEN 'tenant' THEN 'true'
        WHEN 'region' THEN 'current_setting(''mingchu.region'', true) <> '''' '
                           'AND starts_with(region_code, current_setting(''mingchu.region'', true))'
        WHEN 'region_12' THEN 'left(region_code, 9) = left(current_setting(''mingchu.region'', true), 9) '
                              'AND left(region_code, 12) = current_setting(''mingchu.region'', true)'
        WHEN 'entity' THEN format('%I = nullif(current_setting(''mingchu.entity'', true), '''')::uuid', entity)
        ELSE format('left(region_code, %s) = current_setting(''mingchu.region'', true)', substr(kind, 8))
    END)
$$;

DO $$
DECLARE
    kinds text[] := ARRAY['tenant', 'region', 'region_4', 'region_6', 'region_9', 'region_12', 'entity'];
    kind text;
    name text;
    policy record;
    part text[];
    visible text;
    body text;
BEGIN
    FOREACH kind IN ARRAY kinds LOOP
        name := 'mingchu_api_' || kind;
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN', name);
        END IF;
        IF NOT pg_has_role(name, 'mingchu_api', 'MEMBER') THEN
            EXECUTE format('GRANT mingchu_api TO %I', name);
        END IF;
        IF NOT pg_has_role('mingchu_api_login', name, 'MEMBER') THEN
            EXECUTE format('GRANT %I TO mingchu_api_login', name);
        END IF;
        EXECUTE format('GRANT %I TO %I', name, current_user);
    END LOOP;

    FOR policy IN SELECT * FROM pg_policies WHERE schemaname = 'public' AND permissive = 'PERMISSIVE'
                  AND roles = ARRAY['mingchu_api'::name] AND cmd IN ('ALL', 'SELECT') AND qual IS NOT NULL LOOP
        part := regexp_match(policy.qual, '^\(?mingchu_(sees|supervises)\(tenant_id, region_code, (\w+)\)'
                                          '( AND \(\( SELECT current_setting\(''mingchu.scope''.*''tenant''::text, ''region''::text.*)?$');
        CONTINUE WHEN part IS NULL;
        EXECUTE format('DROP POLICY %I ON %I', policy.policyname, policy.tablename);
        FOREACH kind IN ARRAY kinds LOOP
            -- Those who are supervised don't read how.
            CONTINUE WHEN kind = 'entity' AND (part[1] = 'supervises' OR part[3] IS NOT NULL);
            visible := pg_temp.visible(kind, part[2]);
            EXECUTE format('CREATE POLICY %I ON %I FOR %s TO %I USING (%s)', 'seen_by_' || kind, policy.tablename,
                           policy.cmd, 'mingchu_api_' || kind, visible)
                    || CASE WHEN policy.with_check IS NULL THEN '' ELSE format(' WITH CHECK (%s)', visible) END;
        END LOOP;
    END LOOP;

    DROP POLICY api ON index_snapshot;
    FOREACH kind IN ARRAY kinds LOOP
        EXECUTE format('CREATE POLICY %I ON index_snapshot FOR SELECT TO %I USING (%s)', 'seen_by_' || kind,
                       'mingchu_api_' || kind, pg_temp.visible(kind, 'entity_id')
                       || CASE kind WHEN 'entity' THEN ' AND kind = ''entity''' ELSE '' END);
    END LOOP;

    -- What is hidden from enterprises alone is asked of enterprises alone. For the others such a condition would come
    -- first, and an index of an expression could not be used before it.
    FOR policy IN SELECT * FROM pg_policies WHERE schemaname = 'public' AND permissive = 'RESTRICTIVE'
                  AND roles = ARRAY['mingchu_api'::name] AND cmd = 'SELECT'
                  AND qual LIKE '%(current_setting(''mingchu.scope''::text, true) <> ''entity''::text)%' LOOP
        body := replace(policy.qual, '(current_setting(''mingchu.scope''::text, true) <> ''entity''::text)', 'false');
        EXECUTE format('DROP POLICY %I ON %I', policy.policyname, policy.tablename);
        EXECUTE format('CREATE POLICY %I ON %I AS RESTRICTIVE FOR SELECT TO mingchu_api_entity USING (%s)',
                       policy.policyname, policy.tablename, body);
    END LOOP;

    -- Functions that check the caller's scope asked for one role.
    FOR policy IN SELECT p.oid FROM pg_proc p WHERE p.prosrc LIKE '%current_setting(''role'', true) = ''mingchu_api''%' LOOP
        body := pg_get_functiondef(policy.oid);
        EXECUTE replace(body, 'current_setting(''role'', true) = ''mingchu_api''',
                        'starts_with(current_setting(''role'', true), ''mingchu_api'')');
    END LOOP;
END $$;

-- A page of each scope in the order it is read in. The feed is read by its number, the others by their id, newest first.
CREATE INDEX event_tenant ON event (tenant_id, seq);
CREATE INDEX event_city ON event (left(region_code, 4), seq);
CREATE INDEX event_county ON event (left(region_code, 6), seq);
CREATE INDEX event_township ON event (left(region_code, 9), seq);
CREATE INDEX event_entity ON event (entity_id, seq);
DROP INDEX IF EXISTS alert_region;
DROP INDEX IF EXISTS task_region;
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['alert', 'task', 'violation', 'entity', 'site', 'device'] LOOP
        EXECUTE format('CREATE INDEX %I ON %I (left(region_code, 4), id)', name || '_city', name);
        EXECUTE format('CREATE INDEX %I ON %I (left(region_code, 6), id)', name || '_county', name);
        EXECUTE format('CREATE INDEX %I ON %I (left(region_code, 9), id)', name || '_township', name);
    END LOOP;
END $$;
"""


def upgrade() -> None:
    op.get_bind().connection.cursor().execute(_SQL)


def downgrade() -> None:
    raise NotImplementedError("mingchu migrates forward only; restore a backup to go back")
