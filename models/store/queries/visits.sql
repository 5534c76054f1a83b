-- visit --
-- One visit.
SELECT * FROM supervision_visit WHERE id = %(id)s

-- visits --
-- The visits of a task, newest first.
SELECT * FROM supervision_visit WHERE task_id = %(task_id)s ORDER BY submitted_at DESC, id LIMIT %(limit)s

-- add_visit --
-- Store a visit; touches no row if it is stored already.
INSERT INTO supervision_visit (id, tenant_id, entity_id, region_code, task_id, site_id, mode, started_at, ended_at,
    latitude, longitude, datum, accuracy_m, distance_m, checklist, answers, advice, photo_ids, cadre_id, cadre_name,
    entity_name, signature, faults, hazards, submitted_by, submitted_at, client_at)
VALUES (%(id)s, %(tenant_id)s, %(entity_id)s, %(region_code)s, %(task_id)s, %(site_id)s, %(mode)s, %(started_at)s,
    %(ended_at)s, %(latitude)s, %(longitude)s, %(datum)s, %(accuracy_m)s, %(distance_m)s, %(checklist)s, %(answers)s,
    %(advice)s, %(photo_ids)s, %(cadre_id)s, %(cadre_name)s, %(entity_name)s, %(signature)s, %(faults)s, %(hazards)s,
    %(submitted_by)s, %(submitted_at)s, %(client_at)s)
ON CONFLICT DO NOTHING

-- add_photo --
-- Note that a photo was uploaded for a task.
INSERT INTO visit_photo (evidence_id, tenant_id, entity_id, region_code, task_id, sha256)
VALUES (%(evidence_id)s, %(tenant_id)s, %(entity_id)s, %(region_code)s, %(task_id)s, %(sha256)s)

-- photos --
-- The photos of a task, and whether the same file was uploaded for another one.
SELECT evidence_id, sha256, mingchu_photo_used(sha256, task_id) AS used_elsewhere
FROM visit_photo WHERE task_id = %(task_id)s ORDER BY evidence_id LIMIT 200
