-- copy_sites --
-- Kitchens of a synthetic province.
COPY site (id, tenant_id, entity_id, region_code, name) FROM STDIN

-- copy_nodes --
-- Their nodes.
COPY node (id, site_id, tenant_id, entity_id, region_code, mqtt_hash) FROM STDIN

-- copy_devices --
-- The devices behind them.
COPY device (id, node_id, site_id, tenant_id, entity_id, region_code, kind, sensor_code, zone, name) FROM STDIN
