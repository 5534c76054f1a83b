-- day_missing --
-- Kitchens that operate, keep day records and lack some of the last 30 days on which they were open; days count from the
-- first record. This and the other facts: of some enterprises (`entities`), or, where that is NULL, of all.
WITH shut AS MATERIALIZED (
    SELECT entity_id, day FROM mingchu_closed_days_of(%(entities)s::uuid[], %(last)s::date - 29, %(last)s::date)
), kept AS (
    SELECT r.site_id, count(*) FILTER (WHERE shut.day IS NULL) AS k, max(r.day) AS newest
    FROM day_record r LEFT JOIN shut ON shut.entity_id = r.entity_id AND shut.day = r.day
    WHERE r.day BETWEEN %(last)s::date - 29 AND %(last)s::date AND r.state = 'signed'
      AND (%(entities)s::uuid[] IS NULL OR r.entity_id = ANY(%(entities)s)) GROUP BY r.site_id
), due AS (
    SELECT s.tenant_id, s.entity_id, s.region_code, s.id, greatest(s.first_record_on, %(last)s::date - 29) AS since,
           coalesce(kept.k, 0) AS k,
           coalesce(kept.newest, greatest(s.first_record_on, %(last)s::date - 29) - 1) AS newest
    FROM site s JOIN entity e ON e.id = s.entity_id AND e.operating = 'open'
    LEFT JOIN kept ON kept.site_id = s.id
    WHERE s.first_record_on <= %(last)s AND (%(entities)s::uuid[] IS NULL OR s.entity_id = ANY(%(entities)s))
), closed AS (
    SELECT due.id, count(*) FILTER (WHERE shut.day >= due.since) AS in_30,
           count(*) FILTER (WHERE shut.day > due.newest) AS in_a_row
    FROM due JOIN shut ON shut.entity_id = due.entity_id GROUP BY due.id
), last_open AS (
    SELECT x.entity_id, max(d.day) AS day
    FROM (SELECT entity_id FROM shut WHERE day = %(last)s) x
    CROSS JOIN (SELECT generate_series(%(last)s::date - 29, %(last)s::date, interval '1 day')::date AS day) d
    LEFT JOIN shut ON shut.entity_id = x.entity_id AND shut.day = d.day
    WHERE shut.day IS NULL GROUP BY x.entity_id
), counted AS (
    SELECT due.*, %(last)s::date + 1 - due.since - due.k - coalesce(closed.in_30, 0) AS in_30,
           %(last)s::date - due.newest - coalesce(closed.in_a_row, 0) AS in_a_row
    FROM due LEFT JOIN closed ON closed.id = due.id
)
SELECT tenant_id, entity_id, region_code, id AS site_id, id AS subject,
       jsonb_build_object('in_30', in_30, 'in_a_row', in_a_row) AS numbers,
       coalesce(last_open.day, %(last)s::date)::text AS day
FROM counted LEFT JOIN last_open USING (entity_id) WHERE in_30 > 0

-- period_missing --
-- Kitchens that report weeks and lack the last one; enterprises that report months and lack the last one. A week or
-- month in which an enterprise was never open is not due.
WITH shut AS MATERIALIZED (
    SELECT entity_id, count(*) FILTER (WHERE day BETWEEN %(week)s AND %(week)s::date + 6) = 7 AS week,
           count(*) FILTER (WHERE day >= %(month)s AND day < %(month)s::date + interval '1 month')
               = extract(day FROM %(month)s::date + interval '1 month' - interval '1 day') AS month
    FROM mingchu_closed_days_of(%(entities)s::uuid[], least(%(month)s::date, %(week)s::date),
                                greatest((%(month)s::date + interval '1 month' - interval '1 day')::date,
                                         %(week)s::date + 6))
    WHERE day BETWEEN %(week)s AND %(week)s::date + 6 OR day >= %(month)s GROUP BY entity_id
), no_week AS MATERIALIZED (
    -- First who lacks the last one, then, each by the index, who of these ever wrote one: at once the planner would read
    -- the reports of all years.
    SELECT s.tenant_id, s.entity_id, s.region_code, s.id
    FROM site s JOIN entity e ON e.id = s.entity_id AND e.operating = 'open'
    WHERE (%(entities)s::uuid[] IS NULL OR s.entity_id = ANY(%(entities)s))
      AND NOT EXISTS (SELECT FROM duty_report r WHERE r.entity_id = s.entity_id AND r.kind = 'week'
                      AND r.site_id = s.id AND r.begin = %(week)s AND r.state = 'signed')
), no_month AS MATERIALIZED (
    SELECT e.tenant_id, e.id, e.region_code FROM entity e
    WHERE e.operating = 'open' AND (%(entities)s::uuid[] IS NULL OR e.id = ANY(%(entities)s))
      AND NOT EXISTS (SELECT FROM duty_report r WHERE r.entity_id = e.id AND r.kind = 'month'
                      AND r.begin = %(month)s AND r.state = 'signed')
)
SELECT s.tenant_id, s.entity_id, s.region_code, s.id AS site_id, s.id AS subject,
       jsonb_build_object('weeks', 1, 'months', 0) AS numbers, %(week)s::date::text AS day
FROM no_week s CROSS JOIN LATERAL (
    SELECT FROM duty_report r
    WHERE r.entity_id = s.entity_id AND r.kind = 'week' AND r.site_id = s.id AND r.begin <= %(week)s LIMIT 1) AS ever
WHERE NOT EXISTS (SELECT FROM shut WHERE shut.entity_id = s.entity_id AND shut.week)
UNION ALL
SELECT e.tenant_id, e.id, e.region_code, NULL, 'month', jsonb_build_object('weeks', 0, 'months', 1),
       %(month)s::date::text
FROM no_month e CROSS JOIN LATERAL (
    SELECT FROM duty_report r WHERE r.entity_id = e.id AND r.kind = 'month' AND r.begin <= %(month)s LIMIT 1) AS ever
WHERE NOT EXISTS (SELECT FROM shut WHERE shut.entity_id = e.id AND shut.month)

-- repeated --
-- Hazards of one kind that a kitchen had more than once in 30 days.
SELECT tenant_id, entity_id, region_code, site_id, site_id || '/' || code AS subject, code,
       jsonb_build_object('in_7', count(*) FILTER (WHERE dispatched_at > %(at)s::timestamptz - interval '7 days'),
                          'in_30', count(*)) AS numbers
FROM task WHERE dispatched_at > %(at)s::timestamptz - interval '30 days' AND dispatched_at <= %(at)s
  AND state <> 'voided' AND (%(entities)s::uuid[] IS NULL OR entity_id = ANY(%(entities)s))
GROUP BY tenant_id, entity_id, region_code, site_id, code HAVING count(*) > 1

-- cameras_away --
-- Kitchens whose cameras were seen in less than all minutes: of the last whole day, and of the last seven.
SELECT s.tenant_id, s.entity_id, s.region_code, s.id AS site_id, s.id AS subject, %(last)s::date::text AS day,
       jsonb_build_object(
           'day_rate', coalesce(round(100.0 * avg(bit_count(c.seen)) FILTER (WHERE c.day = %(last)s) / 1440, 1), 100),
           'week_rate', round(100.0 * avg(bit_count(c.seen)) / 1440, 1)) AS numbers
FROM camera_day c JOIN device d ON d.id = c.device_id JOIN site s ON s.id = d.site_id
JOIN entity e ON e.id = s.entity_id AND e.operating = 'open'
WHERE c.day BETWEEN %(last)s::date - 6 AND %(last)s::date AND d.decommissioned_at IS NULL
  AND d.created_at < (c.day::timestamp AT TIME ZONE 'Asia/Shanghai')
  AND (%(entities)s::uuid[] IS NULL OR s.entity_id = ANY(%(entities)s))
GROUP BY s.tenant_id, s.entity_id, s.region_code, s.id HAVING avg(bit_count(c.seen)) < 1440

-- post_empty --
-- Enterprises with a kitchen and neither officer nor director in office.
SELECT e.tenant_id, e.id AS entity_id, e.region_code, NULL::text AS site_id, 'post' AS subject,
       jsonb_build_object('posts', 1) AS numbers
FROM entity e
WHERE e.operating = 'open' AND (%(entities)s::uuid[] IS NULL OR e.id = ANY(%(entities)s))
  AND EXISTS (SELECT FROM site s WHERE s.entity_id = e.id)
  AND NOT EXISTS (SELECT FROM person p WHERE p.entity_id = e.id AND p.post IN ('officer', 'director')
                  AND p.valid_to IS NULL)

-- relapse --
-- Kitchens with a hazard that came back and is not put right.
SELECT tenant_id, entity_id, region_code, site_id, site_id || '/' || code AS subject, code,
       jsonb_build_object('relapses', count(*)) AS numbers
FROM task WHERE relapse_of IS NOT NULL AND closed_at IS NULL
  AND (%(entities)s::uuid[] IS NULL OR entity_id = ANY(%(entities)s))
GROUP BY tenant_id, entity_id, region_code, site_id, code

-- visit_due --
-- Planned visits that the cadre has not accepted and that are due within 15 days.
SELECT tenant_id, entity_id, region_code, NULL::text AS site_id, id::text AS subject,
       to_char(due_at AT TIME ZONE 'Asia/Shanghai' - interval '1 second', 'YYYY-MM-DD') AS day,
       jsonb_build_object('days_left', ceil(extract(epoch FROM due_at - %(at)s) / 86400)) AS numbers
FROM supervision_task
WHERE closed_at IS NULL AND state IN ('generated', 'pushed') AND due_at > %(at)s
  AND due_at <= %(at)s::timestamptz + interval '15 days'
  AND (%(entities)s::uuid[] IS NULL OR entity_id = ANY(%(entities)s))

-- visit_overdue --
-- Visits whose deadline has passed.
SELECT tenant_id, entity_id, region_code, NULL::text AS site_id, id::text AS subject,
       jsonb_build_object('days_over', floor(extract(epoch FROM %(at)s - due_at) / 86400)) AS numbers
FROM supervision_task
WHERE closed_at IS NULL AND state <> 'submitted' AND due_at <= %(at)s::timestamptz - interval '1 day'
  AND (%(entities)s::uuid[] IS NULL OR entity_id = ANY(%(entities)s))

-- pledge_unsigned --
-- Enterprises whose primary cadre has not signed, or whose pledge has lapsed, and for how many days.
SELECT d.tenant_id, d.entity_id, d.region_code, NULL::text AS site_id, 'pledge' AS subject,
       jsonb_build_object('days', floor(extract(epoch FROM %(at)s - d.since) / 86400),
                          'lapsed', (d.lapsed IS NOT NULL)::int) AS numbers
FROM pledge_due d
WHERE (d.pledge_id IS NULL OR d.lapsed IS NOT NULL)
  AND (%(entities)s::uuid[] IS NULL OR d.entity_id = ANY(%(entities)s))

-- visit_poor --
-- Visits that were returned for their quality.
SELECT tenant_id, entity_id, region_code, NULL::text AS site_id, id::text AS subject,
       to_char(due_at AT TIME ZONE 'Asia/Shanghai', 'YYYY-MM-DD') AS day, jsonb_build_object('visits', 1) AS numbers
FROM supervision_task WHERE closed_at IS NULL AND state = 'returned'
  AND (%(entities)s::uuid[] IS NULL OR entity_id = ANY(%(entities)s))

-- open_of_rule --
-- The open warnings of a rule, of some enterprises or of all, locked.
SELECT * FROM duty_warning
WHERE rule = %(rule)s AND ended_at IS NULL AND (%(entities)s::uuid[] IS NULL OR entity_id = ANY(%(entities)s))
FOR UPDATE

-- add_warning --
-- Store a new warning; touches no row if one is open for its subject.
INSERT INTO duty_warning (id, tenant_id, entity_id, region_code, rule, site_id, subject, level, because, told, numbers,
                          since, raised_at, internal)
VALUES (%(id)s, %(tenant_id)s, %(entity_id)s, %(region_code)s, %(rule)s, %(site_id)s, %(subject)s, %(level)s,
        %(because)s, %(told)s, %(numbers)s, %(since)s, %(raised_at)s, %(internal)s)
ON CONFLICT DO NOTHING RETURNING *

-- change_warning --
-- Store what changed of a warning.
UPDATE duty_warning SET level = %(level)s, because = %(because)s, told = %(told)s, numbers = %(numbers)s,
    raised_at = %(raised_at)s, ended_at = %(ended_at)s, version = version + 1
WHERE id = %(id)s AND version = %(version)s RETURNING *

-- warnings --
-- Warnings, the newest first: open or ended ones.
SELECT * FROM duty_warning
WHERE (%(open)s::boolean IS NULL OR (ended_at IS NULL) = %(open)s) AND (%(rule)s::text IS NULL OR rule = %(rule)s)
  AND (%(site_id)s::text IS NULL OR site_id = %(site_id)s) AND (%(before)s::uuid IS NULL OR id < %(before)s)
ORDER BY id DESC LIMIT %(limit)s

-- warning --
-- One warning.
SELECT * FROM duty_warning WHERE id = %(id)s

-- counts --
-- How many warnings of each level are open, at most `most` each.
SELECT s.level, (SELECT count(*) FROM (SELECT FROM duty_warning w WHERE w.ended_at IS NULL AND w.level = s.level
                                       LIMIT %(most)s) AS counted)
FROM unnest(%(levels)s::text[]) AS s (level)
