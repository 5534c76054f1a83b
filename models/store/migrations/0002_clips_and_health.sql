-- Clips on request, derived copies of evidence, retention, device conditions, the ledger of monitored minutes.

-- 1. What a node can do and how its devices are, as its last status said.
ALTER TABLE node ADD COLUMN can text[] NOT NULL DEFAULT '{}';
ALTER TABLE device ADD COLUMN health jsonb;
ALTER TABLE device ADD COLUMN health_at timestamptz;
ALTER TABLE device ADD COLUMN last_frame_at timestamptz;

-- 2. Evidence that lasts: a clip has an end; `detail` says how it was made.
ALTER TABLE evidence ADD COLUMN ends_at timestamptz;
ALTER TABLE evidence ADD COLUMN detail jsonb NOT NULL DEFAULT '{}';

-- One clip of each violation. `from_at` and `to_at` are on the node's clock, the other times on ours.
CREATE TABLE clip_request (
    id uuid PRIMARY KEY,
    violation_id uuid NOT NULL UNIQUE REFERENCES violation,
    tenant_id text NOT NULL REFERENCES tenant,
    entity_id uuid NOT NULL REFERENCES entity,
    region_code text NOT NULL,
    site_id text NOT NULL REFERENCES site,
    node_id text NOT NULL REFERENCES node,
    device_id text NOT NULL REFERENCES device,
    from_at timestamptz NOT NULL,
    to_at timestamptz NOT NULL,
    -- The clip's last second on our clock: before it nothing can be ready.
    ends_at timestamptz NOT NULL,
    state text NOT NULL CHECK (state IN ('waiting', 'asked', 'frames', 'ready', 'failed')),
    attempts integer NOT NULL DEFAULT 0,
    next_at timestamptz NOT NULL,
    give_up_at timestamptz NOT NULL,
    token_sha256 text UNIQUE,
    token_expires_at timestamptz,
    error text,
    evidence_id uuid REFERENCES evidence,
    created_at timestamptz NOT NULL,
    done_at timestamptz,
    CHECK ((state IN ('ready', 'failed')) = (done_at IS NOT NULL)),
    CHECK (from_at < to_at)
);
CREATE INDEX clip_request_due ON clip_request (next_at) WHERE state IN ('waiting', 'asked');
CREATE INDEX clip_request_frames ON clip_request (tenant_id, ends_at) WHERE state = 'frames';

-- Copies made from a piece of evidence: `review` plays everywhere, `redacted` has blurred faces.
CREATE TABLE evidence_copy (
    evidence_id uuid NOT NULL REFERENCES evidence,
    kind text NOT NULL CHECK (kind IN ('review', 'redacted')),
    tenant_id text NOT NULL REFERENCES tenant,
    entity_id uuid NOT NULL REFERENCES entity,
    region_code text NOT NULL,
    state text NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'ready', 'failed')),
    sha256 text CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    bytes integer,
    mime text,
    attempts integer NOT NULL DEFAULT 0,
    next_at timestamptz NOT NULL,
    error text,
    PRIMARY KEY (evidence_id, kind),
    CHECK ((state = 'ready') = (sha256 IS NOT NULL))
);
CREATE INDEX evidence_copy_due ON evidence_copy (tenant_id, next_at) WHERE state = 'pending';

-- Files that were deleted when their time was over; the row of the evidence, with its hash, stays.
CREATE TABLE evidence_purge (
    evidence_id uuid PRIMARY KEY REFERENCES evidence,
    tenant_id text NOT NULL REFERENCES tenant,
    entity_id uuid NOT NULL REFERENCES entity,
    region_code text NOT NULL,
    purged_at timestamptz NOT NULL,
    reason text NOT NULL
);

-- A legal hold outranks every deletion of an alert's evidence.
CREATE TABLE legal_hold (
    id uuid PRIMARY KEY,
    alert_id uuid NOT NULL REFERENCES alert,
    tenant_id text NOT NULL REFERENCES tenant,
    entity_id uuid NOT NULL REFERENCES entity,
    region_code text NOT NULL,
    reason text NOT NULL,
    placed_by text NOT NULL,
    placed_at timestamptz NOT NULL,
    released_by text,
    released_at timestamptz
);
CREATE UNIQUE INDEX legal_hold_one ON legal_hold (alert_id) WHERE released_at IS NULL;

-- What a piece of evidence belongs to is asked when its time may be over.
CREATE INDEX alert_evidence ON alert USING gin (evidence_ids);
CREATE INDEX violation_evidence ON violation USING gin (evidence_ids);
CREATE INDEX task_proof ON task USING gin (proof_ids);

-- 3. What is wrong with a camera itself: black, frozen, covered, blurred, moved, away.
CREATE TABLE device_condition (
    id uuid PRIMARY KEY,
    device_id text NOT NULL REFERENCES device,
    code text NOT NULL,
    since timestamptz NOT NULL,
    notify_at timestamptz NOT NULL,
    cleared_at timestamptz,
    detail jsonb NOT NULL DEFAULT '{}',
    evidence_ids uuid[] NOT NULL DEFAULT '{}',
    alert_id uuid REFERENCES alert
);
CREATE UNIQUE INDEX device_condition_one ON device_condition (device_id, code) WHERE cleared_at IS NULL;
CREATE INDEX device_condition_due ON device_condition (notify_at) WHERE cleared_at IS NULL AND alert_id IS NULL;
ALTER TABLE alert DROP CONSTRAINT alert_origin_check;
ALTER TABLE alert ADD CONSTRAINT alert_origin_check CHECK (origin IN ('violation', 'breach', 'device'));

-- 4. The ledger: a bit a minute of the local day. `reasons` says by a number why a minute was not seen.
CREATE TABLE camera_day (
    device_id text NOT NULL REFERENCES device,
    day date NOT NULL,
    seen bit(1440) NOT NULL DEFAULT repeat('0', 1440)::bit(1440),
    analysed bit(1440) NOT NULL DEFAULT repeat('0', 1440)::bit(1440),
    recorded bit(1440) NOT NULL DEFAULT repeat('0', 1440)::bit(1440),
    reasons bytea NOT NULL DEFAULT decode(repeat('00', 1440), 'hex'),
    -- Minutes before this one have been accounted for.
    accounted integer NOT NULL DEFAULT 0 CHECK (accounted BETWEEN 0 AND 1440),
    PRIMARY KEY (device_id, day)
);

-- Which roles have worked lately: without the judge, missing frames say nothing about a camera.
CREATE TABLE role_heartbeat (
    role text NOT NULL,
    replica text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (role, replica)
);

-- 5. Row-level security and grants for all of this.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['clip_request', 'evidence_copy', 'evidence_purge', 'legal_hold']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY worker ON %I TO mingchu_worker USING (true) WITH CHECK (true)', name);
        EXECUTE format('CREATE POLICY api ON %I TO mingchu_api '
                       'USING (mingchu_sees(tenant_id, region_code, entity_id)) '
                       'WITH CHECK (mingchu_sees(tenant_id, region_code, entity_id))', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['device_condition', 'camera_day']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY worker ON %I TO mingchu_worker USING (true) WITH CHECK (true)', name);
        EXECUTE format('CREATE POLICY api ON %I FOR SELECT TO mingchu_api USING (EXISTS '
                       '(SELECT FROM device d WHERE d.id = device_id))', name);
    END LOOP;
END $$;
-- Whoever uploads shows a token: it is looked up before a scope is known.
CREATE POLICY token ON clip_request FOR SELECT TO mingchu_api
    USING (current_setting('mingchu.scope', true) = 'access');

CREATE TRIGGER evidence_purge_append_only BEFORE UPDATE OR DELETE ON evidence_purge
    FOR EACH ROW EXECUTE FUNCTION mingchu_refuse_change();

GRANT SELECT, INSERT, UPDATE, DELETE ON clip_request, evidence_copy, evidence_purge, legal_hold,
    device_condition, camera_day, role_heartbeat TO mingchu_worker;
GRANT SELECT ON clip_request, evidence_copy, evidence_purge, legal_hold, device_condition, camera_day TO mingchu_api;
GRANT UPDATE ON clip_request, legal_hold TO mingchu_api;
-- Owners connect their own cameras; what a node may be told is bounded by the columns.
GRANT INSERT ON node, device TO mingchu_api;
GRANT UPDATE (mqtt_hash, revoked_at, online) ON node TO mingchu_api;
GRANT UPDATE (name, zone, config) ON device TO mingchu_api;
GRANT INSERT ON evidence_copy, legal_hold TO mingchu_api;
