-- training --
-- One training.
SELECT * FROM training WHERE id = %(id)s

-- trainings --
-- Trainings of an enterprise, the newest day first, also those that were voided.
SELECT * FROM training WHERE entity_id = %(entity_id)s ORDER BY held_on DESC, id DESC LIMIT %(limit)s

-- hours --
-- The hours that the people of an enterprise took between two days, without voided ones, by person.
SELECT person_id, sum(hours) FROM training
WHERE entity_id = %(entity_id)s AND voided_at IS NULL AND held_on BETWEEN %(first)s AND %(last)s GROUP BY person_id

-- total --
-- How many trainings of a person were not voided.
SELECT count(*) FROM training WHERE person_id = %(person_id)s AND voided_at IS NULL

-- add --
-- Store a training; touches no row if the person took the same one on that day.
INSERT INTO training (id, tenant_id, entity_id, region_code, person_id, held_on, hours, subject, organiser, proof,
                      recorded_by, recorded_at)
VALUES (%(id)s, %(tenant_id)s, %(entity_id)s, %(region_code)s, %(person_id)s, %(held_on)s, %(hours)s, %(subject)s,
        %(organiser)s, %(proof)s, %(recorded_by)s, %(recorded_at)s)
ON CONFLICT DO NOTHING

-- void --
-- Void a training; touches no row if it is voided.
UPDATE training SET voided_at = %(at)s, voided_by = %(by)s, void_reason = %(reason)s
WHERE id = %(id)s AND voided_at IS NULL RETURNING *
