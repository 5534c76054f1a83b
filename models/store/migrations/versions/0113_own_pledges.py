"""Pledges (承诺书) of the people of enterprises themselves: due, signed, lapsed and counted as those of cadres."""

from alembic import op

revision = "0113"
down_revision = "0112"
branch_labels = None
depends_on = None

_SQL = """
CREATE TABLE own_pledge (
    id uuid PRIMARY KEY,
    tenant_id text NOT NULL REFERENCES tenant,
    entity_id uuid NOT NULL REFERENCES entity,
    region_code text NOT NULL,
    person_id uuid NOT NULL REFERENCES person,
    name text NOT NULL,
    post text NOT NULL CHECK (post IN ('officer', 'director', 'principal')),
    entity text NOT NULL,
    tier text CHECK (tier IN ('A', 'B', 'C', 'D')),
    template text NOT NULL CHECK (length(template) <= 40),
    text text NOT NULL CHECK (length(text) BETWEEN 1 AND 20000),
    text_sha256 text NOT NULL CHECK (text_sha256 ~ '^[0-9a-f]{64}$'),
    login text NOT NULL,
    proof text NOT NULL CHECK (proof IN ('password', 'code')),
    signed_at timestamptz NOT NULL,
    signature text NOT NULL CHECK (signature ~ '^[0-9a-f]{64}$')
);
CREATE INDEX own_pledge_person ON own_pledge (person_id, signed_at DESC);
CREATE INDEX own_pledge_entity ON own_pledge (entity_id);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON own_pledge FOR EACH ROW EXECUTE FUNCTION mingchu_refuse_change();
ALTER TABLE own_pledge ENABLE ROW LEVEL SECURITY;
CREATE POLICY worker ON own_pledge TO mingchu_worker USING (true) WITH CHECK (true);
SELECT mingchu_scope_table('own_pledge', 'SELECT', true);
-- Nobody signs for an enterprise but its own accounts.
CREATE POLICY signed_by_entity ON own_pledge FOR INSERT TO mingchu_api_entity WITH CHECK (
    tenant_id = current_setting('mingchu.tenant', true)
    AND entity_id = nullif(current_setting('mingchu.entity', true), '')::uuid);
GRANT SELECT, INSERT ON own_pledge TO mingchu_worker, mingchu_api;

ALTER TABLE pledge_template ADD COLUMN own_version text NOT NULL DEFAULT '2026.11.1';

CREATE VIEW own_pledge_due WITH (security_invoker = true) AS
SELECT e.tenant_id, e.id AS entity_id, e.region_code, e.name AS entity, e.guarantee_tier AS tier, h.id AS person_id,
       h.name, h.post, h.valid_from AS since, p.id AS pledge_id, p.signed_at,
       CASE WHEN p.id IS NULL THEN NULL
            WHEN p.tier IS DISTINCT FROM e.guarantee_tier THEN 'tier'
            WHEN p.template <> t.own_version THEN 'template'
            WHEN p.entity <> e.name OR EXISTS (
                SELECT FROM entity_change x WHERE x.entity_id = e.id AND x.kind = 'owner' AND x.at > p.signed_at)
            THEN 'owner'
            -- The first principal who is named changes nothing; the next one does.
            WHEN EXISTS (SELECT FROM person n WHERE n.entity_id = e.id AND n.post = 'principal'
                         AND n.valid_from > p.signed_at)
                AND EXISTS (SELECT FROM person n WHERE n.entity_id = e.id AND n.post = 'principal'
                            AND n.valid_from <= p.signed_at)
            THEN 'principal' END AS lapsed
FROM person h
JOIN entity e ON e.id = h.entity_id AND e.operating = 'open'
CROSS JOIN pledge_template t
LEFT JOIN LATERAL (SELECT * FROM own_pledge p WHERE p.person_id = h.id ORDER BY p.signed_at DESC LIMIT 1) p ON true
WHERE h.valid_to IS NULL;
GRANT SELECT ON own_pledge_due TO mingchu_worker, mingchu_api;

ALTER TABLE pledge_count ADD COLUMN own_due integer NOT NULL DEFAULT 0, ADD COLUMN own_signed integer NOT NULL DEFAULT 0;
CREATE FUNCTION mingchu_own_pledges_of(tenant text, region text, OUT due integer, OUT signed integer)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT count(*), count(*) FILTER (WHERE d.pledge_id IS NOT NULL AND d.lapsed IS NULL)
    FROM own_pledge_due d WHERE d.tenant_id = tenant AND d.region_code = region
      AND (NOT starts_with(current_setting('role', true), 'mingchu_api') OR mingchu_supervises(tenant, region, NULL))
$$;
REVOKE EXECUTE ON FUNCTION mingchu_own_pledges_of FROM PUBLIC;
GRANT EXECUTE ON FUNCTION mingchu_own_pledges_of TO mingchu_worker, mingchu_api;
CREATE TRIGGER pledge_marks AFTER INSERT ON own_pledge FOR EACH ROW EXECUTE FUNCTION mingchu_mark_pledge();
DROP TRIGGER pledge_marks ON person;
CREATE TRIGGER pledge_marks AFTER INSERT OR UPDATE ON person FOR EACH ROW EXECUTE FUNCTION mingchu_mark_pledge();
INSERT INTO pledge_mark (tenant_id, region_code) SELECT DISTINCT tenant_id, region_code FROM entity;

ALTER TABLE transition DROP CONSTRAINT transition_object_check;
ALTER TABLE transition ADD CONSTRAINT transition_object_check CHECK (
    object IN ('alert', 'task', 'lead', 'record', 'report', 'supervision', 'pledge', 'patrol', 'own_pledge'));
"""


def upgrade() -> None:
    op.get_bind().connection.cursor().execute(_SQL)


def downgrade() -> None:
    raise NotImplementedError("mingchu migrates forward only; restore a backup to go back")
