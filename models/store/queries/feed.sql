-- announce --
-- Announce a change in the transaction that makes it.
INSERT INTO outbox (event_id, tenant_id, entity_id, region_code, source, type, time, occurred_at, received_at, late,
                    data)
VALUES (%(event_id)s, %(tenant_id)s, %(entity_id)s, %(region_code)s, %(source)s, %(type)s, %(time)s, %(occurred_at)s,
        %(received_at)s, %(late)s, %(data)s)

-- wake_sequencer --
-- Notify the sequencer at commit that an event waits for its number.
SELECT pg_notify('mingchu_outbox', '')

-- sequence --
-- Number the committed events; return how many.
SELECT mingchu_sequence_outbox(%(at_most)s)

-- lines_after --
-- The events after a cursor, in the feed's single order. A filter never changes the order.
SELECT seq, event_id, tenant_id, entity_id, region_code, source, type, time, occurred_at, received_at, late,
       data::text AS data
FROM event
WHERE seq > %(cursor)s AND (%(types)s::text[] IS NULL OR type LIKE ANY(%(types)s))
  AND (%(region)s::text IS NULL OR starts_with(region_code, %(region)s))
  AND (%(entity_id)s::uuid IS NULL OR entity_id = %(entity_id)s)
  AND (%(site_id)s::text IS NULL OR data ->> 'site_id' = %(site_id)s)
  AND (%(code)s::text IS NULL OR data ->> 'code' = %(code)s)
  AND (%(severity)s::text IS NULL OR data ->> 'severity' = %(severity)s)
ORDER BY seq LIMIT %(limit)s

-- feed_bounds --
-- The newest number of the whole feed, and the oldest kept one. Not scoped: a number reveals nothing.
SELECT mingchu_feed_newest(), mingchu_feed_earliest()

-- feed_position --
-- The bounds, whether a restore has removed events before a cursor, and the marks of the cursor's place and of the end.
SELECT newest, mingchu_feed_earliest() AS earliest, mingchu_feed_lost(coalesce(%(cursor)s, newest)) AS lost,
       mingchu_feed_mark(coalesce(%(cursor)s, newest)) AS mark, mingchu_feed_mark(newest) AS newest_mark
FROM (SELECT mingchu_feed_newest() AS newest OFFSET 0) AS feed

-- new_feed_life --
-- Continue numbering far above every number ever used, after the database was restored to an earlier state.
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
