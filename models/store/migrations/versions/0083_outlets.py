"""Outlets (连锁门店): stores and branches of a chain, and what its head office may know of them: counts, never rows."""

from alembic import op

revision = "0083"
down_revision = "0082"
branch_labels = None
depends_on = None

_SQL = """
-- One store or branch. `parent_id` is the branch above it, or the head office; `hq_id` the head office itself.
CREATE TABLE outlet (
    entity_id uuid PRIMARY KEY REFERENCES entity,
    tenant_id text NOT NULL REFERENCES tenant,
    region_code text NOT NULL,
    hq_id uuid NOT NULL REFERENCES entity,
    parent_id uuid NOT NULL REFERENCES entity,
    set_by text NOT NULL,
    set_at timestamptz NOT NULL,
    CONSTRAINT outlet_below CHECK (entity_id <> hq_id AND entity_id <> parent_id)
);
CREATE INDEX outlet_hq ON outlet (hq_id);
CREATE INDEX outlet_parent ON outlet (parent_id);
ALTER TABLE outlet ENABLE ROW LEVEL SECURITY;
CREATE POLICY worker ON outlet TO mingchu_worker USING (true) WITH CHECK (true);
CREATE POLICY api ON outlet TO mingchu_api USING (mingchu_supervises(tenant_id, region_code, entity_id))
    WITH CHECK (mingchu_supervises(tenant_id, region_code, entity_id));
CREATE POLICY own ON outlet FOR SELECT TO mingchu_api USING (
    (SELECT current_setting('mingchu.scope', true)) = 'entity'
    AND tenant_id = (SELECT current_setting('mingchu.tenant', true))
    AND (SELECT nullif(current_setting('mingchu.entity', true), '')::uuid) IN (entity_id, hq_id, parent_id));
GRANT SELECT, INSERT, DELETE, UPDATE (hq_id, parent_id, set_by, set_at) ON outlet TO mingchu_worker, mingchu_api;

-- The outlets below the enterprise whose scope the transaction has.
CREATE FUNCTION mingchu_outlets_below() RETURNS SETOF outlet
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT o.* FROM outlet o
    WHERE current_setting('mingchu.scope', true) = 'entity' AND o.tenant_id = current_setting('mingchu.tenant', true)
      AND nullif(current_setting('mingchu.entity', true), '')::uuid IN (o.hq_id, o.parent_id)
$$;
CREATE FUNCTION mingchu_outlets(first date, last date) RETURNS TABLE (
    entity_id uuid, name text, region_code text, parent_id uuid, branch boolean, sites bigint, days bigint,
    hazards bigint, overdue bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT o.entity_id, e.name, e.region_code, o.parent_id,
           EXISTS (SELECT FROM outlet below WHERE below.parent_id = o.entity_id),
           (SELECT count(*) FROM site s WHERE s.entity_id = o.entity_id),
           (SELECT count(*) FROM day_record d WHERE d.entity_id = o.entity_id AND d.state = 'signed'
            AND d.day BETWEEN first AND last),
           (SELECT count(*) FROM task t WHERE t.entity_id = o.entity_id AND t.closed_at IS NULL),
           (SELECT count(*) FROM task t WHERE t.entity_id = o.entity_id AND t.closed_at IS NULL AND t.due_at < now())
    FROM mingchu_outlets_below() o JOIN entity e ON e.id = o.entity_id
    ORDER BY e.name, o.entity_id LIMIT 1000
$$;
-- Hazards of one code that several outlets had.
CREATE FUNCTION mingchu_common_problems(since timestamptz) RETURNS TABLE (code text, outlets bigint, times bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT t.code, count(DISTINCT t.entity_id), count(*)
    FROM mingchu_outlets_below() o JOIN task t ON t.entity_id = o.entity_id
    WHERE t.dispatched_at >= since AND t.state <> 'voided'
    GROUP BY t.code HAVING count(DISTINCT t.entity_id) > 1 ORDER BY 2 DESC, 3 DESC, 1
$$;
REVOKE ALL ON FUNCTION mingchu_outlets_below(), mingchu_outlets(date, date), mingchu_common_problems(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION mingchu_outlets(date, date), mingchu_common_problems(timestamptz) TO mingchu_api, mingchu_worker;
"""


def upgrade() -> None:
    op.get_bind().connection.cursor().execute(_SQL)


def downgrade() -> None:
    raise NotImplementedError("mingchu migrates forward only; restore a backup to go back")
