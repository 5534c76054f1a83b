"""Webhooks: endpoints, and the deliveries of events to them."""

from alembic import op

revision = "0058"
down_revision = "0057"
branch_labels = None
depends_on = None

_SQL = """
CREATE TABLE webhook_endpoint (
    id uuid PRIMARY KEY,
    tenant_id text NOT NULL REFERENCES tenant,
    region_code text NOT NULL CHECK (region_code ~ '^([0-9]{2,12})?$'),
    entity_id uuid REFERENCES entity,
    url text NOT NULL CHECK (length(url) BETWEEN 8 AND 500),
    types text[] NOT NULL CHECK (cardinality(types) <= 20),
    description text NOT NULL CHECK (length(description) <= 200),
    secret text NOT NULL,
    old_secret text,
    old_until timestamptz,
    cursor bigint NOT NULL,
    last_seq bigint NOT NULL DEFAULT 0,
    paused boolean NOT NULL DEFAULT false,
    disabled_reason text,
    busy_until timestamptz,
    created_by text NOT NULL,
    created_at timestamptz NOT NULL,
    removed_at timestamptz,
    version integer NOT NULL DEFAULT 1
);
CREATE INDEX webhook_endpoint_owner ON webhook_endpoint (tenant_id, region_code, entity_id) WHERE removed_at IS NULL;

CREATE TABLE webhook_delivery (
    id uuid PRIMARY KEY,
    endpoint_id uuid NOT NULL REFERENCES webhook_endpoint,
    tenant_id text NOT NULL,
    region_code text NOT NULL,
    entity_id uuid,
    seq bigint NOT NULL,
    prev_seq bigint NOT NULL,
    type text NOT NULL,
    body text NOT NULL CHECK (octet_length(body) <= 1000000),
    state text NOT NULL DEFAULT 'queued'
        CHECK (state IN ('queued', 'sending', 'retrying', 'delivered', 'exhausted', 'cancelled')),
    attempts integer NOT NULL DEFAULT 0,
    next_at timestamptz NOT NULL,
    status integer,
    answer text NOT NULL DEFAULT '' CHECK (length(answer) <= 500),
    error text,
    replayed boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL,
    done_at timestamptz,
    CONSTRAINT webhook_delivery_ends CHECK ((done_at IS NULL) = (state IN ('queued', 'sending', 'retrying')))
);
CREATE UNIQUE INDEX webhook_delivery_once ON webhook_delivery (endpoint_id, seq) WHERE seq > 0;
CREATE INDEX webhook_delivery_open ON webhook_delivery (endpoint_id, next_at, seq) WHERE done_at IS NULL;
CREATE INDEX webhook_delivery_log ON webhook_delivery (endpoint_id, id DESC);
CREATE INDEX webhook_delivery_done ON webhook_delivery (done_at) WHERE done_at IS NOT NULL;

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['webhook_endpoint', 'webhook_delivery'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY worker ON %I TO mingchu_worker USING (true) WITH CHECK (true)', name);
        EXECUTE format('CREATE POLICY api ON %I TO mingchu_api USING (mingchu_sees(tenant_id, region_code, entity_id)) '
                       'WITH CHECK (mingchu_sees(tenant_id, region_code, entity_id))', name);
        -- The sender works for every owner; the events it sends are read in each owner's own scope.
        EXECUTE format('CREATE POLICY sender ON %I TO mingchu_api '
                       'USING ((SELECT current_setting(''mingchu.scope'', true)) = ''access'')', name);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO mingchu_worker', name);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE ON %I TO mingchu_api', name);
    END LOOP;
END $$;
GRANT DELETE ON webhook_delivery TO mingchu_api;
"""


def upgrade() -> None:
    op.get_bind().connection.cursor().execute(_SQL)


def downgrade() -> None:
    raise NotImplementedError("mingchu migrates forward only; restore a backup to go back")
