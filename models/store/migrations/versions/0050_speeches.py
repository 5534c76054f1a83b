"""Speech: messages on the loudspeakers of kitchens."""

from alembic import op

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None

_SQL = """
CREATE TABLE speech (
    id uuid PRIMARY KEY,
    tenant_id text NOT NULL REFERENCES tenant,
    region_code text NOT NULL,
    entity_id uuid NOT NULL REFERENCES entity,
    site_id text NOT NULL,
    node_id text NOT NULL REFERENCES node,
    occasion text NOT NULL,
    subject_id uuid NOT NULL,
    subject_version integer NOT NULL,
    text text NOT NULL CHECK (length(text) BETWEEN 1 AND 200),
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'asked', 'spoken', 'failed')),
    attempts integer NOT NULL DEFAULT 0,
    next_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    error text,
    created_at timestamptz NOT NULL,
    done_at timestamptz,
    CONSTRAINT speech_once UNIQUE (node_id, occasion, subject_id, subject_version),
    CONSTRAINT speech_ends CHECK ((done_at IS NULL) = (state IN ('waiting', 'asked')))
);
CREATE INDEX speech_open ON speech (next_at) WHERE done_at IS NULL;
CREATE INDEX speech_log ON speech (tenant_id, id DESC);
CREATE INDEX speech_done ON speech (done_at) WHERE done_at IS NOT NULL;
ALTER TABLE speech ENABLE ROW LEVEL SECURITY;
CREATE POLICY worker ON speech TO mingchu_worker USING (true) WITH CHECK (true);
CREATE POLICY api ON speech TO mingchu_api USING (mingchu_sees(tenant_id, region_code, entity_id));
GRANT SELECT, INSERT, UPDATE, DELETE ON speech TO mingchu_worker;
GRANT SELECT ON speech TO mingchu_api;

-- Queue a message for each loudspeaker of a kitchen. Whoever confirms a hazard need not be able to write in this table.
CREATE FUNCTION mingchu_queue_speech(
    tenant text, region text, entity uuid, site text, occasion text, subject uuid, subject_version integer, words text,
    at timestamptz, life interval
) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    made bigint;
BEGIN
    IF current_setting('role', true) = 'mingchu_api' AND NOT coalesce(mingchu_sees(tenant, region, entity), false) THEN
        RAISE insufficient_privilege USING MESSAGE = 'a message about something outside the scope';
    END IF;
    INSERT INTO speech (id, tenant_id, region_code, entity_id, site_id, node_id, occasion, subject_id, subject_version,
                        text, next_at, expires_at, created_at)
    SELECT mingchu_uuid7(at), tenant, region, entity, site, n.id, occasion, subject, subject_version, words, at,
           at + life, at
    FROM node n
    WHERE n.tenant_id = tenant AND n.site_id = site AND n.revoked_at IS NULL AND 'speak' = ANY (n.can)
    ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS made = ROW_COUNT;
    RETURN made;
END $$;
REVOKE EXECUTE ON FUNCTION mingchu_queue_speech FROM PUBLIC;
GRANT EXECUTE ON FUNCTION mingchu_queue_speech TO mingchu_worker, mingchu_api;
"""


def upgrade() -> None:
    op.get_bind().connection.cursor().execute(_SQL)


def downgrade() -> None:
    raise NotImplementedError("mingchu migrates forward only; restore a backup to go back")
