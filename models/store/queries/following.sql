-- here --
-- The present place in the registry's changes: later changes are by transactions that this snapshot does not see.
SELECT pg_current_snapshot()::text

-- changes --
-- The nodes that changed after a place, and the device where that is what changed; at most `limit` rows. Each row has
-- the new place; without a change there is one row without a node. A restored database counts its transactions anew:
-- then no earlier place says anything, and `lost` is true.
WITH place AS (SELECT %(since)s::pg_snapshot AS since, pg_current_snapshot() AS here),
changed AS (
    SELECT n.id AS node_id, NULL AS device_id FROM place, node n
    WHERE n.changed_in >= pg_snapshot_xmin(since) AND NOT pg_visible_in_snapshot(n.changed_in, since)
      AND pg_visible_in_snapshot(n.changed_in, here)
    UNION ALL
    SELECT d.node_id, d.id FROM place, device d
    WHERE d.changed_in >= pg_snapshot_xmin(since) AND NOT pg_visible_in_snapshot(d.changed_in, since)
      AND pg_visible_in_snapshot(d.changed_in, here)
    UNION ALL
    SELECT n.id, NULL FROM place, site s JOIN node n ON n.site_id = s.id
    WHERE s.changed_in >= pg_snapshot_xmin(since) AND NOT pg_visible_in_snapshot(s.changed_in, since)
      AND pg_visible_in_snapshot(s.changed_in, here)
    LIMIT %(limit)s
)
SELECT place.here::text, pg_snapshot_xmin(since) > pg_snapshot_xmax(here) AS lost, changed.node_id, changed.device_id
FROM place LEFT JOIN changed ON true

-- nodes_named --
-- Several nodes, unless they are revoked.
SELECT * FROM node WHERE id = ANY(%(ids)s) AND revoked_at IS NULL

-- routes_of_nodes --
-- The supervised devices behind several nodes, with the place that intake and vision need.
SELECT d.id AS device_id, d.node_id, d.site_id, d.tenant_id, d.entity_id, d.region_code, d.kind, d.sensor_code,
       d.zone, d.config, s.closed_from, s.closed_to, n.session
FROM device d JOIN site s ON s.id = d.site_id JOIN node n ON n.id = d.node_id
WHERE d.node_id = ANY(%(ids)s) AND n.revoked_at IS NULL AND d.decommissioned_at IS NULL

-- nodes_of_devices --
-- The nodes of several supervised devices.
SELECT DISTINCT node_id FROM device WHERE id = ANY(%(ids)s) AND decommissioned_at IS NULL

-- logins_of --
-- The nodes among these that the broker admits, with the hashes of their secrets.
SELECT id, mqtt_hash FROM node WHERE id = ANY(%(ids)s) AND revoked_at IS NULL

-- nodes_in_slots --
-- The nodes of one of `count` equal parts, unless they are revoked; with `ids` only those among them.
SELECT id FROM node
WHERE slot %% %(count)s::integer = %(index)s::integer AND revoked_at IS NULL AND (%(ids)s::text[] IS NULL OR id = ANY(%(ids)s))

-- nodes_of_sites --
-- The nodes of several sites, unless they are revoked.
SELECT id FROM node WHERE site_id = ANY(%(sites)s) AND revoked_at IS NULL
