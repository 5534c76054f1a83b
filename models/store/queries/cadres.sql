-- cadre --
-- One cadre.
SELECT * FROM cadre WHERE id = %(id)s

-- cadre_for_update --
-- One cadre, locked.
SELECT * FROM cadre WHERE id = %(id)s FOR NO KEY UPDATE

-- cadres --
-- Cadres in office, by id.
SELECT * FROM cadre WHERE (%(after)s::uuid IS NULL OR id > %(after)s) AND ended_at IS NULL
ORDER BY id LIMIT %(limit)s

-- cadres_of --
-- Several cadres.
SELECT * FROM cadre WHERE id = ANY(%(ids)s) ORDER BY id

-- cadre_of_login --
-- The cadre in office as whom a user acts.
SELECT * FROM cadre WHERE login = %(login)s AND ended_at IS NULL LIMIT 1

-- add_cadre --
-- Name a cadre.
INSERT INTO cadre (id, tenant_id, region_code, name, post, level, phone, login, named_at, named_by)
VALUES (%(id)s, %(tenant_id)s, %(region_code)s, %(name)s, %(post)s, %(level)s, %(phone)s, %(login)s, %(named_at)s,
        %(named_by)s)

-- end_cadre --
-- End the office of a cadre.
UPDATE cadre SET ended_at = %(at)s, ended_by = %(by)s, end_reason = %(reason)s WHERE id = %(id)s AND ended_at IS NULL

-- loads --
-- How many open enterprises cadres supervise as their primary cadre, and how many of them are of tier C or D.
SELECT c.id AS cadre_id, held.entities, held.small
FROM unnest(%(ids)s::uuid[]) AS c (id) CROSS JOIN LATERAL (
    SELECT count(*) AS entities, count(*) FILTER (WHERE e.guarantee_tier IN ('C', 'D')) AS small
    FROM assignment a JOIN entity e ON e.id = a.entity_id
    WHERE a.cadre_id = c.id AND a.part = 'primary' AND a.valid_to IS NULL AND e.operating = 'open') AS held
WHERE held.entities > 0

-- held_total --
-- How many enterprises a cadre supervises.
SELECT count(*) FROM (SELECT FROM assignment WHERE cadre_id = %(cadre_id)s AND valid_to IS NULL LIMIT 1000) AS held

-- assignment --
-- One assignment.
SELECT * FROM assignment WHERE id = %(id)s

-- assignments --
-- Who supervises an enterprise: the primary cadre first, then deputies by name of the assignment.
SELECT * FROM assignment WHERE entity_id = %(entity_id)s AND valid_to IS NULL
ORDER BY part <> 'primary', id LIMIT %(limit)s

-- primary_of --
-- The primary assignments of several enterprises.
SELECT * FROM assignment WHERE entity_id = ANY(%(entity_ids)s) AND part = 'primary' AND valid_to IS NULL

-- add_assignment --
-- Assign a cadre to an enterprise.
INSERT INTO assignment (id, tenant_id, entity_id, region_code, cadre_id, part, valid_from, set_by)
VALUES (%(id)s, %(tenant_id)s, %(entity_id)s, %(region_code)s, %(cadre_id)s, %(part)s, %(valid_from)s, %(set_by)s)

-- end_assignment --
-- End an assignment.
UPDATE assignment SET valid_to = greatest(%(at)s, valid_from), ended_by = %(by)s, end_reason = %(reason)s
WHERE id = %(id)s AND valid_to IS NULL

-- delegation --
-- One delegation.
SELECT * FROM delegation WHERE id = %(id)s

-- delegations --
-- Delegations that last or are to come, the next end first.
SELECT * FROM delegation WHERE valid_to > %(at)s ORDER BY valid_to, id LIMIT %(limit)s

-- delegations_of --
-- The delegations of several cadres that last at a moment, the newest first.
SELECT * FROM delegation WHERE cadre_id = ANY(%(cadre_ids)s) AND valid_from <= %(at)s AND valid_to > %(at)s
ORDER BY valid_from DESC, id DESC LIMIT 1000

-- delegations_to --
-- The delegations to a cadre that last at a moment.
SELECT * FROM delegation WHERE delegate_id = %(cadre_id)s AND valid_from <= %(at)s AND valid_to > %(at)s
ORDER BY valid_from DESC, id DESC LIMIT 100

-- delegation_total --
-- How many delegations of a cadre last or are to come.
SELECT count(*) FROM delegation WHERE cadre_id = %(cadre_id)s AND valid_to > %(at)s

-- add_delegation --
-- Store a delegation.
INSERT INTO delegation (id, tenant_id, region_code, cadre_id, delegate_id, valid_from, valid_to, reason, set_by)
VALUES (%(id)s, %(tenant_id)s, %(region_code)s, %(cadre_id)s, %(delegate_id)s, %(valid_from)s, %(valid_to)s,
        %(reason)s, %(set_by)s)

-- end_delegation --
-- End a delegation early; one that has not begun ends as it begins.
UPDATE delegation SET valid_to = greatest(%(at)s, valid_from), ended_by = %(by)s
WHERE id = %(id)s AND valid_to > %(at)s
