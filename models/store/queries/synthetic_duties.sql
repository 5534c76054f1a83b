-- without_checks --
-- Disable triggers and foreign keys for this transaction. Its rows are only for measurements.
SET LOCAL session_replication_role = replica

-- enterprises --
-- How many enterprises the database has, of whatever tenant.
SELECT count(*) FROM entity

-- add_entities --
-- Enterprises of a province with a kitchen each, in 20 counties; of 1,000, 1 has tier A, 40 B, 300 C, the others D.
INSERT INTO entity (id, tenant_id, name, credit_code, region_code, guarantee_tier, risk_grade, business_kind, scale, size,
                    created_at, supervision_next_at)
SELECT md5('duty-entity' || n)::uuid, %(tenant_id)s, '模拟企业' || n, 'S' || lpad(n::text, 17, '0'),
       '3306' || lpad((n %% 20)::text, 2, '0') || lpad((n / 20 %% 15)::text, 3, '0'),
       CASE WHEN n %% 1000 = 0 THEN 'A' WHEN n %% 1000 <= 40 THEN 'B' WHEN n %% 1000 <= 340 THEN 'C' ELSE 'D' END,
       (ARRAY['A', 'B', 'C', 'D'])[1 + n %% 4],
       (ARRAY['school_canteen', 'restaurant', 'meal_delivery', 'elderly_canteen'])[1 + n %% 4], 'small', 100,
       %(at)s::timestamptz - interval '400 days', %(at)s
FROM generate_series(%(first)s::integer, %(last)s::integer) AS n

-- add_sites --
-- Their kitchens.
INSERT INTO site (id, tenant_id, entity_id, region_code, name, created_at, first_record_on)
SELECT 'duty-site-' || n, e.tenant_id, e.id, e.region_code, '厨房', e.created_at,
       (%(at)s::timestamptz AT TIME ZONE 'Asia/Shanghai')::date - %(days)s::integer
FROM generate_series(%(first)s::integer, %(last)s::integer) AS n JOIN entity e ON e.id = md5('duty-entity' || n)::uuid

-- add_people --
-- A principal and an officer each; one enterprise in 100 has no officer.
INSERT INTO person (id, tenant_id, entity_id, region_code, name, post, valid_from, set_by)
SELECT md5('duty-person' || post || n)::uuid, e.tenant_id, e.id, e.region_code, '人员' || n, post, e.created_at, 'simulated'
FROM generate_series(%(first)s::integer, %(last)s::integer) AS n JOIN entity e ON e.id = md5('duty-entity' || n)::uuid,
     unnest(ARRAY['principal', 'officer']) AS post
WHERE NOT (post = 'officer' AND n %% 100 = 7)

-- add_cadres --
-- Cadres, one for some three enterprises, of the county of their first one; one in 20 is of the city.
INSERT INTO cadre (id, tenant_id, region_code, name, post, level, login, named_at, named_by)
SELECT md5('duty-cadre' || c)::uuid, %(tenant_id)s, CASE c %% 20 WHEN 7 THEN '330600' ELSE left(e.region_code, 6) END,
       '干部' || c, '包保干部', 'township', 'duty-cadre-' || c,
       %(at)s::timestamptz - interval '390 days', 'simulated'
FROM generate_series(%(first)s::integer / %(each)s::integer, %(last)s::integer / %(each)s::integer) AS c
JOIN entity e ON e.id = md5('duty-entity' || c * %(each)s::integer)::uuid
ON CONFLICT DO NOTHING

-- add_assignments --
-- The primary cadre of each enterprise.
INSERT INTO assignment (id, tenant_id, entity_id, region_code, cadre_id, part, valid_from, set_by)
SELECT md5('duty-assignment' || n)::uuid, e.tenant_id, e.id, e.region_code, md5('duty-cadre' || n / %(each)s)::uuid,
       'primary', %(at)s::timestamptz - interval '380 days', 'simulated'
FROM generate_series(%(first)s::integer, %(last)s::integer) AS n JOIN entity e ON e.id = md5('duty-entity' || n)::uuid

-- add_pledges --
-- Their pledges; one in 50 is not signed.
INSERT INTO pledge (id, tenant_id, entity_id, region_code, cadre_id, cadre, post, level, entity, tier, template, text,
                    text_sha256, login, signed_at, signature)
SELECT md5('duty-pledge' || n)::uuid, e.tenant_id, e.id, e.region_code, md5('duty-cadre' || n / %(each)s)::uuid, '干部',
       '包保干部', 'township', e.name, e.guarantee_tier, t.version, '模拟承诺书', repeat('0', 64), 'simulated',
       %(at)s::timestamptz - interval '370 days', repeat('0', 64)
FROM generate_series(%(first)s::integer, %(last)s::integer) AS n JOIN entity e ON e.id = md5('duty-entity' || n)::uuid
CROSS JOIN pledge_template t WHERE n %% 50 <> 3

-- bigger_memory --
-- Sort and build indexes in more memory, for this transaction.
SELECT set_config('maintenance_work_mem', '1GB', true), set_config('work_mem', '64MB', true)

-- indexes --
-- The indexes of a table that belong to no constraint of it, with the statements that make them.
SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid)
FROM pg_index i
WHERE i.indrelid = %(table)s::text::regclass
      AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.conrelid = i.indrelid)
ORDER BY 1

-- constraints --
-- The keys and checks of a table, and before them the foreign keys of others that refer to it, by table: what to drop,
-- and what to add again in one statement, so that the rows are read once for all checks.
SELECT conrelid::regclass::text,
       string_agg('DROP CONSTRAINT ' || quote_ident(conname), ', ' ORDER BY conname),
       string_agg('ADD CONSTRAINT ' || quote_ident(conname) || ' ' || pg_get_constraintdef(oid), ', ' ORDER BY conname)
FROM pg_constraint
WHERE conrelid = %(table)s::text::regclass AND contype IN ('p', 'u', 'x', 'c')
      OR confrelid = %(table)s::text::regclass AND conrelid <> confrelid AND contype = 'f'
GROUP BY conrelid, contype = 'f'
ORDER BY contype = 'f' DESC, 1

-- add_days --
-- Signed day records of all kitchens of the day `ago` days before; one in 100 is missing, one in 40 late.
INSERT INTO day_record (id, tenant_id, entity_id, region_code, site_id, day, pack, state, items, opened_by, opened_at,
                        signed_by, signed_at, signature, zero_risk, late)
SELECT lpad(to_hex((1024 - %(ago)s::integer) << 20 | n), 32, '0')::uuid, s.tenant_id, s.entity_id, s.region_code, s.id,
       (%(at)s::timestamptz AT TIME ZONE 'Asia/Shanghai')::date - %(ago)s::integer, 'day.catering.v1', 'signed', '[]',
       'simulated', %(at)s::timestamptz - %(ago)s::integer * interval '1 day', '人员',
       %(at)s::timestamptz - %(ago)s::integer * interval '1 day', repeat('0', 64), true, (n + %(ago)s::integer) %% 40 = 5
FROM site s, LATERAL (SELECT substr(s.id, length('duty-site-') + 1)::integer AS n) AS number
WHERE (n * 31 + %(ago)s::integer * 17) %% 100 <> 9

-- spans --
-- The weeks and months that ended in the `days` days before, the oldest first: kind, first day, day after the last.
SELECT kind, begin, until
FROM (
    SELECT 'week' AS kind, w::date AS begin, w::date + 7 AS until
    FROM generate_series(date_trunc('week', %(at)s::timestamptz AT TIME ZONE 'Asia/Shanghai') - interval '1 week',
                         %(at)s::timestamptz AT TIME ZONE 'Asia/Shanghai' - %(days)s::integer * interval '1 day',
                         interval '-1 week') AS w
    UNION ALL
    SELECT 'month', m::date, (m + interval '1 month')::date
    FROM generate_series(date_trunc('month', %(at)s::timestamptz AT TIME ZONE 'Asia/Shanghai') - interval '1 month',
                         %(at)s::timestamptz AT TIME ZONE 'Asia/Shanghai' - %(days)s::integer * interval '1 day',
                         interval '-1 month') AS m
) AS span
ORDER BY begin, kind

-- add_reports --
-- Signed reports of all kitchens on one week or month, the `number`th; one in 50 is missing.
INSERT INTO duty_report (id, tenant_id, entity_id, region_code, kind, site_id, begin, until, state, days_due, days_signed,
                         days_late, problems, rating, opened_by, opened_at, signed_by, signed_at, signature)
SELECT lpad(to_hex(%(number)s::integer << 20 | n), 32, '0')::uuid, s.tenant_id, s.entity_id, s.region_code, %(kind)s::text,
       CASE %(kind)s::text WHEN 'week' THEN s.id END, %(begin)s::date, %(until)s::date, 'signed', 7, 7, 0, '[]',
       CASE %(kind)s::text WHEN 'week' THEN 'controlled' END, 'simulated', %(until)s::date, '人员', %(until)s::date,
       repeat('0', 64)
FROM site s, LATERAL (SELECT substr(s.id, length('duty-site-') + 1)::integer AS n) AS number
WHERE (n + extract(doy FROM %(begin)s::date)::integer) %% 50 <> 11

-- add_hazards --
-- A closed hazard in ten enterprises in the past days, with its alert; ids rise with time, as those of real findings do.
WITH chosen AS (
    SELECT n, e.tenant_id, e.id, e.region_code, %(at)s::timestamptz - (1 + n %% %(days)s::integer) * interval '1 day' AS at
    FROM generate_series(%(first)s::integer, %(last)s::integer) AS n JOIN entity e ON e.id = md5('duty-entity' || n)::uuid
    WHERE n %% 10 = n / 10 %% 10
), whose AS (
    SELECT *, (head || '7' || substr(md5('duty-alert' || n), 1, 3) || '8' || substr(md5('duty-alert' || n), 4, 15))::uuid
           AS alert_id,
           (head || '7' || substr(md5('duty-task' || n), 1, 3) || '8' || substr(md5('duty-task' || n), 4, 15))::uuid AS task_id
    FROM chosen, LATERAL (SELECT lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') AS head) AS time
), opened AS (
    INSERT INTO alert (id, tenant_id, entity_id, region_code, site_id, device_id, code, zone, severity, origin, state, first_at,
                       last_at, opened_at, closed_at, reviewed_by, reviewed_at)
    SELECT alert_id, tenant_id, id, region_code, 'duty-site-' || n, 'duty-camera-' || n, 'no_chef_hat',
           'cooking', 'minor', 'violation', 'confirmed', at, at, at, at + interval '1 day', 'simulated', at FROM whose
)
INSERT INTO task (id, tenant_id, entity_id, region_code, site_id, device_id, alert_id, code, zone, severity, state, person_id,
                  requirement, dispatched_at, due_at, due_from, due_span, first_span, dispatched_by, acknowledged_at,
                  submitted_at, closed_at)
SELECT task_id, tenant_id, id, region_code, 'duty-site-' || n, 'duty-camera-' || n, alert_id, 'no_chef_hat', 'cooking',
       'minor', 'closed', md5('duty-personofficer' || n)::uuid, '', at, at + interval '3 days', at, interval '3 days',
       interval '3 days', 'simulated', at + interval '1 hour', at + interval '20 hours', at + interval '1 day'
FROM whose

-- mark_pledges --
-- Have the pledges of all regions counted.
INSERT INTO pledge_mark (tenant_id, region_code) SELECT DISTINCT tenant_id, region_code FROM entity

-- entity --
-- The id of a synthetic enterprise.
SELECT md5('duty-entity' || %(number)s::integer)::uuid
