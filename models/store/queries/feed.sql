-- announce --
-- Announce a change in the transaction that makes it.
INSERT INTO outbox (event_id, tenant_id, entity_id, region_code, source, type, time, occurred_at, received_at, late,
                    data)
VALUES (%(event_id)s, %(tenant_id)s, %(entity_id)s, %(region_code)s, %(source)s, %(type)s, %(time)s, %(occurred_at)s,
        %(received_at)s, %(late)s, %(data)s)

-- wake_sequencer --
-- Tell the sequencer at commit that there is something to number.
SELECT pg_notify('mingchu_outbox', '')

-- sequence --
-- Number what is committed; gives how many.
SELECT mingchu_sequence_outbox(%(at_most)s)

-- events_after --
-- The feed behind a cursor, in its one order. A filter never changes the order.
SELECT * FROM event
WHERE seq > %(cursor)s AND (%(types)s::text[] IS NULL OR type LIKE ANY(%(types)s))
ORDER BY seq LIMIT %(limit)s

-- feed_bounds --
-- The newest number given out in the whole feed, and the oldest still kept. Not scoped: a number tells nothing.
SELECT mingchu_feed_newest(), mingchu_feed_earliest()

-- feed_place --
-- Whether a cursor stands behind events that a restore has taken away, and what marks its place.
SELECT mingchu_feed_lost(%(cursor)s), mingchu_feed_mark(%(cursor)s)

-- new_feed_life --
-- Number on far above everything that can have been given out: the database was put back to an earlier state.
SELECT mingchu_new_feed_life()

-- event_total --
-- How many events the feed holds, numbered or not.
SELECT (SELECT count(*) FROM event) + (SELECT count(*) FROM outbox)

-- revision --
-- The schema's revision.
SELECT version_num FROM alembic_version

-- newest_events --
-- The newest events, newest first.
SELECT * FROM event ORDER BY seq DESC LIMIT %(limit)s
