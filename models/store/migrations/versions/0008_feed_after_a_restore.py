"""The feed notices that its database was restored: numbers are not given again, and cursors of what is lost are told."""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_SQL = """
-- One row for every life of the feed. `began` is its first number; what was numbered above `lost_after` and below
-- `began` belonged to a life that a restore has taken away. `server` is where it was numbered: which cluster, which
-- database, which timeline. Restoring a dump or a base backup changes it.
CREATE TABLE feed_life (
    began bigint PRIMARY KEY,
    lost_after bigint,
    server text NOT NULL,
    at timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT ON feed_life TO mingchu_worker;

CREATE FUNCTION mingchu_server() RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_catalog, pg_temp AS $$
    SELECT s.system_identifier || '/' || d.oid || '/' || left(pg_walfile_name(pg_current_wal_lsn()), 8)
    FROM pg_control_system() s, pg_database d WHERE d.datname = current_database()
$$;

-- Begins a new life of the feed far above every number that can have been given out before.
CREATE FUNCTION mingchu_new_feed_life() RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    newest bigint;
    began bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(7266001);
    SELECT coalesce(max(seq), 0) INTO newest FROM event;
    began := newest + 1099511627776;  -- 2^40: eight thousand restores fit below 2^53
    INSERT INTO feed_life (began, lost_after, server) VALUES (began, newest, mingchu_server());
    PERFORM setval('event_seq', began - 1);
    RETURN began;
END $$;

CREATE OR REPLACE FUNCTION mingchu_sequence_outbox(at_most integer) RETURNS integer
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    moved integer;
    known text;
    here text := mingchu_server();
BEGIN
    PERFORM pg_advisory_xact_lock(7266001);
    SELECT server INTO known FROM feed_life ORDER BY began DESC LIMIT 1;
    IF known IS NULL OR NOT EXISTS (SELECT FROM event) THEN
        -- The first numbering here, or nothing numbered that could be lost.
        IF known IS DISTINCT FROM here THEN
            DELETE FROM feed_life;
            INSERT INTO feed_life (began, server) VALUES (0, here);
        END IF;
    ELSIF known <> here THEN
        PERFORM mingchu_new_feed_life();
    END IF;
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

-- Whether a cursor stands behind events that a restore has taken away.
CREATE FUNCTION mingchu_feed_lost(place bigint) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM feed_life WHERE place > lost_after AND place < began)
$$;

-- What marks a place in the feed: the last event up to it, whatever the caller may see of it. It never changes while
-- the event is kept; after a restore another event, or none, stands there.
CREATE FUNCTION mingchu_feed_mark(place bigint) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT left(encode(sha256(convert_to(event_id::text, 'UTF8')), 'hex'), 16)
    FROM event WHERE seq <= place ORDER BY seq DESC LIMIT 1
$$;

REVOKE ALL ON FUNCTION mingchu_new_feed_life() FROM PUBLIC;
REVOKE ALL ON FUNCTION mingchu_server() FROM PUBLIC;
"""


def upgrade() -> None:
    op.get_bind().connection.cursor().execute(_SQL)


def downgrade() -> None:
    raise NotImplementedError("mingchu migrates forward only; restore a backup to go back")
