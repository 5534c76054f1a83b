-- add_plan --
-- Store a plan.
INSERT INTO patrol_plan (id, tenant_id, region_code, name, period, number, business_kinds, made_by, made_at, drawn_on)
VALUES (%(id)s, %(tenant_id)s, %(region_code)s, %(name)s, %(period)s, %(number)s, %(business_kinds)s::text[], %(made_by)s,
        %(made_at)s, %(drawn_on)s)

-- plans --
-- Plans, running ones first, then the newest.
SELECT * FROM patrol_plan ORDER BY ended_at IS NOT NULL, id DESC LIMIT %(limit)s

-- plan --
-- One plan.
SELECT * FROM patrol_plan WHERE id = %(id)s

-- plans_running --
-- How many plans of a region itself have not ended.
SELECT count(*) FROM patrol_plan WHERE ended_at IS NULL AND tenant_id = %(tenant_id)s AND region_code = %(region_code)s

-- end_plan --
-- End a plan; touches no row if it ended before.
UPDATE patrol_plan SET ended_by = %(by)s, ended_at = %(at)s WHERE id = %(id)s AND ended_at IS NULL RETURNING *

-- drop_waiting --
-- Drop what waits of a plan that ended; what was missed before stays missed.
UPDATE patrol_due SET dropped_at = %(at)s::timestamptz
WHERE plan_id = %(plan_id)s AND done_at IS NULL AND dropped_at IS NULL
  AND due_on >= (%(at)s::timestamptz AT TIME ZONE 'Asia/Shanghai')::date

-- plans_to_draw --
-- Running plans that were not looked at on a day, locked; another process has those that it locked.
SELECT * FROM patrol_plan WHERE ended_at IS NULL AND (drawn_on IS NULL OR drawn_on < %(day)s)
ORDER BY id LIMIT %(limit)s FOR NO KEY UPDATE SKIP LOCKED

-- note_drawn --
-- Note that a plan was looked at on a day.
UPDATE patrol_plan SET drawn_on = %(day)s WHERE id = %(id)s

-- drop_gone --
-- Drop kitchens that wait and can't be patrolled any more.
UPDATE patrol_due x SET dropped_at = %(at)s
WHERE x.plan_id = %(plan_id)s AND x.done_at IS NULL AND x.dropped_at IS NULL AND x.due_on >= %(day)s
  AND (EXISTS (SELECT FROM entity e WHERE e.id = x.entity_id AND e.operating <> 'open')
       OR NOT EXISTS (SELECT FROM device d WHERE d.site_id = x.site_id AND d.kind = 'camera' AND d.decommissioned_at IS NULL))

-- drawn --
-- How many kitchens of a period count.
SELECT count(*) FROM patrol_due WHERE plan_id = %(plan_id)s AND begins = %(begins)s AND dropped_at IS NULL

-- patrollable --
-- Kitchens to draw for a period: those whose last patrol is longest ago first, among equals in an order by the period.
SELECT s.id AS site_id, s.tenant_id, s.entity_id, s.region_code
FROM site s JOIN entity e ON e.id = s.entity_id AND e.operating = 'open'
LEFT JOIN (SELECT site_id, max(submitted_at) AS last FROM patrol WHERE tenant_id = %(tenant_id)s GROUP BY site_id) p
       ON p.site_id = s.id
WHERE s.tenant_id = %(tenant_id)s AND starts_with(s.region_code, %(region_code)s)
  AND (%(business_kinds)s::text[] = '{}' OR e.business_kind = ANY(%(business_kinds)s::text[]))
  AND EXISTS (SELECT FROM device d WHERE d.site_id = s.id AND d.kind = 'camera' AND d.decommissioned_at IS NULL)
  AND NOT EXISTS (SELECT FROM patrol_due x WHERE x.plan_id = %(id)s AND x.begins = %(begins)s AND x.site_id = s.id)
ORDER BY p.last NULLS FIRST, md5(%(id)s::text || %(begins)s::date || s.id) LIMIT %(limit)s

-- add_due --
-- Store a kitchen that was drawn; touches no row if it was drawn for the period before.
INSERT INTO patrol_due (id, tenant_id, entity_id, region_code, plan_id, site_id, begins, due_on)
VALUES (%(id)s, %(tenant_id)s, %(entity_id)s, %(region_code)s, %(plan_id)s, %(site_id)s, %(begins)s, %(due_on)s)
ON CONFLICT DO NOTHING

-- settle --
-- Note a patrol at what waits for one of its kitchen on that day.
UPDATE patrol_due SET patrol_id = %(patrol_id)s, done_at = %(at)s
WHERE site_id = %(site_id)s AND done_at IS NULL AND dropped_at IS NULL AND begins <= %(day)s AND due_on >= %(day)s

-- progress --
-- How far plans are: those of the newest period that count and were patrolled, and those ever missed.
SELECT x.plan_id, x.begins, x.due_on, count(*) AS due, count(x.done_at) AS done,
       (SELECT count(*) FROM patrol_due m WHERE m.plan_id = x.plan_id AND m.due_on < %(day)s AND m.done_at IS NULL
        AND m.dropped_at IS NULL) AS missed
FROM patrol_due x
WHERE x.plan_id = ANY(%(ids)s::uuid[]) AND x.dropped_at IS NULL
  AND x.begins = (SELECT max(n.begins) FROM patrol_due n WHERE n.plan_id = x.plan_id)
GROUP BY x.plan_id, x.begins, x.due_on

-- dues --
-- Kitchens that were drawn, the newest first.
SELECT * FROM patrol_due
WHERE (%(before)s::uuid IS NULL OR id < %(before)s) AND (%(plan_id)s::uuid IS NULL OR plan_id = %(plan_id)s)
  AND (%(state)s::text IS NULL OR CASE %(state)s
       WHEN 'done' THEN done_at IS NOT NULL WHEN 'dropped' THEN dropped_at IS NOT NULL
       WHEN 'waiting' THEN done_at IS NULL AND dropped_at IS NULL AND due_on >= %(day)s
       ELSE done_at IS NULL AND dropped_at IS NULL AND due_on < %(day)s END)
ORDER BY id DESC LIMIT %(limit)s
