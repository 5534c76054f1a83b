"""Which enterprises lack a pledge, kept where pledges are counted: the list of them reads no other."""

from alembic import op

revision = "0131"
down_revision = "0130"
branch_labels = None
depends_on = None

# As with the counts: a mark makes the list look at its whole region until the alerts role has looked.
_SQL = """
CREATE TABLE pledge_missing (
    entity_id uuid PRIMARY KEY REFERENCES entity,
    tenant_id text NOT NULL,
    region_code text NOT NULL
);
CREATE INDEX pledge_missing_region ON pledge_missing (tenant_id, region_code);
ALTER TABLE pledge_missing ENABLE ROW LEVEL SECURITY;
CREATE POLICY worker ON pledge_missing TO mingchu_worker USING (true) WITH CHECK (true);
SELECT mingchu_scope_table('pledge_missing', 'SELECT', true);
GRANT SELECT, INSERT, DELETE ON pledge_missing TO mingchu_worker;
GRANT SELECT ON pledge_missing TO mingchu_api;

-- Regions of the caller's tenant, also of callers who see no marks; a code tells nothing of an enterprise.
CREATE FUNCTION mingchu_marked_pledges() RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT DISTINCT region_code FROM pledge_mark WHERE tenant_id = current_setting('mingchu.tenant', true)
$$;
REVOKE ALL ON FUNCTION mingchu_marked_pledges() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION mingchu_marked_pledges() TO mingchu_api, mingchu_worker;
INSERT INTO pledge_mark (tenant_id, region_code) SELECT DISTINCT tenant_id, region_code FROM entity;
"""


def upgrade() -> None:
    op.get_bind().connection.cursor().execute(_SQL)


def downgrade() -> None:
    raise NotImplementedError("mingchu migrates forward only; restore a backup to go back")
