-- group_of_enterprises --
-- How many operating enterprises are meant, how many of them have a channel, and how many messages that makes.
SELECT count(DISTINCT e.id), count(DISTINCT e.id) FILTER (WHERE c.id IS NOT NULL), count(c.id)
FROM entity e LEFT JOIN channel c ON c.entity_id = e.id AND c.group_id IS NULL AND c.removed_at IS NULL AND c.enabled
    AND mingchu_severity_rank(%(severity)s) <= mingchu_severity_rank(c.min_severity)
WHERE e.tenant_id = %(tenant_id)s AND starts_with(e.region_code, %(region_code)s) AND e.operating = 'open'
  AND (%(business_kinds)s::text[] = '{}' OR e.business_kind = ANY (%(business_kinds)s))
  AND (%(tiers)s::text[] = '{}' OR e.guarantee_tier = ANY (%(tiers)s))

-- group_of_cadres --
-- How many cadres in office are meant, how many of them have a channel, and how many messages that makes.
SELECT count(DISTINCT k.id), count(DISTINCT k.id) FILTER (WHERE c.id IS NOT NULL), count(c.id)
FROM cadre k LEFT JOIN channel c ON c.cadre_id = k.id AND c.removed_at IS NULL AND c.enabled
    AND mingchu_severity_rank(%(severity)s) <= mingchu_severity_rank(c.min_severity)
WHERE k.tenant_id = %(tenant_id)s AND starts_with(k.region_code, %(region_code)s) AND k.ended_at IS NULL

-- lock --
-- Let one transaction of a tenant at a time send to a group.
SELECT pg_advisory_xact_lock(hashtextextended('broadcast ' || %(tenant_id)s, 0))

-- sent_since --
-- How many messages to groups a tenant has sent since a moment.
SELECT count(*) FROM broadcast WHERE tenant_id = %(tenant_id)s AND sent_at >= %(since)s

-- add --
-- Store a message to a group.
INSERT INTO broadcast (id, tenant_id, region_code, audience, business_kinds, tiers, severity, title, text, members,
                       reachable, messages, sent_by, sent_at)
VALUES (%(id)s, %(tenant_id)s, %(region_code)s, %(audience)s, %(business_kinds)s, %(tiers)s, %(severity)s, %(title)s,
        %(text)s, %(members)s, %(reachable)s, %(messages)s, %(sent_by)s, %(sent_at)s)

-- queue --
-- Queue a notice for each channel of the group; touches no channel that has one.
INSERT INTO notice (id, tenant_id, region_code, entity_id, channel_id, site_id, occasion, subject_kind, subject_id,
                    subject_version, severity, next_attempt_at, expires_at, created_at)
SELECT mingchu_uuid7(%(sent_at)s), c.tenant_id, c.region_code, c.entity_id, c.id, NULL, %(occasion)s, 'broadcast', %(id)s, 1,
       %(severity)s, %(sent_at)s, %(sent_at)s::timestamptz + %(life)s::interval, %(sent_at)s
FROM channel c LEFT JOIN entity e ON e.id = c.entity_id LEFT JOIN cadre k ON k.id = c.cadre_id
WHERE c.tenant_id = %(tenant_id)s AND c.group_id IS NULL AND c.removed_at IS NULL AND c.enabled
  AND mingchu_severity_rank(%(severity)s) <= mingchu_severity_rank(c.min_severity)
  AND CASE %(audience)s
      WHEN 'enterprises' THEN starts_with(e.region_code, %(region_code)s) AND e.operating = 'open'
          AND (%(business_kinds)s::text[] = '{}' OR e.business_kind = ANY (%(business_kinds)s))
          AND (%(tiers)s::text[] = '{}' OR e.guarantee_tier = ANY (%(tiers)s))
      ELSE starts_with(k.region_code, %(region_code)s) AND k.ended_at IS NULL END
ON CONFLICT DO NOTHING

-- broadcast --
-- One message to a group.
SELECT * FROM broadcast WHERE id = %(id)s

-- broadcasts --
-- Messages to groups, newest first.
SELECT * FROM broadcast WHERE (%(before)s::uuid IS NULL OR id < %(before)s) ORDER BY id DESC LIMIT %(limit)s

-- states --
-- How many notices of messages to groups are in which state.
SELECT subject_id, state, count(*) FROM notice
WHERE subject_kind = 'broadcast' AND subject_id = ANY (%(ids)s) GROUP BY subject_id, state

-- withdraw --
-- Withdraw a message; touches no row if it was withdrawn.
UPDATE broadcast SET withdrawn_at = %(at)s, withdrawn_by = %(by)s, withdraw_reason = %(reason)s
WHERE id = %(id)s AND withdrawn_at IS NULL RETURNING *
