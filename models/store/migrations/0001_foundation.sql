-- Foundation: registry, readings, violations, alerts, tasks, outbox, feed, access, row-level security.

-- 1. Roles. Processes connect as a login role and SET ROLE to one of these; the owner migrates.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'mingchu_worker') THEN
        CREATE ROLE mingchu_worker NOLOGIN;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'mingchu_api') THEN
        CREATE ROLE mingchu_api NOLOGIN;
    END IF;
    -- An owner who is no superuser may create roles and yet not become them without this.
    EXECUTE format('GRANT mingchu_worker, mingchu_api TO %I', current_user);
END $$;

-- 2. Registry.
CREATE TABLE tenant (
    id text PRIMARY KEY,
    name text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE region (
    code text PRIMARY KEY CHECK (code ~ '^[0-9]{2,12}$'),
    name text NOT NULL
);

CREATE TABLE entity (
    id uuid PRIMARY KEY,
    tenant_id text NOT NULL REFERENCES tenant,
    name text NOT NULL,
    credit_code text NOT NULL UNIQUE,
    licence_no text,
    region_code text NOT NULL CHECK (region_code ~ '^[0-9]{6,12}$'),
    guarantee_tier text CHECK (guarantee_tier IN ('A', 'B', 'C', 'D')),
    risk_grade text CHECK (risk_grade IN ('A', 'B', 'C', 'D')),
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE person (
    id uuid PRIMARY KEY,
    tenant_id text NOT NULL REFERENCES tenant,
    entity_id uuid NOT NULL REFERENCES entity,
    region_code text NOT NULL,
    name text NOT NULL,
    post text NOT NULL CHECK (post IN ('principal', 'director', 'officer')),
    valid_from timestamptz NOT NULL DEFAULT now(),
    valid_to timestamptz
);
CREATE INDEX person_entity ON person (entity_id);

CREATE TABLE site (
    id text PRIMARY KEY,
    tenant_id text NOT NULL REFERENCES tenant,
    entity_id uuid NOT NULL REFERENCES entity,
    region_code text NOT NULL CHECK (region_code ~ '^[0-9]{6,12}$'),
    name text NOT NULL,
    address text NOT NULL DEFAULT '',
    -- Local closing hours; rodent watch runs inside them. NULL = never closed.
    closed_from time,
    closed_to time,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX site_entity ON site (entity_id);

CREATE TABLE node (
    id text PRIMARY KEY,
    site_id text NOT NULL REFERENCES site,
    tenant_id text NOT NULL REFERENCES tenant,
    entity_id uuid NOT NULL REFERENCES entity,
    region_code text NOT NULL,
    mqtt_hash text NOT NULL,
    revoked_at timestamptz,
    online boolean NOT NULL DEFAULT false,
    session bigint NOT NULL DEFAULT 0,
    status_at timestamptz,
    last_seen_at timestamptz,
    clock_skew_s double precision,
    firmware text,
    gaps bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX node_site ON node (site_id);

-- How far each numbered stream of a node has come; missing numbers are counted on `node.gaps`.
CREATE TABLE node_stream (
    node_id text NOT NULL REFERENCES node,
    kind text NOT NULL,
    session bigint NOT NULL,
    last_seq bigint NOT NULL,
    gaps bigint NOT NULL DEFAULT 0,
    received_at timestamptz NOT NULL,
    PRIMARY KEY (node_id, kind)
);

CREATE TABLE device (
    id text PRIMARY KEY,
    node_id text NOT NULL REFERENCES node,
    site_id text NOT NULL REFERENCES site,
    tenant_id text NOT NULL REFERENCES tenant,
    entity_id uuid NOT NULL REFERENCES entity,
    region_code text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('camera', 'sensor')),
    sensor_code text,
    zone text NOT NULL,
    name text NOT NULL,
    config jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    CHECK ((kind = 'sensor') = (sensor_code IS NOT NULL))
);
CREATE INDEX device_node ON device (node_id);
CREATE INDEX device_site ON device (site_id);

-- 3. What devices say. Partitioned natively, or hypertables where TimescaleDB is present (0002).
--    Both carry the same columns and the same unique key, which makes intake idempotent.
CREATE TABLE reading (
    device_id text NOT NULL,
    code text NOT NULL,
    occurred_at timestamptz NOT NULL,
    seq bigint NOT NULL DEFAULT 0,
    received_at timestamptz NOT NULL,
    stored_at timestamptz NOT NULL DEFAULT now(),
    value double precision NOT NULL,
    late boolean NOT NULL DEFAULT false,
    PRIMARY KEY (device_id, code, occurred_at, seq)
) PARTITION BY RANGE (occurred_at);

CREATE TABLE device_history (
    device_id text NOT NULL,
    at timestamptz NOT NULL,
    id uuid NOT NULL,
    kind text NOT NULL,
    detail jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (device_id, at, id)
) PARTITION BY RANGE (at);

CREATE TABLE reading_latest (
    device_id text NOT NULL REFERENCES device,
    code text NOT NULL,
    occurred_at timestamptz NOT NULL,
    value double precision NOT NULL,
    received_at timestamptz NOT NULL,
    PRIMARY KEY (device_id, code)
);

-- Which series have readings that the breach rules have not seen; filled in the intake transaction.
CREATE TABLE breach_queue (
    device_id text NOT NULL,
    code text NOT NULL,
    since timestamptz NOT NULL,
    due_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (device_id, code)
);
CREATE INDEX breach_queue_due ON breach_queue (due_at);

CREATE TABLE quarantine (
    id uuid PRIMARY KEY,
    topic text NOT NULL,
    reason text NOT NULL,
    detail text NOT NULL,
    payload_sha256 text NOT NULL,
    payload bytea NOT NULL,
    payload_bytes integer NOT NULL,
    times integer NOT NULL DEFAULT 1,
    tenant_id text,
    entity_id uuid,
    region_code text,
    first_at timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    UNIQUE (topic, payload_sha256, reason)
);
CREATE INDEX quarantine_last ON quarantine (last_at);

-- An edge event that was taken in, so that a redelivery is recognised.
CREATE TABLE edge_event (
    source text NOT NULL,
    id text NOT NULL,
    received_at timestamptz NOT NULL,
    PRIMARY KEY (source, id)
);
CREATE INDEX edge_event_received ON edge_event (received_at);

-- 4. Findings.
CREATE TABLE evidence (
    id uuid PRIMARY KEY,
    tenant_id text NOT NULL REFERENCES tenant,
    entity_id uuid NOT NULL REFERENCES entity,
    region_code text NOT NULL,
    kind text NOT NULL,
    sha256 text NOT NULL CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    bytes integer NOT NULL CHECK (bytes > 0),
    mime text NOT NULL,
    captured_at timestamptz NOT NULL,
    stored_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE violation (
    id uuid PRIMARY KEY,
    tenant_id text NOT NULL REFERENCES tenant,
    entity_id uuid NOT NULL REFERENCES entity,
    region_code text NOT NULL,
    site_id text NOT NULL REFERENCES site,
    device_id text NOT NULL REFERENCES device,
    code text NOT NULL,
    zone text NOT NULL,
    severity text NOT NULL,
    track_id bigint,
    state text NOT NULL CHECK (state IN ('active', 'ended')),
    review text NOT NULL DEFAULT 'unreviewed',
    started_at timestamptz NOT NULL,
    ended_at timestamptz,
    occurred_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    stored_at timestamptz NOT NULL DEFAULT now(),
    score real NOT NULL CHECK (score BETWEEN 0 AND 1),
    boxes jsonb NOT NULL,
    model jsonb NOT NULL,
    rule jsonb NOT NULL,
    evidence_ids uuid[] NOT NULL,
    alert_id uuid,
    version integer NOT NULL DEFAULT 1,
    CHECK ((state = 'ended') = (ended_at IS NOT NULL))
);
CREATE INDEX violation_ungrouped ON violation (id) WHERE alert_id IS NULL;
CREATE INDEX violation_entity ON violation (entity_id, id);
CREATE INDEX violation_alert ON violation (alert_id);
CREATE INDEX violation_active ON violation (device_id) WHERE state = 'active';

CREATE TABLE alert (
    id uuid PRIMARY KEY,
    tenant_id text NOT NULL REFERENCES tenant,
    entity_id uuid NOT NULL REFERENCES entity,
    region_code text NOT NULL,
    site_id text NOT NULL REFERENCES site,
    device_id text NOT NULL REFERENCES device,
    code text NOT NULL,
    zone text NOT NULL,
    severity text NOT NULL,
    origin text NOT NULL CHECK (origin IN ('violation', 'breach')),
    state text NOT NULL CHECK (state IN ('pending_review', 'confirmed', 'rejected', 'inconclusive')),
    occurrences integer NOT NULL DEFAULT 1,
    first_at timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    opened_at timestamptz NOT NULL,
    closed_at timestamptz,
    score real,
    measured jsonb,
    evidence_ids uuid[] NOT NULL DEFAULT '{}',
    reviewed_by text,
    reviewed_at timestamptz,
    reason text,
    remark text,
    version integer NOT NULL DEFAULT 1,
    -- Moves only when what a reviewer judges changes, not when the situation is merely counted again.
    revision integer NOT NULL DEFAULT 1,
    CHECK ((state = 'rejected') <= (reason IS NOT NULL)),
    CHECK ((state = 'pending_review') = (reviewed_at IS NULL))
);
-- One open alert per situation: the database enforces it.
CREATE UNIQUE INDEX alert_one_open ON alert (device_id, code, zone) WHERE closed_at IS NULL;
CREATE INDEX alert_queue ON alert (severity, opened_at, id) WHERE state = 'pending_review';
CREATE INDEX alert_region ON alert (region_code text_pattern_ops, id);
CREATE INDEX alert_entity ON alert (entity_id, id);
CREATE INDEX alert_situation ON alert (device_id, code, zone, closed_at);
ALTER TABLE violation ADD CONSTRAINT violation_alert_fk FOREIGN KEY (alert_id) REFERENCES alert;

CREATE TABLE task (
    id uuid PRIMARY KEY,
    tenant_id text NOT NULL REFERENCES tenant,
    entity_id uuid NOT NULL REFERENCES entity,
    region_code text NOT NULL,
    site_id text NOT NULL REFERENCES site,
    device_id text NOT NULL REFERENCES device,
    alert_id uuid NOT NULL UNIQUE REFERENCES alert,
    code text NOT NULL,
    zone text NOT NULL,
    severity text NOT NULL,
    state text NOT NULL,
    attempt integer NOT NULL DEFAULT 1,
    person_id uuid NOT NULL REFERENCES person,
    requirement text NOT NULL,
    dispatched_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    acknowledged_at timestamptz,
    submitted_at timestamptz,
    submitted_by text,
    closed_at timestamptz,
    measure text,
    cause text,
    proof_ids uuid[] NOT NULL DEFAULT '{}',
    overdue_level integer NOT NULL DEFAULT 0 CHECK (overdue_level BETWEEN 0 AND 4),
    version integer NOT NULL DEFAULT 1
);
CREATE INDEX task_region ON task (region_code text_pattern_ops, id);
CREATE INDEX task_entity ON task (entity_id, id);
CREATE INDEX task_open_due ON task (due_at) WHERE closed_at IS NULL;

-- Every transition of an alert or a task: who, when, why, from, to. Append-only (trigger below).
CREATE TABLE transition (
    object text NOT NULL CHECK (object IN ('alert', 'task')),
    object_id uuid NOT NULL,
    version integer NOT NULL,
    tenant_id text NOT NULL,
    entity_id uuid NOT NULL,
    region_code text NOT NULL,
    at timestamptz NOT NULL,
    actor text NOT NULL,
    command text NOT NULL,
    from_state text NOT NULL,
    to_state text NOT NULL,
    reason text NOT NULL DEFAULT '',
    evidence_ids uuid[] NOT NULL DEFAULT '{}',
    PRIMARY KEY (object, object_id, version)
);

-- 5. Outbox and feed.
CREATE TABLE outbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id uuid NOT NULL,
    tenant_id text NOT NULL,
    entity_id uuid NOT NULL,
    region_code text NOT NULL,
    source text NOT NULL,
    type text NOT NULL,
    time timestamptz NOT NULL,
    occurred_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    late boolean NOT NULL DEFAULT false,
    data jsonb NOT NULL
);

CREATE SEQUENCE event_seq AS bigint;

CREATE TABLE event (
    seq bigint NOT NULL,
    recorded_at timestamptz NOT NULL,
    event_id uuid NOT NULL,
    tenant_id text NOT NULL,
    entity_id uuid NOT NULL,
    region_code text NOT NULL,
    source text NOT NULL,
    type text NOT NULL,
    time timestamptz NOT NULL,
    occurred_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    late boolean NOT NULL,
    data jsonb NOT NULL,
    PRIMARY KEY (seq, recorded_at)
) PARTITION BY RANGE (recorded_at);

-- Numbers committed outbox rows, one caller at a time. The lock is held to the end of the
-- transaction, so a number is never visible before a smaller one: a reader can skip nothing.
CREATE FUNCTION mingchu_sequence_outbox(at_most integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    moved integer;
BEGIN
    PERFORM pg_advisory_xact_lock(7266001);
    WITH taken AS (
        DELETE FROM outbox WHERE id IN (SELECT id FROM outbox ORDER BY id LIMIT at_most) RETURNING *
    )
    INSERT INTO event (seq, recorded_at, event_id, tenant_id, entity_id, region_code, source, type,
                       time, occurred_at, received_at, late, data)
    SELECT nextval('event_seq'), now(), event_id, tenant_id, entity_id, region_code, source, type,
           time, occurred_at, received_at, late, data
    FROM (SELECT * FROM taken ORDER BY id) AS ordered;
    GET DIAGNOSTICS moved = ROW_COUNT;
    IF moved > 0 THEN
        PERFORM pg_notify('mingchu_event', '');
    END IF;
    RETURN moved;
END $$;

-- The bounds of the whole feed, whatever the caller may see of it: a cursor is checked against them.
CREATE FUNCTION mingchu_feed_newest() RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT coalesce(max(seq), 0) FROM event
$$;
CREATE FUNCTION mingchu_feed_earliest() RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT coalesce(min(seq), 1) FROM event
$$;

-- 6. Access.
CREATE TABLE app_user (
    id uuid PRIMARY KEY,
    login text NOT NULL UNIQUE CHECK (login ~ '^[a-z0-9][a-z0-9._@-]{1,63}$'),
    name text NOT NULL,
    password_hash text NOT NULL,
    role text NOT NULL CHECK (role IN ('enterprise', 'regulator', 'platform', 'admin')),
    tenant_id text NOT NULL REFERENCES tenant,
    region_prefix text CHECK (region_prefix ~ '^[0-9]{2,12}$'),
    entity_id uuid REFERENCES entity,
    person_id uuid REFERENCES person,
    disabled_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    CHECK ((role = 'enterprise') = (entity_id IS NOT NULL)),
    CHECK (role NOT IN ('regulator', 'platform') OR region_prefix IS NOT NULL)
);

CREATE TABLE user_session (
    token_sha256 text PRIMARY KEY,
    user_id uuid NOT NULL REFERENCES app_user,
    csrf_token text NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX user_session_expiry ON user_session (expires_at);

CREATE TABLE login_failure (
    login text NOT NULL,
    at timestamptz NOT NULL
);
CREATE INDEX login_failure_login ON login_failure (login, at);

CREATE TABLE api_key (
    prefix text PRIMARY KEY,
    secret_sha256 text NOT NULL,
    name text NOT NULL,
    role text NOT NULL CHECK (role IN ('enterprise', 'regulator', 'platform', 'admin')),
    tenant_id text NOT NULL REFERENCES tenant,
    region_prefix text CHECK (region_prefix ~ '^[0-9]{2,12}$'),
    entity_id uuid REFERENCES entity,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz,
    CHECK ((role = 'enterprise') = (entity_id IS NOT NULL)),
    CHECK (role NOT IN ('regulator', 'platform') OR region_prefix IS NOT NULL)
);

CREATE TABLE idempotency (
    principal text NOT NULL,
    key text NOT NULL,
    request_sha256 text NOT NULL,
    status integer,
    body bytea,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (principal, key)
);
CREATE INDEX idempotency_created ON idempotency (created_at);

-- Who looked at which evidence.
CREATE TABLE access_log (
    at timestamptz NOT NULL DEFAULT now(),
    actor text NOT NULL,
    action text NOT NULL,
    evidence_id uuid NOT NULL,
    tenant_id text NOT NULL,
    entity_id uuid NOT NULL,
    region_code text NOT NULL
);
CREATE INDEX access_log_evidence ON access_log (evidence_id, at);

-- 7. Partitions. One per day for what devices say, one per month for the feed, created ahead; rows
--    outside any range fall into the default partition, so nothing is lost to a wrong clock.
CREATE FUNCTION mingchu_ensure_partitions(parent text, step interval, from_at timestamptz, to_at timestamptz)
RETURNS integer LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    unit text := CASE WHEN step >= interval '28 days' THEN 'month' ELSE 'day' END;
    starts timestamptz := date_trunc(unit, from_at, 'UTC');
    ends timestamptz;
    child text;
    made integer := 0;
BEGIN
    IF parent NOT IN ('reading', 'device_history', 'event') THEN
        RAISE EXCEPTION 'no partitioned table %', parent;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_partitioned_table WHERE partrelid = to_regclass('public.' || parent)) THEN
        RETURN 0;  -- a hypertable makes its own chunks
    END IF;
    WHILE starts < to_at LOOP
        ends := date_trunc(unit, starts + step + interval '1 hour', 'UTC');
        child := parent || '_' || to_char(starts AT TIME ZONE 'UTC', 'YYYYMMDD');
        IF to_regclass('public.' || child) IS NULL THEN
            BEGIN
                EXECUTE format('CREATE TABLE %I PARTITION OF %I FOR VALUES FROM (%L) TO (%L)',
                               child, parent, starts, ends);
                made := made + 1;
            EXCEPTION WHEN check_violation THEN
                -- The default partition holds rows of this range already; they stay there.
                RAISE NOTICE 'partition % not made: its rows are in the default partition', child;
            END;
        END IF;
        starts := ends;
    END LOOP;
    RETURN made;
END $$;

CREATE FUNCTION mingchu_drop_partitions(parent text, before timestamptz) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    child record;
    days integer := CASE WHEN parent = 'event' THEN 31 ELSE 1 END;
    dropped integer := 0;
BEGIN
    IF parent NOT IN ('reading', 'device_history', 'event') THEN
        RAISE EXCEPTION 'no partitioned table %', parent;
    END IF;
    FOR child IN
        SELECT c.relname, substring(c.relname FROM '_([0-9]{8})$') AS day
        FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = to_regclass('public.' || parent)
    LOOP
        CONTINUE WHEN child.day IS NULL;
        IF to_date(child.day, 'YYYYMMDD') + days <= before::date THEN
            EXECUTE format('DROP TABLE %I', child.relname);
            dropped := dropped + 1;
        END IF;
    END LOOP;
    RETURN dropped;
END $$;

CREATE TABLE reading_default PARTITION OF reading DEFAULT;
CREATE TABLE device_history_default PARTITION OF device_history DEFAULT;
CREATE TABLE event_default PARTITION OF event DEFAULT;

-- 8. Append-only.
CREATE FUNCTION mingchu_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER transition_append_only BEFORE UPDATE OR DELETE ON transition
    FOR EACH ROW EXECUTE FUNCTION mingchu_refuse_change();
CREATE TRIGGER evidence_append_only BEFORE UPDATE OR DELETE ON evidence
    FOR EACH ROW EXECUTE FUNCTION mingchu_refuse_change();
CREATE TRIGGER access_log_append_only BEFORE UPDATE OR DELETE ON access_log
    FOR EACH ROW EXECUTE FUNCTION mingchu_refuse_change();

-- 9. Row-level security. Each transaction of the API states its scope with set_config(…, true);
--    without one nothing is visible, whatever the query says.
CREATE FUNCTION mingchu_sees(tenant text, region text, entity uuid) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT tenant = current_setting('mingchu.tenant', true)
       AND CASE current_setting('mingchu.scope', true)
           WHEN 'tenant' THEN true
           WHEN 'region' THEN coalesce(current_setting('mingchu.region', true), '') <> ''
                              AND starts_with(region, current_setting('mingchu.region', true))
           WHEN 'entity' THEN entity::text = current_setting('mingchu.entity', true)
           ELSE false
       END
$$;

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['person', 'site', 'node', 'device', 'evidence', 'violation', 'alert',
                                'task', 'transition', 'event', 'outbox', 'access_log', 'quarantine']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY worker ON %I TO mingchu_worker USING (true) WITH CHECK (true)', name);
        EXECUTE format('CREATE POLICY api ON %I TO mingchu_api '
                       'USING (mingchu_sees(tenant_id, region_code, entity_id)) '
                       'WITH CHECK (mingchu_sees(tenant_id, region_code, entity_id))', name);
    END LOOP;
END $$;

ALTER TABLE entity ENABLE ROW LEVEL SECURITY;
CREATE POLICY worker ON entity TO mingchu_worker USING (true) WITH CHECK (true);
CREATE POLICY api ON entity TO mingchu_api USING (mingchu_sees(tenant_id, region_code, id))
    WITH CHECK (mingchu_sees(tenant_id, region_code, id));

ALTER TABLE tenant ENABLE ROW LEVEL SECURITY;
CREATE POLICY worker ON tenant TO mingchu_worker USING (true) WITH CHECK (true);
CREATE POLICY api ON tenant TO mingchu_api USING (id = current_setting('mingchu.tenant', true));

-- Who may log in is looked up before a scope is known: a scope of its own, which sees no domain table.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['app_user', 'user_session', 'login_failure', 'api_key']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY worker ON %I TO mingchu_worker USING (true) WITH CHECK (true)', name);
        EXECUTE format('CREATE POLICY api ON %I TO mingchu_api '
                       'USING (current_setting(''mingchu.scope'', true) = ''access'') '
                       'WITH CHECK (current_setting(''mingchu.scope'', true) = ''access'')', name);
    END LOOP;
END $$;

-- A remembered answer is written in the transaction of the act it answers, whatever its scope, and seen
-- by nobody but the one who asked.
ALTER TABLE idempotency ENABLE ROW LEVEL SECURITY;
CREATE POLICY worker ON idempotency TO mingchu_worker USING (true) WITH CHECK (true);
CREATE POLICY api ON idempotency TO mingchu_api USING (principal = current_setting('mingchu.principal', true))
    WITH CHECK (principal = current_setting('mingchu.principal', true));

-- Readings carry no tenant of their own (hypertables with compression refuse row security): the API
-- sees them through views that ask the registry.
CREATE VIEW reading_visible WITH (security_barrier) AS
    SELECT r.* FROM reading r JOIN device d ON d.id = r.device_id
    WHERE mingchu_sees(d.tenant_id, d.region_code, d.entity_id);
CREATE VIEW reading_latest_visible WITH (security_barrier) AS
    SELECT r.* FROM reading_latest r JOIN device d ON d.id = r.device_id
    WHERE mingchu_sees(d.tenant_id, d.region_code, d.entity_id);
CREATE VIEW device_history_visible WITH (security_barrier) AS
    SELECT h.* FROM device_history h JOIN device d ON d.id = h.device_id
    WHERE mingchu_sees(d.tenant_id, d.region_code, d.entity_id);

-- 10. Grants.
GRANT USAGE ON SCHEMA public TO mingchu_worker, mingchu_api;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO mingchu_worker;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO mingchu_worker, mingchu_api;
GRANT SELECT ON tenant, region, entity, person, site, node, device, evidence, violation, alert, task,
    transition, event, quarantine, access_log, reading_visible, reading_latest_visible, device_history_visible,
    app_user, user_session, login_failure, api_key, idempotency TO mingchu_api;
GRANT INSERT ON evidence, transition, outbox, access_log, task TO mingchu_api;
GRANT INSERT, UPDATE, DELETE ON user_session, login_failure, idempotency TO mingchu_api;
GRANT UPDATE ON alert, task, violation TO mingchu_api;
REVOKE ALL ON FUNCTION mingchu_sequence_outbox(integer) FROM PUBLIC;
REVOKE ALL ON FUNCTION mingchu_ensure_partitions(text, interval, timestamptz, timestamptz) FROM PUBLIC;
REVOKE ALL ON FUNCTION mingchu_drop_partitions(text, timestamptz) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION mingchu_sequence_outbox(integer) TO mingchu_worker;
GRANT EXECUTE ON FUNCTION mingchu_ensure_partitions(text, interval, timestamptz, timestamptz) TO mingchu_worker;
GRANT EXECUTE ON FUNCTION mingchu_drop_partitions(text, timestamptz) TO mingchu_worker;
-- `alembic_version` is made before this file runs.
GRANT SELECT ON alembic_version TO mingchu_api;
