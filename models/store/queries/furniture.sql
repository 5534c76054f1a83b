-- at_sites --
-- The furniture of the supervised cameras of several sites, with the site, oldest first.
SELECT f.*, d.site_id FROM camera_furniture f JOIN device d ON d.id = f.device_id
WHERE d.site_id = ANY(%(sites)s) AND d.decommissioned_at IS NULL ORDER BY f.device_id, f.refused_at, f.learnt_at, f.id

-- of_cameras --
-- The furniture of several cameras, oldest first.
SELECT * FROM camera_furniture WHERE device_id = ANY(%(device_ids)s) ORDER BY device_id, learnt_at, id

-- refused_since --
-- Places among those of some cameras that a person has refused since a moment (index camera_furniture_refused).
SELECT * FROM camera_furniture WHERE refused_at >= %(since)s AND device_id = ANY(%(device_ids)s) ORDER BY refused_at, id

-- locked --
-- One place of a camera, locked.
SELECT * FROM camera_furniture WHERE id = %(id)s AND device_id = %(device_id)s FOR UPDATE

-- keep --
-- Store a place of a camera, or when and how often it was seen; a refusal stays.
INSERT INTO camera_furniture (id, device_id, tenant_id, entity_id, region_code, box, since, learnt_at, seen_at, frames)
VALUES (%(id)s, %(device_id)s, %(tenant_id)s, %(entity_id)s, %(region_code)s, %(box)s, %(since)s, %(learnt_at)s,
        %(seen_at)s, %(frames)s)
ON CONFLICT (id) DO UPDATE SET seen_at = EXCLUDED.seen_at, frames = EXCLUDED.frames

-- forget --
-- Forget places of a camera.
DELETE FROM camera_furniture WHERE device_id = %(device_id)s AND id = ANY(%(ids)s)

-- refuse --
-- Note that a person said that somebody is there; touches no row if somebody did so before.
UPDATE camera_furniture SET refused_at = %(at)s, refused_by = %(by)s, reason = %(reason)s
WHERE id = %(id)s AND refused_at IS NULL RETURNING *
