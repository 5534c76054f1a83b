-- days --
-- Days of an enterprise's kitchens: the last one in any case, those before it that lack a signature, newest first.
-- A day counts from the first record of its kitchen on.
SELECT s.id AS site_id, s.name AS site, d.day::date AS begin, r.id AS record_id, r.state, coalesce(r.late, false) AS late
FROM site s
CROSS JOIN generate_series(%(first)s::date, %(last)s::date, interval '1 day') AS d (day)
LEFT JOIN day_record r ON r.site_id = s.id AND r.day = d.day::date
WHERE s.entity_id = %(entity_id)s
  AND (d.day = %(last)s::date OR (d.day >= s.first_record_on AND r.state IS DISTINCT FROM 'signed'))
ORDER BY d.day DESC, s.id LIMIT %(limit)s

-- weeks --
-- Two weeks of an enterprise's kitchens: the last in any case, the one before it if its report is due and not signed.
SELECT s.id AS site_id, s.name AS site, d.begin, r.id AS record_id, r.state, coalesce(r.late, false) AS late
FROM site s
CROSS JOIN (VALUES (%(last)s::date), (%(before)s::date)) AS d (begin)
LEFT JOIN duty_report r ON r.entity_id = s.entity_id AND r.kind = 'week' AND r.site_id = s.id AND r.begin = d.begin
WHERE s.entity_id = %(entity_id)s
  AND (d.begin = %(last)s::date OR (r.state IS DISTINCT FROM 'signed' AND EXISTS (
       SELECT FROM duty_report k WHERE k.entity_id = s.entity_id AND k.kind = 'week' AND k.site_id = s.id
       AND k.begin <= d.begin)))
ORDER BY d.begin DESC, s.id LIMIT %(limit)s

-- months --
-- Two months of an enterprise: the last in any case, the one before it if its minutes are due and not signed.
SELECT NULL::text AS site_id, '' AS site, d.begin, r.id AS record_id, r.state, coalesce(r.late, false) AS late
FROM (VALUES (%(last)s::date), (%(before)s::date)) AS d (begin)
LEFT JOIN duty_report r ON r.entity_id = %(entity_id)s AND r.kind = 'month' AND r.begin = d.begin
WHERE d.begin = %(last)s::date OR (r.state IS DISTINCT FROM 'signed' AND EXISTS (
      SELECT FROM duty_report k WHERE k.entity_id = %(entity_id)s AND k.kind = 'month' AND k.begin <= d.begin))
ORDER BY d.begin DESC
