-- in_force --
-- Overrides that apply at some places at a moment: one look-up for a whole piece of work.
SELECT * FROM code_override
WHERE place = ANY(%(places)s) AND (%(codes)s::text[] IS NULL OR code = ANY(%(codes)s)) AND ended_at IS NULL
  AND valid_from <= %(at)s AND (valid_until IS NULL OR valid_until > %(at)s)

-- of_report_periods --
-- Overrides of reporting periods in force, for the monitoring of all sensors.
SELECT * FROM code_override
WHERE ended_at IS NULL AND changes ? 'report_every_s'
  AND valid_from <= %(at)s AND (valid_until IS NULL OR valid_until > %(at)s)

-- living --
-- The number of unended overrides of a code at a place, begun or not.
SELECT count(*) FROM code_override
WHERE place = %(place)s AND code = %(code)s AND ended_at IS NULL AND (valid_until IS NULL OR valid_until > %(at)s)

-- lock_place --
-- Let one transaction at a time add an override of a code at a place.
SELECT pg_advisory_xact_lock(hashtextextended(%(place)s || ' ' || %(code)s, 30))

-- begin --
-- Store a new override.
INSERT INTO code_override (id, tenant_id, level, region_code, entity_id, device_id, code, place, changes, reason, actor,
                           actor_role, valid_from, valid_until, created_at)
VALUES (%(id)s, %(tenant_id)s, %(level)s, %(region_code)s, %(entity_id)s, %(device_id)s, %(code)s, %(place)s,
        %(changes)s, %(reason)s, %(actor)s, %(actor_role)s, %(valid_from)s, %(valid_until)s, %(created_at)s)

-- override --
-- One override.
SELECT * FROM code_override WHERE id = %(id)s

-- end --
-- End an override; no row if it has ended already.
UPDATE code_override SET ended_at = %(at)s, ended_by = %(by)s, end_reason = %(reason)s
WHERE id = %(id)s AND ended_at IS NULL AND (valid_until IS NULL OR valid_until > %(at)s) RETURNING *

-- page --
-- Overrides of a code, newest first, a page by id; those alone that are not over, if wished.
SELECT * FROM code_override
WHERE code = %(code)s AND (%(before)s::uuid IS NULL OR id < %(before)s)
  AND (NOT %(living)s OR (ended_at IS NULL AND (valid_until IS NULL OR valid_until > %(at)s)))
  AND (%(places)s::text[] IS NULL OR place = ANY(%(places)s))
ORDER BY id DESC LIMIT %(limit)s

-- counts --
-- The number of visible unended overrides of each code; counting stops at a bound.
SELECT code, count(*) FROM (
    SELECT code FROM code_override
    WHERE ended_at IS NULL AND (valid_until IS NULL OR valid_until > %(at)s) LIMIT %(bound)s) AS living GROUP BY code

-- add_log --
-- Add an entry to the history of an override: the actor, the action, and the values before and after.
INSERT INTO code_override_log (id, override_id, code, tenant_id, level, region_code, entity_id, device_id, at, action,
                               actor, actor_role, reason, before, after)
SELECT %(id)s, o.id, o.code, o.tenant_id, o.level, o.region_code, o.entity_id, o.device_id, %(at)s, %(action)s,
       %(actor)s, %(actor_role)s, %(reason)s, %(before)s, %(after)s
FROM code_override o WHERE o.id = %(override_id)s

-- history --
-- The history of a code, newest first, a page by id.
SELECT * FROM code_override_log
WHERE code = %(code)s AND (%(before)s::uuid IS NULL OR id < %(before)s) ORDER BY id DESC LIMIT %(limit)s
