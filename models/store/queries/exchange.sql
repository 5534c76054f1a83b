-- entities --
-- Enterprises of a region with their primary cadre, a page by id; closed ones too.
SELECT e.*, a.cadre_id, c.name AS cadre_name
FROM entity e
LEFT JOIN assignment a ON a.entity_id = e.id AND a.part = 'primary' AND a.valid_to IS NULL
LEFT JOIN cadre c ON c.id = a.cadre_id
WHERE e.tenant_id = %(tenant_id)s AND starts_with(e.region_code, %(within)s)
  AND (%(after)s::uuid IS NULL OR e.id > %(after)s)
ORDER BY e.id LIMIT %(limit)s

-- entities_of_codes --
-- Several enterprises by credit code, with their primary cadre.
SELECT e.*, a.cadre_id, c.name AS cadre_name
FROM entity e
LEFT JOIN assignment a ON a.entity_id = e.id AND a.part = 'primary' AND a.valid_to IS NULL
LEFT JOIN cadre c ON c.id = a.cadre_id
WHERE e.credit_code = ANY(%(codes)s) AND e.tenant_id = %(tenant_id)s AND starts_with(e.region_code, %(within)s)

-- absent_entities --
-- Registered enterprises of a region that do business and that a file does not mention: all of them counted, some named.
SELECT count(*) OVER () AS total, e.credit_code
FROM entity e
WHERE e.tenant_id = %(tenant_id)s AND starts_with(e.region_code, %(within)s) AND e.operating <> 'closed'
  AND NOT EXISTS (SELECT FROM unnest(%(codes)s::text[]) AS said (code) WHERE said.code = e.credit_code)
ORDER BY e.id LIMIT %(limit)s

-- cadres --
-- Cadres in office of a region with the number of open enterprises, a page by id.
SELECT c.*, (SELECT count(*) FROM assignment a JOIN entity e ON e.id = a.entity_id
             WHERE a.cadre_id = c.id AND a.part = 'primary' AND a.valid_to IS NULL AND e.operating = 'open') AS entities
FROM cadre c
WHERE c.tenant_id = %(tenant_id)s AND starts_with(c.region_code, %(within)s) AND c.ended_at IS NULL
  AND (%(after)s::uuid IS NULL OR c.id > %(after)s)
ORDER BY c.id LIMIT %(limit)s

-- cadres_of_names --
-- Cadres in office by name or id; an enterprise's cadre may belong to a level above the region.
SELECT c.*, 0 AS entities
FROM cadre c
WHERE c.tenant_id = %(tenant_id)s AND c.ended_at IS NULL AND (c.name = ANY(%(names)s) OR c.id = ANY(%(ids)s))
ORDER BY c.id

-- absent_cadres --
-- Cadres in office of a region that a file does not mention: all of them counted, some named.
SELECT count(*) OVER () AS total, c.name
FROM cadre c
WHERE c.tenant_id = %(tenant_id)s AND starts_with(c.region_code, %(within)s) AND c.ended_at IS NULL
  AND NOT c.id = ANY(%(ids)s)
ORDER BY c.id LIMIT %(limit)s

-- change_cadre --
-- Change what is known of a cadre in office; touches no row of a region above the caller's.
UPDATE cadre SET name = %(name)s, post = %(post)s, level = %(level)s, phone = %(phone)s
WHERE id = %(id)s AND ended_at IS NULL

-- own_visits --
-- Visits that were signed here in a region since a day, a page by id.
SELECT v.id, '' AS source, v.id::text AS record_no, v.entity_id, e.credit_code, e.name AS entity_name, v.cadre_name,
    v.mode, (v.started_at AT TIME ZONE 'Asia/Shanghai')::date AS visited_on,
    (extract(epoch FROM v.ended_at - v.started_at) / 60)::integer AS minutes,
    (SELECT count(*) FROM jsonb_array_elements(v.answers) a WHERE a ->> 'result' = 'problem')::integer AS problems,
    v.advice AS note, cardinality(v.faults) = 0 AS counts
FROM supervision_visit v JOIN entity e ON e.id = v.entity_id
WHERE v.tenant_id = %(tenant_id)s AND starts_with(v.region_code, %(within)s)
  AND (%(since)s::date IS NULL OR v.started_at >= %(since)s::date::timestamp AT TIME ZONE 'Asia/Shanghai')
  AND (%(after)s::uuid IS NULL OR v.id > %(after)s)
ORDER BY v.id LIMIT %(limit)s

-- own_visits_of --
-- Several visits that were signed here.
SELECT v.id, '' AS source, v.id::text AS record_no, v.entity_id, e.credit_code, e.name AS entity_name, v.cadre_name,
    v.mode, (v.started_at AT TIME ZONE 'Asia/Shanghai')::date AS visited_on,
    (extract(epoch FROM v.ended_at - v.started_at) / 60)::integer AS minutes,
    (SELECT count(*) FROM jsonb_array_elements(v.answers) a WHERE a ->> 'result' = 'problem')::integer AS problems,
    v.advice AS note, cardinality(v.faults) = 0 AS counts
FROM supervision_visit v JOIN entity e ON e.id = v.entity_id
WHERE v.id = ANY(%(ids)s) AND v.tenant_id = %(tenant_id)s AND starts_with(v.region_code, %(within)s)

-- outside_visits --
-- Visits of a region that other platforms recorded, since a day, a page by id.
SELECT o.*, e.credit_code, e.name AS entity_name, NULL::boolean AS counts
FROM outside_visit o JOIN entity e ON e.id = o.entity_id
WHERE o.tenant_id = %(tenant_id)s AND starts_with(o.region_code, %(within)s)
  AND (%(since)s::date IS NULL OR o.visited_on >= %(since)s) AND (%(after)s::uuid IS NULL OR o.id > %(after)s)
ORDER BY o.id LIMIT %(limit)s

-- outside_visits_of --
-- Several visits that other platforms recorded, by their numbers there.
SELECT o.*, e.credit_code, e.name AS entity_name, NULL::boolean AS counts
FROM outside_visit o JOIN entity e ON e.id = o.entity_id
WHERE o.tenant_id = %(tenant_id)s AND o.record_no = ANY(%(numbers)s) AND starts_with(o.region_code, %(within)s)

-- add_entity --
-- Register an enterprise; touches no row if its credit code is registered anywhere.
INSERT INTO entity (id, tenant_id, name, credit_code, licence_no, region_code)
VALUES (%(id)s, %(tenant_id)s, %(name)s, %(credit_code)s, %(licence_no)s, %(region_code)s)
ON CONFLICT DO NOTHING

-- add_outside_visit --
-- Store a visit of another platform; touches no row if its number is stored, maybe where the caller does not see it.
INSERT INTO outside_visit (id, tenant_id, entity_id, region_code, source, record_no, cadre_name, mode, visited_on,
    minutes, problems, note, imported_at, imported_by)
VALUES (%(id)s, %(tenant_id)s, %(entity_id)s, %(region_code)s, %(source)s, %(record_no)s, %(cadre_name)s, %(mode)s,
    %(visited_on)s, %(minutes)s, %(problems)s, %(note)s, %(imported_at)s, %(imported_by)s)
ON CONFLICT DO NOTHING

-- change_outside_visit --
-- Change a visit of another platform to what it says now.
UPDATE outside_visit SET cadre_name = %(cadre_name)s, mode = %(mode)s, visited_on = %(visited_on)s,
    minutes = %(minutes)s, problems = %(problems)s, note = %(note)s, imported_at = %(imported_at)s,
    imported_by = %(imported_by)s
WHERE id = %(id)s

-- add_run --
-- Log an applied file.
INSERT INTO exchange_run (id, tenant_id, jurisdiction, data_set, file_name, file_sha256, reason, by, at, counts, changes)
VALUES (%(id)s, %(tenant_id)s, %(jurisdiction)s, %(data_set)s, %(file_name)s, %(file_sha256)s, %(reason)s, %(by)s,
    %(at)s, %(counts)s, %(changes)s)

-- runs --
-- Applied files, newest first.
SELECT * FROM exchange_run WHERE %(before)s::uuid IS NULL OR id < %(before)s ORDER BY id DESC LIMIT %(limit)s

-- staff --
-- Who holds the two posts of enterprises that do business, of one register or of all, a page by id.
SELECT e.id, e.credit_code, e.name, e.region_code, e.guarantee_tier, posts.directors, posts.officers
FROM entity e
CROSS JOIN LATERAL (
    SELECT coalesce(string_agg(p.name, '、' ORDER BY p.valid_from, p.id) FILTER (WHERE p.post = 'director'), '') AS directors,
           coalesce(string_agg(p.name, '、' ORDER BY p.valid_from, p.id) FILTER (WHERE p.post = 'officer'), '') AS officers
    FROM person p
    WHERE p.entity_id = e.id AND p.post IN ('director', 'officer') AND p.valid_from <= %(at)s
      AND (p.valid_to IS NULL OR p.valid_to > %(at)s)) posts
WHERE e.tenant_id = %(tenant_id)s AND starts_with(e.region_code, %(within)s) AND e.operating = 'open'
  AND (%(after)s::uuid IS NULL OR e.id > %(after)s)
  AND CASE %(register)s::text WHEN 'both' THEN posts.directors <> '' AND posts.officers <> ''
                              WHEN 'officer' THEN posts.directors = '' AND posts.officers <> ''
                              WHEN 'incomplete' THEN posts.officers = '' ELSE true END
ORDER BY e.id LIMIT %(limit)s
