-- task --
-- One supervision task.
SELECT * FROM supervision_task WHERE id = %(id)s

-- task_for_update --
-- One supervision task, locked.
SELECT * FROM supervision_task WHERE id = %(id)s FOR UPDATE

-- tasks --
-- Supervision tasks, newest first: open, ended or all; of some cadres or of all.
SELECT * FROM supervision_task
WHERE (%(before)s::uuid IS NULL OR id < %(before)s) AND (%(ended)s::boolean IS NULL OR (closed_at IS NOT NULL) = %(ended)s)
  AND (%(cadre_ids)s::uuid[] IS NULL OR cadre_id = ANY(%(cadre_ids)s))
ORDER BY id DESC LIMIT %(limit)s

-- open_of_cadres --
-- The open tasks of some cadres, the next deadline first.
SELECT * FROM supervision_task WHERE cadre_id = ANY(%(cadre_ids)s) AND closed_at IS NULL ORDER BY due_at, id LIMIT %(limit)s

-- open_of_entity --
-- The open tasks of an enterprise, locked.
SELECT * FROM supervision_task WHERE entity_id = %(entity_id)s AND closed_at IS NULL ORDER BY id LIMIT 200 FOR UPDATE

-- add_task --
-- Store a new task. Touches no row if the period has one, or another periodic one falls due within it.
INSERT INTO supervision_task (id, tenant_id, entity_id, region_code, reason, period, tier, cadre_id, state, due_at,
                              generated_at)
SELECT %(id)s, %(tenant_id)s, %(entity_id)s, %(region_code)s, %(reason)s, %(period)s, %(tier)s, NULL, 'generated',
       %(due_at)s, %(generated_at)s
WHERE %(since)s::timestamptz IS NULL OR NOT EXISTS (
    SELECT FROM supervision_task WHERE entity_id = %(entity_id)s AND reason = 'periodic' AND due_at > %(since)s
      AND state <> 'exempted')
ON CONFLICT DO NOTHING RETURNING *

-- move_task --
-- Store a step; touches no row if somebody else was faster.
UPDATE supervision_task SET state = %(state)s, cadre_id = %(cadre_id)s, due_at = %(due_at)s, overdue_at = %(overdue_at)s,
    closed_at = %(closed_at)s, submitted_by = %(submitted_by)s, note = %(note)s, version = version + 1
WHERE id = %(id)s AND version = %(version)s RETURNING *

-- due_entities --
-- Enterprises whose next period has begun, locked.
SELECT * FROM entity
WHERE operating = 'open' AND guarantee_tier IS NOT NULL AND supervision_next_at <= %(at)s
ORDER BY supervision_next_at LIMIT %(limit)s FOR NO KEY UPDATE SKIP LOCKED

-- look_again_at --
-- Note when the sweep has to look at an enterprise again.
UPDATE entity SET supervision_next_at = %(at)s WHERE id = %(entity_id)s

-- critical_hazards --
-- Open critical hazards since a moment without a planned visit.
SELECT t.id, t.tenant_id, t.entity_id, t.region_code, t.dispatched_at, e.guarantee_tier
FROM task t JOIN entity e ON e.id = t.entity_id
WHERE t.severity = 'critical' AND t.closed_at IS NULL AND t.dispatched_at > %(since)s AND e.operating = 'open'
  AND NOT EXISTS (SELECT FROM supervision_task s
                  WHERE s.entity_id = t.entity_id AND s.reason = 'hazard' AND s.period = t.id::text)
ORDER BY t.id LIMIT %(limit)s

-- late --
-- Open tasks whose deadline has passed without a mark, locked.
SELECT * FROM supervision_task WHERE closed_at IS NULL AND overdue_at IS NULL AND due_at < %(at)s
ORDER BY due_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED

-- preset --
-- The preset of a region: the newest line of the longest prefix.
SELECT preset FROM supervision_preset WHERE tenant_id = %(tenant_id)s AND starts_with(%(region_code)s, jurisdiction)
ORDER BY length(jurisdiction) DESC, id DESC LIMIT 1

-- add_preset --
-- Choose a preset for a jurisdiction.
INSERT INTO supervision_preset (id, tenant_id, jurisdiction, preset, set_by, set_at)
VALUES (%(id)s, %(tenant_id)s, %(jurisdiction)s, %(preset)s, %(set_by)s, %(set_at)s)
