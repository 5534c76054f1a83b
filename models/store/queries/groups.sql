-- page --
-- A page of groups, in the order in which they were made.
SELECT * FROM access_group WHERE %(after)s::uuid IS NULL OR id > %(after)s ORDER BY id LIMIT %(limit)s

-- group --
-- One group.
SELECT * FROM access_group WHERE id = %(id)s

-- lock_group --
-- One group, locked until the transaction ends.
SELECT * FROM access_group WHERE id = %(id)s FOR UPDATE

-- groups_of --
-- Several groups.
SELECT * FROM access_group WHERE id = ANY (%(ids)s::uuid[])

-- groups_at --
-- How many groups a region code has.
SELECT count(*) FROM access_group WHERE tenant_id = %(tenant_id)s AND region_code = %(region_code)s

-- add_group --
-- Store a group.
INSERT INTO access_group (id, tenant_id, region_code, name, kind, entity_id, business_kinds, made_by, made_at)
VALUES (%(id)s, %(tenant_id)s, %(region_code)s, %(name)s, %(kind)s, %(entity_id)s, %(business_kinds)s::text[], %(made_by)s,
        %(made_at)s)

-- add_members --
-- Add members among what the caller sees; those that it has stay.
INSERT INTO access_member (group_id, entity_id, site_id, device_id)
SELECT %(group_id)s::uuid, e.id, NULL, NULL FROM entity e WHERE e.id::text = ANY (%(entities)s::text[])
UNION ALL SELECT %(group_id)s::uuid, NULL, s.id, NULL FROM site s WHERE s.id = ANY (%(sites)s::text[])
UNION ALL SELECT %(group_id)s::uuid, NULL, NULL, d.id FROM device d
          WHERE d.id = ANY (%(devices)s::text[]) AND d.kind = 'camera' AND d.decommissioned_at IS NULL
ON CONFLICT DO NOTHING

-- remove_members --
-- Remove members.
DELETE FROM access_member
WHERE group_id = %(group_id)s AND coalesce(entity_id::text, site_id, device_id) = ANY (%(ids)s::text[])

-- note_change --
-- Count a change of the members.
UPDATE access_group SET version = version + 1 WHERE id = %(id)s

-- members --
-- A page of the members with their names.
SELECT coalesce(m.entity_id::text, m.site_id, m.device_id) AS id, coalesce(e.name, s.name, d.name, d.zone) AS name
FROM access_member m
LEFT JOIN entity e ON e.id = m.entity_id LEFT JOIN site s ON s.id = m.site_id LEFT JOIN device d ON d.id = m.device_id
WHERE m.group_id = %(group_id)s AND coalesce(m.entity_id::text, m.site_id, m.device_id) > %(after)s
ORDER BY 1 LIMIT %(limit)s

-- users_of --
-- How many accounts, keys, channels and webhooks have a group.
SELECT mingchu_group_users(%(group_id)s)

-- remove_group --
-- Remove a group.
DELETE FROM access_group WHERE id = %(id)s
