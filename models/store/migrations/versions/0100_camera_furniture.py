"""Places on a camera's picture that are learnt as furniture, so that the next judge of the camera knows them."""

from alembic import op

revision = "0100"
down_revision = "0097"
branch_labels = None
depends_on = None

_SQL = """
-- Where something is taken for a head and never moves. `refused_at`: a person said that somebody is there.
CREATE TABLE camera_furniture (
    id uuid PRIMARY KEY,
    device_id text NOT NULL REFERENCES device,
    tenant_id text NOT NULL REFERENCES tenant,
    entity_id uuid NOT NULL REFERENCES entity,
    region_code text NOT NULL,
    box double precision[] NOT NULL CHECK (cardinality(box) = 4),
    since timestamptz NOT NULL,
    learnt_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,
    frames integer NOT NULL CHECK (frames > 0),
    refused_at timestamptz,
    refused_by text,
    reason text CHECK (length(reason) <= 500),
    CONSTRAINT camera_furniture_refused_by CHECK ((refused_at IS NULL) = (refused_by IS NULL))
);
CREATE INDEX camera_furniture_device ON camera_furniture (device_id, learnt_at);
CREATE INDEX camera_furniture_refused ON camera_furniture (refused_at) WHERE refused_at IS NOT NULL;
ALTER TABLE camera_furniture ENABLE ROW LEVEL SECURITY;
CREATE POLICY worker ON camera_furniture TO mingchu_worker USING (true) WITH CHECK (true);
CREATE POLICY api ON camera_furniture TO mingchu_api USING (mingchu_sees(tenant_id, region_code, entity_id))
    WITH CHECK (mingchu_sees(tenant_id, region_code, entity_id));
GRANT SELECT, INSERT, UPDATE, DELETE ON camera_furniture TO mingchu_worker;
-- Nobody learns furniture by hand: a person can only say that it is none.
GRANT SELECT, UPDATE (refused_at, refused_by, reason) ON camera_furniture TO mingchu_api;
"""


def upgrade() -> None:
    op.get_bind().connection.cursor().execute(_SQL)


def downgrade() -> None:
    raise NotImplementedError("mingchu migrates forward only; restore a backup to go back")
