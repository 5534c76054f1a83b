-- drawable --
-- Visits that count, were submitted on some days in a region, and were not drawn before.
SELECT v.id, v.tenant_id, v.entity_id, v.region_code, v.cadre_id
FROM supervision_visit v JOIN supervision_task t ON t.id = v.task_id AND t.state IN ('submitted', 'archived')
WHERE v.tenant_id = %(tenant_id)s AND starts_with(v.region_code, %(within)s) AND v.faults = '{}'
  AND v.submitted_at >= %(since)s AND v.submitted_at < %(until)s
  AND NOT EXISTS (SELECT FROM recheck x WHERE x.visit_id = v.id)
ORDER BY v.id LIMIT %(limit)s

-- add_draw --
-- Store a draw.
INSERT INTO recheck_draw (id, tenant_id, jurisdiction, first, last, seed, population, population_sha256, drawn, by, at)
VALUES (%(id)s, %(tenant_id)s, %(jurisdiction)s, %(first)s, %(last)s, %(seed)s, %(population)s, %(population_sha256)s,
        %(drawn)s, %(by)s, %(at)s)

-- draws --
-- Draws, newest first.
SELECT * FROM recheck_draw ORDER BY id DESC LIMIT %(limit)s

-- add --
-- Store a drawn visit; touches no row if it was drawn before.
INSERT INTO recheck (id, tenant_id, entity_id, region_code, draw_id, visit_id, cadre_id, drawn_at)
VALUES (%(id)s, %(tenant_id)s, %(entity_id)s, %(region_code)s, %(draw_id)s, %(visit_id)s, %(cadre_id)s, %(drawn_at)s)
ON CONFLICT DO NOTHING

-- recheck --
-- One drawn visit.
SELECT * FROM recheck WHERE id = %(id)s

-- recheck_for_update --
-- One drawn visit, locked.
SELECT * FROM recheck WHERE id = %(id)s FOR UPDATE

-- rechecks --
-- Drawn visits, newest first: waiting ones, done ones or all.
SELECT * FROM recheck
WHERE (%(done)s::boolean IS NULL OR (done_at IS NOT NULL) = %(done)s) AND (%(before)s::uuid IS NULL OR id < %(before)s)
ORDER BY id DESC LIMIT %(limit)s

-- finish --
-- Store what the second person found; touches no row if it was done before.
UPDATE recheck SET method = %(method)s, took_place = %(took_place)s, answers = %(answers)s, compared = %(compared)s,
    differing = %(differing)s, note = %(note)s, done_by = %(done_by)s, done_at = %(done_at)s
WHERE id = %(id)s AND done_at IS NULL RETURNING *

-- rate --
-- How the rechecks of visits drawn on some days ended, of one cadre or of all.
SELECT count(*) AS drawn, count(done_at) AS done,
       count(*) FILTER (WHERE differing > 0 OR NOT took_place) AS unlike,
       count(*) FILTER (WHERE NOT took_place) AS unconfirmed,
       coalesce(sum(compared), 0)::bigint AS compared, coalesce(sum(differing), 0)::bigint AS differing
FROM recheck
WHERE drawn_at >= %(since)s AND drawn_at < %(until)s AND (%(cadre_id)s::uuid IS NULL OR cadre_id = %(cadre_id)s)
