"""The own calendar of enterprises (营业日历): days on which they are closed and owe no day record."""

from alembic import op

revision = "0073"
down_revision = "0072"
branch_labels = None
depends_on = None

_SQL = """
CREATE TABLE opening_rule (
    id uuid PRIMARY KEY,
    tenant_id text NOT NULL REFERENCES tenant,
    entity_id uuid REFERENCES entity,
    region_code text NOT NULL CHECK (region_code ~ '^([0-9]{2,12})?$'),
    business_kinds text[] NOT NULL DEFAULT '{}',
    kind text NOT NULL CHECK (kind IN ('weekly', 'closed', 'open')),
    first date NOT NULL,
    last date CHECK (last >= first - 1),
    weekdays smallint[] NOT NULL DEFAULT '{}' CHECK (weekdays <@ '{1,2,3,4,5,6,7}'::smallint[]),
    reason text NOT NULL CHECK (length(btrim(reason)) BETWEEN 1 AND 200),
    set_by text NOT NULL,
    set_at timestamptz NOT NULL,
    ended_at timestamptz,
    ended_by text,
    end_reason text CHECK (length(btrim(end_reason)) BETWEEN 1 AND 200),
    CONSTRAINT opening_rule_weekly CHECK ((kind = 'weekly') = (weekdays <> '{}')),
    CONSTRAINT opening_rule_whose CHECK ((entity_id IS NULL) = (business_kinds <> '{}')),
    CONSTRAINT opening_rule_end CHECK (num_nulls(ended_at, ended_by, end_reason) IN (0, 3))
);
CREATE INDEX opening_rule_entity ON opening_rule (entity_id, id);
CREATE INDEX opening_rule_region ON opening_rule (tenant_id, region_code) WHERE entity_id IS NULL;

-- The days of a time on which enterprises are closed, of one (firm) or all, of one tenant or all: set by set, so that
-- its cost is that of the lines that count then.
CREATE FUNCTION mingchu_closed_days(tenant text, firm uuid, since date, until date)
RETURNS TABLE (entity_id uuid, day date) LANGUAGE sql STABLE AS $$
    WITH line AS (
        SELECT o.entity_id, o.kind, o.weekdays, greatest(o.first, $3) AS f, least(coalesce(o.last, $4), $4) AS l
        FROM opening_rule o
        WHERE o.entity_id IS NOT NULL AND ($1 IS NULL OR o.tenant_id = $1) AND ($2 IS NULL OR o.entity_id = $2)
          AND o.first <= $4 AND (o.last IS NULL OR o.last >= $3)
        UNION ALL
        SELECT e.id, o.kind, o.weekdays, greatest(o.first, $3), least(coalesce(o.last, $4), $4)
        FROM opening_rule o JOIN entity e ON e.tenant_id = o.tenant_id AND starts_with(e.region_code, o.region_code)
            AND e.business_kind = ANY(o.business_kinds)
        WHERE o.entity_id IS NULL AND ($1 IS NULL OR o.tenant_id = $1) AND ($2 IS NULL OR e.id = $2)
          AND o.first <= $4 AND (o.last IS NULL OR o.last >= $3)
    ), said AS (
        SELECT line.entity_id AS firm, d::date AS said_day, bool_or(line.kind = 'open') AS opened
        FROM line CROSS JOIN LATERAL generate_series(line.f, line.l, interval '1 day') d
        WHERE line.kind <> 'weekly' OR extract(isodow FROM d) = ANY(line.weekdays)
        GROUP BY 1, 2
    )
    SELECT said.firm, said.said_day FROM said WHERE NOT said.opened
$$;
REVOKE ALL ON FUNCTION mingchu_closed_days(text, uuid, date, date) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION mingchu_closed_days(text, uuid, date, date) TO mingchu_worker, mingchu_api;

ALTER TABLE opening_rule ENABLE ROW LEVEL SECURITY;
CREATE POLICY worker ON opening_rule TO mingchu_worker USING (true) WITH CHECK (true);
CREATE POLICY api ON opening_rule TO mingchu_api USING (
    entity_id IS NOT NULL AND mingchu_sees(tenant_id, region_code, entity_id)) WITH CHECK (
    entity_id IS NOT NULL AND mingchu_sees(tenant_id, region_code, entity_id));
-- A line of a region is known within it and above it, and to the enterprises there; a region sets its own.
CREATE POLICY region_reads ON opening_rule FOR SELECT TO mingchu_api USING (
    entity_id IS NULL AND tenant_id = (SELECT current_setting('mingchu.tenant', true))
    AND CASE (SELECT current_setting('mingchu.scope', true)) WHEN 'tenant' THEN true
    WHEN 'region' THEN (SELECT current_setting('mingchu.region', true)) <> ''
        AND (starts_with(region_code, (SELECT current_setting('mingchu.region', true)))
             OR starts_with((SELECT current_setting('mingchu.region', true)), region_code))
    WHEN 'entity' THEN EXISTS (SELECT FROM entity e WHERE starts_with(e.region_code, opening_rule.region_code)
                               AND e.business_kind = ANY(opening_rule.business_kinds))
    ELSE false END);
CREATE POLICY region_adds ON opening_rule FOR INSERT TO mingchu_api WITH CHECK (
    entity_id IS NULL AND mingchu_supervises(tenant_id, region_code, NULL));
CREATE POLICY region_ends ON opening_rule FOR UPDATE TO mingchu_api USING (
    entity_id IS NULL AND mingchu_supervises(tenant_id, region_code, NULL));
GRANT SELECT, INSERT, UPDATE (last, ended_at, ended_by, end_reason) ON opening_rule TO mingchu_worker, mingchu_api;
CREATE TRIGGER never_deleted BEFORE DELETE ON opening_rule FOR EACH ROW EXECUTE FUNCTION mingchu_refuse_change();
"""


def upgrade() -> None:
    op.get_bind().connection.cursor().execute(_SQL)


def downgrade() -> None:
    raise NotImplementedError("mingchu migrates forward only; restore a backup to go back")
