-- endpoints --
-- The endpoints that were not removed, oldest first.
SELECT * FROM webhook_endpoint WHERE removed_at IS NULL AND (%(after)s::uuid IS NULL OR id > %(after)s)
ORDER BY id LIMIT %(limit)s

-- endpoint --
-- One endpoint.
SELECT * FROM webhook_endpoint WHERE id = %(id)s

-- endpoint_for_update --
-- One endpoint, locked.
SELECT * FROM webhook_endpoint WHERE id = %(id)s AND removed_at IS NULL FOR UPDATE

-- owned --
-- How many endpoints an owner has.
SELECT count(*) FROM webhook_endpoint
WHERE removed_at IS NULL AND tenant_id = %(tenant_id)s AND region_code = %(region_code)s
  AND entity_id IS NOT DISTINCT FROM %(entity_id)s AND group_id IS NOT DISTINCT FROM %(group_id)s

-- add_endpoint --
-- Store an endpoint with its secret.
INSERT INTO webhook_endpoint (id, tenant_id, region_code, entity_id, group_id, url, types, description, secret, cursor,
                              created_by, created_at)
VALUES (%(id)s, %(tenant_id)s, %(region_code)s, %(entity_id)s, %(group_id)s, %(url)s, %(types)s, %(description)s, %(secret)s,
        %(cursor)s, %(created_by)s, %(created_at)s)

-- change_endpoint --
-- Pause, resume, disable or remove an endpoint.
UPDATE webhook_endpoint SET paused = %(paused)s, disabled_reason = %(disabled_reason)s, removed_at = %(removed_at)s,
    version = version + 1
WHERE id = %(id)s AND removed_at IS NULL RETURNING *

-- rotate --
-- Give an endpoint a new secret; the old one signs too, until a moment.
UPDATE webhook_endpoint SET old_secret = secret, old_until = %(old_until)s, secret = %(secret)s, version = version + 1
WHERE id = %(id)s AND removed_at IS NULL RETURNING *

-- secrets --
-- The secrets that sign at a moment, the newest first.
SELECT secret, CASE WHEN old_until > %(at)s THEN old_secret END FROM webhook_endpoint WHERE id = %(id)s

-- to_fill --
-- Endpoints whose place in the feed is behind a number and that take more.
SELECT *, mingchu_group_role(group_id) AS group_form FROM webhook_endpoint e
WHERE removed_at IS NULL AND disabled_reason IS NULL AND cursor < %(newest)s
  AND (SELECT count(*) FROM (SELECT FROM webhook_delivery d WHERE d.endpoint_id = e.id AND done_at IS NULL
                             LIMIT %(most)s) AS w) < %(most)s
ORDER BY cursor LIMIT %(limit)s

-- give_up_orphans --
-- Give up endpoints of an account or key that is disabled, revoked, expired, or may no longer see what they get.
UPDATE webhook_endpoint e SET disabled_reason = %(reason)s, version = version + 1
WHERE e.removed_at IS NULL AND e.disabled_reason IS NULL
  AND NOT EXISTS (SELECT FROM app_user m WHERE m.login = e.created_by AND m.disabled_at IS NULL
                    AND m.tenant_id = e.tenant_id AND starts_with(e.region_code, coalesce(m.region_prefix, ''))
                    AND (m.entity_id IS NULL OR m.entity_id = e.entity_id)
                    AND (m.group_id IS NULL OR m.group_id = e.group_id))
  AND NOT EXISTS (SELECT FROM api_key m WHERE m.prefix = substr(e.created_by, 5) AND starts_with(e.created_by, 'key:')
                    AND m.revoked_at IS NULL AND m.expires_at > %(at)s
                    AND m.tenant_id = e.tenant_id AND starts_with(e.region_code, coalesce(m.region_prefix, ''))
                    AND (m.entity_id IS NULL OR m.entity_id = e.entity_id)
                    AND (m.group_id IS NULL OR m.group_id = e.group_id))
RETURNING e.id

-- hand_over --
-- Let the key that follows another own its endpoints.
UPDATE webhook_endpoint SET created_by = %(new)s, version = version + 1 WHERE created_by = %(old)s AND removed_at IS NULL

-- advance --
-- Move an endpoint's place in the feed; touches no row if another process was faster.
UPDATE webhook_endpoint SET cursor = %(cursor)s, last_seq = %(last_seq)s
WHERE id = %(id)s AND cursor = %(before)s

-- add_delivery --
-- Queue the delivery of an event; touches no row if it was queued before.
INSERT INTO webhook_delivery (id, endpoint_id, tenant_id, region_code, entity_id, seq, prev_seq, type, body, next_at,
                              created_at)
SELECT %(id)s, e.id, e.tenant_id, e.region_code, e.entity_id, %(seq)s, %(prev_seq)s, %(type)s, %(body)s, %(at)s, %(at)s
FROM webhook_endpoint e WHERE e.id = %(endpoint_id)s
ON CONFLICT DO NOTHING RETURNING *

-- due --
-- At how many free endpoints something is due, up to a number, where their owner does not occupy its share by others.
SELECT count(*) FROM (
    SELECT FROM webhook_endpoint e
    WHERE e.removed_at IS NULL AND e.disabled_reason IS NULL AND NOT e.paused
      AND (e.busy_until IS NULL OR e.busy_until <= %(at)s)
      AND EXISTS (SELECT FROM webhook_delivery d WHERE d.endpoint_id = e.id AND d.done_at IS NULL AND d.next_at <= %(at)s)
      AND (SELECT count(*) FROM webhook_endpoint o WHERE o.tenant_id = e.tenant_id AND o.region_code = e.region_code
             AND o.entity_id IS NOT DISTINCT FROM e.entity_id AND o.busy_until > %(at)s) < %(at_once)s
    LIMIT %(most)s) AS found

-- take_in_turn --
-- Let one process at a time take: two that look at once would both find an owner's last place free.
SELECT pg_advisory_xact_lock(hashtextextended('webhook/take', 0))

-- take --
-- Take the next due delivery of an endpoint that is free, and occupy the endpoint until the lease ends. An owner's
-- endpoints are served so many at once, so that slow ones leave workers for others.
WITH free AS (
    SELECT e.id FROM webhook_endpoint e
    WHERE e.removed_at IS NULL AND e.disabled_reason IS NULL AND NOT e.paused
      AND (e.busy_until IS NULL OR e.busy_until <= %(at)s)
      AND EXISTS (SELECT FROM webhook_delivery d WHERE d.endpoint_id = e.id AND d.done_at IS NULL AND d.next_at <= %(at)s)
      AND (SELECT count(*) FROM webhook_endpoint o WHERE o.tenant_id = e.tenant_id AND o.region_code = e.region_code
             AND o.entity_id IS NOT DISTINCT FROM e.entity_id AND o.busy_until > %(at)s) < %(at_once)s
    ORDER BY e.busy_until NULLS FIRST LIMIT 1 FOR UPDATE SKIP LOCKED
), occupied AS (
    UPDATE webhook_endpoint e SET busy_until = %(lease)s FROM free WHERE e.id = free.id RETURNING e.id
)
UPDATE webhook_delivery SET state = 'sending', attempts = attempts + 1, next_at = %(lease)s
WHERE id = (SELECT d.id FROM webhook_delivery d JOIN occupied o ON o.id = d.endpoint_id
            WHERE d.done_at IS NULL AND d.next_at <= %(at)s ORDER BY d.seq, d.id LIMIT 1)
RETURNING *

-- note --
-- Store what became of an attempt; touches no row if a later attempt has begun.
UPDATE webhook_delivery SET state = %(state)s, status = %(status)s, answer = %(answer)s, error = %(error)s,
    next_at = %(next_at)s, done_at = %(done_at)s
WHERE id = %(id)s AND state = 'sending' AND attempts = %(attempts)s

-- release --
-- Free an endpoint after an attempt.
UPDATE webhook_endpoint SET busy_until = NULL WHERE id = %(id)s

-- cancel_open --
-- Cancel what waits at an endpoint.
UPDATE webhook_delivery SET state = 'cancelled', error = %(error)s, done_at = %(at)s
WHERE endpoint_id = %(endpoint_id)s AND done_at IS NULL

-- deliveries --
-- The deliveries to an endpoint, the newest first.
SELECT * FROM webhook_delivery
WHERE endpoint_id = %(endpoint_id)s AND (%(state)s::text IS NULL OR state = %(state)s)
  AND (%(before)s::uuid IS NULL OR id < %(before)s)
ORDER BY id DESC LIMIT %(limit)s

-- delivery --
-- One delivery.
SELECT * FROM webhook_delivery WHERE id = %(id)s

-- replay --
-- Queue deliveries again, by id or by a range of numbers; the id, and so the webhook-id, stays.
UPDATE webhook_delivery SET state = 'queued', attempts = 0, replayed = true, next_at = %(at)s, done_at = NULL, error = NULL
WHERE id IN (SELECT id FROM webhook_delivery
             WHERE endpoint_id = %(endpoint_id)s AND done_at IS NOT NULL AND (%(id)s::uuid IS NULL OR id = %(id)s)
               AND (%(first)s::bigint IS NULL OR seq BETWEEN %(first)s AND %(last)s)
             ORDER BY seq LIMIT %(limit)s)

-- forget --
-- Delete deliveries that ended before a moment.
DELETE FROM webhook_delivery WHERE id IN (
    SELECT id FROM webhook_delivery WHERE done_at < %(before)s LIMIT %(limit)s)
