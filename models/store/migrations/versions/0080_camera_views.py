"""The present picture of a camera that somebody watches: asked for by the API, made by the judge, gone soon after."""

from alembic import op

revision = "0080"
down_revision = "0078"
branch_labels = None
depends_on = None

_SQL = """
-- One row for each camera that somebody watches or watched a moment ago. `jpeg` has hidden faces and never the original.
CREATE TABLE camera_view (
    device_id text PRIMARY KEY REFERENCES device,
    tenant_id text NOT NULL REFERENCES tenant,
    entity_id uuid NOT NULL REFERENCES entity,
    region_code text NOT NULL,
    wanted_at timestamptz NOT NULL,
    wanted_until timestamptz NOT NULL,
    jpeg bytea CHECK (octet_length(jpeg) <= 262144),
    captured_at timestamptz,
    CONSTRAINT camera_view_whole CHECK ((jpeg IS NULL) = (captured_at IS NULL))
);
CREATE INDEX camera_view_wanted ON camera_view (wanted_until);
ALTER TABLE camera_view ENABLE ROW LEVEL SECURITY;
CREATE POLICY worker ON camera_view TO mingchu_worker USING (true) WITH CHECK (true);
CREATE POLICY api ON camera_view TO mingchu_api USING (mingchu_sees(tenant_id, region_code, entity_id))
    WITH CHECK (mingchu_sees(tenant_id, region_code, entity_id));
GRANT SELECT, INSERT, UPDATE, DELETE ON camera_view TO mingchu_worker;
GRANT SELECT, INSERT, UPDATE (wanted_at, wanted_until) ON camera_view TO mingchu_api;
"""


def upgrade() -> None:
    op.get_bind().connection.cursor().execute(_SQL)


def downgrade() -> None:
    raise NotImplementedError("mingchu migrates forward only; restore a backup to go back")
