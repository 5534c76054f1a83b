-- add_tenant --
-- Register a tenant; registering it again changes nothing.
INSERT INTO tenant (id, name) VALUES (%(id)s, %(name)s) ON CONFLICT (id) DO NOTHING

-- add_region --
-- Name a region; a second time renames it.
INSERT INTO region (code, name) VALUES (%(code)s, %(name)s) ON CONFLICT (code) DO UPDATE SET name = EXCLUDED.name

-- regions --
-- The names of regions.
SELECT code, name FROM region ORDER BY code

-- add_entity --
-- Register an enterprise.
INSERT INTO entity (id, tenant_id, name, credit_code, licence_no, region_code, guarantee_tier, risk_grade)
VALUES (%(id)s, %(tenant_id)s, %(name)s, %(credit_code)s, %(licence_no)s, %(region_code)s, %(guarantee_tier)s,
        %(risk_grade)s)

-- entity --
-- One enterprise.
SELECT * FROM entity WHERE id = %(id)s

-- entities --
-- Enterprises, a page by id.
SELECT * FROM entity WHERE %(after)s::uuid IS NULL OR id > %(after)s ORDER BY id LIMIT %(limit)s

-- add_person --
-- Register an accountable person.
INSERT INTO person (id, tenant_id, entity_id, region_code, name, post)
VALUES (%(id)s, %(tenant_id)s, %(entity_id)s, %(region_code)s, %(name)s, %(post)s)

-- person --
-- One accountable person.
SELECT * FROM person WHERE id = %(id)s

-- accountable_person --
-- Who answers for a hazard at an enterprise: the officer, else the director, else the principal.
SELECT * FROM person
WHERE entity_id = %(entity_id)s AND valid_from <= %(at)s AND (valid_to IS NULL OR valid_to > %(at)s)
ORDER BY array_position(ARRAY['officer', 'director', 'principal'], post), valid_from DESC LIMIT 1

-- officer --
-- The food-safety officer of an enterprise who was named last and is in office.
SELECT * FROM person WHERE entity_id = %(entity_id)s AND post = 'officer' AND valid_to IS NULL
ORDER BY valid_from DESC, id DESC LIMIT 1

-- end_officers --
-- The office of an enterprise's officers ends.
UPDATE person SET valid_to = greatest(%(at)s, valid_from)
WHERE entity_id = %(entity_id)s AND post = 'officer' AND valid_to IS NULL

-- change_entity --
-- An enterprise gets another name or licence.
UPDATE entity SET name = %(name)s, licence_no = %(licence_no)s WHERE id = %(id)s

-- change_site --
-- A kitchen gets another name, address or closing hours.
UPDATE site SET name = %(name)s, address = %(address)s, closed_from = %(closed_from)s, closed_to = %(closed_to)s
WHERE id = %(id)s

-- set_sensor_code --
-- A sensor measures something else.
UPDATE device SET sensor_code = %(sensor_code)s WHERE id = %(id)s AND kind = 'sensor'

-- add_site --
-- Register a kitchen.
INSERT INTO site (id, tenant_id, entity_id, region_code, name, address, closed_from, closed_to)
VALUES (%(id)s, %(tenant_id)s, %(entity_id)s, %(region_code)s, %(name)s, %(address)s, %(closed_from)s, %(closed_to)s)

-- site --
-- One kitchen.
SELECT * FROM site WHERE id = %(id)s

-- sites --
-- Kitchens, a page by id.
SELECT * FROM site WHERE id > %(after)s ORDER BY id LIMIT %(limit)s

-- add_node --
-- Register what holds a connection; touches no row when somebody, of whatever tenant, has the id.
INSERT INTO node (id, site_id, tenant_id, entity_id, region_code, mqtt_hash)
VALUES (%(id)s, %(site_id)s, %(tenant_id)s, %(entity_id)s, %(region_code)s, %(mqtt_hash)s)
ON CONFLICT (id) DO NOTHING

-- set_node_hash --
-- Give a node a new secret.
UPDATE node SET mqtt_hash = %(mqtt_hash)s WHERE id = %(id)s AND revoked_at IS NULL

-- forget_births --
-- What a node said of its births counts no more: the next birth is taken whatever its number. Gives the number of the
-- change.
UPDATE node SET session = 0, online = false, reset_at = %(at)s, version = version + 1 WHERE id = %(id)s
RETURNING version

-- forget_streams --
-- Its messages may be numbered anew.
DELETE FROM node_stream WHERE node_id = %(id)s

-- revoke_node --
-- Take a node's access away. That it goes, and that it is revoked, are two changes.
UPDATE node SET revoked_at = %(at)s, online = false, version = version + 2 WHERE id = %(id)s AND revoked_at IS NULL
RETURNING version

-- node --
-- One node.
SELECT * FROM node WHERE id = %(id)s

-- node_logins --
-- What the broker lets in.
SELECT id, mqtt_hash FROM node WHERE revoked_at IS NULL ORDER BY id

-- add_device --
-- Register a camera or sensor behind a node; touches no row when the id is taken, or there is no such node.
INSERT INTO device (id, node_id, site_id, tenant_id, entity_id, region_code, kind, sensor_code, zone, name, config)
SELECT %(id)s, n.id, n.site_id, n.tenant_id, n.entity_id, n.region_code, %(kind)s, %(sensor_code)s, %(zone)s,
       %(name)s, %(config)s
FROM node n WHERE n.id = %(node_id)s
ON CONFLICT (id) DO NOTHING

-- lock_site --
-- One registration at a kitchen at a time, up to the end of the transaction.
SELECT pg_advisory_xact_lock(7266002, hashtext(%(site_id)s))

-- device_locked --
-- One device that is to be changed: two changes must not both follow the same state.
SELECT d.*, n.online AND n.revoked_at IS NULL AS online, n.last_seen_at, n.clock_skew_s
FROM device d JOIN node n ON n.id = d.node_id WHERE d.id = %(id)s FOR UPDATE OF d

-- change_device --
-- A device gets another name, zone, settings, node, or goes out of supervision.
UPDATE device SET name = %(name)s, zone = %(zone)s, config = config || %(config)s, node_id = %(node_id)s,
    decommissioned_at = %(decommissioned_at)s, version = version + 1
WHERE id = %(id)s

-- add_device_history --
-- A line in the history of one device, or of all devices of a node.
SELECT mingchu_add_device_history(%(device_id)s, %(node_id)s, %(at)s, %(id)s, %(kind)s, %(detail)s)

-- devices_of_node --
-- What stands behind a node and is supervised.
SELECT id FROM device WHERE node_id = %(node_id)s AND decommissioned_at IS NULL ORDER BY id

-- nodes_of_site --
-- The nodes of a kitchen that are not revoked, the first connected first.
SELECT * FROM node WHERE site_id = %(site_id)s AND revoked_at IS NULL ORDER BY created_at, id

-- nodes_never_online --
-- The nodes of several kitchens that nothing has come from yet, and that are to serve cameras.
SELECT n.* FROM node n
WHERE n.site_id = ANY(%(site_ids)s) AND n.revoked_at IS NULL AND n.status_at IS NULL AND n.last_seen_at IS NULL
  AND EXISTS (SELECT FROM device d WHERE d.node_id = n.id AND d.kind = 'camera' AND d.decommissioned_at IS NULL)
  AND NOT EXISTS (SELECT FROM device d WHERE d.node_id = n.id AND d.last_frame_at IS NOT NULL)
ORDER BY n.created_at, n.id

-- devices_after --
-- Devices with the state of their node, a page by id.
SELECT d.*, n.online AND n.revoked_at IS NULL AS online, n.last_seen_at, n.clock_skew_s
FROM device d JOIN node n ON n.id = d.node_id
WHERE d.id > %(after)s AND (%(site_id)s::text IS NULL OR d.site_id = %(site_id)s)
ORDER BY d.id LIMIT %(limit)s

-- device --
-- One device with the state of its node.
SELECT d.*, n.online AND n.revoked_at IS NULL AS online, n.last_seen_at, n.clock_skew_s
FROM device d JOIN node n ON n.id = d.node_id WHERE d.id = %(id)s

-- routes --
-- Every device with what intake and vision need to know about where it stands.
SELECT d.id AS device_id, d.node_id, d.site_id, d.tenant_id, d.entity_id, d.region_code, d.kind, d.sensor_code,
       d.zone, d.config, s.closed_from, s.closed_to, n.session
FROM device d JOIN site s ON s.id = d.site_id JOIN node n ON n.id = d.node_id
WHERE n.revoked_at IS NULL AND d.decommissioned_at IS NULL

-- nodes --
-- Every node with where it stands.
SELECT * FROM node WHERE revoked_at IS NULL

-- sites_of --
-- Several kitchens.
SELECT * FROM site WHERE id = ANY(%(ids)s) ORDER BY id

-- entities_of --
-- Several enterprises.
SELECT * FROM entity WHERE id = ANY(%(ids)s) ORDER BY id

-- people_of --
-- Several accountable people.
SELECT * FROM person WHERE id = ANY(%(ids)s) ORDER BY id

-- devices_at --
-- Every supervised device of several kitchens with the state of its node.
SELECT d.*, n.online AND n.revoked_at IS NULL AS online, n.last_seen_at, n.clock_skew_s
FROM device d JOIN node n ON n.id = d.node_id
WHERE d.site_id = ANY(%(site_ids)s) AND d.decommissioned_at IS NULL ORDER BY d.site_id, d.kind, d.id
