-- still_sequencer --
-- Wait until the events that are being numbered have their numbers.
SELECT pg_advisory_xact_lock(7266001)

-- alone --
-- Become the only one who closes a day. Returns false if another one does.
SELECT pg_try_advisory_xact_lock(hashtextextended('mingchu feed digest', 0))

-- next_day --
-- The first day that is over and not closed: the one after the last closed one, or the feed's first one.
SELECT coalesce((SELECT max(day) + 1 FROM feed_closed),
                (SELECT (recorded_at AT TIME ZONE 'Asia/Shanghai')::date FROM event ORDER BY seq LIMIT 1))

-- places_of_day --
-- The tenants and counties that have events on a day.
SELECT DISTINCT tenant_id, left(region_code, 6) FROM event
WHERE recorded_at >= %(begin)s AND recorded_at < %(end)s ORDER BY 1, 2

-- events_of_day --
-- The events of a county on a day, in order, a page by number.
SELECT * FROM event
WHERE recorded_at >= %(begin)s AND recorded_at < %(end)s AND tenant_id = %(tenant_id)s
  AND left(region_code, 6) = %(region_code)s AND seq > %(after)s
ORDER BY seq LIMIT %(limit)s

-- last_root --
-- The root of a county's last digest before a day.
SELECT root FROM feed_day WHERE tenant_id = %(tenant_id)s AND region_code = %(region_code)s AND day < %(day)s
ORDER BY day DESC LIMIT 1

-- add_day --
-- Store the digest of a county's day.
INSERT INTO feed_day (tenant_id, region_code, day, first_seq, last_seq, n, root, previous, key_id, signature, closed_at)
VALUES (%(tenant_id)s, %(region_code)s, %(day)s, %(first_seq)s, %(last_seq)s, %(n)s, %(root)s, %(previous)s, %(key_id)s,
        %(signature)s, %(closed_at)s)

-- add_block --
-- Store the hashes of some events of a county's day.
INSERT INTO feed_block (tenant_id, region_code, day, number, seqs, hashes)
VALUES (%(tenant_id)s, %(region_code)s, %(day)s, %(number)s, %(seqs)s, %(hashes)s)

-- close_day --
-- Note that a day is closed for all tenants.
INSERT INTO feed_closed (day, closed_at) VALUES (%(day)s, %(at)s)

-- add_key --
-- Publish the public half of a key.
INSERT INTO signing_key (id, public_pem, since) VALUES (%(id)s, %(public_pem)s, %(at)s) ON CONFLICT DO NOTHING

-- keys --
-- The published keys, the oldest first.
SELECT * FROM signing_key ORDER BY since, id

-- days --
-- Digests of a region, the newest day first: a page after (day, county), or one day.
SELECT * FROM feed_day
WHERE starts_with(region_code, %(within)s) AND (%(day)s::date IS NULL OR day = %(day)s)
  AND (%(before)s::date IS NULL OR (day, region_code) < (%(before)s, %(before_region)s::text))
ORDER BY day DESC, region_code DESC LIMIT %(limit)s

-- day_of --
-- The digest of a county's day.
SELECT * FROM feed_day WHERE region_code = %(region_code)s AND day = %(day)s

-- blocks --
-- The hashes of a county's day, block by block.
SELECT seqs, hashes FROM feed_block
WHERE region_code = %(region_code)s AND day = %(day)s AND (%(number)s::integer IS NULL OR number = %(number)s)
ORDER BY number

-- event_place --
-- The day and county of an event that the caller sees.
SELECT (recorded_at AT TIME ZONE 'Asia/Shanghai')::date, left(region_code, 6) FROM event WHERE seq = %(seq)s
