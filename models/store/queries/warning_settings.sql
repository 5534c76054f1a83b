-- in_force --
-- The settings of rules that count: of all tenants, or, for one rule, those that the caller may see.
SELECT * FROM warning_setting WHERE ended_at IS NULL AND (%(rule)s::text IS NULL OR rule = %(rule)s) ORDER BY id

-- setting --
-- One setting.
SELECT * FROM warning_setting WHERE id = %(id)s

-- lock_place --
-- Let one transaction at a time set a rule for a region.
SELECT pg_advisory_xact_lock(hashtextextended('warning_setting ' || %(tenant_id)s || ' ' || %(region_code)s || ' '
    || %(rule)s, 0))

-- newest --
-- The number of the newest setting of a rule for a region; 0 if there was none.
SELECT coalesce(max(version), 0) FROM warning_setting
WHERE tenant_id = %(tenant_id)s AND region_code = %(region_code)s AND rule = %(rule)s

-- living --
-- How many settings of a tenant count.
SELECT count(*) FROM warning_setting WHERE tenant_id = %(tenant_id)s AND ended_at IS NULL

-- end_at --
-- End the setting of a rule that counts for a region.
UPDATE warning_setting SET ended_at = %(at)s, ended_by = %(by)s, end_reason = %(reason)s
WHERE tenant_id = %(tenant_id)s AND region_code = %(region_code)s AND rule = %(rule)s AND ended_at IS NULL

-- end --
-- End a setting; touches no row if it has ended, or the caller may not end it.
UPDATE warning_setting SET ended_at = %(at)s, ended_by = %(by)s, end_reason = %(reason)s
WHERE id = %(id)s AND ended_at IS NULL RETURNING *

-- add --
-- Store a setting.
INSERT INTO warning_setting (id, tenant_id, region_code, rule, internal, enabled, steps, reason, set_by, set_at, version)
VALUES (%(id)s, %(tenant_id)s, %(region_code)s, %(rule)s, %(internal)s, %(enabled)s, %(steps)s, %(reason)s, %(set_by)s,
        %(set_at)s, %(version)s)

-- history --
-- The settings of a rule, newest first.
SELECT * FROM warning_setting
WHERE rule = %(rule)s AND (%(before)s::uuid IS NULL OR id < %(before)s) ORDER BY id DESC LIMIT %(limit)s
