-- add --
-- Store a new hour of correct dress.
INSERT INTO camera_baseline (id, tenant_id, entity_id, region_code, site_id, device_id, begins_at, ends_at, said_by, said_as)
VALUES (%(id)s, %(tenant_id)s, %(entity_id)s, %(region_code)s, %(site_id)s, %(device_id)s, %(begins_at)s, %(ends_at)s,
        %(said_by)s, %(said_as)s)
ON CONFLICT DO NOTHING

-- baseline --
-- One hour of correct dress.
SELECT * FROM camera_baseline WHERE id = %(id)s

-- of_camera --
-- The newest hours of a camera (index camera_baseline_device).
SELECT * FROM camera_baseline WHERE device_id = %(device_id)s ORDER BY begins_at DESC LIMIT %(limit)s

-- results_of --
-- What was found in some hours, by code.
SELECT * FROM baseline_result WHERE baseline_id = ANY(%(ids)s) ORDER BY baseline_id, code

-- take_over --
-- Hours that are over and not concluded, the longest waiting first; those of another worker are skipped.
SELECT * FROM camera_baseline WHERE state = 'running' AND ends_at <= %(before)s
ORDER BY ends_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED

-- findings --
-- The violations of some codes that were open at a camera in a time on the platform's clock (index violation_entity).
SELECT v.code, v.score, a.state = 'confirmed' AND t.appeal IS DISTINCT FROM 'upheld' AS confirmed
FROM violation v LEFT JOIN alert a ON a.id = v.alert_id LEFT JOIN task t ON t.alert_id = a.id
WHERE v.entity_id = %(entity_id)s AND v.id >= %(first_id)s AND v.device_id = %(device_id)s AND v.code = ANY(%(codes)s)
  AND v.received_at <= %(until)s AND (v.ended_at IS NULL OR v.ended_at >= %(since)s)
ORDER BY v.id LIMIT %(limit)s

-- conclude --
-- Store that an hour is over and how many of its minutes were analysed.
UPDATE camera_baseline SET state = %(state)s, watched = %(watched)s, concluded_at = %(at)s
WHERE id = %(id)s AND state = 'running'

-- add_result --
-- Store what was found of one code.
INSERT INTO baseline_result (baseline_id, code, tenant_id, entity_id, region_code, found, highest, outcome, score)
VALUES (%(baseline_id)s, %(code)s, %(tenant_id)s, %(entity_id)s, %(region_code)s, %(found)s, %(highest)s, %(outcome)s,
        %(score)s)
