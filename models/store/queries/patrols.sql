-- add_shot --
-- Note that a present picture of a camera was kept as evidence.
INSERT INTO camera_shot (evidence_id, tenant_id, entity_id, region_code, site_id, camera_id, sha256, captured_at,
                         taken_by, taken_at)
VALUES (%(evidence_id)s, %(tenant_id)s, %(entity_id)s, %(region_code)s, %(site_id)s, %(camera_id)s, %(sha256)s,
        %(captured_at)s, %(taken_by)s, %(taken_at)s)

-- shots_named --
-- Several kept pictures.
SELECT * FROM camera_shot WHERE evidence_id = ANY(%(ids)s)

-- shots_since --
-- How many pictures somebody has kept since a moment.
SELECT count(*) FROM camera_shot WHERE taken_by = %(taken_by)s AND taken_at > %(since)s

-- patrol --
-- One patrol.
SELECT * FROM patrol WHERE id = %(id)s

-- patrols --
-- Patrols, the newest first, of one kitchen or of all.
SELECT * FROM patrol
WHERE (%(site_id)s::text IS NULL OR site_id = %(site_id)s)
ORDER BY submitted_at DESC, id DESC LIMIT %(limit)s

-- add_patrol --
-- Store a patrol; touches no row if it is stored already.
INSERT INTO patrol (id, tenant_id, entity_id, region_code, site_id, started_at, ended_at, checklist, answers, advice,
                    shots, name, signature, hazards, submitted_by, submitted_at)
VALUES (%(id)s, %(tenant_id)s, %(entity_id)s, %(region_code)s, %(site_id)s, %(started_at)s, %(ended_at)s, %(checklist)s,
        %(answers)s, %(advice)s, %(shots)s, %(name)s, %(signature)s, %(hazards)s, %(submitted_by)s, %(submitted_at)s)
ON CONFLICT DO NOTHING
