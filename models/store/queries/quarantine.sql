-- quarantine --
-- Quarantine a payload that can't be accepted; a repeat only raises its count.
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
-- Count an attempt for messages that are tried again; return the number of attempts of each, this one included.
INSERT INTO intake_attempt (message_sha256, tries, at)
SELECT sha, 1, %(at)s FROM unnest(%(hashes)s::text[]) AS t (sha) ORDER BY sha
ON CONFLICT (message_sha256) DO UPDATE SET tries = intake_attempt.tries + 1, at = EXCLUDED.at
RETURNING message_sha256, tries

-- attempts_over --
-- Messages that were tried more often than allowed.
SELECT message_sha256 FROM intake_attempt
WHERE starts_with(message_sha256, %(prefix)s) AND tries > %(tries)s ORDER BY at DESC LIMIT 10000

-- forget_attempts --
-- Forget messages that are stored or quarantined.
DELETE FROM intake_attempt WHERE message_sha256 = ANY(%(hashes)s)

-- forget_old_attempts --
-- Forget messages that nobody sends any more.
DELETE FROM intake_attempt WHERE at < %(before)s

-- node_excess --
-- Store that a node exceeded its budget. Returns whether this is the first time, or the first within an hour.
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
-- Quarantined messages, newest first, a page.
SELECT id, topic, reason, detail, payload_sha256, payload_bytes, times, first_at, last_at FROM quarantine
WHERE %(before)s::timestamptz IS NULL OR (last_at, id) < (%(before)s, %(before_id)s::uuid)
ORDER BY last_at DESC, id DESC LIMIT %(limit)s

-- quarantined_since --
-- The number of different messages quarantined since a moment.
SELECT count(*) FROM quarantine WHERE last_at >= %(since)s

-- quarantine_total --
-- The number of quarantined messages.
SELECT coalesce(sum(times), 0) FROM quarantine

-- forget_edge_events --
-- Delete old records; redeliveries arrive within days.
DELETE FROM edge_event WHERE received_at < %(before)s
