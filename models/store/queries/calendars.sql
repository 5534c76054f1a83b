-- years --
-- The years that apply in a region: for each the most specific jurisdiction, and its newest version.
SELECT DISTINCT ON (year) * FROM calendar_year
WHERE tenant_id = %(tenant_id)s AND starts_with(%(region_code)s, jurisdiction)
ORDER BY year, length(jurisdiction) DESC, version DESC

-- newest_version --
-- The newest version of one year, 0 if there is none.
SELECT coalesce(max(version), 0) FROM calendar_year
WHERE tenant_id = %(tenant_id)s AND jurisdiction = %(jurisdiction)s AND year = %(year)s

-- lock_year --
-- Lock a year, so that imports of it run one after the other.
SELECT pg_advisory_xact_lock(hashtextextended('calendar ' || %(tenant_id)s || ' ' || %(jurisdiction)s || ' ' || %(year)s, 0))

-- add_year --
-- Store an imported year.
INSERT INTO calendar_year (tenant_id, jurisdiction, year, version, status, days_off, make_up_days, source, notice,
                           imported_by, imported_at)
VALUES (%(tenant_id)s, %(jurisdiction)s, %(year)s, %(version)s, %(status)s, %(days_off)s, %(make_up_days)s, %(source)s,
        %(notice)s, %(imported_by)s, %(imported_at)s)

-- imports --
-- The imports of a tenant, newest first.
SELECT * FROM calendar_year WHERE tenant_id = %(tenant_id)s ORDER BY imported_at DESC LIMIT %(limit)s

-- unchecked --
-- The oldest import whose open deadlines are not checked yet; locked, skipping one that another worker locked.
SELECT * FROM calendar_year WHERE checked_at IS NULL ORDER BY imported_at LIMIT 1 FOR UPDATE SKIP LOCKED

-- note_check --
-- Store how far the check of open deadlines has come.
UPDATE calendar_year SET checked_to = %(checked_to)s, checked_at = %(checked_at)s
WHERE tenant_id = %(tenant_id)s AND jurisdiction = %(jurisdiction)s AND year = %(year)s AND version = %(version)s

