"""Pledges (承诺书) of cadres for the enterprises that they supervise; warnings that enterprises don't see."""

from alembic import op

revision = "0057"
down_revision = "0056"
branch_labels = None
depends_on = None

_SQL = """
CREATE TABLE pledge (
    id uuid PRIMARY KEY,
    tenant_id text NOT NULL REFERENCES tenant,
    entity_id uuid NOT NULL REFERENCES entity,
    region_code text NOT NULL,
    cadre_id uuid NOT NULL REFERENCES cadre,
    cadre text NOT NULL,
    post text NOT NULL,
    level text NOT NULL CHECK (level IN ('city', 'county', 'township', 'village')),
    entity text NOT NULL,
    tier text NOT NULL CHECK (tier IN ('A', 'B', 'C', 'D')),
    template text NOT NULL CHECK (length(template) <= 40),
    text text NOT NULL CHECK (length(text) BETWEEN 1 AND 20000),
    text_sha256 text NOT NULL CHECK (text_sha256 ~ '^[0-9a-f]{64}$'),
    login text NOT NULL,
    signed_at timestamptz NOT NULL,
    signature text NOT NULL CHECK (signature ~ '^[0-9a-f]{64}$')
);
CREATE INDEX pledge_entity ON pledge (entity_id, cadre_id, signed_at DESC);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON pledge FOR EACH ROW EXECUTE FUNCTION mingchu_refuse_change();
ALTER TABLE pledge ENABLE ROW LEVEL SECURITY;
CREATE POLICY worker ON pledge TO mingchu_worker USING (true) WITH CHECK (true);
-- An enterprise sees what was pledged for it; those who supervise it sign.
CREATE POLICY api_reads ON pledge FOR SELECT TO mingchu_api USING (mingchu_sees(tenant_id, region_code, entity_id));
CREATE POLICY api_adds ON pledge FOR INSERT TO mingchu_api
    WITH CHECK (mingchu_supervises(tenant_id, region_code, entity_id));
GRANT SELECT, INSERT ON pledge TO mingchu_worker, mingchu_api;

-- The template of the lists that counts now; the alerts role keeps it up to date.
CREATE TABLE pledge_template (single boolean PRIMARY KEY DEFAULT true CHECK (single), version text NOT NULL);
INSERT INTO pledge_template (version) VALUES ('2026.11.1');
GRANT SELECT ON pledge_template TO mingchu_worker, mingchu_api;
GRANT UPDATE ON pledge_template TO mingchu_worker;

CREATE VIEW pledge_due WITH (security_invoker = true) AS
SELECT e.tenant_id, e.id AS entity_id, e.region_code, e.name AS entity, e.guarantee_tier AS tier, a.cadre_id,
       c.name AS cadre, c.level, a.valid_from AS since, p.id AS pledge_id, p.signed_at,
       CASE WHEN p.id IS NULL THEN NULL
            WHEN p.tier IS DISTINCT FROM e.guarantee_tier THEN 'tier'
            WHEN p.template <> t.version THEN 'template'
            WHEN p.entity <> e.name OR EXISTS (
                SELECT FROM entity_change x WHERE x.entity_id = e.id AND x.kind = 'owner' AND x.at > p.signed_at)
            THEN 'owner' END AS lapsed
FROM assignment a
JOIN entity e ON e.id = a.entity_id AND e.operating = 'open'
JOIN cadre c ON c.id = a.cadre_id
CROSS JOIN pledge_template t
LEFT JOIN LATERAL (SELECT * FROM pledge p WHERE p.entity_id = e.id AND p.cadre_id = a.cadre_id
                   ORDER BY p.signed_at DESC LIMIT 1) p ON true
WHERE a.part = 'primary' AND a.valid_to IS NULL;
GRANT SELECT ON pledge_due TO mingchu_worker, mingchu_api;

-- Warnings about cadres are not the enterprise's to see.
ALTER TABLE duty_warning ADD COLUMN internal boolean NOT NULL DEFAULT false;
CREATE POLICY not_internal ON duty_warning AS RESTRICTIVE FOR SELECT TO mingchu_api USING (
    NOT internal OR current_setting('mingchu.scope', true) <> 'entity');

ALTER TABLE transition DROP CONSTRAINT transition_object_check;
ALTER TABLE transition ADD CONSTRAINT transition_object_check
    CHECK (object IN ('alert', 'task', 'lead', 'record', 'report', 'supervision', 'pledge'));
"""


def upgrade() -> None:
    op.get_bind().connection.cursor().execute(_SQL)


def downgrade() -> None:
    raise NotImplementedError("mingchu migrates forward only; restore a backup to go back")
