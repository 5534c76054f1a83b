-- frames_seen --
-- Store when the last frame of each camera arrived.
UPDATE device d SET last_frame_at = greatest(d.last_frame_at, f.at)
FROM unnest(%(ids)s::text[], %(ats)s::timestamptz[]) AS f (id, at) WHERE d.id = f.id

-- frames_refused --
-- Store frames that could not be analysed: their number, and the reason and time of the last one.
UPDATE device d SET frames_refused = d.frames_refused + f.count, refused_reason = f.reason,
    refused_at = greatest(d.refused_at, f.at)
FROM unnest(%(ids)s::text[], %(counts)s::bigint[], %(reasons)s::text[], %(ats)s::timestamptz[])
     AS f (id, count, reason, at) WHERE d.id = f.id

-- suspects --
-- The kitchens at which a device may be away, or a change may wait for a supervisor: at least those of
-- alerts/findings/outages.py, so that the others need not be read. `codes` and `periods_s`: the shortest period of a sensor.
SELECT DISTINCT site_id FROM (
    SELECT d.site_id FROM device d JOIN node n ON n.id = d.node_id
    WHERE d.kind = 'camera' AND d.decommissioned_at IS NULL AND (
        n.revoked_at IS NOT NULL AND (n.status_at IS NOT NULL OR d.last_frame_at IS NOT NULL)
        OR n.status_at IS NOT NULL AND (NOT n.online OR d.last_frame_at IS NULL)
        OR d.health ->> 'state' = 'offline' OR d.last_frame_at < %(silent)s::timestamptz
        OR d.refused_at >= %(silent)s::timestamptz OR d.config ?| %(marks)s::text[])
    UNION ALL
    SELECT d.site_id FROM device d JOIN node n ON n.id = d.node_id
    LEFT JOIN reading_latest l ON l.device_id = d.id AND l.code = d.sensor_code
    LEFT JOIN unnest(%(codes)s::text[], %(periods_s)s::double precision[]) AS p (code, period_s) ON p.code = d.sensor_code
    WHERE d.kind = 'sensor' AND d.decommissioned_at IS NULL AND (
        l.received_at IS NULL AND n.status_at IS NOT NULL AND n.online
        OR l.received_at IS NOT NULL AND (
            n.revoked_at IS NOT NULL OR n.status_at IS NOT NULL AND NOT n.online
            OR l.received_at < %(at)s::timestamptz - make_interval(secs => %(missed)s * least(p.period_s,
                CASE WHEN jsonb_typeof(d.config -> 'report_every_s') = 'number' AND (d.config ->> 'report_every_s')::double precision > 0
                     THEN (d.config ->> 'report_every_s')::double precision END))))
) AS found

-- sensors --
-- The supervised sensors of some kitchens, or of all, the arrival of their newest reading, and their node.
SELECT d.id AS device_id, d.node_id, d.site_id, d.tenant_id, d.entity_id, d.region_code, d.sensor_code,
       CASE WHEN jsonb_typeof(d.config -> 'report_every_s') = 'number'
            THEN (d.config ->> 'report_every_s')::double precision END AS report_every_s,
       l.received_at AS heard_at, n.online AS node_online, n.status_at AS node_status_at, d.created_at,
       n.revoked_at AS node_revoked_at, f.at AS refused_at
FROM device d JOIN node n ON n.id = d.node_id
LEFT JOIN reading_latest l ON l.device_id = d.id AND l.code = d.sensor_code
LEFT JOIN sensor_refusal f ON f.device_id = d.id
WHERE d.kind = 'sensor' AND d.decommissioned_at IS NULL AND (%(sites)s::text[] IS NULL OR d.site_id = ANY (%(sites)s))
ORDER BY d.id

-- heard --
-- When the newest reading of several sensors arrived, for the API.
SELECT device_id, max(received_at) FROM reading_latest_visible WHERE device_id = ANY(%(ids)s) GROUP BY device_id

-- cameras --
-- The supervised cameras of some kitchens, some of them, or all, with the state of their connection, also behind revoked nodes.
SELECT d.id AS device_id, d.node_id, d.site_id, d.health, d.health_at, d.last_frame_at, d.created_at, n.online AS node_online,
       n.status_at AS node_status_at, n.revoked_at AS node_revoked_at, d.refused_at, d.refused_reason, d.config
FROM device d JOIN node n ON n.id = d.node_id
WHERE d.kind = 'camera' AND d.decommissioned_at IS NULL AND (%(sites)s::text[] IS NULL OR d.site_id = ANY (%(sites)s))
  AND (%(ids)s::text[] IS NULL OR d.id = ANY (%(ids)s))
ORDER BY d.id

-- open_condition --
-- Open a condition of a device; an open one stays unchanged.
INSERT INTO device_condition (id, device_id, code, since, notify_at, detail, evidence_ids)
VALUES (%(id)s, %(device_id)s, %(code)s, %(since)s, %(notify_at)s, %(detail)s, %(evidence_ids)s)
ON CONFLICT (device_id, code) WHERE cleared_at IS NULL DO NOTHING

-- clear_condition --
-- Clear a condition.
UPDATE device_condition SET cleared_at = greatest(%(at)s, since)
WHERE device_id = %(device_id)s AND code = %(code)s AND cleared_at IS NULL

-- clear_of_decommissioned --
-- Clear the conditions of devices whose supervision ended.
UPDATE device_condition c SET cleared_at = greatest(%(at)s, c.since) FROM device d
WHERE d.id = c.device_id AND c.cleared_at IS NULL AND d.decommissioned_at IS NOT NULL

-- pictures_at_sites --
-- The open conditions of pictures at several sites.
SELECT c.* FROM device_condition c JOIN device d ON d.id = c.device_id
WHERE d.site_id = ANY(%(sites)s) AND c.cleared_at IS NULL AND c.detail ->> 'cause' = 'picture' ORDER BY c.device_id, c.since

-- condition_of --
-- The open condition of one device and code, locked.
SELECT * FROM device_condition WHERE device_id = %(device_id)s AND code = %(code)s AND cleared_at IS NULL FOR UPDATE

-- count_change --
-- Count a change of a device; return its new version.
UPDATE device SET version = version + 1 WHERE id = %(id)s RETURNING version

-- open_conditions --
-- The open conditions of some devices, or of all.
SELECT * FROM device_condition WHERE cleared_at IS NULL AND (%(ids)s::text[] IS NULL OR device_id = ANY(%(ids)s))
ORDER BY device_id, code

-- due_conditions --
-- Conditions that have lasted long enough for an alert and have none; locked.
SELECT * FROM device_condition WHERE cleared_at IS NULL AND alert_id IS NULL AND notify_at <= %(at)s
ORDER BY since, device_id LIMIT %(limit)s FOR UPDATE SKIP LOCKED

-- tell_later --
-- Postpone conditions whose code is switched off at their place.
UPDATE device_condition SET notify_at = %(at)s WHERE id = ANY(%(ids)s)

-- alerts_of_causes --
-- The alerts of causes that still last.
SELECT DISTINCT ON (detail ->> 'cause') detail ->> 'cause', alert_id FROM device_condition
WHERE cleared_at IS NULL AND alert_id IS NOT NULL AND detail ->> 'cause' = ANY(%(causes)s)
ORDER BY detail ->> 'cause', id

-- note_severity --
-- Store the present severity of a condition.
UPDATE device_condition SET detail = detail || jsonb_build_object('severity', %(severity)s::text) WHERE id = %(id)s

-- told --
-- Assign conditions to an alert.
UPDATE device_condition SET alert_id = %(alert_id)s WHERE id = ANY(%(ids)s)
