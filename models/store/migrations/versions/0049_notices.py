"""Notices by message: channels, what was sent through them, and each attempt."""

from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None

_SQL = """
-- Where messages go. `region_code` and `entity_id` name the owner: an enterprise with its region, or with no enterprise
-- the authority of a prefix of region codes (empty: of the whole tenant).
CREATE TABLE channel (
    id uuid PRIMARY KEY,
    tenant_id text NOT NULL REFERENCES tenant,
    region_code text NOT NULL CHECK (region_code ~ '^([0-9]{2,12})?$'),
    entity_id uuid REFERENCES entity,
    kind text NOT NULL CHECK (kind IN ('wecom', 'dingtalk', 'feishu', 'email', 'json')),
    name text NOT NULL CHECK (length(btrim(name)) BETWEEN 1 AND 60),
    -- What may be shown of the address, which itself is a secret.
    hint text NOT NULL,
    min_severity text NOT NULL CHECK (min_severity IN ('critical', 'major', 'minor')),
    quiet_from time,
    quiet_to time,
    cap_per_hour integer NOT NULL CHECK (cap_per_hour BETWEEN 1 AND 1000),
    enabled boolean NOT NULL DEFAULT true,
    created_by text NOT NULL,
    created_at timestamptz NOT NULL,
    removed_at timestamptz,
    version integer NOT NULL DEFAULT 1,
    -- One message at a time; after failures the channel rests.
    busy_until timestamptz,
    rests_until timestamptz,
    failures integer NOT NULL DEFAULT 0,
    CONSTRAINT channel_quiet CHECK ((quiet_from IS NULL) = (quiet_to IS NULL) AND quiet_from <> quiet_to)
);
CREATE INDEX channel_owner ON channel (tenant_id, entity_id, region_code) WHERE removed_at IS NULL;
ALTER TABLE channel ENABLE ROW LEVEL SECURITY;
CREATE POLICY worker ON channel TO mingchu_worker USING (true) WITH CHECK (true);
CREATE POLICY api ON channel TO mingchu_api
    USING (mingchu_sees(tenant_id, region_code, entity_id)) WITH CHECK (mingchu_sees(tenant_id, region_code, entity_id));
GRANT SELECT, INSERT, UPDATE ON channel TO mingchu_worker;
GRANT SELECT, INSERT, UPDATE (enabled, removed_at, version) ON channel TO mingchu_api;

-- The API stores and deletes addresses; only the sender reads them.
CREATE TABLE channel_secret (
    channel_id uuid PRIMARY KEY REFERENCES channel,
    address text NOT NULL CHECK (length(address) BETWEEN 3 AND 500)
);
ALTER TABLE channel_secret ENABLE ROW LEVEL SECURITY;
CREATE POLICY worker ON channel_secret TO mingchu_worker USING (true) WITH CHECK (true);
CREATE POLICY api ON channel_secret TO mingchu_api
    USING (EXISTS (SELECT FROM channel WHERE id = channel_id)) WITH CHECK (EXISTS (SELECT FROM channel WHERE id = channel_id));
GRANT SELECT ON channel_secret TO mingchu_worker;
GRANT INSERT, DELETE, SELECT (channel_id) ON channel_secret TO mingchu_api;

-- A message to one channel about one version of one subject. The owner's columns are those of the channel.
CREATE TABLE notice (
    id uuid PRIMARY KEY,
    tenant_id text NOT NULL REFERENCES tenant,
    region_code text NOT NULL,
    entity_id uuid REFERENCES entity,
    channel_id uuid NOT NULL REFERENCES channel,
    site_id text,
    occasion text NOT NULL,
    subject_kind text NOT NULL CHECK (subject_kind IN ('task', 'alert', 'channel')),
    subject_id uuid NOT NULL,
    subject_version integer NOT NULL,
    severity text NOT NULL CHECK (severity IN ('critical', 'major', 'minor')),
    state text NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'sending', 'retrying', 'delivered', 'exhausted',
                                                          'cancelled', 'digested', 'expired')),
    -- Until when quiet hours or the cap hold it back; such notices become one digest.
    not_before timestamptz,
    attempts integer NOT NULL DEFAULT 0,
    next_attempt_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    last_error text,
    sent_text text,
    digest_id uuid REFERENCES notice ON DELETE SET NULL,
    created_at timestamptz NOT NULL,
    done_at timestamptz,
    CONSTRAINT notice_once UNIQUE (channel_id, occasion, subject_id, subject_version),
    CONSTRAINT notice_ends CHECK ((done_at IS NULL) = (state IN ('queued', 'sending', 'retrying')))
);
CREATE INDEX notice_open ON notice (next_attempt_at) WHERE done_at IS NULL;
CREATE INDEX notice_sent ON notice (channel_id, site_id, done_at) WHERE state = 'delivered';
CREATE INDEX notice_members ON notice (digest_id) WHERE digest_id IS NOT NULL;
CREATE INDEX notice_log ON notice (tenant_id, id DESC);
CREATE INDEX notice_dead ON notice (id DESC) WHERE state IN ('exhausted', 'expired');
CREATE INDEX notice_done ON notice (done_at) WHERE done_at IS NOT NULL;
ALTER TABLE notice ENABLE ROW LEVEL SECURITY;
CREATE POLICY worker ON notice TO mingchu_worker USING (true) WITH CHECK (true);
CREATE POLICY api ON notice TO mingchu_api
    USING (mingchu_sees(tenant_id, region_code, entity_id)) WITH CHECK (mingchu_sees(tenant_id, region_code, entity_id));
GRANT SELECT, INSERT, UPDATE, DELETE ON notice TO mingchu_worker;
GRANT SELECT, INSERT, UPDATE (state, attempts, next_attempt_at, expires_at, last_error, done_at) ON notice TO mingchu_api;

CREATE TABLE notice_attempt (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    notice_id uuid NOT NULL REFERENCES notice ON DELETE CASCADE,
    number integer NOT NULL,
    at timestamptz NOT NULL,
    took interval NOT NULL,
    error text
);
CREATE INDEX notice_attempt_notice ON notice_attempt (notice_id);
ALTER TABLE notice_attempt ENABLE ROW LEVEL SECURITY;
CREATE POLICY worker ON notice_attempt TO mingchu_worker USING (true) WITH CHECK (true);
CREATE POLICY api ON notice_attempt FOR SELECT TO mingchu_api USING (EXISTS (SELECT FROM notice n WHERE n.id = notice_id));
GRANT SELECT, INSERT ON notice_attempt TO mingchu_worker;
GRANT SELECT ON notice_attempt TO mingchu_api;

-- A UUID of version 7, which sorts by its time.
CREATE FUNCTION mingchu_uuid7(at timestamptz) RETURNS uuid LANGUAGE sql VOLATILE AS $$
    SELECT encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid())
        PLACING substring(int8send((extract(epoch FROM at) * 1000)::bigint) FROM 3) FROM 1 FOR 6), 52, 1), 53, 1), 'hex')::uuid
$$;

-- Queue a notice for each channel that an occasion concerns: an enterprise's own, and those of its authorities. Whoever
-- makes the change need not see these channels: an enterprise's step reaches its supervisor.
CREATE FUNCTION mingchu_queue_notices(
    tenant text, region text, entity uuid, site text, occasion text, its_kind text, subject uuid, subject_version integer,
    severity text, for_enterprise boolean, for_supervisor boolean, at timestamptz, life interval
) RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    made bigint;
BEGIN
    IF current_setting('role', true) = 'mingchu_api' AND NOT coalesce(mingchu_sees(tenant, region, entity), false) THEN
        RAISE insufficient_privilege USING MESSAGE = 'a notice about something outside the scope';
    END IF;
    INSERT INTO notice (id, tenant_id, region_code, entity_id, channel_id, site_id, occasion, subject_kind, subject_id,
                        subject_version, severity, next_attempt_at, expires_at, created_at)
    SELECT mingchu_uuid7(at), c.tenant_id, c.region_code, c.entity_id, c.id, site, occasion, its_kind, subject,
           subject_version, severity, at, at + life, at
    FROM channel c
    WHERE c.tenant_id = tenant AND c.removed_at IS NULL AND c.enabled
      AND mingchu_severity_rank(severity) <= mingchu_severity_rank(c.min_severity)
      AND (for_enterprise AND c.entity_id = entity
           OR for_supervisor AND c.entity_id IS NULL
              AND c.region_code = ANY (ARRAY(SELECT left(region, n) FROM generate_series(0, length(region)) n)))
    ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS made = ROW_COUNT;
    RETURN made;
END $$;
REVOKE EXECUTE ON FUNCTION mingchu_queue_notices FROM PUBLIC;
GRANT EXECUTE ON FUNCTION mingchu_queue_notices TO mingchu_worker, mingchu_api;
"""


def upgrade() -> None:
    op.get_bind().connection.cursor().execute(_SQL)


def downgrade() -> None:
    raise NotImplementedError("mingchu migrates forward only; restore a backup to go back")
