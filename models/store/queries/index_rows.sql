-- entity_day --
-- The days of each kitchen that wanted a record, with the record that was signed in time.
SELECT CASE WHEN r.id IS NULL THEN 'site' ELSE 'record' END AS about, coalesce(r.id::text, s.id) AS id, s.entity_id,
       d::date::timestamp AT TIME ZONE 'Asia/Shanghai' AS at, coalesce((r.state = 'signed' AND NOT r.late)::integer, 0) AS k, 1 AS n,
       s.name AS note
FROM site s CROSS JOIN generate_series(
    greatest((s.created_at AT TIME ZONE 'Asia/Shanghai')::date + 1, %(first)s::date), %(until)s::date, interval '1 day') d
LEFT JOIN day_record r ON r.site_id = s.id AND r.day = d::date
WHERE s.entity_id = %(subject)s::uuid
  AND NOT EXISTS (SELECT FROM mingchu_closed_days(s.tenant_id, s.entity_id, %(first)s::date, %(until)s::date) c
                  WHERE c.day = d::date)
LIMIT %(limit)s

-- entity_week --
-- The weeks of each kitchen that wanted a report, with the report that was signed in time.
SELECT CASE WHEN r.id IS NULL THEN 'site' ELSE 'report' END AS about, coalesce(r.id::text, s.id) AS id, s.entity_id,
       d::date::timestamp AT TIME ZONE 'Asia/Shanghai' AS at, coalesce((r.state = 'signed' AND NOT r.late)::integer, 0) AS k, 1 AS n,
       s.name AS note
FROM site s CROSS JOIN generate_series(%(first)s::date - 6, %(last)s::date - 6, interval '1 day') d
LEFT JOIN duty_report r ON r.entity_id = s.entity_id AND r.kind = 'week' AND r.begin = d::date AND r.site_id = s.id
WHERE s.entity_id = %(subject)s::uuid AND extract(isodow FROM d) = 1 AND d <= %(week)s
  AND (s.created_at AT TIME ZONE 'Asia/Shanghai')::date < d::date
  AND (SELECT count(*) FROM mingchu_closed_days(s.tenant_id, s.entity_id, d::date, d::date + 6)) < 7
LIMIT %(limit)s

-- entity_month --
-- The minutes of the month, if they were due.
SELECT CASE WHEN r.id IS NULL THEN 'entity' ELSE 'report' END AS about, coalesce(r.id::text, e.id::text) AS id,
       e.id AS entity_id, %(begin)s::timestamptz AS at, coalesce((r.state = 'signed' AND NOT r.late)::integer, 0) AS k, 1 AS n,
       '' AS note
FROM entity e LEFT JOIN duty_report r ON r.entity_id = e.id AND r.kind = 'month' AND r.begin = %(first)s
WHERE e.id = %(subject)s::uuid AND %(month_due)s AND e.created_at < %(begin)s
  AND (SELECT count(*) FROM mingchu_closed_days(e.tenant_id, e.id, %(first)s::date, %(last)s::date))
      <= %(last)s::date - %(first)s::date
LIMIT %(limit)s

-- entity_acknowledged --
-- Tasks whose first step for want of an acknowledgement falls into the period.
SELECT 'task' AS about, t.id::text AS id, t.entity_id, due.at, coalesce((t.acknowledged_at <= due.at)::integer, 0) AS k, 1 AS n,
       t.code AS note
FROM task t CROSS JOIN LATERAL (
    SELECT min((step->>'at')::timestamptz) AS at FROM jsonb_array_elements(t.chain) step
    WHERE step->>'trigger' = 'unacknowledged') due
WHERE t.entity_id = %(subject)s::uuid AND t.dispatched_at >= %(begin)s::timestamptz - interval '92 days'
  AND t.dispatched_at < %(end)s AND t.state NOT IN ('voided', 'appealing') AND due.at >= %(begin)s AND due.at < %(end)s
LIMIT %(limit)s

-- entity_rectified --
-- Hazards that were due in the period.
SELECT 'task' AS about, id::text AS id, entity_id, due_at AS at,
       coalesce((state = 'closed' AND submitted_at <= due_at)::integer, 0) AS k, 1 AS n, code AS note
FROM task
WHERE entity_id = %(subject)s::uuid AND due_at >= %(begin)s AND due_at < %(end)s AND state NOT IN ('voided', 'appealing')
  AND NOT (state IN ('submitted', 'under_review') AND submitted_at <= due_at)
  AND (transferred_at IS NULL OR transferred_at > due_at)
LIMIT %(limit)s

-- entity_first_pass --
-- Hazards whose first verdict on a proof falls into the period.
SELECT 'task' AS about, t.id::text AS id, t.entity_id, v.at, (v.command = 'accept')::integer AS k, 1 AS n, t.code AS note
FROM task t JOIN transition v ON v.object = 'task' AND v.object_id = t.id AND v.command IN ('accept', 'return')
WHERE t.entity_id = %(subject)s::uuid AND t.state NOT IN ('voided', 'appealing') AND v.at >= %(begin)s AND v.at < %(end)s
  AND NOT EXISTS (SELECT FROM transition e WHERE e.object = 'task' AND e.object_id = v.object_id
                  AND e.version < v.version AND e.command IN ('accept', 'return'))
LIMIT %(limit)s

-- entity_online --
-- The days of each camera: minutes with a picture, of those that count.
SELECT 'camera' AS about, d.id, d.entity_id, c.day::timestamp AT TIME ZONE 'Asia/Shanghai' AS at,
       least(bit_count(c.seen), due.minutes) AS k, due.minutes AS n, d.name AS note
FROM device d JOIN camera_day c ON c.device_id = d.id
CROSS JOIN LATERAL (
    SELECT 1440 - CASE WHEN position(set_byte('\x00'::bytea, 0, %(platform)s) IN c.reasons) = 0 THEN 0 ELSE (
        SELECT count(*) FROM generate_series(0, 1439) m WHERE get_byte(c.reasons, m) = %(platform)s) END AS minutes
) due
WHERE d.entity_id = %(subject)s::uuid AND c.day BETWEEN %(first)s AND %(until)s
  AND d.created_at < (c.day::timestamp AT TIME ZONE 'Asia/Shanghai')
  AND (d.decommissioned_at IS NULL OR d.decommissioned_at >= ((c.day + 1)::timestamp AT TIME ZONE 'Asia/Shanghai'))
LIMIT %(limit)s

-- entity_intensity --
-- The violations with their points, and the analysed minutes of each camera and day.
SELECT 'task' AS about, t.id::text AS id, t.entity_id, t.dispatched_at AS at,
       CASE t.severity WHEN 'critical' THEN %(critical)s::int WHEN 'major' THEN %(major)s::int ELSE %(minor)s::int END AS k,
       0 AS n, t.code AS note
FROM task t JOIN alert a ON a.id = t.alert_id AND a.origin = 'violation'
WHERE t.entity_id = %(subject)s::uuid AND t.dispatched_at >= %(begin)s AND t.dispatched_at < %(end)s
  AND t.state NOT IN ('voided', 'appealing')
UNION ALL
SELECT 'camera', d.id, d.entity_id, c.day::timestamp AT TIME ZONE 'Asia/Shanghai', 0, bit_count(c.analysed), d.name
FROM device d JOIN camera_day c ON c.device_id = d.id
WHERE d.entity_id = %(subject)s::uuid AND c.day BETWEEN %(first)s AND %(last)s
LIMIT %(limit)s

-- entity_posts --
-- The two posts, and who held them at the end.
SELECT 'post' AS about, w.post AS id, e.id AS entity_id, %(end)s::timestamptz AS at, (count(p.id) > 0)::integer AS k,
       1 AS n, coalesce(string_agg(p.name, '、' ORDER BY p.name), '') AS note
FROM entity e CROSS JOIN (VALUES ('officer'), ('director')) AS w (post)
LEFT JOIN person p ON p.entity_id = e.id AND p.post = w.post AND p.valid_from < %(end)s
    AND (p.valid_to IS NULL OR p.valid_to >= %(end)s)
WHERE e.id = %(subject)s::uuid GROUP BY e.id, w.post
LIMIT %(limit)s

-- entity_trained --
-- Officers and directors in office at the end, with their hours in the year before it.
SELECT 'person' AS about, p.id::text AS id, p.entity_id, %(end)s::timestamptz AS at,
       (taken.hours >= 40 * least(365, extract(epoch FROM %(end)s::timestamptz - p.valid_from) / 86400) / 365)::integer AS k,
       1 AS n, p.name || ' ' || taken.hours AS note
FROM person p CROSS JOIN LATERAL (
    SELECT coalesce(sum(t.hours), 0) AS hours FROM training t
    WHERE t.person_id = p.id AND t.voided_at IS NULL AND t.held_on BETWEEN %(last)s::date - 364 AND %(last)s) taken
WHERE p.entity_id = %(subject)s::uuid AND p.post IN ('officer', 'director')
  AND p.valid_from < %(end)s AND (p.valid_to IS NULL OR p.valid_to >= %(end)s)
LIMIT %(limit)s

-- entity_critical_overdue --
-- Critical hazards that were open at the end without a proof, and overdue for more than 24 hours.
SELECT 'task' AS about, id::text AS id, entity_id, due_at AS at, 1 AS k, 1 AS n, code AS note
FROM task
WHERE entity_id = %(subject)s::uuid AND severity = 'critical' AND due_at < %(end)s::timestamptz - interval '24 hours'
  AND state NOT IN ('voided', 'appealing') AND (closed_at IS NULL OR closed_at > %(end)s)
  AND (transferred_at IS NULL OR transferred_at > %(end)s)
  AND (submitted_at IS NULL OR submitted_at > %(end)s OR state = 'returned')
LIMIT %(limit)s

-- cadre_done --
-- Supervision tasks that were due in the period.
SELECT 'supervision' AS about, s.id::text AS id, s.entity_id, s.due_at AS at,
       (s.state IN ('submitted', 'archived') AND EXISTS (
           SELECT FROM supervision_visit v
           WHERE v.task_id = s.id AND v.faults = '{}' AND v.submitted_at <= s.due_at))::integer AS k, 1 AS n, '' AS note
FROM supervision_task s
WHERE s.cadre_id = %(subject)s::uuid AND s.state <> 'exempted' AND s.due_at >= %(begin)s AND s.due_at < %(end)s
LIMIT %(limit)s

-- cadre_quality --
-- Visits that were sent in the period.
SELECT 'supervision' AS about, task_id::text AS id, entity_id, submitted_at AS at, (faults = '{}')::integer AS k, 1 AS n,
       array_to_string(faults, '、') AS note
FROM supervision_visit
WHERE cadre_id = %(subject)s::uuid AND submitted_at >= %(begin)s AND submitted_at < %(end)s
LIMIT %(limit)s

-- cadre_closed --
-- Hazards that visits found and that were due in the period.
SELECT DISTINCT 'task' AS about, t.id::text AS id, t.entity_id, t.due_at AS at,
       coalesce((t.state = 'closed' AND t.closed_at < %(end)s)::integer, 0) AS k, 1 AS n, t.code AS note
FROM supervision_visit v CROSS JOIN LATERAL jsonb_array_elements(v.hazards) h
JOIN task t ON t.id = (h->>'task_id')::uuid AND t.state NOT IN ('voided', 'appealing')
WHERE v.cadre_id = %(subject)s::uuid AND t.due_at >= %(begin)s AND t.due_at < %(end)s
LIMIT %(limit)s

-- cadre_trained --
-- The trainings of a cadre in the period; without one, that it is lacking. One is enough.
SELECT 'training' AS about, coalesce(t.id::text, c.id::text) AS id, NULL::uuid AS entity_id,
       coalesce(t.held_on::timestamp AT TIME ZONE 'Asia/Shanghai', %(end)s::timestamptz) AS at,
       (t.id IS NOT NULL)::integer AS k, 1 AS n, coalesce(t.subject, '') AS note
FROM cadre c LEFT JOIN LATERAL (
    SELECT * FROM cadre_training t WHERE t.cadre_id = c.id AND t.kind = 'training' AND t.voided_at IS NULL
    AND t.held_on BETWEEN %(first)s AND %(last)s ORDER BY t.held_on, t.id LIMIT 1) t ON true
WHERE c.id = %(subject)s::uuid AND c.named_at <= %(begin)s AND (c.ended_at IS NULL OR c.ended_at >= %(end)s)
LIMIT %(limit)s

-- cadre_helped --
-- The first help or emergency of a cadre in the period; without one, that it is lacking. One is enough.
SELECT 'help' AS about, coalesce(t.id::text, c.id::text) AS id, NULL::uuid AS entity_id,
       coalesce(t.held_on::timestamp AT TIME ZONE 'Asia/Shanghai', %(end)s::timestamptz) AS at,
       (t.id IS NOT NULL)::integer AS k, 1 AS n, coalesce(t.subject, '') AS note
FROM cadre c LEFT JOIN LATERAL (
    SELECT * FROM cadre_training t WHERE t.cadre_id = c.id AND t.kind <> 'training' AND t.voided_at IS NULL
    AND t.held_on BETWEEN %(first)s AND %(last)s ORDER BY t.held_on, t.id LIMIT 1) t ON true
WHERE c.id = %(subject)s::uuid AND c.named_at <= %(begin)s AND (c.ended_at IS NULL OR c.ended_at >= %(end)s)
LIMIT %(limit)s

-- cadre_late --
-- Supervision tasks that had no visit that counts within 15 days after they were due.
SELECT 'supervision' AS about, s.id::text AS id, s.entity_id, s.due_at AS at, 1 AS k, 1 AS n, '' AS note
FROM supervision_task s
WHERE s.cadre_id = %(subject)s::uuid AND s.state <> 'exempted' AND s.due_at >= %(begin)s
  AND s.due_at < %(end)s::timestamptz - interval '15 days'
  AND NOT EXISTS (SELECT FROM supervision_visit v WHERE v.task_id = s.id AND v.faults = '{}'
                  AND v.submitted_at <= s.due_at + interval '15 days')
LIMIT %(limit)s

-- region_connected --
-- The enterprises of a county that are expected to connect, and whether a camera was seen in the period.
SELECT 'entity' AS about, e.id::text AS id, e.id AS entity_id, %(end)s::timestamptz AS at, EXISTS (
    SELECT FROM device d JOIN camera_day c ON c.device_id = d.id AND c.day BETWEEN %(first)s AND %(last)s
    WHERE d.entity_id = e.id AND d.kind = 'camera' AND bit_count(c.seen) > 0)::integer AS k, 1 AS n, e.name AS note
FROM entity e
WHERE e.tenant_id = %(tenant_id)s AND left(e.region_code, 6) = %(subject)s AND e.operating = 'open'
  AND e.created_at < %(end)s AND e.business_kind = ANY(%(kinds)s::text[])
LIMIT %(limit)s

-- region_of_entities --
-- What the indices of a county's enterprises for the same month counted.
SELECT 'entity' AS about, s.subject_id AS id, s.entity_id, s.computed_at AS at,
       CASE %(name)s WHEN 'posts' THEN (c.k = c.n)::integer ELSE c.k END AS k,
       CASE %(name)s WHEN 'posts' THEN 1 ELSE c.n END AS n, s.name AS note
FROM index_snapshot s CROSS JOIN LATERAL (
    SELECT (s.inputs->'counts'->%(name)s->>0)::bigint AS k, (s.inputs->'counts'->%(name)s->>1)::bigint AS n) c
WHERE s.tenant_id = %(tenant_id)s AND s.kind = 'entity' AND s.period = %(period)s
  AND left(s.region_code, 6) = %(subject)s AND c.n IS NOT NULL
  AND CASE s.state WHEN 'draft' THEN s.version = 1 ELSE NOT EXISTS (
      SELECT FROM index_snapshot newer
      WHERE newer.tenant_id = s.tenant_id AND newer.kind = s.kind AND newer.period = s.period
        AND newer.subject_id = s.subject_id AND newer.version > s.version AND newer.state = 'frozen') END
LIMIT %(limit)s

-- region_supervised --
-- Supervision tasks of a county that were due in the period.
SELECT 'supervision' AS about, s.id::text AS id, s.entity_id, s.due_at AS at,
       (s.state IN ('submitted', 'archived') AND EXISTS (
           SELECT FROM supervision_visit v
           WHERE v.task_id = s.id AND v.faults = '{}' AND v.submitted_at <= s.due_at))::integer AS k, 1 AS n, '' AS note
FROM supervision_task s
WHERE s.tenant_id = %(tenant_id)s AND left(s.region_code, 6) = %(subject)s AND s.state <> 'exempted'
  AND s.due_at >= %(begin)s AND s.due_at < %(end)s
LIMIT %(limit)s

-- region_supervised_well --
-- Visits to enterprises of a county that were sent in the period.
SELECT 'supervision' AS about, task_id::text AS id, entity_id, submitted_at AS at, (faults = '{}')::integer AS k, 1 AS n,
       array_to_string(faults, '、') AS note
FROM supervision_visit
WHERE tenant_id = %(tenant_id)s AND left(region_code, 6) = %(subject)s
  AND submitted_at >= %(begin)s AND submitted_at < %(end)s
LIMIT %(limit)s

-- region_leads --
-- Leads of a county that were closed in the period, and those overdue at its end.
SELECT 'lead' AS about, id::text AS id, entity_id, coalesce(closed_at, due_at) AS at, coalesce((closed_at < %(end)s)::integer, 0) AS k,
       1 AS n, '' AS note
FROM lead
WHERE tenant_id = %(tenant_id)s AND left(region_code, 6) = %(subject)s AND state <> 'refused'
  AND ((closed_at >= %(begin)s AND closed_at < %(end)s) OR (closed_at IS NULL AND due_at < %(end)s))
LIMIT %(limit)s

-- region_lookbacks --
-- Look-backs in a county that were done in the period.
SELECT 'task' AS about, object_id::text AS id, entity_id, at, (command = 'pass_lookback')::integer AS k, 1 AS n, '' AS note
FROM transition
WHERE tenant_id = %(tenant_id)s AND left(region_code, 6) = %(subject)s AND object = 'task'
  AND command IN ('pass_lookback', 'relapse') AND at >= %(begin)s AND at < %(end)s
LIMIT %(limit)s

-- region_pledged --
-- Pledges of a county that were due at the end, see `region_pledged` of indices.sql.
WITH lists AS (
    SELECT version FROM pledge_template_since WHERE since < %(end)s ORDER BY since DESC LIMIT 1
), tier AS (
    SELECT DISTINCT ON (entity_id) entity_id, from_tier AS was FROM tier_change
    WHERE tenant_id = %(tenant_id)s AND at >= %(end)s ORDER BY entity_id, at, id
), called AS (
    SELECT DISTINCT ON (entity_id) entity_id, name FROM entity_name WHERE until >= %(end)s ORDER BY entity_id, until
), before AS (
    SELECT DISTINCT ON (entity_id) entity_id, kind FROM entity_change
    WHERE tenant_id = %(tenant_id)s AND at < %(end)s AND kind IN ('suspend', 'close', 'resume')
    ORDER BY entity_id, at DESC, id DESC
), later AS (
    SELECT DISTINCT ON (entity_id) entity_id, kind FROM entity_change
    WHERE tenant_id = %(tenant_id)s AND at >= %(end)s AND kind IN ('suspend', 'close', 'resume')
    ORDER BY entity_id, at, id
), due AS (
    SELECT e.id, a.cadre_id, coalesce(called.name, e.name) AS name,
           CASE WHEN tier.entity_id IS NULL THEN e.guarantee_tier ELSE tier.was END AS tier
    FROM assignment a JOIN entity e ON e.id = a.entity_id
    LEFT JOIN tier ON tier.entity_id = e.id LEFT JOIN called ON called.entity_id = e.id
    LEFT JOIN before ON before.entity_id = e.id LEFT JOIN later ON later.entity_id = e.id
    WHERE a.tenant_id = %(tenant_id)s AND left(e.region_code, 6) = %(subject)s AND a.part = 'primary'
      AND a.valid_from < %(end)s AND (a.valid_to IS NULL OR a.valid_to >= %(end)s)
      AND CASE WHEN before.kind IS NOT NULL THEN before.kind = 'resume'
               WHEN later.kind IS NOT NULL THEN later.kind <> 'resume' ELSE e.operating = 'open' END
)
SELECT 'entity' AS about, d.id::text AS id, d.id AS entity_id, %(end)s::timestamptz AS at, 1 AS n, coalesce((
    p.tier IS NOT DISTINCT FROM d.tier AND p.entity = d.name
      AND (p.template = (SELECT version FROM lists)
           OR NOT EXISTS (SELECT FROM pledge_template_since t WHERE t.since > p.signed_at AND t.since < %(end)s))
      AND NOT EXISTS (SELECT FROM entity_change x WHERE x.entity_id = d.id AND x.kind = 'owner'
                      AND x.at > p.signed_at AND x.at < %(end)s)
      AND NOT (EXISTS (SELECT FROM person h WHERE h.entity_id = d.id AND h.post = 'principal'
                       AND h.valid_from > p.signed_at AND h.valid_from < %(end)s)
               AND EXISTS (SELECT FROM person h WHERE h.entity_id = d.id AND h.post = 'principal'
                           AND h.valid_from <= p.signed_at)))::integer, 0) AS k, d.name AS note
FROM due d LEFT JOIN LATERAL (
    SELECT p.tier, p.entity, p.template, p.signed_at FROM pledge p
    WHERE p.entity_id = d.id AND p.cadre_id = d.cadre_id AND p.signed_at < %(end)s
    ORDER BY p.signed_at DESC LIMIT 1) p ON true
LIMIT %(limit)s
