-- chain --
-- The chain that applies in a region: the most specific jurisdiction, and its newest version.
SELECT * FROM chain
WHERE tenant_id = %(tenant_id)s AND severity = %(severity)s AND starts_with(%(region_code)s, jurisdiction)
ORDER BY length(jurisdiction) DESC, version DESC LIMIT 1

-- saved --
-- The saved chains of a tenant, newest first.
SELECT * FROM chain WHERE tenant_id = %(tenant_id)s ORDER BY saved_at DESC LIMIT %(limit)s

-- lock --
-- Lock a chain, so that versions of it are saved one after the other.
SELECT pg_advisory_xact_lock(hashtextextended('chain ' || %(tenant_id)s || ' ' || %(jurisdiction)s || ' ' || %(severity)s, 0))

-- save --
-- Store the next version of a chain.
INSERT INTO chain (tenant_id, jurisdiction, severity, version, steps, reason, saved_by, saved_at)
SELECT %(tenant_id)s, %(jurisdiction)s, %(severity)s, coalesce(max(version), 0) + 1, %(steps)s, %(reason)s,
       %(saved_by)s, %(saved_at)s
FROM chain WHERE tenant_id = %(tenant_id)s AND jurisdiction = %(jurisdiction)s AND severity = %(severity)s
RETURNING *
