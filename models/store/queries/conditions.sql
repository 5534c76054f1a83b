-- frames_seen --
-- When a camera's last frame came.
UPDATE device d SET last_frame_at = greatest(d.last_frame_at, f.at)
FROM unnest(%(ids)s::text[], %(ats)s::timestamptz[]) AS f (id, at) WHERE d.id = f.id

-- frames_refused --
-- Frames of cameras that could not be judged: how many, why the last one, and when it came.
UPDATE device d SET frames_refused = d.frames_refused + f.count, refused_reason = f.reason,
    refused_at = greatest(d.refused_at, f.at)
FROM unnest(%(ids)s::text[], %(counts)s::bigint[], %(reasons)s::text[], %(ats)s::timestamptz[])
     AS f (id, count, reason, at) WHERE d.id = f.id

-- sensors --
-- Every supervised sensor, when its newest reading came, and its node.
SELECT d.id AS device_id, d.node_id, d.site_id, d.tenant_id, d.entity_id, d.region_code, d.sensor_code,
       CASE WHEN jsonb_typeof(d.config -> 'report_every_s') = 'number'
            THEN (d.config ->> 'report_every_s')::double precision END AS report_every_s,
       l.received_at AS heard_at, n.online AS node_online, n.status_at AS node_status_at, d.created_at,
       n.revoked_at AS node_revoked_at, f.at AS refused_at
FROM device d JOIN node n ON n.id = d.node_id
LEFT JOIN reading_latest l ON l.device_id = d.id AND l.code = d.sensor_code
LEFT JOIN sensor_refusal f ON f.device_id = d.id
WHERE d.kind = 'sensor' AND d.decommissioned_at IS NULL ORDER BY d.id

-- heard --
-- When the newest reading of several sensors came, for the API.
SELECT device_id, max(received_at) FROM reading_latest_visible WHERE device_id = ANY(%(ids)s) GROUP BY device_id

-- cameras --
-- Every supervised camera with what is known of its line. That its node was revoked ends no supervision.
SELECT d.id AS device_id, d.node_id, d.site_id, d.health, d.health_at, d.last_frame_at, d.created_at, n.online AS node_online,
       n.status_at AS node_status_at, n.revoked_at AS node_revoked_at, d.refused_at, d.refused_reason, d.config
FROM device d JOIN node n ON n.id = d.node_id WHERE d.kind = 'camera' AND d.decommissioned_at IS NULL ORDER BY d.id

-- open_condition --
-- Something is wrong with a camera; known already, it changes nothing.
INSERT INTO device_condition (id, device_id, code, since, notify_at, detail, evidence_ids)
VALUES (%(id)s, %(device_id)s, %(code)s, %(since)s, %(notify_at)s, %(detail)s, %(evidence_ids)s)
ON CONFLICT (device_id, code) WHERE cleared_at IS NULL DO NOTHING

-- clear_condition --
-- It is right again.
UPDATE device_condition SET cleared_at = greatest(%(at)s, since)
WHERE device_id = %(device_id)s AND code = %(code)s AND cleared_at IS NULL

-- clear_of_decommissioned --
-- Nothing is wrong any more with what is supervised no more.
UPDATE device_condition c SET cleared_at = greatest(%(at)s, c.since) FROM device d
WHERE d.id = c.device_id AND c.cleared_at IS NULL AND d.decommissioned_at IS NOT NULL

-- clear_of_pictures --
-- What a stopped judge left open about pictures: nobody has looked since.
UPDATE device_condition c SET cleared_at = greatest(%(at)s, c.since) FROM device d
WHERE d.id = c.device_id AND c.cleared_at IS NULL AND c.detail ->> 'cause' = 'picture'
  AND (%(tenant_id)s::text IS NULL OR d.tenant_id = %(tenant_id)s)

-- condition_of --
-- What is wrong with one device under one code, locked.
SELECT * FROM device_condition WHERE device_id = %(device_id)s AND code = %(code)s AND cleared_at IS NULL FOR UPDATE

-- count_change --
-- A device has changed: the number of the change.
UPDATE device SET version = version + 1 WHERE id = %(id)s RETURNING version

-- open_conditions --
-- What is wrong now with some cameras, or with all.
SELECT * FROM device_condition WHERE cleared_at IS NULL AND (%(ids)s::text[] IS NULL OR device_id = ANY(%(ids)s))
ORDER BY device_id, code

-- due_conditions --
-- What has been wrong for long enough to be told, and was not yet; locked.
SELECT * FROM device_condition WHERE cleared_at IS NULL AND alert_id IS NULL AND notify_at <= %(at)s
ORDER BY since, device_id LIMIT %(limit)s FOR UPDATE SKIP LOCKED

-- tell_later --
-- What is not watched at its place now is looked at again later.
UPDATE device_condition SET notify_at = %(at)s WHERE id = ANY(%(ids)s)

-- alerts_of_causes --
-- Causes that have their alert already and go on.
SELECT DISTINCT ON (detail ->> 'cause') detail ->> 'cause', alert_id FROM device_condition
WHERE cleared_at IS NULL AND alert_id IS NOT NULL AND detail ->> 'cause' = ANY(%(causes)s)
ORDER BY detail ->> 'cause', id

-- note_severity --
-- How bad something has become in the meantime.
UPDATE device_condition SET detail = detail || jsonb_build_object('severity', %(severity)s::text) WHERE id = %(id)s

-- told --
-- A condition belongs to an alert.
UPDATE device_condition SET alert_id = %(alert_id)s WHERE id = ANY(%(ids)s)
