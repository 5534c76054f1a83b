-- queue_speech --
-- Queue a message for each loudspeaker of a kitchen; returns how many.
SELECT mingchu_queue_speech(%(tenant_id)s, %(region_code)s, %(entity_id)s, %(site_id)s, %(occasion)s, %(subject_id)s,
    %(subject_version)s, %(text)s, %(at)s, %(life)s)

-- due_speeches --
-- Messages to send to a node now, with the state of the node and of the alert they are about; locked.
SELECT s.*, n.online AS node_online, n.revoked_at IS NOT NULL AS node_revoked, a.state AS alert_state
FROM speech s JOIN node n ON n.id = s.node_id LEFT JOIN alert a ON a.id = s.subject_id
WHERE s.done_at IS NULL AND s.next_at <= %(at)s
ORDER BY s.next_at LIMIT %(limit)s FOR UPDATE OF s SKIP LOCKED

-- speech_asked --
-- Store that a node was asked.
UPDATE speech SET state = 'asked', attempts = attempts + 1, next_at = %(next_at)s WHERE id = %(id)s AND done_at IS NULL

-- speech_ended --
-- End a message; the node that answers must be the one that was asked.
UPDATE speech SET state = %(state)s, error = %(error)s, done_at = %(at)s
WHERE id = %(id)s AND done_at IS NULL AND (%(node_id)s::text IS NULL OR node_id = %(node_id)s)

-- speeches --
-- The newest messages.
SELECT * FROM speech
WHERE (%(before)s::uuid IS NULL OR id < %(before)s) AND (%(site_id)s::text IS NULL OR site_id = %(site_id)s)
ORDER BY id DESC LIMIT %(limit)s

-- forget_speeches --
-- Delete messages that ended before a moment.
DELETE FROM speech WHERE id IN (SELECT id FROM speech WHERE done_at < %(before)s LIMIT %(limit)s)
