-- add_nodes --
-- A node of each kitchen of the synthetic province of duties.
INSERT INTO node (id, site_id, tenant_id, entity_id, region_code, mqtt_hash, online, status_at, last_seen_at)
SELECT 'duty-node-' || n, s.id, s.tenant_id, s.entity_id, s.region_code, '', n %% 20 <> 0, now(), now()
FROM generate_series(%(first)s::integer, %(last)s::integer) AS n JOIN site s ON s.id = 'duty-site-' || n

-- add_devices --
-- Two cameras and three sensors of each kitchen.
INSERT INTO device (id, node_id, site_id, tenant_id, entity_id, region_code, kind, sensor_code, zone, name, health, health_at,
                    last_frame_at)
SELECT 'duty-' || what.device || '-' || n, 'duty-node-' || n, s.id, s.tenant_id, s.entity_id, s.region_code, what.kind,
       what.sensor, what.zone, what.name, '{"status": "online"}', now(), CASE what.kind WHEN 'camera' THEN now() END
FROM generate_series(%(first)s::integer, %(last)s::integer) AS n JOIN site s ON s.id = 'duty-site-' || n,
     (VALUES ('camera', 'camera', NULL, 'cooking', '灶台'), ('camera2', 'camera', NULL, 'meal_prep', '备餐间'),
             ('fridge', 'sensor', 'fridge_temp', 'storage', '冷藏柜'),
             ('freezer', 'sensor', 'freezer_temp', 'storage', '冷冻柜'),
             ('humidity', 'sensor', 'store_humidity', 'storage', '库房湿度')) AS what (device, kind, sensor, zone, name)

-- add_alerts --
-- Alerts over a year in the order of their time: of 100, 3 wait for a verdict, 30 are confirmed, 67 rejected. One in
-- 1,000 belongs to enterprise `own`.
INSERT INTO alert (id, tenant_id, entity_id, region_code, site_id, device_id, code, zone, severity, origin, state, first_at,
                   last_at, opened_at, closed_at, reviewed_by, reviewed_at, reason, score)
SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || substr(md5('alert' || n), 1, 3) || '8'
        || substr(md5('alert' || n), 4, 15))::uuid,
       s.tenant_id, s.entity_id, s.region_code, s.id, 'duty-camera-' || whose,
       (ARRAY['no_chef_hat', 'no_mask', 'smoking', 'trash_lid_open'])[1 + n %% 4],
       'cooking', (ARRAY['minor', 'major', 'minor', 'critical'])[1 + n / 7 %% 4], 'violation', one.state, at, at, at,
       CASE WHEN one.state <> 'pending_review' THEN at + interval '1 hour' END,
       CASE WHEN one.state <> 'pending_review' THEN 'simulated' END,
       CASE WHEN one.state <> 'pending_review' THEN at + interval '30 minutes' END,
       CASE WHEN one.state = 'rejected' THEN 'false_alarm' END, 0.8
FROM generate_series(%(first)s::integer, %(last)s::integer) AS n,
     LATERAL (SELECT CASE WHEN n %% 1000 = n / 1000 %% 100 THEN %(own)s::integer
                     ELSE abs(hashint4(n)::bigint) %% %(entities)s::integer END AS whose,
                     now() - interval '360 days' + n * (interval '360 days' / %(total)s::integer) AS at,
                     CASE WHEN n %% 100 IN (0, 33, 66) THEN 'pending_review' WHEN n %% 10 IN (1, 4, 7) THEN 'confirmed'
                          ELSE 'rejected' END AS state) AS one
JOIN site s ON s.id = 'duty-site-' || one.whose
ON CONFLICT DO NOTHING

-- add_violations --
-- The violations behind the alerts that were opened since a moment.
INSERT INTO violation (id, tenant_id, entity_id, region_code, site_id, device_id, code, zone, severity, state, review,
                       started_at, ended_at, occurred_at, received_at, stored_at, score, boxes, model, rule, evidence_ids,
                       alert_id)
SELECT (left(a.id::text, 20) || substr(md5(a.id::text), 1, 3) || substr(a.id::text, 24))::uuid, a.tenant_id, a.entity_id,
       a.region_code, a.site_id, a.device_id, a.code, a.zone, a.severity, 'ended',
       CASE a.state WHEN 'confirmed' THEN 'confirmed' WHEN 'rejected' THEN 'rejected' ELSE 'unreviewed' END, a.opened_at,
       a.opened_at, a.opened_at, a.opened_at, a.opened_at, 0.8, '[]', '{"name": "simulated"}', '{"name": "simulated"}', '{}',
       a.id
FROM alert a WHERE a.origin = 'violation' AND NOT EXISTS (SELECT FROM violation v WHERE v.alert_id = a.id)

-- add_tasks --
-- The tasks of the confirmed alerts: one in ten is open, and one in forty of these due to rise.
INSERT INTO task (id, tenant_id, entity_id, region_code, site_id, device_id, alert_id, code, zone, severity, state, person_id,
                  requirement, dispatched_at, due_at, due_from, due_span, first_span, dispatched_by, acknowledged_at,
                  submitted_at, closed_at, next_level_at)
SELECT (left(a.id::text, 20) || substr(md5('task' || a.id), 1, 3) || substr(a.id::text, 24))::uuid, a.tenant_id, a.entity_id,
       a.region_code, a.site_id, a.device_id, a.id, a.code, a.zone, a.severity,
       CASE WHEN one.open THEN 'dispatched' ELSE 'closed' END, p.id, '整改要求', a.reviewed_at,
       CASE WHEN one.open THEN now() + interval '1 day' ELSE a.reviewed_at + interval '3 days' END,
       a.reviewed_at, interval '3 days', interval '3 days', 'simulated',
       CASE WHEN NOT one.open THEN a.reviewed_at + interval '1 hour' END,
       CASE WHEN NOT one.open THEN a.reviewed_at + interval '20 hours' END,
       CASE WHEN NOT one.open THEN a.reviewed_at + interval '1 day' END,
       CASE WHEN one.open THEN now() + interval '1 day' END
FROM alert a, LATERAL (SELECT ('x' || right(a.id::text, 4))::bit(16)::integer %% 10 = 0 AS open) AS one,
     LATERAL (SELECT id FROM person WHERE entity_id = a.entity_id ORDER BY id LIMIT 1) AS p
WHERE a.state = 'confirmed' AND NOT EXISTS (SELECT FROM task t WHERE t.alert_id = a.id)

-- add_events --
-- Two events of each task, numbered in the order of their time.
INSERT INTO event (seq, recorded_at, event_id, tenant_id, entity_id, region_code, source, type, time, occurred_at,
                   received_at, late, data)
SELECT row_number() OVER (ORDER BY at, t.id), at, md5(t.id::text || what.type)::uuid, t.tenant_id, t.entity_id, t.region_code,
       '/t/' || t.tenant_id || '/s/' || t.site_id || '/d/' || t.device_id, what.type, at, at, at, false,
       jsonb_build_object('task_id', t.id, 'version', 1, 'state', 'dispatched', 'code', t.code, 'severity', t.severity,
                          'zone', t.zone, 'requirement', repeat('整改要求', 20), 'due_at', t.due_at)
FROM task t, (VALUES ('mingchu.task.dispatched', interval '0'), ('mingchu.task.closed', interval '1 day')) AS what (type, later),
     LATERAL (SELECT least(now(), t.dispatched_at + what.later) AS at) AS one

-- an_alert --
-- An alert of an enterprise that has one waiting, to look at.
SELECT id FROM alert WHERE entity_id = %(entity_id)s::uuid AND state = 'pending_review' ORDER BY id DESC LIMIT 1

-- a_task --
-- An open task of an enterprise.
SELECT id FROM task WHERE entity_id = %(entity_id)s::uuid ORDER BY id DESC LIMIT 1

-- counts --
-- How much there is of everything that pages list.
SELECT 'entities', count(*) FROM entity UNION ALL SELECT 'devices', count(*) FROM device
UNION ALL SELECT 'alerts', count(*) FROM alert
UNION ALL SELECT 'waiting', count(*) FROM alert WHERE state = 'pending_review'
UNION ALL SELECT 'tasks', count(*) FROM task UNION ALL SELECT 'events', count(*) FROM event
UNION ALL SELECT 'visits', count(*) FROM supervision_task UNION ALL SELECT 'warnings', count(*) FROM duty_warning
UNION ALL SELECT 'day_records', count(*) FROM day_record UNION ALL SELECT 'indices', count(*) FROM index_snapshot
