-- stream --
-- The position of a numbered stream, locked until the batch commits.
SELECT session, last_seq, gaps FROM node_stream WHERE node_id = %(node_id)s AND kind = %(kind)s FOR UPDATE

-- move_stream --
-- Store the position of a numbered stream and its losses.
INSERT INTO node_stream (node_id, kind, session, last_seq, gaps, received_at)
VALUES (%(node_id)s, %(kind)s, %(session)s, %(last_seq)s, %(gaps)s, %(at)s)
ON CONFLICT (node_id, kind) DO UPDATE
SET session = EXCLUDED.session, last_seq = EXCLUDED.last_seq,
    gaps = least(least(node_stream.gaps, 9007199254740991) + EXCLUDED.gaps, 9007199254740991),
    received_at = EXCLUDED.received_at

-- node_heard --
-- Store a node's last message: its time, the clock's error, and how many numbers are missing.
UPDATE node SET last_seen_at = greatest(last_seen_at, %(at)s),
    gaps = least(least(gaps, 9007199254740991) + %(gaps)s, 9007199254740991),
    clock_skew_s = coalesce(%(skew)s, clock_skew_s)
WHERE id = %(id)s

-- node_status --
-- Store a birth, or a death that belongs to the last birth; ignore an older death. Returns the number of the change,
-- and when the previous status arrived.
WITH before AS (SELECT id, status_at FROM node WHERE id = %(id)s FOR UPDATE)
UPDATE node n SET online = %(online)s, session = %(session)s, status_at = %(at)s, last_seen_at = %(at)s,
    firmware = coalesce(%(firmware)s, n.firmware), version = n.version + 1
FROM before WHERE n.id = before.id AND (
    (%(online)s AND %(session)s >= n.session AND NOT (n.online AND n.session = %(session)s))
    OR (NOT %(online)s AND %(session)s = n.session AND n.online))
RETURNING n.version, before.status_at

-- node_can --
-- Store the abilities that a node reports.
UPDATE node SET can = %(can)s, last_seen_at = greatest(last_seen_at, %(at)s)
WHERE id = %(id)s AND session = %(session)s

-- device_health --
-- Store a node's report on its devices; an older report changes nothing.
UPDATE device d SET health = h.health, health_at = %(at)s
FROM unnest(%(ids)s::text[], %(healths)s::jsonb[]) AS h (id, health)
WHERE d.id = h.id AND d.node_id = %(node_id)s AND (d.health_at IS NULL OR d.health_at <= %(at)s)

-- add_history --
-- Add an entry to a device's history.
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
-- Store an edge event; touches no row if it arrived before.
INSERT INTO edge_event (source, id, received_at) VALUES (%(source)s, %(id)s, %(at)s) ON CONFLICT DO NOTHING
