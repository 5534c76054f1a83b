"""Access groups: a sector, chosen enterprises, kitchens or cameras, as a scope with roles and policies of its own."""

from alembic import op

revision = "0097"
down_revision = "0096"
branch_labels = None
depends_on = None

# Few members are looked up one by one in the index of a table; of many each row of a page is asked whether it is one.
# A row of a kitchen or camera is seen by whoever has that kitchen or camera; what belongs to a whole enterprise is not.
_TABLES = r"""
CREATE TABLE access_group (
    id uuid PRIMARY KEY,
    tenant_id text NOT NULL REFERENCES tenant,
    region_code text NOT NULL CHECK (region_code ~ '^[0-9]{2,12}$'),
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 50),
    kind text NOT NULL CHECK (kind IN ('sector', 'enterprises', 'kitchens', 'cameras')),
    entity_id uuid REFERENCES entity,  -- the enterprise whose accounts may have it, and whose kitchens or cameras it has
    business_kinds text[] NOT NULL DEFAULT '{}',  -- of a sector; its members follow from them
    size integer NOT NULL DEFAULT 0,
    version integer NOT NULL DEFAULT 1,
    made_by text NOT NULL,
    made_at timestamptz NOT NULL,
    UNIQUE (tenant_id, region_code, name),
    CONSTRAINT access_group_entity CHECK (entity_id IS NULL OR kind IN ('kitchens', 'cameras')),
    CONSTRAINT access_group_sector CHECK ((kind = 'sector') = (cardinality(business_kinds) > 0))
);
CREATE INDEX access_group_page ON access_group (tenant_id, id);
CREATE TABLE access_member (
    group_id uuid NOT NULL REFERENCES access_group ON DELETE CASCADE,
    entity_id uuid REFERENCES entity,
    site_id text REFERENCES site,
    device_id text REFERENCES device,
    CONSTRAINT access_member_one CHECK (num_nonnulls(entity_id, site_id, device_id) = 1)
);
CREATE UNIQUE INDEX access_member_entity ON access_member (group_id, entity_id) WHERE entity_id IS NOT NULL;
CREATE UNIQUE INDEX access_member_site ON access_member (group_id, site_id) WHERE site_id IS NOT NULL;
CREATE UNIQUE INDEX access_member_device ON access_member (group_id, device_id) WHERE device_id IS NOT NULL;
CREATE INDEX access_member_of_entity ON access_member (entity_id) WHERE entity_id IS NOT NULL;

ALTER TABLE app_user ADD COLUMN group_id uuid REFERENCES access_group;
ALTER TABLE api_key ADD COLUMN group_id uuid REFERENCES access_group;
ALTER TABLE webhook_endpoint ADD COLUMN group_id uuid REFERENCES access_group;
ALTER TABLE channel ADD COLUMN group_id uuid REFERENCES access_group;
GRANT UPDATE (group_id) ON app_user TO mingchu_api;

-- How many members a group has, kept where they change.
CREATE FUNCTION mingchu_group_grew() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE access_group g SET size = size + c.n
    FROM (SELECT group_id, count(*) AS n FROM changed GROUP BY 1) c WHERE g.id = c.group_id;
    RETURN NULL;
END $$;
CREATE FUNCTION mingchu_group_shrank() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE access_group g SET size = size - c.n
    FROM (SELECT group_id, count(*) AS n FROM changed GROUP BY 1) c WHERE g.id = c.group_id;
    RETURN NULL;
END $$;
CREATE TRIGGER access_member_grew AFTER INSERT ON access_member REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION mingchu_group_grew();
CREATE TRIGGER access_member_shrank AFTER DELETE ON access_member REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION mingchu_group_shrank();

-- The members of a sector follow from the line of business and the region of the enterprises.
CREATE FUNCTION mingchu_sector_begins() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO access_member (group_id, entity_id)
    SELECT NEW.id, e.id FROM entity e
    WHERE e.tenant_id = NEW.tenant_id AND starts_with(e.region_code, NEW.region_code)
      AND e.business_kind = ANY (NEW.business_kinds);
    RETURN NULL;
END $$;
CREATE FUNCTION mingchu_sector_joins() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO access_member (group_id, entity_id)
    SELECT g.id, e.id FROM changed e
    JOIN access_group g ON g.kind = 'sector' AND g.tenant_id = e.tenant_id AND starts_with(e.region_code, g.region_code)
                       AND e.business_kind = ANY (g.business_kinds);
    RETURN NULL;
END $$;
CREATE FUNCTION mingchu_sector_moves() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    DELETE FROM access_member m USING access_group g
    WHERE m.entity_id = NEW.id AND g.id = m.group_id
      AND (NOT starts_with(NEW.region_code, g.region_code)  -- whoever moves away leaves chosen groups too
           OR g.kind = 'sector' AND NOT coalesce(NEW.business_kind = ANY (g.business_kinds), false));
    DELETE FROM access_member m USING access_group g, site s
    WHERE s.entity_id = NEW.id AND m.site_id = s.id AND g.id = m.group_id AND NOT starts_with(NEW.region_code, g.region_code);
    DELETE FROM access_member m USING access_group g, device d
    WHERE d.entity_id = NEW.id AND m.device_id = d.id AND g.id = m.group_id AND NOT starts_with(NEW.region_code, g.region_code);
    INSERT INTO access_member (group_id, entity_id)
    SELECT g.id, NEW.id FROM access_group g
    WHERE g.kind = 'sector' AND g.tenant_id = NEW.tenant_id AND starts_with(NEW.region_code, g.region_code)
      AND NEW.business_kind = ANY (g.business_kinds)
    ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER access_group_begins AFTER INSERT ON access_group
    FOR EACH ROW WHEN (NEW.kind = 'sector') EXECUTE FUNCTION mingchu_sector_begins();
CREATE TRIGGER entity_joins_sectors AFTER INSERT ON entity REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION mingchu_sector_joins();
CREATE TRIGGER entity_moves_sectors AFTER UPDATE OF business_kind, region_code ON entity
    FOR EACH ROW WHEN (OLD.business_kind IS DISTINCT FROM NEW.business_kind OR OLD.region_code IS DISTINCT FROM NEW.region_code)
    EXECUTE FUNCTION mingchu_sector_moves();

-- Which database role a group has.
CREATE FUNCTION mingchu_group_role(wanted uuid) RETURNS text
LANGUAGE sql STABLE STRICT SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT CASE WHEN kind IN ('kitchens', 'cameras') THEN kind WHEN size <= 200 THEN 'few' ELSE 'many' END
    FROM access_group WHERE id = wanted
$$;
CREATE FUNCTION mingchu_group_users(wanted uuid) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT (SELECT count(*) FROM app_user WHERE group_id = wanted) + (SELECT count(*) FROM api_key WHERE group_id = wanted)
         + (SELECT count(*) FROM channel WHERE group_id = wanted)
         + (SELECT count(*) FROM webhook_endpoint WHERE group_id = wanted)
$$;
CREATE FUNCTION mingchu_group() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT nullif(current_setting('mingchu.group', true), '')::uuid
$$;
REVOKE ALL ON FUNCTION mingchu_group_role(uuid), mingchu_group_users(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION mingchu_group_role(uuid), mingchu_group_users(uuid) TO mingchu_api, mingchu_worker;
"""

_ROLES = r"""
DO $$
DECLARE
    kind text;
    name text;
BEGIN
    FOREACH kind IN ARRAY ARRAY['group_few', 'group_many', 'group_kitchens', 'group_cameras'] LOOP
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
END $$;
"""

# The scope word of whole enterprises is 'group', that of kitchens and cameras 'part'.
_FUNCTIONS = r"""
CREATE OR REPLACE FUNCTION mingchu_sees(tenant text, region text, entity uuid) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT tenant = current_setting('mingchu.tenant', true)
       AND CASE current_setting('mingchu.scope', true)
           WHEN 'tenant' THEN true
           WHEN 'region' THEN coalesce(current_setting('mingchu.region', true), '') <> ''
                              AND starts_with(region, current_setting('mingchu.region', true))
           WHEN 'entity' THEN entity::text = current_setting('mingchu.entity', true)
           WHEN 'group' THEN EXISTS (SELECT FROM access_member m WHERE m.group_id = mingchu_group() AND m.entity_id = entity)
           WHEN 'part' THEN EXISTS (SELECT FROM access_member m JOIN site s ON s.id = m.site_id
                                    WHERE m.group_id = mingchu_group() AND s.entity_id = entity)
                         OR EXISTS (SELECT FROM access_member m JOIN device d ON d.id = m.device_id
                                    WHERE m.group_id = mingchu_group() AND d.entity_id = entity)
           ELSE false
       END
$$;
CREATE OR REPLACE FUNCTION mingchu_supervises(tenant text, region text, entity uuid) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT mingchu_sees(tenant, region, entity) AND current_setting('mingchu.scope', true) IN ('tenant', 'region', 'group')
$$;

-- The condition on rows of a table for a kind of scope; NULL: the kind sees none. Columns that a table lacks are NULL.
CREATE FUNCTION mingchu_visible(relation regclass, kind text) RETURNS text LANGUAGE plpgsql STABLE AS $$
DECLARE
    called text := relation::text;
    has text[] := ARRAY(SELECT attname::text FROM pg_attribute WHERE attrelid = relation AND attnum > 0 AND NOT attisdropped);
    entity text := CASE WHEN relation = 'entity'::regclass THEN 'id' WHEN 'entity_id' = ANY (has) THEN 'entity_id' END;
    site text := CASE WHEN relation = 'site'::regclass THEN 'id' WHEN 'site_id' = ANY (has) THEN 'site_id' END;
    device text := CASE WHEN relation = 'device'::regclass THEN 'id' WHEN 'device_id' = ANY (has) THEN 'device_id' END;
    members text := 'SELECT m.%1$I FROM access_member m WHERE m.group_id = mingchu_group() AND m.%1$I IS NOT NULL';
    part text := CASE kind WHEN 'group_kitchens' THEN 'site_id' ELSE 'device_id' END;
    -- The entity follows from kitchens, and these from cameras: neither may ask for the entity again.
    own_enterprise text := CASE WHEN 'entity_id' = ANY (has) AND called <> 'site' AND (called <> 'device' OR kind = 'group_kitchens')
                           THEN 'entity_id = ANY (ARRAY(SELECT e.id FROM entity e)) AND ' ELSE '' END;
    own text;
BEGIN
    own := CASE
        WHEN kind = 'tenant' THEN 'true'
        WHEN kind = 'region' THEN 'current_setting(''mingchu.region'', true) <> '''' '
                                  'AND starts_with(region_code, current_setting(''mingchu.region'', true))'
        WHEN kind = 'region_12' THEN 'left(region_code, 9) = left(current_setting(''mingchu.region'', true), 9) '
                                     'AND left(region_code, 12) = current_setting(''mingchu.region'', true)'
        WHEN starts_with(kind, 'region_') THEN
            format('left(region_code, %s) = current_setting(''mingchu.region'', true)', substr(kind, 8))
        WHEN kind = 'entity' THEN entity || ' = nullif(current_setting(''mingchu.entity'', true), '''')::uuid'
        WHEN kind = 'group_few' THEN entity || ' = ANY (ARRAY(' || format(members, 'entity_id') || '))'
        -- Not IN: a hash of tens of thousands would be made for each query.
        WHEN kind = 'group_many' AND entity IS NOT NULL THEN 'EXISTS (' || format(members, 'entity_id') || format(' AND m.entity_id = %s.%s)', relation, entity)
        -- Kitchens and cameras: what has no place of its own follows from what has one. Tables have an index by enterprise.
        WHEN kind = 'group_many' THEN NULL
        WHEN kind = 'group_kitchens' AND site IS NOT NULL THEN own_enterprise || site || ' = ANY (ARRAY(' || format(members, part) || '))'
        WHEN kind = 'group_cameras' AND device IS NOT NULL THEN own_enterprise || device || ' = ANY (ARRAY(' || format(members, part) || '))'
        WHEN kind = 'group_kitchens' AND device IS NOT NULL THEN own_enterprise || device || ' = ANY (ARRAY(SELECT d.id FROM device d))'
        WHEN called = 'site' THEN 'id = ANY (ARRAY(SELECT d.site_id FROM device d))'
        WHEN called = 'entity' AND kind = 'group_kitchens' THEN 'id = ANY (ARRAY(SELECT s.entity_id FROM site s))'
        WHEN called = 'entity' THEN 'id = ANY (ARRAY(SELECT d.entity_id FROM device d))'
        WHEN called = 'event' THEN own_enterprise || 'data ->> ' || quote_literal(part) || ' = ANY (ARRAY(' || format(members, part) || '))'
        WHEN called = 'legal_hold' THEN 'alert_id IN (SELECT a.id FROM alert a)'
        WHEN called = 'proof_photo' THEN 'task_id IN (SELECT t.id FROM task t)'
        WHEN called = 'transition' THEN '(object = ''alert'' AND EXISTS (SELECT FROM alert a WHERE a.id = object_id)) OR '
                                        '(object = ''task'' AND EXISTS (SELECT FROM task t WHERE t.id = object_id))'
        WHEN called = 'evidence' THEN 'EXISTS (SELECT FROM violation v WHERE v.evidence_ids @> ARRAY[evidence.id]) OR '
                                      'EXISTS (SELECT FROM transition t WHERE t.evidence_ids @> ARRAY[evidence.id]) OR '
                                      'EXISTS (SELECT FROM proof_photo p WHERE p.tenant_id = evidence.tenant_id '
                                      'AND p.sha256 = evidence.sha256 AND p.evidence_id = evidence.id)'
        WHEN called IN ('evidence_copy', 'evidence_purge') THEN 'EXISTS (SELECT FROM evidence e WHERE e.id = evidence_id)'
    END;
    RETURN 'tenant_id = current_setting(''mingchu.tenant'', true) AND (' || own || ')';
END $$;

-- Let every kind of scope see its rows of a table with tenant_id and region_code: those who supervise, and, if told so,
-- enterprises. Later migrations call it for their tables.
CREATE FUNCTION mingchu_scope_table(relation regclass, does text, for_enterprises boolean, kinds text[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    kind text;
    visible text;
BEGIN
    FOREACH kind IN ARRAY kinds LOOP
        visible := mingchu_visible(relation, kind);
        CONTINUE WHEN visible IS NULL OR NOT for_enterprises AND kind IN ('entity', 'group_kitchens', 'group_cameras');
        EXECUTE format('CREATE POLICY %I ON %s FOR %s TO %I USING (%s)', 'seen_by_' || kind, relation, does,
                       'mingchu_api_' || kind, visible) || CASE does WHEN 'SELECT' THEN '' ELSE format(' WITH CHECK (%s)', visible) END;
    END LOOP;
END $$;
CREATE FUNCTION mingchu_scope_table(relation regclass, does text, for_enterprises boolean) RETURNS void LANGUAGE sql AS $$
    SELECT mingchu_scope_table(relation, does, for_enterprises, ARRAY['tenant', 'region', 'region_4', 'region_6', 'region_9',
        'region_12', 'entity', 'group_few', 'group_many', 'group_kitchens', 'group_cameras'])
$$;
REVOKE ALL ON FUNCTION mingchu_visible(regclass, text), mingchu_scope_table(regclass, text, boolean),
    mingchu_scope_table(regclass, text, boolean, text[]) FROM PUBLIC;
"""

_POLICIES = r"""
DO $$
DECLARE
    groups text[] := ARRAY['group_few', 'group_many', 'group_kitchens', 'group_cameras'];
    kind text;
    name text;
    policy record;
BEGIN
    -- Every table whose rows a county sees, by enterprise. Accounts are managed by those who have a region.
    FOR policy IN SELECT p.tablename, p.cmd, EXISTS (SELECT FROM pg_policies q WHERE q.schemaname = 'public'
                         AND q.tablename = p.tablename AND q.policyname = 'seen_by_entity') AS shown
                  FROM pg_policies p WHERE p.schemaname = 'public' AND p.policyname = 'seen_by_region_6'
                  AND p.tablename <> ALL (ARRAY['app_user', 'api_key', 'user_session', 'login_device', 'invitation', 'channel',
                          'notice', 'webhook_endpoint', 'webhook_delivery', 'feed_day', 'feed_block']) LOOP
        PERFORM mingchu_scope_table(policy.tablename::regclass, policy.cmd, policy.shown, groups);
    END LOOP;

    -- What is hidden from enterprises is hidden from those who see a part of one.
    FOR policy IN SELECT * FROM pg_policies WHERE schemaname = 'public' AND permissive = 'RESTRICTIVE'
                  AND roles = ARRAY['mingchu_api_entity'::name] LOOP
        EXECUTE format('CREATE POLICY %I ON %I AS RESTRICTIVE FOR %s TO mingchu_api_group_kitchens, mingchu_api_group_cameras '
                       'USING (%s)', policy.policyname || '_part', policy.tablename, policy.cmd, policy.qual);
    END LOOP;
    -- Tables of one policy for all kinds of scope: a part of an enterprise sees the rows of its place.
    FOREACH name IN ARRAY ARRAY['camera_view', 'camera_shot', 'meal_record', 'patrol', 'opening_rule', 'outlet',
                                'outside_visit', 'recheck', 'service'] LOOP
        FOREACH kind IN ARRAY ARRAY['group_kitchens', 'group_cameras'] LOOP
            EXECUTE format('CREATE POLICY %I ON %I AS RESTRICTIVE TO %I USING (%s)', kind || '_only', name,
                           'mingchu_api_' || kind, coalesce(mingchu_visible(name::regclass, kind), 'false'));
        END LOOP;
    END LOOP;
    -- A step that they take at what they see announces itself, and brings its photos.
    CREATE POLICY part_announces ON outbox FOR INSERT TO mingchu_api_group_kitchens, mingchu_api_group_cameras
        WITH CHECK (tenant_id = current_setting('mingchu.tenant', true) AND entity_id IN (SELECT e.id FROM entity e));
    CREATE POLICY part_proves ON evidence FOR INSERT TO mingchu_api_group_kitchens, mingchu_api_group_cameras
        WITH CHECK (tenant_id = current_setting('mingchu.tenant', true) AND entity_id IN (SELECT e.id FROM entity e));
    CREATE POLICY part_knows ON node FOR SELECT TO mingchu_api_group_cameras
        USING (tenant_id = current_setting('mingchu.tenant', true) AND id = ANY (ARRAY(SELECT d.node_id FROM device d)));
    CREATE POLICY part_knows ON person FOR SELECT TO mingchu_api_group_kitchens
        USING (tenant_id = current_setting('mingchu.tenant', true) AND entity_id = ANY (ARRAY(SELECT e.id FROM entity e))
               AND id = ANY (ARRAY(SELECT r.person_id FROM responsibility r UNION SELECT t.person_id FROM task t)));
    CREATE POLICY part_finds_nothing ON alert AS RESTRICTIVE FOR INSERT
        TO mingchu_api_group_kitchens, mingchu_api_group_cameras WITH CHECK (false);
    CREATE POLICY part_sets_nobody ON service AS RESTRICTIVE FOR INSERT
        TO mingchu_api_group_kitchens, mingchu_api_group_cameras WITH CHECK (false);

    FOREACH kind IN ARRAY groups LOOP
        -- What a group has of its own.
        FOREACH name IN ARRAY ARRAY['channel', 'webhook_endpoint'] LOOP
            EXECUTE format('CREATE POLICY %I ON %I TO %I USING (%s) WITH CHECK (%s)', 'seen_by_' || kind, name,
                           'mingchu_api_' || kind, v.own, v.own)
            FROM (SELECT 'tenant_id = current_setting(''mingchu.tenant'', true) AND group_id = mingchu_group()' AS own) v;
        END LOOP;
        EXECUTE format('CREATE POLICY %I ON notice TO %I USING (channel_id IN (SELECT c.id FROM channel c)) '
                       'WITH CHECK (channel_id IN (SELECT c.id FROM channel c))', 'seen_by_' || kind, 'mingchu_api_' || kind);
        EXECUTE format('CREATE POLICY %I ON webhook_delivery TO %I USING (endpoint_id IN (SELECT w.id FROM webhook_endpoint w)) '
                       'WITH CHECK (endpoint_id IN (SELECT w.id FROM webhook_endpoint w))', 'seen_by_' || kind,
                       'mingchu_api_' || kind);
        -- A part of a county proves its events by the county's hashes, which tell nothing to whom cannot see the event.
        FOREACH name IN ARRAY ARRAY['feed_day', 'feed_block'] LOOP
            EXECUTE format('CREATE POLICY %I ON %I FOR SELECT TO %I USING (tenant_id = current_setting(''mingchu.tenant'', true) '
                           'AND region_code IN (SELECT left(e.region_code, 6) FROM entity e))', 'seen_by_' || kind, name,
                           'mingchu_api_' || kind);
        END LOOP;
    END LOOP;
END $$;

-- What applies at a place may be read by whoever sees the place.
CREATE POLICY seen_by_group ON calendar_year FOR SELECT TO mingchu_api_group_few, mingchu_api_group_many,
    mingchu_api_group_kitchens, mingchu_api_group_cameras USING (tenant_id = current_setting('mingchu.tenant', true));
CREATE POLICY seen_by_group ON chain FOR SELECT TO mingchu_api_group_few, mingchu_api_group_many,
    mingchu_api_group_kitchens, mingchu_api_group_cameras USING (tenant_id = current_setting('mingchu.tenant', true));
CREATE POLICY seen_by_group ON supervision_preset FOR SELECT TO mingchu_api_group_few, mingchu_api_group_many
    USING (tenant_id = current_setting('mingchu.tenant', true));
CREATE POLICY seen_by_group ON code_override FOR SELECT TO mingchu_api_group_few, mingchu_api_group_many,
    mingchu_api_group_kitchens, mingchu_api_group_cameras USING (tenant_id = current_setting('mingchu.tenant', true) AND (
        level = 'tenant'
        OR level = 'region' AND EXISTS (SELECT FROM entity e WHERE starts_with(e.region_code, code_override.region_code))
        OR level NOT IN ('tenant', 'region') AND entity_id IN (SELECT e.id FROM entity e)));
CREATE POLICY seen_by_group ON opening_rule FOR SELECT TO mingchu_api_group_few, mingchu_api_group_many
    USING (entity_id IS NULL AND tenant_id = current_setting('mingchu.tenant', true) AND EXISTS (
        SELECT FROM entity e WHERE starts_with(e.region_code, opening_rule.region_code)
                               AND e.business_kind = ANY (opening_rule.business_kinds)));
CREATE POLICY seen_by_group ON cadre FOR SELECT TO mingchu_api_group_few, mingchu_api_group_many
    USING (tenant_id = current_setting('mingchu.tenant', true) AND id IN (SELECT a.cadre_id FROM assignment a));

-- The groups themselves: whoever has a region manages those within it; a group sees itself.
ALTER TABLE access_group ENABLE ROW LEVEL SECURITY;
ALTER TABLE access_member ENABLE ROW LEVEL SECURITY;
CREATE POLICY worker ON access_group TO mingchu_worker USING (true) WITH CHECK (true);
CREATE POLICY worker ON access_member TO mingchu_worker USING (true) WITH CHECK (true);
CREATE POLICY seen_by_itself ON access_group FOR SELECT TO mingchu_api_group_few, mingchu_api_group_many,
    mingchu_api_group_kitchens, mingchu_api_group_cameras USING (id = mingchu_group());
CREATE POLICY seen_by_itself ON access_member FOR SELECT TO mingchu_api_group_few, mingchu_api_group_many,
    mingchu_api_group_kitchens, mingchu_api_group_cameras USING (group_id = mingchu_group());
SELECT mingchu_scope_table('access_group', 'ALL', false, ARRAY['tenant', 'region', 'region_4', 'region_6', 'region_9', 'region_12']);
DO $$
DECLARE
    kind text;
BEGIN
    FOREACH kind IN ARRAY ARRAY['tenant', 'region', 'region_4', 'region_6', 'region_9', 'region_12'] LOOP
        -- A member is of the group's region: nobody is let into what the group's maker does not see.
        EXECUTE format('CREATE POLICY %I ON access_member TO %I USING (group_id IN (SELECT g.id FROM access_group g)) '
                       'WITH CHECK (EXISTS (SELECT FROM access_group g WHERE g.id = group_id AND ('
                       'g.kind = ''enterprises'' AND EXISTS (SELECT FROM entity e WHERE e.id = access_member.entity_id '
                       'AND starts_with(e.region_code, g.region_code)) OR '
                       'g.kind = ''kitchens'' AND EXISTS (SELECT FROM site s WHERE s.id = access_member.site_id '
                       'AND starts_with(s.region_code, g.region_code) AND s.entity_id = coalesce(g.entity_id, s.entity_id)) OR '
                       'g.kind = ''cameras'' AND EXISTS (SELECT FROM device d WHERE d.id = access_member.device_id '
                       'AND starts_with(d.region_code, g.region_code) AND d.entity_id = coalesce(g.entity_id, d.entity_id)))))',
                       'seen_by_' || kind, 'mingchu_api_' || kind);
    END LOOP;
END $$;
GRANT SELECT, INSERT, DELETE ON access_member TO mingchu_api, mingchu_worker;
GRANT SELECT, INSERT, DELETE ON access_group TO mingchu_api, mingchu_worker;
GRANT UPDATE (name, version) ON access_group TO mingchu_api, mingchu_worker;

-- Changes of groups are in the audit log.
CREATE TRIGGER access_group_notes_change AFTER INSERT OR UPDATE OR DELETE ON access_group FOR EACH ROW
    EXECUTE FUNCTION mingchu_note_change('id', 'version,size', '');
CREATE FUNCTION mingchu_note_member() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    known access_member := CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
BEGIN
    PERFORM mingchu_note(
        'access_member.' || CASE TG_OP WHEN 'DELETE' THEN 'removed' ELSE 'added' END, 'access_group:' || g.id, g.tenant_id,
        g.region_code, g.entity_id, '', jsonb_strip_nulls(to_jsonb(known)) - 'group_id')
    FROM access_group g WHERE g.id = known.group_id AND g.kind <> 'sector';  -- a sector's members follow from a rule
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION mingchu_note_member(), mingchu_group_grew(), mingchu_group_shrank(), mingchu_sector_begins(),
    mingchu_sector_joins(), mingchu_sector_moves() FROM PUBLIC;
CREATE TRIGGER access_member_notes_change AFTER INSERT OR DELETE ON access_member FOR EACH ROW
    EXECUTE FUNCTION mingchu_note_member();
"""


def upgrade() -> None:
    cursor = op.get_bind().connection.cursor()
    for part in (_TABLES, _ROLES, _FUNCTIONS, _POLICIES):
        cursor.execute(part)


def downgrade() -> None:
    raise NotImplementedError("mingchu migrates forward only; restore a backup to go back")
