-- cameras --
-- Supervised cameras with the state of their node and the age of their present picture, a page by id.
SELECT d.*, n.online AND n.revoked_at IS NULL AS online, n.last_seen_at, n.clock_skew_s, v.captured_at,
       s.name AS site, e.name AS entity
FROM (SELECT * FROM device
      WHERE kind = 'camera' AND decommissioned_at IS NULL AND id > %(after)s
        AND (%(region)s = '' OR starts_with(region_code, %(region)s))
        AND (%(entity_id)s::uuid IS NULL OR entity_id = %(entity_id)s)
        AND (%(kinds)s::text[] IS NULL OR EXISTS (
            SELECT FROM entity o WHERE o.id = device.entity_id AND coalesce(o.business_kind, '') = ANY(%(kinds)s)))
      ORDER BY id LIMIT %(limit)s) d
JOIN node n ON n.id = d.node_id JOIN site s ON s.id = d.site_id JOIN entity e ON e.id = d.entity_id
LEFT JOIN camera_view v ON v.device_id = d.id ORDER BY d.id

-- want --
-- Ask for the present pictures of some cameras; those that the caller does not see are passed over.
INSERT INTO camera_view (device_id, tenant_id, entity_id, region_code, wanted_at, wanted_until)
SELECT id, tenant_id, entity_id, region_code, %(at)s, %(until)s FROM device
WHERE id = ANY(%(ids)s) AND kind = 'camera' AND decommissioned_at IS NULL
ON CONFLICT (device_id) DO UPDATE SET wanted_at = EXCLUDED.wanted_at, wanted_until = EXCLUDED.wanted_until
RETURNING device_id, tenant_id, region_code, entity_id

-- view --
-- The present picture of a camera.
SELECT * FROM camera_view WHERE device_id = %(device_id)s AND jpeg IS NOT NULL

-- wanted --
-- Cameras among these whose picture somebody waits for and that have none newer than a moment; the oldest first.
SELECT device_id FROM camera_view
WHERE wanted_until > %(at)s AND device_id = ANY(%(ids)s) AND (captured_at IS NULL OR captured_at < %(older)s)
ORDER BY captured_at NULLS FIRST, device_id LIMIT %(limit)s

-- keep --
-- Store the present picture of a camera; touches no row if nobody waits for it any more.
UPDATE camera_view SET jpeg = %(jpeg)s, captured_at = %(captured_at)s
WHERE device_id = %(device_id)s AND wanted_until > %(at)s

-- forget --
-- Forget the pictures that nobody has asked for since a moment.
DELETE FROM camera_view WHERE wanted_until < %(before)s
