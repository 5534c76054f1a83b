"""How database, evidence and free disk grew, once an hour, so that the day can be told on which the disk is full."""

from alembic import op

revision = "0090"
down_revision = "0086"
branch_labels = None
depends_on = None

_SQL = r"""
CREATE TABLE space_sample (
    at timestamptz PRIMARY KEY,
    database_bytes bigint NOT NULL CHECK (database_bytes >= 0),
    evidence_bytes bigint NOT NULL CHECK (evidence_bytes >= 0),
    -- What of both lies on the disk whose free room this is.
    here_bytes bigint NOT NULL CHECK (here_bytes >= 0),
    free_bytes bigint NOT NULL CHECK (free_bytes >= 0)
);
COMMENT ON TABLE space_sample IS 'Hourly sizes of database, evidence store and free disk';
GRANT SELECT, INSERT, DELETE ON space_sample TO mingchu_worker;
ALTER TABLE space_sample ENABLE ROW LEVEL SECURITY;
CREATE POLICY worker ON space_sample TO mingchu_worker USING (true) WITH CHECK (true);

-- The samples of the last week, oldest first: administrators of a tenant see them on the page of the platform itself.
CREATE FUNCTION mingchu_space(since timestamptz) RETURNS SETOF space_sample
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT * FROM space_sample WHERE at >= since ORDER BY at LIMIT 1000
$$;
REVOKE ALL ON FUNCTION mingchu_space(timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION mingchu_space(timestamptz) TO mingchu_api_tenant, mingchu_worker;
"""


def upgrade() -> None:
    op.get_bind().connection.cursor().execute(_SQL)


def downgrade() -> None:
    raise NotImplementedError("mingchu migrates forward only; restore a backup to go back")
