-- make_stage --
-- A staging table of this connection, emptied at each commit.
CREATE TEMP TABLE IF NOT EXISTS reading_stage (
    device_id text, code text, occurred_at timestamptz, seq bigint, received_at timestamptz,
    value double precision, late boolean
) ON COMMIT DELETE ROWS

-- stage_readings --
-- Readings of one batch go to the staging table first, so that duplicates can be told apart.
COPY reading_stage (device_id, code, occurred_at, seq, received_at, value, late) FROM STDIN

-- store_staged --
-- Move the batch over; a reading that is there already stays as it is. Gives how many were new.
WITH stored AS (
    INSERT INTO reading (device_id, code, occurred_at, seq, received_at, value, late)
    SELECT device_id, code, occurred_at, seq, received_at, value, late FROM reading_stage
    ON CONFLICT DO NOTHING
    RETURNING 1
)
SELECT count(*) FROM stored

-- keep_latest --
-- The newest value of each series in the batch, and since when it has been the same. A repeat of a reading is not being
-- heard; a time in the future was wrong, and what comes after it counts.
INSERT INTO reading_latest AS l (device_id, code, occurred_at, value, received_at, steady_since)
SELECT DISTINCT ON (s.device_id, s.code) s.device_id, s.code, s.occurred_at, s.value, s.received_at,
       CASE WHEN min(s.value) OVER one = max(s.value) OVER one THEN min(s.occurred_at) OVER one ELSE s.occurred_at END
FROM reading_stage s WINDOW one AS (PARTITION BY s.device_id, s.code)
ORDER BY s.device_id, s.code, s.occurred_at DESC, s.seq DESC
ON CONFLICT (device_id, code) DO UPDATE
SET occurred_at = EXCLUDED.occurred_at, value = EXCLUDED.value,
    received_at = CASE WHEN EXCLUDED.occurred_at = l.occurred_at THEN l.received_at ELSE EXCLUDED.received_at END,
    steady_since = CASE WHEN EXCLUDED.value = l.value AND EXCLUDED.steady_since <> EXCLUDED.occurred_at
                        THEN least(l.steady_since, EXCLUDED.steady_since)
                        WHEN EXCLUDED.value = l.value THEN coalesce(l.steady_since, EXCLUDED.steady_since)
                        ELSE EXCLUDED.steady_since END
WHERE l.occurred_at <= EXCLUDED.occurred_at OR l.occurred_at > EXCLUDED.received_at + interval '1 minute'

-- queue_breach_check --
-- Tell the breach rules which series have news, and since when.
INSERT INTO breach_queue (device_id, code, since)
SELECT device_id, code, min(occurred_at) FROM reading_stage GROUP BY device_id, code ORDER BY device_id, code
ON CONFLICT (device_id, code) DO UPDATE
SET since = least(breach_queue.since, EXCLUDED.since), due_at = least(breach_queue.due_at, EXCLUDED.due_at)

-- quarantine --
-- Set a payload aside that cannot be taken in; the same one again only counts.
INSERT INTO quarantine (id, topic, reason, detail, payload_sha256, payload, payload_bytes, times, tenant_id, entity_id,
                        region_code, node_id, first_at, last_at)
VALUES (%(id)s, %(topic)s, %(reason)s, %(detail)s, %(payload_sha256)s, %(payload)s, %(payload_bytes)s, 1,
        %(tenant_id)s, %(entity_id)s, %(region_code)s, %(node_id)s, %(at)s, %(at)s)
ON CONFLICT (topic, payload_sha256, reason) DO UPDATE
SET times = least(quarantine.times, 2147483646) + 1, last_at = EXCLUDED.last_at

-- trim_quarantine --
-- Keep the quarantine bounded: of each node and of all together the oldest go first.
DELETE FROM quarantine WHERE id IN (
    SELECT id FROM (
        SELECT id, row_number() OVER (PARTITION BY node_id ORDER BY last_at DESC) AS of_node,
               row_number() OVER (ORDER BY last_at DESC) AS of_all
        FROM quarantine) AS ranked
    WHERE of_all > %(keep)s OR of_node > %(keep_of_node)s)

-- note_attempts --
-- Messages that are tried again; gives how often each has been, this time included.
INSERT INTO intake_attempt (message_sha256, tries, at)
SELECT sha, 1, %(at)s FROM unnest(%(hashes)s::text[]) AS t (sha) ORDER BY sha
ON CONFLICT (message_sha256) DO UPDATE SET tries = intake_attempt.tries + 1, at = EXCLUDED.at
RETURNING message_sha256, tries

-- attempts_over --
-- Messages that were tried more often than allowed.
SELECT message_sha256 FROM intake_attempt
WHERE starts_with(message_sha256, %(prefix)s) AND tries > %(tries)s ORDER BY at DESC LIMIT 10000

-- forget_attempts --
-- They are stored, or set aside.
DELETE FROM intake_attempt WHERE message_sha256 = ANY(%(hashes)s)

-- forget_old_attempts --
-- Nobody sends them any more.
DELETE FROM intake_attempt WHERE at < %(before)s

-- node_excess --
-- A node sent more than its budget allows. Gives whether that is news: the first time, or the first within an hour.
INSERT INTO node_excess AS e (node_id, budget, messages, bytes, first_at, last_at, told_at)
VALUES (%(node_id)s, %(budget)s, %(messages)s, %(bytes)s, %(at)s, %(at)s, %(at)s)
ON CONFLICT (node_id, budget) DO UPDATE
SET messages = least(e.messages, 9007199254740991) + EXCLUDED.messages,
    bytes = least(e.bytes, 9007199254740991) + EXCLUDED.bytes, last_at = EXCLUDED.last_at,
    told_at = CASE WHEN e.told_at < %(tell_again)s THEN EXCLUDED.told_at ELSE e.told_at END
RETURNING told_at = %(at)s

-- excesses --
-- The nodes that sent more than their budgets allow since a moment, the latest first.
SELECT node_id, budget, messages, bytes, last_at FROM node_excess WHERE last_at >= %(since)s
ORDER BY last_at DESC, node_id, budget LIMIT %(limit)s

-- quarantined --
-- What was set aside, newest first, a page.
SELECT id, topic, reason, detail, payload_sha256, payload_bytes, times, first_at, last_at FROM quarantine
WHERE %(before)s::timestamptz IS NULL OR (last_at, id) < (%(before)s, %(before_id)s::uuid)
ORDER BY last_at DESC, id DESC LIMIT %(limit)s

-- quarantined_since --
-- How many different messages were set aside since a moment.
SELECT count(*) FROM quarantine WHERE last_at >= %(since)s

-- quarantine_total --
-- How many messages were set aside.
SELECT coalesce(sum(times), 0) FROM quarantine

-- stream --
-- Where a numbered stream stands, locked until the batch commits.
SELECT session, last_seq, gaps FROM node_stream WHERE node_id = %(node_id)s AND kind = %(kind)s FOR UPDATE

-- move_stream --
-- Note how far a numbered stream has come and what it lost.
INSERT INTO node_stream (node_id, kind, session, last_seq, gaps, received_at)
VALUES (%(node_id)s, %(kind)s, %(session)s, %(last_seq)s, %(gaps)s, %(at)s)
ON CONFLICT (node_id, kind) DO UPDATE
SET session = EXCLUDED.session, last_seq = EXCLUDED.last_seq,
    gaps = least(least(node_stream.gaps, 9007199254740991) + EXCLUDED.gaps, 9007199254740991),
    received_at = EXCLUDED.received_at

-- node_heard --
-- A node spoke: when, how far its clock is off, and how many numbers are missing.
UPDATE node SET last_seen_at = greatest(last_seen_at, %(at)s),
    gaps = least(least(gaps, 9007199254740991) + %(gaps)s, 9007199254740991),
    clock_skew_s = coalesce(%(skew)s, clock_skew_s)
WHERE id = %(id)s

-- node_status --
-- A birth, or a death that belongs to the last birth. A death older than that is ignored. Gives the number of the
-- change, and when the status before it came.
WITH before AS (SELECT id, status_at FROM node WHERE id = %(id)s FOR UPDATE)
UPDATE node n SET online = %(online)s, session = %(session)s, status_at = %(at)s, last_seen_at = %(at)s,
    firmware = coalesce(%(firmware)s, n.firmware), version = n.version + 1
FROM before WHERE n.id = before.id AND (
    (%(online)s AND %(session)s >= n.session AND NOT (n.online AND n.session = %(session)s))
    OR (NOT %(online)s AND %(session)s = n.session AND n.online))
RETURNING n.version, before.status_at

-- node_can --
-- What a node says it can do.
UPDATE node SET can = %(can)s, last_seen_at = greatest(last_seen_at, %(at)s)
WHERE id = %(id)s AND session = %(session)s

-- device_health --
-- How a node says its devices are; an older report changes nothing.
UPDATE device d SET health = h.health, health_at = %(at)s
FROM unnest(%(ids)s::text[], %(healths)s::jsonb[]) AS h (id, health)
WHERE d.id = h.id AND d.node_id = %(node_id)s AND (d.health_at IS NULL OR d.health_at <= %(at)s)

-- add_history --
-- A line in a device's history.
INSERT INTO device_history (device_id, at, id, kind, detail)
SELECT d.id, %(at)s, %(id)s, %(kind)s, %(detail)s FROM device d WHERE d.node_id = %(node_id)s
ON CONFLICT DO NOTHING

-- history --
-- A device's history, newest first, a page.
SELECT at, id, kind, detail FROM device_history_visible
WHERE device_id = %(device_id)s AND at >= %(since)s AND at < %(until)s
  AND (%(before)s::timestamptz IS NULL OR (at, id) < (%(before)s, %(before_id)s::uuid))
ORDER BY at DESC, id DESC LIMIT %(limit)s

-- take_edge_event --
-- Remember an edge event; touches no row when it came before.
INSERT INTO edge_event (source, id, received_at) VALUES (%(source)s, %(id)s, %(at)s) ON CONFLICT DO NOTHING

-- forget_edge_events --
-- Redeliveries come within days.
DELETE FROM edge_event WHERE received_at < %(before)s

-- series --
-- One series as the API shows it, oldest first, a page.
SELECT occurred_at, seq, value, late FROM reading_visible
WHERE device_id = %(device_id)s AND code = %(code)s AND occurred_at >= %(since)s AND occurred_at < %(until)s
  AND (%(after)s::timestamptz IS NULL OR (occurred_at, seq) > (%(after)s, %(after_seq)s::bigint))
ORDER BY occurred_at, seq LIMIT %(limit)s

-- newest_in_series --
-- The newest values of a series between two moments, newest first.
SELECT occurred_at, seq, value, late FROM reading_visible
WHERE device_id = %(device_id)s AND code = %(code)s AND occurred_at >= %(since)s AND occurred_at < %(until)s
ORDER BY occurred_at DESC, seq DESC LIMIT %(limit)s

-- latest --
-- The newest values the API may show.
SELECT device_id, code, occurred_at, value FROM reading_latest_visible
WHERE %(device_id)s::text IS NULL OR device_id = %(device_id)s ORDER BY device_id, code LIMIT 1000

-- series_raw --
-- One series as the breach rules see it, oldest first.
SELECT occurred_at, value FROM reading
WHERE device_id = %(device_id)s AND code = %(code)s AND occurred_at >= %(since)s
ORDER BY occurred_at, seq LIMIT %(limit)s

-- steady_since --
-- Since when a series has had one value, as far as the newest values tell, and when the newest was measured.
SELECT steady_since AS since, occurred_at AS newest_at, value FROM reading_latest
WHERE device_id = %(device_id)s AND code = %(code)s AND steady_since IS NOT NULL

-- not_steady --
-- Late data shows that the newest value was not always the same.
UPDATE reading_latest SET steady_since = occurred_at WHERE device_id = %(device_id)s AND code = %(code)s

-- values_between --
-- The lowest and the highest value of a series from a moment on.
SELECT min(value), max(value) FROM reading
WHERE device_id = %(device_id)s AND code = %(code)s AND occurred_at >= %(since)s

-- refused --
-- A sensor reports something that can't be taken in.
INSERT INTO sensor_refusal (device_id, at, why) VALUES (%(device_id)s, %(at)s, %(why)s)
ON CONFLICT (device_id) DO UPDATE SET at = greatest(sensor_refusal.at, EXCLUDED.at), why = EXCLUDED.why

-- count_readings --
-- How many readings are stored, and how many distinct ones.
SELECT count(*), count(DISTINCT (device_id, code, occurred_at)) FROM reading

-- due_breach_checks --
-- Series whose check is due; whoever takes them deletes them in the same transaction.
DELETE FROM breach_queue WHERE (device_id, code) IN (
    SELECT device_id, code FROM breach_queue WHERE due_at <= %(at)s
    ORDER BY due_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
RETURNING device_id, code, since

-- check_breach_later --
-- Look at a series again when a hold time runs out, also when no new reading comes.
INSERT INTO breach_queue (device_id, code, since, due_at) VALUES (%(device_id)s, %(code)s, %(since)s, %(due_at)s)
ON CONFLICT (device_id, code) DO UPDATE
SET since = least(breach_queue.since, EXCLUDED.since), due_at = least(breach_queue.due_at, EXCLUDED.due_at)

-- first_received --
-- When the first reading came in.
SELECT min(received_at) FROM reading

-- latest_of --
-- The newest values of several devices that the API may show.
SELECT device_id, code, occurred_at, value FROM reading_latest_visible
WHERE device_id = ANY(%(device_ids)s) ORDER BY device_id, code
