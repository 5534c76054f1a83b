-- mark_minutes --
-- Store minutes in which cameras were seen and analysed. Minutes whose video the node can upload count as recorded.
INSERT INTO camera_day (device_id, day, seen, analysed, recorded)
SELECT d.id, m.day, m.seen, m.analysed,
       CASE WHEN n.online AND 'clip' = ANY(n.can) THEN m.seen ELSE repeat('0', 1440)::bit(1440) END
FROM (SELECT unnest(%(ids)s::text[]) AS id, unnest(%(days)s::date[]) AS day,
             unnest(%(seen)s::text[])::bit(1440) AS seen, unnest(%(analysed)s::text[])::bit(1440) AS analysed) AS m
JOIN device d ON d.id = m.id JOIN node n ON n.id = d.node_id
ON CONFLICT (device_id, day) DO UPDATE SET seen = camera_day.seen | EXCLUDED.seen,
    analysed = camera_day.analysed | EXCLUDED.analysed, recorded = camera_day.recorded | EXCLUDED.recorded

-- cameras_watched --
-- How many cameras are supervised.
SELECT count(*) FROM device WHERE kind = 'camera' AND decommissioned_at IS NULL

-- unaccounted --
-- Add the missing days of the cameras whose turn it is.
INSERT INTO camera_day (device_id, day)
SELECT d.id, %(day)s FROM device d
WHERE d.kind = 'camera' AND d.decommissioned_at IS NULL AND d.created_at < %(day_ends_at)s
  AND abs(hashtext(d.id)::bigint) %% %(turns)s = %(turn)s
ON CONFLICT DO NOTHING

-- open_days --
-- Days that are not wholly accounted for, up to a day, of the cameras whose turn it is.
SELECT device_id, day, seen::text AS seen, analysed::text AS analysed, recorded::text AS recorded, reasons, accounted
FROM camera_day WHERE accounted < 1440 AND day <= %(day)s AND day > %(day)s - 3
  AND abs(hashtext(device_id)::bigint) %% %(turns)s = %(turn)s ORDER BY device_id, day

-- account --
-- The reasons of a day's minutes, up to one.
UPDATE camera_day c SET reasons = m.reasons, accounted = m.accounted
FROM unnest(%(ids)s::text[], %(days)s::date[], %(reasons)s::bytea[], %(accounted)s::integer[])
     AS m (id, day, reasons, accounted)
WHERE c.device_id = m.id AND c.day = m.day

-- camera_days --
-- Some days of a camera, newest first.
SELECT device_id, day, seen::text AS seen, analysed::text AS analysed, recorded::text AS recorded, reasons, accounted
FROM camera_day WHERE device_id = %(device_id)s AND day BETWEEN %(since)s AND %(until)s ORDER BY day DESC LIMIT 62

-- days_of --
-- One day of several cameras.
SELECT device_id, day, seen::text AS seen, analysed::text AS analysed, recorded::text AS recorded, reasons, accounted
FROM camera_day WHERE device_id = ANY(%(ids)s) AND day = %(day)s

-- forget_days --
-- Delete days that are too old.
DELETE FROM camera_day WHERE day < %(before)s
