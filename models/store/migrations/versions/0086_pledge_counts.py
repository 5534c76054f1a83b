"""How many pledges are due and signed in each region (签订率): counted where something changed, read at once.

A change leaves a mark with its region. Reading adds what is counted to the present counts of the marked regions, so the
rate is always right; the alerts role counts the marked regions anew and takes the marks away. Marks are only ever added
and removed, so that changes wait for nobody.
"""

from alembic import op

revision = "0086"
down_revision = "0085"
branch_labels = None
depends_on = None

_SQL = """
CREATE TABLE pledge_count (
    tenant_id text NOT NULL,
    region_code text NOT NULL,
    due integer NOT NULL,
    signed integer NOT NULL,
    PRIMARY KEY (tenant_id, region_code)
);
CREATE TABLE pledge_mark (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant_id text NOT NULL,
    region_code text NOT NULL
);

ALTER TABLE pledge_count ENABLE ROW LEVEL SECURITY;
ALTER TABLE pledge_mark ENABLE ROW LEVEL SECURITY;
CREATE POLICY worker ON pledge_count TO mingchu_worker USING (true) WITH CHECK (true);
CREATE POLICY worker ON pledge_mark TO mingchu_worker USING (true) WITH CHECK (true);
DO $$
DECLARE
    kind text;
    visible text;
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['pledge_count', 'pledge_mark'] LOOP
        FOR kind, visible IN VALUES
            ('tenant', 'true'),
            ('region', 'current_setting(''mingchu.region'', true) <> '''' '
                       'AND starts_with(region_code, current_setting(''mingchu.region'', true))'),
            ('region_4', 'left(region_code, 4) = current_setting(''mingchu.region'', true)'),
            ('region_6', 'left(region_code, 6) = current_setting(''mingchu.region'', true)'),
            ('region_9', 'left(region_code, 9) = current_setting(''mingchu.region'', true)'),
            ('region_12', 'region_code = current_setting(''mingchu.region'', true)')
        LOOP
            EXECUTE format('CREATE POLICY %I ON %I FOR SELECT TO %I USING '
                           '(tenant_id = current_setting(''mingchu.tenant'', true) AND %s)',
                           'seen_by_' || kind, name, 'mingchu_api_' || kind, visible);
        END LOOP;
    END LOOP;
END $$;
GRANT SELECT, INSERT, UPDATE ON pledge_count TO mingchu_worker;
GRANT SELECT, DELETE ON pledge_mark TO mingchu_worker;
GRANT SELECT ON pledge_count, pledge_mark TO mingchu_api;

-- As the owner, because a cadre of the city answers for enterprises whose county does not see the city's cadres.
CREATE FUNCTION mingchu_pledges_of(tenant text, region text, OUT due integer, OUT signed integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT count(*), count(*) FILTER (WHERE d.pledge_id IS NOT NULL AND d.lapsed IS NULL)
    FROM pledge_due d WHERE d.tenant_id = tenant AND d.region_code = region
      AND (NOT starts_with(current_setting('role', true), 'mingchu_api') OR mingchu_supervises(tenant, region, NULL))
$$;
REVOKE EXECUTE ON FUNCTION mingchu_pledges_of FROM PUBLIC;
GRANT EXECUTE ON FUNCTION mingchu_pledges_of TO mingchu_worker, mingchu_api;

-- As the owner: whoever may change a pledge may leave a mark.
CREATE FUNCTION mingchu_mark_pledge() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
AS $$
BEGIN
    INSERT INTO pledge_mark (tenant_id, region_code) VALUES (NEW.tenant_id, NEW.region_code);
    RETURN NULL;
END $$;
CREATE TRIGGER pledge_marks AFTER INSERT ON pledge FOR EACH ROW EXECUTE FUNCTION mingchu_mark_pledge();
CREATE TRIGGER pledge_marks AFTER INSERT OR UPDATE ON assignment FOR EACH ROW EXECUTE FUNCTION mingchu_mark_pledge();
CREATE TRIGGER pledge_marks AFTER INSERT ON entity_change FOR EACH ROW WHEN (NEW.kind = 'owner')
    EXECUTE FUNCTION mingchu_mark_pledge();
CREATE TRIGGER pledge_marks AFTER INSERT OR UPDATE ON person FOR EACH ROW WHEN (NEW.post = 'principal')
    EXECUTE FUNCTION mingchu_mark_pledge();
CREATE TRIGGER pledge_marks AFTER UPDATE ON entity FOR EACH ROW
    WHEN (OLD.name <> NEW.name OR OLD.guarantee_tier IS DISTINCT FROM NEW.guarantee_tier OR OLD.operating <> NEW.operating)
    EXECUTE FUNCTION mingchu_mark_pledge();

-- Another version of the lists lets all pledges lapse.
CREATE FUNCTION mingchu_mark_all_pledges() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO pledge_mark (tenant_id, region_code) SELECT DISTINCT tenant_id, region_code FROM entity;
    RETURN NULL;
END $$;
CREATE TRIGGER pledge_marks AFTER INSERT OR UPDATE ON pledge_template
    FOR EACH STATEMENT EXECUTE FUNCTION mingchu_mark_all_pledges();
INSERT INTO pledge_mark (tenant_id, region_code) SELECT DISTINCT tenant_id, region_code FROM entity;
"""


def upgrade() -> None:
    op.get_bind().connection.cursor().execute(_SQL)


def downgrade() -> None:
    raise NotImplementedError("mingchu migrates forward only; restore a backup to go back")
