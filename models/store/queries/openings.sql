-- rule --
-- One line of a calendar, locked.
SELECT * FROM opening_rule WHERE id = %(id)s FOR UPDATE

-- rules --
-- Lines of calendars, newest first: of an enterprise and of the regions that it lies in, or all; in force or all.
SELECT o.* FROM opening_rule o
WHERE (%(entity_id)s::uuid IS NULL OR o.entity_id = %(entity_id)s OR (o.entity_id IS NULL AND EXISTS (
          SELECT FROM entity e WHERE e.id = %(entity_id)s AND e.tenant_id = o.tenant_id
            AND starts_with(e.region_code, o.region_code) AND e.business_kind = ANY(o.business_kinds))))
  AND (NOT %(regional)s OR o.entity_id IS NULL)
  AND (%(until)s::date IS NULL OR o.last IS NULL OR o.last >= %(until)s)
  AND (%(before)s::uuid IS NULL OR o.id < %(before)s)
ORDER BY o.id DESC LIMIT %(limit)s

-- total --
-- How many lines of an enterprise or of a region have not passed.
SELECT count(*) FROM opening_rule
WHERE tenant_id = %(tenant_id)s AND entity_id IS NOT DISTINCT FROM %(entity_id)s AND region_code = %(region_code)s
  AND (last IS NULL OR last >= %(today)s)

-- add --
-- Store a line.
INSERT INTO opening_rule (id, tenant_id, entity_id, region_code, business_kinds, kind, first, last, weekdays, reason,
    set_by, set_at)
VALUES (%(id)s, %(tenant_id)s, %(entity_id)s, %(region_code)s, %(business_kinds)s, %(kind)s, %(first)s, %(last)s,
    %(weekdays)s, %(reason)s, %(set_by)s, %(set_at)s)

-- end --
-- End a line with the last day on which it counts; touches no row if it has ended.
UPDATE opening_rule SET last = %(last)s, ended_at = %(at)s, ended_by = %(by)s, end_reason = %(reason)s
WHERE id = %(id)s AND ended_at IS NULL AND (last IS NULL OR last > %(last)s) RETURNING *

-- closed_days --
-- The days of a time on which an enterprise is closed.
SELECT day FROM mingchu_closed_days(%(tenant_id)s, %(entity_id)s, %(since)s, %(until)s) ORDER BY day
