-- meal_of --
-- One meal of a kitchen's day, locked.
SELECT * FROM meal_record WHERE site_id = %(site_id)s AND day = %(day)s AND meal = %(meal)s FOR UPDATE

-- meals --
-- Meals, the newest day first, of one kitchen or of all.
SELECT * FROM meal_record
WHERE (%(site_id)s::text IS NULL OR site_id = %(site_id)s) AND (%(day)s::date IS NULL OR day = %(day)s)
ORDER BY day DESC, site_id, array_position(ARRAY['breakfast', 'lunch', 'dinner', 'supper'], meal) LIMIT %(limit)s

-- add_meal --
-- Store a new meal; touches no row if the day has it.
INSERT INTO meal_record (id, tenant_id, entity_id, region_code, site_id, day, meal, diners, dishes, supplies, sampled,
                         companion, companion_words, recorded_by, recorded_at)
VALUES (%(id)s, %(tenant_id)s, %(entity_id)s, %(region_code)s, %(site_id)s, %(day)s, %(meal)s, %(diners)s, %(dishes)s,
        %(supplies)s, %(sampled)s, %(companion)s, %(companion_words)s, %(recorded_by)s, %(recorded_at)s)
ON CONFLICT (site_id, day, meal) DO NOTHING RETURNING *

-- change_meal --
-- Store a correction of a meal.
UPDATE meal_record SET diners = %(diners)s, dishes = %(dishes)s, supplies = %(supplies)s, sampled = %(sampled)s,
    companion = %(companion)s, companion_words = %(companion_words)s, recorded_by = %(recorded_by)s,
    recorded_at = %(recorded_at)s, version = version + 1
WHERE id = %(id)s AND version = %(version)s RETURNING *

-- tally --
-- What the scene of an enterprise counts over some days: signed days, watched minutes, meals, supplies, open hazards.
SELECT (SELECT count(*) FROM day_record WHERE entity_id = %(entity_id)s AND day BETWEEN %(first)s AND %(last)s
        AND state = 'signed') AS days,
       (SELECT coalesce(sum(bit_count(c.analysed)), 0) FROM camera_day c JOIN device d ON d.id = c.device_id
        WHERE d.entity_id = %(entity_id)s AND c.day BETWEEN %(first)s AND %(last)s) AS minutes,
       (SELECT count(*) FROM camera_day c JOIN device d ON d.id = c.device_id
        WHERE d.entity_id = %(entity_id)s AND c.day BETWEEN %(first)s AND %(last)s) AS camera_days,
       count(m.id) AS meals, count(m.id) FILTER (WHERE m.companion <> '') AS accompanied,
       count(m.id) FILTER (WHERE m.sampled) AS sampled,
       coalesce(sum(jsonb_array_length(m.supplies)), 0) AS supplies,
       coalesce(sum((SELECT count(*) FROM jsonb_array_elements(m.supplies) s
                     WHERE s ->> 'supplier' <> '' AND s ->> 'voucher' <> '')), 0) AS traced,
       (SELECT count(*) FROM task WHERE entity_id = %(entity_id)s AND closed_at IS NULL) AS hazards
FROM (SELECT 1) one LEFT JOIN meal_record m ON m.entity_id = %(entity_id)s AND m.day BETWEEN %(first)s AND %(last)s
