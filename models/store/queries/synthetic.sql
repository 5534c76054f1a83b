-- without_checks --
-- Disable triggers and foreign keys for this transaction. Its rows are only for measurements.
SET LOCAL session_replication_role = replica

-- add_entities --
-- Enterprises with a kitchen, a node and a camera each.
INSERT INTO entity (id, tenant_id, name, credit_code, region_code)
SELECT md5('entity' || n)::uuid, %(tenant_id)s, 'enterprise ' || n, lpad(n::text, 18, '0'), '3306' || lpad((n %% 20)::text, 2, '0')
FROM generate_series(%(first)s::integer, %(last)s::integer) AS n

-- add_alerts --
-- The alerts of synthetic tasks.
INSERT INTO alert (id, tenant_id, entity_id, region_code, site_id, device_id, code, zone, severity, origin, state, first_at,
                   last_at, opened_at, closed_at, reviewed_by, reviewed_at)
SELECT md5('alert' || n)::uuid, %(tenant_id)s, md5('entity' || n %% %(entities)s)::uuid, '330602', 'site', 'device-' || n,
       'no_chef_hat', 'cooking', 'minor', 'violation', 'confirmed', %(at)s, %(at)s, %(at)s,
       CASE WHEN %(closed)s THEN %(at)s::timestamptz END, 'bench', %(at)s
FROM generate_series(%(first)s::integer, %(last)s::integer) AS n

-- add_tasks --
-- Synthetic tasks. The first `due` open tasks from `base` on are due from `minute` on, `group` of them each minute; the
-- others in a year.
INSERT INTO task (id, tenant_id, entity_id, region_code, site_id, device_id, alert_id, code, zone, severity, state, person_id,
                  requirement, dispatched_at, due_at, due_from, due_span, first_span, dispatched_by, closed_at, next_level_at)
SELECT md5('task' || n)::uuid, %(tenant_id)s, md5('entity' || n %% %(entities)s)::uuid, '330602', 'site', 'device-' || n,
       md5('alert' || n)::uuid, 'no_chef_hat', 'cooking', 'minor', CASE WHEN %(closed)s THEN 'closed' ELSE 'dispatched' END,
       md5('person')::uuid, '', %(at)s, due.at, %(at)s, interval '1 hour', interval '1 hour', 'bench',
       CASE WHEN %(closed)s THEN %(at)s::timestamptz END, CASE WHEN NOT %(closed)s THEN due.at END
FROM generate_series(%(first)s::integer, %(last)s::integer) AS n,
     LATERAL (SELECT %(at)s::timestamptz + CASE WHEN n - %(base)s < %(due)s AND NOT %(closed)s
                     THEN (%(minute)s + (n - %(base)s) / %(group)s) * interval '1 minute' ELSE interval '365 days' END AS at) AS due

-- plain_scan --
-- For comparison: the tasks that have to rise, found by scanning all.
SELECT count(*) FROM task WHERE closed_at IS NULL AND due_at < %(at)s AND state NOT IN ('submitted', 'under_review')
  AND overdue_level < CASE WHEN due_at < %(at)s::timestamptz - interval '10 days' THEN 4
                           WHEN due_at < %(at)s::timestamptz - interval '5 days' THEN 3
                           WHEN due_at < %(at)s::timestamptz - interval '24 hours' THEN 2 ELSE 1 END

-- without_indexes --
-- Disable indexes for this transaction.
SELECT set_config('enable_indexscan', 'off', true), set_config('enable_bitmapscan', 'off', true)

-- year_of_partitions --
-- Make the partitions of the feed for the past year.
SELECT mingchu_ensure_partitions('event', '1 month', now() - interval '360 days', now() + interval '1 month')

-- add_events --
-- Events with a payload of the usual size, in the order of their time.
INSERT INTO event (seq, recorded_at, event_id, tenant_id, entity_id, region_code, source, type, time, occurred_at,
                   received_at, late, data)
SELECT n, at, md5('event' || n)::uuid, %(tenant_id)s, md5('entity' || whose)::uuid,
       CASE WHEN n %% 100 = 1 THEN '330699' ELSE '3306' || lpad((whose %% 20)::text, 2, '0') END,
       '/t/bench/s/site/d/device', 'mingchu.task.dispatched', at, at, at, false,
       jsonb_build_object('task_id', md5('task' || n), 'version', 1, 'state', 'dispatched', 'label', '未戴工作帽',
                          'code', 'no_chef_hat', 'severity', 'minor', 'zone', 'cooking', 'requirement', repeat('整改要求', 20),
                          'entity', jsonb_build_object('name', 'enterprise ' || whose, 'region_code', '330602'),
                          'due_at', at, 'dispatched_at', at)
FROM generate_series(%(first)s::bigint, %(last)s::bigint) AS n,
     LATERAL (SELECT CASE WHEN n %% greatest(1, %(total)s::bigint / %(own)s::bigint) = 0 THEN 0 ELSE 1 + n %% (%(entities)s::integer - 1) END AS whose,
                     now() - interval '355 days' + n * (interval '354 days' / %(total)s::bigint) AS at) AS one

-- tidy --
-- Mark what everybody sees, and update the planner's statistics.
VACUUM (ANALYZE)

-- write_out --
-- Write to disk what waits in memory.
CHECKPOINT

-- entity --
-- The id of a synthetic enterprise.
SELECT md5('entity' || %(number)s::integer)::uuid

-- bare_page_of_tenant --
-- For comparison: a page of a tenant's feed.
SELECT * FROM event WHERE tenant_id = %(tenant_id)s AND seq > %(cursor)s ORDER BY seq LIMIT %(limit)s

-- bare_page_of_district --
-- For comparison: a page of a district's feed.
SELECT * FROM event WHERE left(region_code, 6) = %(region)s AND seq > %(cursor)s ORDER BY seq LIMIT %(limit)s

-- bare_page_of_entity --
-- For comparison: a page of an enterprise's feed.
SELECT * FROM event WHERE entity_id = %(entity_id)s AND seq > %(cursor)s ORDER BY seq LIMIT %(limit)s

-- registered_since --
-- Date the registration of enterprises and of what is theirs back to a moment.
WITH kitchens AS (
    UPDATE site SET created_at = %(at)s::timestamptz WHERE entity_id = ANY(%(ids)s::uuid[])
), machines AS (
    UPDATE device SET created_at = %(at)s::timestamptz WHERE entity_id = ANY(%(ids)s::uuid[])
), people AS (
    UPDATE person SET valid_from = %(at)s::timestamptz
    WHERE entity_id = ANY(%(ids)s::uuid[]) AND valid_from > %(at)s::timestamptz
)
UPDATE entity SET created_at = %(at)s::timestamptz WHERE id = ANY(%(ids)s::uuid[])

-- cameras_seen --
-- Set when the cameras of enterprises last sent a frame.
UPDATE device SET last_frame_at = %(at)s::timestamptz WHERE entity_id = ANY(%(ids)s::uuid[]) AND kind = 'camera'
