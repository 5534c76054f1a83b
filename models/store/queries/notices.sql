-- queue --
-- Queue a notice for each channel that an occasion concerns; returns how many.
SELECT mingchu_queue_notices(%(tenant_id)s, %(region_code)s, %(entity_id)s, %(site_id)s, %(occasion)s, %(subject_kind)s,
    %(subject_id)s, %(subject_version)s, %(severity)s, %(for_enterprise)s, %(for_supervisor)s, %(at)s, %(life)s,
    %(for_cadre)s, %(this_region_alone)s)

-- add_notice --
-- Queue one notice, for a test message. Touches no row if it is queued already.
INSERT INTO notice (id, tenant_id, region_code, entity_id, channel_id, occasion, subject_kind, subject_id, subject_version,
                    severity, next_attempt_at, expires_at, created_at)
VALUES (%(id)s, %(tenant_id)s, %(region_code)s, %(entity_id)s, %(channel_id)s, %(occasion)s, %(subject_kind)s,
        %(subject_id)s, %(subject_version)s, %(severity)s, %(at)s, %(at)s::timestamptz + %(life)s::interval, %(at)s)
ON CONFLICT DO NOTHING RETURNING *

-- due --
-- The channel that has the most urgent due notice and is free, locked, with that notice. Another sender skips it.
WITH due AS (
    SELECT DISTINCT ON (channel_id) channel_id, id, attempts, next_attempt_at,
           mingchu_severity_rank(severity) AS severity_rank
    FROM notice WHERE done_at IS NULL AND next_attempt_at <= %(at)s
    ORDER BY channel_id, mingchu_severity_rank(severity), attempts > 0, next_attempt_at, id
)
SELECT c.id, due.id FROM due JOIN channel c ON c.id = due.channel_id
WHERE (c.busy_until IS NULL OR c.busy_until <= %(at)s)
  AND (c.rests_until IS NULL OR c.rests_until <= %(at)s OR (due.severity_rank = 0 AND due.attempts = 0))
ORDER BY due.severity_rank, due.next_attempt_at LIMIT 1
FOR UPDATE OF c SKIP LOCKED

-- locked_if_due --
-- One notice, locked, if it is still due.
SELECT * FROM notice WHERE id = %(id)s AND done_at IS NULL AND next_attempt_at <= %(at)s FOR UPDATE

-- together --
-- The notices that go out with a held one: all that were held back and are due. Locked.
SELECT * FROM notice
WHERE channel_id = %(channel_id)s AND id <> %(id)s AND done_at IS NULL AND state = 'queued'
  AND not_before IS NOT NULL AND next_attempt_at <= %(at)s
ORDER BY id LIMIT %(limit)s FOR UPDATE

-- members --
-- The notices that a digest carries. Locked.
SELECT * FROM notice WHERE digest_id = %(id)s ORDER BY id FOR UPDATE

-- sent_since --
-- How many messages about a kitchen went through a channel since a moment, without critical ones.
SELECT count(*) FROM notice
WHERE channel_id = %(channel_id)s AND site_id IS NOT DISTINCT FROM %(site_id)s AND state = 'delivered'
  AND done_at >= %(since)s AND (severity <> 'critical' OR subject_kind = ANY (%(duties)s))

-- hold --
-- Hold notices back until a moment.
UPDATE notice SET not_before = %(until)s, next_attempt_at = %(until)s WHERE id = ANY (%(ids)s) AND done_at IS NULL

-- settle --
-- End notices without sending them.
UPDATE notice SET state = %(state)s, last_error = %(reason)s, done_at = %(at)s, digest_id = NULL WHERE id = ANY (%(ids)s)

-- merge --
-- Make notices part of the digest that another one carries.
UPDATE notice SET state = 'digested', digest_id = %(digest_id)s, done_at = %(at)s WHERE id = ANY (%(ids)s)

-- mark_sending --
-- Mark a notice as being sent; if this process dies, it is due again after the lease.
UPDATE notice SET state = 'sending', attempts = attempts + 1, sent_text = %(text)s, next_attempt_at = %(lease)s,
    digest_id = NULL, done_at = NULL
WHERE id = %(id)s RETURNING *

-- occupy --
-- Mark a channel as occupied until its message is sent.
UPDATE channel SET busy_until = %(lease)s WHERE id = %(id)s

-- address --
-- The address of a channel; only the sender may read it.
SELECT address FROM channel_secret WHERE channel_id = %(id)s

-- note --
-- Store the outcome of an attempt; touches no row if a later attempt has begun.
UPDATE notice SET state = %(state)s, last_error = %(error)s, next_attempt_at = %(again_at)s, done_at = %(done_at)s
WHERE id = %(id)s AND state = 'sending' AND attempts = %(number)s

-- add_attempt --
-- Write an attempt into the log.
INSERT INTO notice_attempt (notice_id, number, at, took, error)
VALUES (%(id)s, %(number)s, %(at)s, %(took)s, %(error)s)

-- release --
-- Free a channel after a message, and let it rest after failures; touches no row if a later attempt has begun.
UPDATE channel SET busy_until = NULL, failures = CASE WHEN %(failed)s THEN failures + 1 ELSE 0 END,
    rests_until = %(rests_until)s
WHERE id = %(channel_id)s AND EXISTS (
    SELECT FROM notice WHERE id = %(id)s AND state = 'sending' AND attempts = %(number)s)

-- forget --
-- Delete notices that ended long ago.
DELETE FROM notice WHERE id IN (SELECT id FROM notice WHERE done_at < %(before)s LIMIT %(limit)s)

-- waiting --
-- How many notices are under way, and how many were given up.
SELECT (SELECT count(*) FROM notice WHERE done_at IS NULL),
       (SELECT count(*) FROM notice WHERE state IN ('exhausted', 'expired'))

-- notice --
-- One notice.
SELECT * FROM notice WHERE id = %(id)s

-- notices --
-- Notices, newest first.
SELECT * FROM notice
WHERE (%(before)s::uuid IS NULL OR id < %(before)s) AND (%(states)s::text[] IS NULL OR state = ANY (%(states)s))
  AND (%(channel_id)s::uuid IS NULL OR channel_id = %(channel_id)s)
  AND (%(subject_id)s::uuid IS NULL OR subject_id = %(subject_id)s)
ORDER BY id DESC LIMIT %(limit)s

-- attempts --
-- The attempts to send a notice, oldest first.
SELECT * FROM notice_attempt WHERE notice_id = %(id)s ORDER BY id LIMIT 100

-- again --
-- Queue a notice again that was given up. Touches no row if it is in another state.
UPDATE notice SET state = 'queued', attempts = 0, next_attempt_at = %(at)s, expires_at = %(at)s::timestamptz + %(life)s::interval, done_at = NULL
WHERE id = %(id)s AND state = ANY (%(dead)s) RETURNING *

-- cancel_of_channel --
-- Cancel what waits at a channel; what is being sent is let go.
UPDATE notice SET state = 'cancelled', last_error = %(reason)s, done_at = %(at)s
WHERE channel_id = %(id)s AND state IN ('queued', 'retrying')

-- channel --
-- One channel that was not removed.
SELECT * FROM channel WHERE id = %(id)s AND removed_at IS NULL

-- channel_for_update --
-- One channel that was not removed, locked.
SELECT * FROM channel WHERE id = %(id)s AND removed_at IS NULL FOR UPDATE

-- any_channel --
-- One channel, removed or not.
SELECT * FROM channel WHERE id = %(id)s

-- channels --
-- The channels that were not removed.
SELECT * FROM channel WHERE removed_at IS NULL AND (%(after)s::uuid IS NULL OR id > %(after)s)
ORDER BY id LIMIT %(limit)s

-- names --
-- The names of channels, removed or not.
SELECT id, name FROM channel WHERE id = ANY (%(ids)s)

-- lock_owner --
-- Lock the channels of an owner, so that they are counted and added one after the other.
SELECT pg_advisory_xact_lock(hashtextextended('channels ' || %(tenant_id)s || ' ' || %(region_code)s || ' '
    || coalesce(%(entity_id)s::text, '') || coalesce(%(group_id)s::text, '') || coalesce(%(cadre_id)s::text, ''), 0))

-- channels_of --
-- How many channels an owner has.
SELECT count(*) FROM channel
WHERE tenant_id = %(tenant_id)s AND region_code = %(region_code)s AND entity_id IS NOT DISTINCT FROM %(entity_id)s::uuid
  AND group_id IS NOT DISTINCT FROM %(group_id)s::uuid AND cadre_id IS NOT DISTINCT FROM %(cadre_id)s::uuid
  AND removed_at IS NULL

-- add_channel --
-- Store a new channel.
INSERT INTO channel (id, tenant_id, region_code, entity_id, group_id, cadre_id, kind, name, hint, min_severity, quiet_from,
                     quiet_to, cap_per_hour, created_by, created_at)
VALUES (%(id)s, %(tenant_id)s, %(region_code)s, %(entity_id)s, %(group_id)s, %(cadre_id)s, %(kind)s, %(name)s, %(hint)s,
        %(min_severity)s,
        %(quiet_from)s, %(quiet_to)s, %(cap_per_hour)s, %(created_by)s, %(created_at)s)
RETURNING *

-- add_address --
-- Store the address of a channel.
INSERT INTO channel_secret (channel_id, address) VALUES (%(id)s, %(address)s)

-- remove_address --
-- Delete the address of a channel.
DELETE FROM channel_secret WHERE channel_id = %(id)s

-- change_channel --
-- Store a step of a channel.
UPDATE channel SET enabled = %(enabled)s, removed_at = %(removed_at)s, version = version + 1
WHERE id = %(id)s RETURNING *
