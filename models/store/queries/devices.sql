-- set_sensor_code --
-- Change the code of a sensor.
UPDATE device SET sensor_code = %(sensor_code)s WHERE id = %(id)s AND kind = 'sensor'

-- add_node --
-- Register a node; touches no row if a node of any tenant has the id.
INSERT INTO node (id, site_id, tenant_id, entity_id, region_code, mqtt_hash)
VALUES (%(id)s, %(site_id)s, %(tenant_id)s, %(entity_id)s, %(region_code)s, %(mqtt_hash)s)
ON CONFLICT (id) DO NOTHING

-- set_node_hash --
-- Give a node a new secret.
UPDATE node SET mqtt_hash = %(mqtt_hash)s WHERE id = %(id)s AND revoked_at IS NULL

-- forget_births --
-- Reset the birth number of a node, so that its next birth is accepted with any number. Returns the number of the
-- change.
UPDATE node SET session = 0, online = false, reset_at = %(at)s, version = version + 1 WHERE id = %(id)s
RETURNING version

-- forget_streams --
-- Let the node's message numbers start again.
DELETE FROM node_stream WHERE node_id = %(id)s

-- revoke_node --
-- Revoke a node. Its disconnection and its revocation count as two changes.
UPDATE node SET revoked_at = %(at)s, online = false, version = version + 2 WHERE id = %(id)s AND revoked_at IS NULL
RETURNING version

-- node --
-- One node.
SELECT * FROM node WHERE id = %(id)s

-- node_logins --
-- The nodes that the broker admits.
SELECT id, mqtt_hash FROM node WHERE revoked_at IS NULL ORDER BY id

-- add_device --
-- Register a camera or sensor behind a node; touches no row if the id is taken or the node does not exist.
INSERT INTO device (id, node_id, site_id, tenant_id, entity_id, region_code, kind, sensor_code, zone, name, config)
SELECT %(id)s, n.id, n.site_id, n.tenant_id, n.entity_id, n.region_code, %(kind)s, %(sensor_code)s, %(zone)s,
       %(name)s, %(config)s
FROM node n WHERE n.id = %(node_id)s
ON CONFLICT (id) DO NOTHING

-- device_locked --
-- One device, locked, so that no two changes start from the same state.
SELECT d.*, n.online AND n.revoked_at IS NULL AS online, n.last_seen_at, n.clock_skew_s
FROM device d JOIN node n ON n.id = d.node_id WHERE d.id = %(id)s FOR UPDATE OF d

-- change_device --
-- Change a device's name, zone, settings or node, or end its supervision.
UPDATE device SET name = %(name)s, zone = %(zone)s, config = config || %(config)s, node_id = %(node_id)s,
    decommissioned_at = %(decommissioned_at)s, version = version + 1
WHERE id = %(id)s

-- add_device_history --
-- Add an entry to the history of one device, or of all devices of a node.
SELECT mingchu_add_device_history(%(device_id)s, %(node_id)s, %(at)s, %(id)s, %(kind)s, %(detail)s)

-- devices_of_node --
-- The supervised devices of a node.
SELECT id FROM device WHERE node_id = %(node_id)s AND decommissioned_at IS NULL ORDER BY id

-- nodes_of_site --
-- The nodes of a kitchen that are not revoked, the first connected first.
SELECT * FROM node WHERE site_id = %(site_id)s AND revoked_at IS NULL ORDER BY created_at, id

-- nodes_never_online --
-- The nodes of several kitchens that serve cameras and have never connected.
SELECT n.* FROM node n
WHERE n.site_id = ANY(%(site_ids)s) AND n.revoked_at IS NULL AND n.status_at IS NULL AND n.last_seen_at IS NULL
  AND EXISTS (SELECT FROM device d WHERE d.node_id = n.id AND d.kind = 'camera' AND d.decommissioned_at IS NULL)
  AND NOT EXISTS (SELECT FROM device d WHERE d.node_id = n.id AND d.last_frame_at IS NOT NULL)
ORDER BY n.created_at, n.id

-- nodes_awaiting_cameras --
-- The nodes of several kitchens that serve a camera of which no frame has ever come.
SELECT n.* FROM node n
WHERE n.site_id = ANY(%(site_ids)s) AND n.revoked_at IS NULL
  AND EXISTS (SELECT FROM device d WHERE d.node_id = n.id AND d.kind = 'camera' AND d.decommissioned_at IS NULL
                AND d.last_frame_at IS NULL)
ORDER BY n.created_at, n.id

-- devices_finding --
-- The first supervised devices that can have findings of a code: of a kind, or of a kind of sensor.
SELECT d.*, n.online AND n.revoked_at IS NULL AS online, n.last_seen_at, n.clock_skew_s
FROM (SELECT * FROM device WHERE kind = %(kind)s AND decommissioned_at IS NULL
          AND (%(sensor_code)s::text IS NULL OR sensor_code = %(sensor_code)s)
      ORDER BY id LIMIT %(limit)s) d
JOIN node n ON n.id = d.node_id ORDER BY d.id

-- devices_after --
-- Devices with the state of their node, a page by id.
SELECT d.*, n.online AND n.revoked_at IS NULL AS online, n.last_seen_at, n.clock_skew_s
FROM (SELECT * FROM device WHERE id > %(after)s AND (%(site_id)s::text IS NULL OR site_id = %(site_id)s)
      ORDER BY id LIMIT %(limit)s) d
JOIN node n ON n.id = d.node_id ORDER BY d.id

-- device --
-- One device with the state of its node.
SELECT d.*, n.online AND n.revoked_at IS NULL AS online, n.last_seen_at, n.clock_skew_s
FROM device d JOIN node n ON n.id = d.node_id WHERE d.id = %(id)s

-- devices_named --
-- Several devices with the state of their nodes.
SELECT d.*, n.online AND n.revoked_at IS NULL AS online, n.last_seen_at, n.clock_skew_s
FROM device d JOIN node n ON n.id = d.node_id WHERE d.id = ANY(%(ids)s)

-- routes --
-- Every device with the place that intake and vision need.
SELECT d.id AS device_id, d.node_id, d.site_id, d.tenant_id, d.entity_id, d.region_code, d.kind, d.sensor_code,
       d.zone, d.config, s.closed_from, s.closed_to, n.session
FROM device d JOIN site s ON s.id = d.site_id JOIN node n ON n.id = d.node_id
WHERE n.revoked_at IS NULL AND d.decommissioned_at IS NULL

-- nodes --
-- Every node with its place.
SELECT * FROM node WHERE revoked_at IS NULL

-- devices_at --
-- Every supervised device of several kitchens with the state of its node.
SELECT d.*, n.online AND n.revoked_at IS NULL AS online, n.last_seen_at, n.clock_skew_s
FROM device d JOIN node n ON n.id = d.node_id
WHERE d.site_id = ANY(%(site_ids)s) AND d.decommissioned_at IS NULL ORDER BY d.site_id, d.kind, d.id
