-- training --
-- One training of a cadre.
SELECT * FROM cadre_training WHERE id = %(id)s

-- trainings --
-- Trainings of a cadre, the newest day first, also those that were voided.
SELECT * FROM cadre_training WHERE cadre_id = %(cadre_id)s ORDER BY held_on DESC, id DESC LIMIT %(limit)s

-- hours --
-- The hours of training that several cadres took between two days, and how often they helped, without voided ones.
SELECT cadre_id, coalesce(sum(hours) FILTER (WHERE kind = 'training'), 0), count(*) FILTER (WHERE kind <> 'training')
FROM cadre_training
WHERE cadre_id = ANY(%(cadre_ids)s) AND voided_at IS NULL AND held_on BETWEEN %(first)s AND %(last)s GROUP BY cadre_id

-- total --
-- How many trainings of a cadre were not voided.
SELECT count(*) FROM cadre_training WHERE cadre_id = %(cadre_id)s AND voided_at IS NULL

-- add --
-- Store a training; touches no row if the cadre took the same one on that day.
INSERT INTO cadre_training (id, tenant_id, region_code, cadre_id, held_on, hours, subject, organiser, proof, recorded_by,
                            recorded_at, kind)
VALUES (%(id)s, %(tenant_id)s, %(region_code)s, %(cadre_id)s, %(held_on)s, %(hours)s, %(subject)s, %(organiser)s,
        %(proof)s, %(recorded_by)s, %(recorded_at)s, %(kind)s)
ON CONFLICT DO NOTHING

-- void --
-- Void a training; touches no row if it is voided.
UPDATE cadre_training SET voided_at = %(at)s, voided_by = %(by)s, void_reason = %(reason)s
WHERE id = %(id)s AND voided_at IS NULL RETURNING *
