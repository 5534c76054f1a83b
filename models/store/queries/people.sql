-- people --
-- Everybody who holds or held a post of an enterprise, present ones first.
SELECT * FROM person WHERE entity_id = %(entity_id)s
ORDER BY valid_to IS NOT NULL, array_position(ARRAY['officer', 'director', 'principal'], post), valid_from DESC, id
LIMIT %(limit)s

-- lines --
-- The lines of an enterprise's matrix that have not ended, newest first.
SELECT * FROM responsibility WHERE entity_id = %(entity_id)s AND valid_to IS NULL
ORDER BY valid_from DESC, id DESC LIMIT %(limit)s

-- line --
-- One line of a matrix.
SELECT * FROM responsibility WHERE id = %(id)s

-- absences --
-- Absences that last or are to come, the next end first.
SELECT * FROM absence WHERE entity_id = %(entity_id)s AND absent_to > %(at)s ORDER BY absent_to, id LIMIT %(limit)s

-- absence --
-- One absence.
SELECT * FROM absence WHERE id = %(id)s

-- lock --
-- Lock an enterprise's people, so that additions run one after the other.
SELECT pg_advisory_xact_lock(hashtextextended('people ' || %(entity_id)s::text, 0))

-- counts --
-- How many people in office, lines and absences an enterprise has.
SELECT (SELECT count(*) FROM person WHERE entity_id = %(entity_id)s AND valid_to IS NULL),
       (SELECT count(*) FROM responsibility WHERE entity_id = %(entity_id)s AND valid_to IS NULL),
       (SELECT count(*) FROM absence WHERE entity_id = %(entity_id)s AND absent_to > %(at)s)

-- end_person --
-- End the office of a person.
UPDATE person SET valid_to = greatest(%(at)s, valid_from), ended_by = %(by)s, end_reason = %(reason)s
WHERE id = %(id)s AND valid_to IS NULL

-- end_lines --
-- End all lines of a person.
UPDATE responsibility SET valid_to = greatest(%(at)s, valid_from), ended_by = %(by)s, end_reason = %(reason)s
WHERE person_id = %(id)s AND valid_to IS NULL

-- add_line --
-- Store a line of the matrix.
INSERT INTO responsibility (id, tenant_id, entity_id, region_code, person_id, site_id, zone, duty, valid_from,
                            set_by)
VALUES (%(id)s, %(tenant_id)s, %(entity_id)s, %(region_code)s, %(person_id)s, %(site_id)s, %(zone)s, %(duty)s,
        %(valid_from)s, %(set_by)s)

-- end_line --
-- End a line of the matrix.
UPDATE responsibility SET valid_to = greatest(%(at)s, valid_from), ended_by = %(by)s, end_reason = %(reason)s
WHERE id = %(id)s AND valid_to IS NULL

-- add_absence --
-- Store an absence.
INSERT INTO absence (id, tenant_id, entity_id, region_code, person_id, deputy_id, absent_from, absent_to, reason, set_by)
VALUES (%(id)s, %(tenant_id)s, %(entity_id)s, %(region_code)s, %(person_id)s, %(deputy_id)s, %(absent_from)s,
        %(absent_to)s, %(reason)s, %(set_by)s)

-- end_absence --
-- End an absence early; one that has not begun ends a moment after its beginning.
UPDATE absence SET absent_to = greatest(%(at)s, absent_from + interval '1 microsecond'), ended_by = %(by)s
WHERE id = %(id)s AND absent_to > %(at)s

-- open_tasks --
-- Open tasks of a person, oldest first.
SELECT * FROM task WHERE person_id = %(person_id)s AND closed_at IS NULL
  AND (%(site_id)s::text IS NULL OR site_id = %(site_id)s)
ORDER BY id LIMIT %(limit)s

-- open_tasks_locked --
-- Open tasks of a person, oldest first, locked.
SELECT * FROM task WHERE person_id = %(person_id)s AND closed_at IS NULL
  AND (%(site_id)s::text IS NULL OR site_id = %(site_id)s)
ORDER BY id LIMIT %(limit)s FOR UPDATE

-- open_total --
-- How many open tasks a person has.
SELECT count(*) FROM task WHERE person_id = %(person_id)s AND closed_at IS NULL
  AND (%(site_id)s::text IS NULL OR site_id = %(site_id)s)

-- tasks_of_nobody --
-- Open tasks without a person where somebody is in office by now, oldest first, locked.
SELECT t.* FROM task t WHERE t.person_id IS NULL AND t.closed_at IS NULL
  AND EXISTS (SELECT FROM person p WHERE p.entity_id = t.entity_id AND p.valid_to IS NULL)
ORDER BY t.id LIMIT %(limit)s FOR UPDATE OF t SKIP LOCKED

-- services --
-- Who serves a unit, the newest first.
SELECT * FROM service WHERE entity_id = %(entity_id)s AND valid_to IS NULL ORDER BY valid_from DESC, id LIMIT %(limit)s

-- service --
-- One line of who serves a unit.
SELECT * FROM service WHERE id = %(id)s

-- add_service --
-- Store who serves a unit.
INSERT INTO service (id, tenant_id, entity_id, region_code, site_id, contractor_id, contractor, mode, valid_from, set_by)
VALUES (%(id)s, %(tenant_id)s, %(entity_id)s, %(region_code)s, %(site_id)s, %(contractor_id)s, %(contractor)s, %(mode)s,
        %(valid_from)s, %(set_by)s)

-- end_service --
-- End a service.
UPDATE service SET valid_to = greatest(%(at)s, valid_from), ended_by = %(by)s, end_reason = %(reason)s
WHERE id = %(id)s AND valid_to IS NULL
