-- count --
-- What each township of a tenant stands at; enterprises without a township count for their county.
WITH firm AS (
    SELECT e.id, mingchu_township(e.region_code) AS region, e.guarantee_tier AS tier, e.operating = 'open' AS open
    FROM entity e WHERE e.tenant_id = %(tenant_id)s AND e.operating <> 'closed'
), firms AS (
    SELECT region, count(*) FILTER (WHERE open) AS entities, count(*) FILTER (WHERE NOT open) AS suspended,
           count(*) FILTER (WHERE open AND tier = 'A') AS tier_a, count(*) FILTER (WHERE open AND tier = 'B') AS tier_b,
           count(*) FILTER (WHERE open AND tier = 'C') AS tier_c, count(*) FILTER (WHERE open AND tier = 'D') AS tier_d
    FROM firm GROUP BY region
), connected AS (
    SELECT f.region, count(b.entity_id) AS k, count(*) AS n
    FROM entity e JOIN firm f ON f.id = e.id AND f.open
    LEFT JOIN bright_kitchen b ON b.entity_id = e.id AND b.state IN ('active', 'degraded')
    WHERE e.tenant_id = %(tenant_id)s AND e.business_kind = ANY(%(kinds)s::text[]) GROUP BY f.region
), assigned AS (
    SELECT f.region, count(*) AS k FROM assignment a JOIN firm f ON f.id = a.entity_id AND f.open
    WHERE a.part = 'primary' AND a.valid_to IS NULL GROUP BY f.region
), pledged AS (
    SELECT mingchu_township(region_code) AS region, count(*) FILTER (WHERE pledge_id IS NOT NULL AND lapsed IS NULL) AS k,
           count(*) AS n
    FROM pledge_due WHERE tenant_id = %(tenant_id)s GROUP BY 1
), staffed AS (
    SELECT f.region, count(*) FILTER (WHERE posts.officer) AS officer, count(*) FILTER (WHERE posts.both) AS k, count(*) AS n
    FROM firm f
    CROSS JOIN LATERAL (
        SELECT coalesce(bool_or(p.post = 'officer'), false) AS officer, count(DISTINCT p.post) = 2 AS both
        FROM person p WHERE p.entity_id = f.id AND p.post IN ('officer', 'director') AND p.valid_to IS NULL) posts
    WHERE f.open AND EXISTS (SELECT FROM site s WHERE s.entity_id = f.id) GROUP BY f.region
), visited AS (
    SELECT mingchu_township(region_code) AS region, count(*) FILTER (WHERE state IN ('submitted', 'archived')) AS k, count(*) AS n
    FROM supervision_task
    WHERE tenant_id = %(tenant_id)s AND state <> 'exempted' AND due_at > %(quarter)s AND due_at <= %(quarter_end)s
    GROUP BY 1
), written AS (
    SELECT mingchu_township(s.region_code) AS region, count(r.site_id) AS k, count(*) AS n
    FROM site s JOIN firm f ON f.id = s.entity_id AND f.open
    LEFT JOIN day_record r ON r.site_id = s.id AND r.day = %(yesterday)s AND r.state = 'signed'
    LEFT JOIN mingchu_closed_days(%(tenant_id)s, NULL, %(yesterday)s, %(yesterday)s) shut ON shut.entity_id = f.id
    WHERE s.tenant_id = %(tenant_id)s AND s.first_record_on <= %(yesterday)s AND shut.entity_id IS NULL GROUP BY 1
), hazards AS (
    SELECT mingchu_township(region_code) AS region, count(*) AS open, count(*) FILTER (WHERE due_at < %(at)s) AS overdue
    FROM task WHERE tenant_id = %(tenant_id)s AND closed_at IS NULL GROUP BY 1
), rectified AS (
    SELECT mingchu_township(region_code) AS region, count(*) FILTER (WHERE state = 'closed' AND submitted_at <= due_at) AS k,
           count(*) AS n
    FROM task WHERE tenant_id = %(tenant_id)s AND due_at > %(at)s::timestamptz - interval '30 days' AND due_at <= %(at)s
      AND state NOT IN ('voided', 'appealing') GROUP BY 1
), warned AS (
    SELECT mingchu_township(region_code) AS region, count(*) FILTER (WHERE level = 'red') AS red,
           count(*) FILTER (WHERE level = 'orange') AS orange
    FROM duty_warning WHERE tenant_id = %(tenant_id)s AND ended_at IS NULL GROUP BY 1
)
SELECT region, jsonb_build_object(
    'entities', entities, 'suspended', suspended, 'tier_a', tier_a, 'tier_b', tier_b, 'tier_c', tier_c, 'tier_d', tier_d,
    'assigned_k', coalesce(assigned.k, 0), 'assigned_n', entities,
    'pledged_k', coalesce(pledged.k, 0), 'pledged_n', coalesce(pledged.n, 0),
    'officer_k', coalesce(staffed.officer, 0), 'staffed_k', coalesce(staffed.k, 0), 'staffed_n', coalesce(staffed.n, 0),
    'visited_k', coalesce(visited.k, 0), 'visited_n', coalesce(visited.n, 0),
    'written_k', coalesce(written.k, 0), 'written_n', coalesce(written.n, 0),
    'rectified_k', coalesce(rectified.k, 0), 'rectified_n', coalesce(rectified.n, 0),
    'connected_k', coalesce(connected.k, 0), 'connected_n', coalesce(connected.n, 0),
    'hazards', coalesce(hazards.open, 0), 'overdue', coalesce(hazards.overdue, 0),
    'red', coalesce(warned.red, 0), 'orange', coalesce(warned.orange, 0)) AS numbers
FROM firms LEFT JOIN assigned USING (region) LEFT JOIN pledged USING (region) LEFT JOIN staffed USING (region)
LEFT JOIN visited USING (region) LEFT JOIN written USING (region) LEFT JOIN hazards USING (region)
LEFT JOIN rectified USING (region) LEFT JOIN warned USING (region) LEFT JOIN connected USING (region)

-- store --
-- Store the numbers of a township's day; those of a past day stay.
INSERT INTO duty_day (tenant_id, region_code, day, numbers, counted_at)
VALUES (%(tenant_id)s, %(region_code)s, %(day)s, %(numbers)s, %(at)s)
ON CONFLICT (tenant_id, day, region_code) DO UPDATE SET numbers = EXCLUDED.numbers, counted_at = EXCLUDED.counted_at

-- counted --
-- When a tenant's day was last counted.
SELECT max(counted_at) FROM duty_day WHERE tenant_id = %(tenant_id)s AND day = %(day)s

-- days --
-- The numbers of a day, township by township.
SELECT * FROM duty_day WHERE day = %(day)s AND starts_with(region_code, %(within)s) ORDER BY region_code

-- newest_day --
-- The newest day that is counted and not after another one.
SELECT max(day) FROM duty_day WHERE day <= %(until)s
