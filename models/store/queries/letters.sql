-- claim --
-- Claim the computation of a tenant's period; touches no row if it was done, and waits while somebody does it.
INSERT INTO index_run (tenant_id, kind, period, at) VALUES (%(tenant_id)s, %(kind)s, %(period)s, %(at)s)
ON CONFLICT DO NOTHING

-- note --
-- Note what came of a claimed computation.
UPDATE index_run SET frozen = %(frozen)s, letters = %(letters)s, skipped = %(skipped)s
WHERE tenant_id = %(tenant_id)s AND kind = %(kind)s AND period = %(period)s

-- last_run --
-- The newest period of a kind that was computed or skipped, of weeks or of months.
SELECT max(period) FROM index_run
WHERE tenant_id = %(tenant_id)s AND kind = %(kind)s AND (period LIKE '____-W__') = %(weeks)s

-- add --
-- Store a letter; touches no row if the region has one for the period.
INSERT INTO duty_letter (id, tenant_id, region_code, name, period, index_id, place, of, text, issued_at)
VALUES (%(id)s, %(tenant_id)s, %(region_code)s, %(name)s, %(period)s, %(index_id)s, %(place)s, %(of)s, %(text)s,
        %(issued_at)s)
ON CONFLICT DO NOTHING

-- letter --
-- One letter.
SELECT * FROM duty_letter WHERE id = %(id)s

-- letters --
-- Letters, newest first.
SELECT * FROM duty_letter WHERE %(before)s::uuid IS NULL OR id < %(before)s ORDER BY id DESC LIMIT %(limit)s

-- answer --
-- Store the answer to a letter; touches no row if it has one.
UPDATE duty_letter SET acknowledged_at = %(at)s, acknowledged_by = %(by)s, reply = %(reply)s, version = version + 1
WHERE id = %(id)s AND acknowledged_at IS NULL RETURNING *
