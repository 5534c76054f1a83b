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
-- Move the batch into the readings; existing readings stay unchanged. Returns how many were new.
WITH stored AS (
    INSERT INTO reading (device_id, code, occurred_at, seq, received_at, value, late)
    SELECT device_id, code, occurred_at, seq, received_at, value, late FROM reading_stage
    ON CONFLICT DO NOTHING
    RETURNING 1
)
SELECT count(*) FROM stored

-- keep_latest --
-- Store the newest value of each series in the batch, and since when it has not changed. A repeated reading is no sign
-- of life; a stored time in the future was wrong, so readings received after it replace it.
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
-- Mark the series with new readings for the breach rules, and since when.
INSERT INTO breach_queue (device_id, code, since)
SELECT device_id, code, min(occurred_at) FROM reading_stage GROUP BY device_id, code ORDER BY device_id, code
ON CONFLICT (device_id, code) DO UPDATE
SET since = least(breach_queue.since, EXCLUDED.since), due_at = least(breach_queue.due_at, EXCLUDED.due_at)

-- series --
-- One series for the API, oldest first, a page.
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
-- One series for the breach rules, oldest first.
SELECT occurred_at, value FROM reading
WHERE device_id = %(device_id)s AND code = %(code)s AND occurred_at >= %(since)s
ORDER BY occurred_at, seq LIMIT %(limit)s

-- several_series --
-- Several series for the breach rules, by their number in the question, each oldest first.
SELECT wanted.number, point.occurred_at, point.value
FROM unnest(%(devices)s::text[], %(codes)s::text[], %(since)s::timestamptz[]) WITH ORDINALITY
    AS wanted (device_id, code, since, number)
CROSS JOIN LATERAL (
    SELECT r.occurred_at, r.seq, r.value FROM reading r
    WHERE r.device_id = wanted.device_id AND r.code = wanted.code AND r.occurred_at >= wanted.since
    ORDER BY r.occurred_at, r.seq LIMIT %(limit)s) point
ORDER BY wanted.number, point.occurred_at, point.seq

-- steady_of --
-- Since when series of some devices have had one value, by their newest values, and when the newest was measured.
SELECT device_id, code, steady_since, occurred_at, value FROM reading_latest
WHERE device_id = ANY(%(device_ids)s) AND steady_since IS NOT NULL

-- not_steady --
-- Late data shows that the newest value was not always the same.
UPDATE reading_latest SET steady_since = occurred_at WHERE device_id = %(device_id)s AND code = %(code)s

-- values_between --
-- The lowest and the highest value of a series from a moment on.
SELECT min(value), max(value) FROM reading
WHERE device_id = %(device_id)s AND code = %(code)s AND occurred_at >= %(since)s

-- refused --
-- Store that a sensor's report could not be accepted.
INSERT INTO sensor_refusal (device_id, at, why) VALUES (%(device_id)s, %(at)s, %(why)s)
ON CONFLICT (device_id) DO UPDATE SET at = greatest(sensor_refusal.at, EXCLUDED.at), why = EXCLUDED.why

-- count_readings --
-- How many readings are stored, and how many distinct ones.
SELECT count(*), count(DISTINCT (device_id, code, occurred_at)) FROM reading

-- due_breach_checks --
-- Take the series whose check is due; they are deleted in the same transaction.
DELETE FROM breach_queue WHERE (device_id, code) IN (
    SELECT device_id, code FROM breach_queue WHERE due_at <= %(at)s
    ORDER BY due_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
RETURNING device_id, code, since

-- check_breach_later --
-- Schedule a check of a series for the end of a hold time, in case no new reading arrives.
INSERT INTO breach_queue (device_id, code, since, due_at) VALUES (%(device_id)s, %(code)s, %(since)s, %(due_at)s)
ON CONFLICT (device_id, code) DO UPDATE
SET since = least(breach_queue.since, EXCLUDED.since), due_at = least(breach_queue.due_at, EXCLUDED.due_at)

-- first_received --
-- When the first reading arrived.
SELECT min(received_at) FROM reading

-- latest_of --
-- The newest values of several devices that the API may show.
SELECT device_id, code, occurred_at, value FROM reading_latest_visible
WHERE device_id = ANY(%(device_ids)s) ORDER BY device_id, code
