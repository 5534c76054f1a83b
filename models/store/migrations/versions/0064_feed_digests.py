"""A signed digest of the feed for each county and day, with the hash of every event."""

from alembic import op

revision = "0064"
down_revision = "0063"
branch_labels = None
depends_on = None

_SQL = """
-- Public halves of the keys that sign digests.
CREATE TABLE signing_key (
    id text PRIMARY KEY CHECK (id ~ '^[0-9a-f]{16}$'),
    public_pem text NOT NULL CHECK (length(public_pem) <= 2000),
    since timestamptz NOT NULL
);
GRANT SELECT, INSERT ON signing_key TO mingchu_worker;
GRANT SELECT ON signing_key TO mingchu_api;

-- What the feed had on a day (Shanghai) of one county, by the time at which events were numbered.
CREATE TABLE feed_day (
    tenant_id text NOT NULL REFERENCES tenant,
    region_code text NOT NULL CHECK (region_code ~ '^[0-9]{6}$'),
    day date NOT NULL,
    first_seq bigint NOT NULL,
    last_seq bigint NOT NULL CHECK (last_seq >= first_seq),
    n integer NOT NULL CHECK (n > 0),
    root text NOT NULL CHECK (root ~ '^[0-9a-f]{64}$'),
    previous text CHECK (previous ~ '^[0-9a-f]{64}$'),
    key_id text REFERENCES signing_key,
    signature text CHECK (length(signature) <= 200),
    closed_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, region_code, day),
    CONSTRAINT feed_day_signed CHECK ((key_id IS NULL) = (signature IS NULL))
);
CREATE INDEX feed_day_day ON feed_day (tenant_id, day DESC, region_code);

-- The hashes of its events, a thousand in a row; `hashes` are 32 bytes each.
CREATE TABLE feed_block (
    tenant_id text NOT NULL,
    region_code text NOT NULL,
    day date NOT NULL,
    number integer NOT NULL,
    seqs bigint[] NOT NULL,
    hashes bytea NOT NULL,
    PRIMARY KEY (tenant_id, region_code, day, number),
    FOREIGN KEY (tenant_id, region_code, day) REFERENCES feed_day,
    CONSTRAINT feed_block_size CHECK (octet_length(hashes) = 32 * cardinality(seqs))
);

-- Days that are closed for all tenants.
CREATE TABLE feed_closed (day date PRIMARY KEY, closed_at timestamptz NOT NULL);

DO $$
DECLARE
    name text;
    kind text;
    visible text;
BEGIN
    FOREACH name IN ARRAY ARRAY['feed_day', 'feed_block'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY worker ON %I TO mingchu_worker USING (true) WITH CHECK (true)', name);
        FOR kind, visible IN VALUES
            ('tenant', 'true'),
            ('region', 'current_setting(''mingchu.region'', true) <> '''' '
                       'AND starts_with(region_code, current_setting(''mingchu.region'', true))'),
            ('region_4', 'left(region_code, 4) = current_setting(''mingchu.region'', true)'),
            ('region_6', 'region_code = current_setting(''mingchu.region'', true)'),
            -- A part of a county proves its events by the county's hashes, which tell nothing to whom cannot see the event.
            ('region_9', 'region_code = left(current_setting(''mingchu.region'', true), 6)'),
            ('region_12', 'region_code = left(current_setting(''mingchu.region'', true), 6)'),
            ('entity', 'region_code = (SELECT left(e.region_code, 6) FROM entity e '
                       'WHERE e.id = nullif(current_setting(''mingchu.entity'', true), '''')::uuid)')
        LOOP
            EXECUTE format('CREATE POLICY %I ON %I FOR SELECT TO %I USING '
                           '(tenant_id = current_setting(''mingchu.tenant'', true) AND %s)',
                           'seen_by_' || kind, name, 'mingchu_api_' || kind, visible);
        END LOOP;
        EXECUTE format('GRANT SELECT, INSERT ON %I TO mingchu_worker', name);
        EXECUTE format('GRANT SELECT ON %I TO mingchu_api', name);
        EXECUTE format('CREATE TRIGGER %I BEFORE UPDATE OR DELETE ON %I FOR EACH ROW EXECUTE FUNCTION mingchu_refuse_change()',
                       name || '_append_only', name);
    END LOOP;
END $$;
GRANT SELECT, INSERT ON feed_closed TO mingchu_worker;

-- An event's time in the feed is the one at which it got its number, not the one at which the sequencer began to wait:
-- what is numbered after a day is over then never belongs to that day.
DO $$
BEGIN
    EXECUTE replace(pg_get_functiondef('mingchu_sequence_outbox(integer)'::regprocedure),
                    'nextval(''event_seq''), now()', 'nextval(''event_seq''), clock_timestamp()');
END $$;
"""


def upgrade() -> None:
    op.get_bind().connection.cursor().execute(_SQL)


def downgrade() -> None:
    raise NotImplementedError("mingchu migrates forward only; restore a backup to go back")
