-- guarantee --
-- One enterprise as those who supervise it see it.
SELECT * FROM entity WHERE id = %(id)s

-- guarantee_for_update --
-- One enterprise, locked.
SELECT * FROM entity WHERE id = %(id)s FOR NO KEY UPDATE

-- guarantees --
-- Enterprises by id, of one tier or of all.
SELECT * FROM entity
WHERE (%(after)s::uuid IS NULL OR id > %(after)s) AND (%(tier)s::text IS NULL OR guarantee_tier = %(tier)s)
ORDER BY id LIMIT %(limit)s

-- change_guarantee --
-- Store the profile, the tier or the operation of an enterprise, and have its supervision looked at again; touches no
-- row if somebody else was faster.
UPDATE entity SET business_kind = %(business_kind)s, scale = %(scale)s, size = %(size)s, special = %(special)s,
    guarantee_tier = %(guarantee_tier)s, tier_rule = %(tier_rule)s, risk_grade = %(risk_grade)s,
    operating = %(operating)s, supervision_next_at = '2000-01-01', profile_version = profile_version + 1
WHERE id = %(id)s AND profile_version = %(profile_version)s RETURNING *

-- add_tier_change --
-- Add a line to the history of a tier.
INSERT INTO tier_change (id, tenant_id, entity_id, region_code, at, by, from_tier, to_tier, rule, reason)
VALUES (%(id)s, %(tenant_id)s, %(entity_id)s, %(region_code)s, %(at)s, %(by)s, %(from_tier)s, %(to_tier)s, %(rule)s,
        %(reason)s)

-- tier_changes --
-- The history of an enterprise's tier, newest first.
SELECT * FROM tier_change WHERE entity_id = %(entity_id)s ORDER BY id DESC LIMIT %(limit)s

-- add_entity_change --
-- Register a change of an enterprise.
INSERT INTO entity_change (id, tenant_id, entity_id, region_code, at, by, kind, effective_on, reason, detail)
VALUES (%(id)s, %(tenant_id)s, %(entity_id)s, %(region_code)s, %(at)s, %(by)s, %(kind)s, %(effective_on)s, %(reason)s,
        %(detail)s)

-- entity_changes --
-- The registered changes of an enterprise, newest first.
SELECT * FROM entity_change WHERE entity_id = %(entity_id)s ORDER BY id DESC LIMIT %(limit)s
