-- tenants --
-- Tenants with enterprises.
SELECT id FROM tenant t WHERE EXISTS (SELECT FROM entity e WHERE e.tenant_id = t.id) ORDER BY id

-- entities --
-- Enterprises that have an index: they operate and have a kitchen.
SELECT e.id::text AS id, e.tenant_id, e.id AS entity_id, e.region_code, e.name
FROM entity e
WHERE e.tenant_id = %(tenant_id)s AND e.operating = 'open' AND e.created_at < %(end)s
  AND EXISTS (SELECT FROM site s WHERE s.entity_id = e.id)
ORDER BY e.id

-- day --
-- Day records: signed in time, of the days on which a kitchen was open since the day after it was registered.
WITH shut AS MATERIALIZED (
    SELECT entity_id, day FROM mingchu_closed_days(%(tenant_id)s, NULL, %(first)s::date, %(until)s::date)
), kitchen AS (
    SELECT id, entity_id, greatest((created_at AT TIME ZONE 'Asia/Shanghai')::date + 1, %(first)s::date) AS since
    FROM site WHERE tenant_id = %(tenant_id)s
), signed AS (
    -- Day by day, because for a month at once the planner reads the records of all years.
    SELECT r.site_id, r.day FROM generate_series(%(first)s::date, %(until)s::date, interval '1 day') AS d
    CROSS JOIN LATERAL (
        SELECT site_id, day FROM day_record WHERE day = d::date AND state = 'signed' AND NOT late OFFSET 0) r
), kept AS (
    SELECT r.site_id, count(*) AS k FROM signed r JOIN kitchen t ON t.id = r.site_id AND r.day >= t.since
    LEFT JOIN shut ON shut.entity_id = t.entity_id AND shut.day = r.day
    WHERE shut.day IS NULL GROUP BY r.site_id
), closed AS (
    SELECT t.id, count(*) AS n FROM kitchen t JOIN shut ON shut.entity_id = t.entity_id AND shut.day >= t.since
    GROUP BY t.id
)
SELECT t.entity_id::text AS id, coalesce(sum(kept.k), 0)::bigint AS k,
       sum(%(until)s::date - t.since + 1 - coalesce(closed.n, 0))::bigint AS n
FROM kitchen t LEFT JOIN kept ON kept.site_id = t.id LEFT JOIN closed ON closed.id = t.id
WHERE t.since <= %(until)s GROUP BY t.entity_id
HAVING sum(%(until)s::date - t.since + 1 - coalesce(closed.n, 0)) > 0

-- week --
-- Reports on the weeks whose Sunday lies in the month: signed in time, of all kitchens that were registered before and
-- were open on a day of the week.
WITH week AS (
    SELECT d::date AS begin FROM generate_series(%(first)s::date - 6, %(last)s::date - 6, interval '1 day') d
    WHERE extract(isodow FROM d) = 1 AND d <= %(week)s
), shut AS MATERIALIZED (
    SELECT entity_id, date_trunc('week', day)::date AS begin
    FROM mingchu_closed_days(%(tenant_id)s, NULL, %(first)s::date - 6, %(last)s::date)
    GROUP BY 1, 2 HAVING count(*) = 7
)
SELECT s.entity_id::text AS id, count(r.id) AS k, count(*) AS n
FROM site s JOIN week w ON (s.created_at AT TIME ZONE 'Asia/Shanghai')::date < w.begin
LEFT JOIN shut ON shut.entity_id = s.entity_id AND shut.begin = w.begin
LEFT JOIN duty_report r ON r.entity_id = s.entity_id AND r.kind = 'week' AND r.begin = w.begin AND r.site_id = s.id
    AND r.state = 'signed' AND NOT r.late
WHERE s.tenant_id = %(tenant_id)s AND shut.begin IS NULL GROUP BY s.entity_id

-- month --
-- Minutes of the month: signed in time, of enterprises that were registered before it began and were open on a day.
WITH shut AS MATERIALIZED (
    SELECT entity_id FROM mingchu_closed_days(%(tenant_id)s, NULL, %(first)s::date, %(last)s::date)
    GROUP BY entity_id HAVING count(*) = %(last)s::date - %(first)s::date + 1
)
SELECT e.id::text AS id, count(r.id) AS k, count(*) AS n
FROM entity e
LEFT JOIN duty_report r ON r.entity_id = e.id AND r.kind = 'month' AND r.begin = %(first)s AND r.state = 'signed'
    AND NOT r.late
LEFT JOIN shut ON shut.entity_id = e.id
WHERE e.tenant_id = %(tenant_id)s AND %(month_due)s AND e.created_at < %(begin)s AND shut.entity_id IS NULL
GROUP BY e.id

-- acknowledged --
-- Tasks that were acknowledged before the first step of their chain, of those whose step falls into the month.
WITH due AS (
    SELECT t.entity_id, t.acknowledged_at,
           (SELECT min((step->>'at')::timestamptz) FROM jsonb_array_elements(t.chain) step
            WHERE step->>'trigger' = 'unacknowledged') AS due_at
    FROM task t
    WHERE t.tenant_id = %(tenant_id)s AND t.dispatched_at >= %(begin)s::timestamptz - interval '92 days'
      AND t.dispatched_at < %(end)s AND t.state NOT IN ('voided', 'appealing')
)
SELECT entity_id::text AS id, count(*) FILTER (WHERE acknowledged_at <= due_at) AS k, count(*) AS n
FROM due WHERE due_at >= %(begin)s AND due_at < %(end)s GROUP BY entity_id

-- rectified --
-- Hazards that passed with a proof submitted in time, of those due in the month. A proof in time without a verdict and
-- a hazard that went to enforcement before it was due count neither way.
SELECT entity_id::text AS id, count(*) FILTER (WHERE state = 'closed' AND submitted_at <= due_at) AS k, count(*) AS n
FROM task
WHERE tenant_id = %(tenant_id)s AND due_at >= %(begin)s AND due_at < %(end)s AND state NOT IN ('voided', 'appealing')
  AND NOT (state IN ('submitted', 'under_review') AND submitted_at <= due_at)
  AND (transferred_at IS NULL OR transferred_at > due_at)
GROUP BY entity_id

-- first_pass --
-- Hazards whose first proof was accepted, of those whose first verdict falls into the month.
SELECT t.entity_id::text AS id, count(*) FILTER (WHERE v.command = 'accept') AS k, count(*) AS n
FROM transition v JOIN task t ON t.id = v.object_id AND t.state NOT IN ('voided', 'appealing')
WHERE v.object = 'task' AND v.command IN ('accept', 'return') AND v.tenant_id = %(tenant_id)s
  AND v.at >= %(begin)s AND v.at < %(end)s
  AND NOT EXISTS (SELECT FROM transition e WHERE e.object = 'task' AND e.object_id = v.object_id
                  AND e.version < v.version AND e.command IN ('accept', 'return'))
GROUP BY t.entity_id

-- online --
-- Minutes of cameras with a picture, of all minutes of the days on which they were registered; without minutes in which
-- the platform itself was down.
SELECT d.entity_id::text AS id, sum(least(bit_count(c.seen), due.minutes))::bigint AS k, sum(due.minutes)::bigint AS n
FROM camera_day c JOIN device d ON d.id = c.device_id
CROSS JOIN LATERAL (
    SELECT 1440 - CASE WHEN position(set_byte('\x00'::bytea, 0, %(platform)s) IN c.reasons) = 0 THEN 0 ELSE (
        SELECT count(*) FROM generate_series(0, 1439) m WHERE get_byte(c.reasons, m) = %(platform)s) END AS minutes
) due
WHERE d.tenant_id = %(tenant_id)s AND c.day BETWEEN %(first)s AND %(until)s
  AND d.created_at < (c.day::timestamp AT TIME ZONE 'Asia/Shanghai')
  AND (d.decommissioned_at IS NULL OR d.decommissioned_at >= ((c.day + 1)::timestamp AT TIME ZONE 'Asia/Shanghai'))
GROUP BY d.entity_id

-- intensity --
-- Points of the confirmed violations that cameras saw, and the minutes of video that were analysed.
WITH points AS (
    SELECT t.entity_id, sum(CASE t.severity WHEN 'critical' THEN %(critical)s::int WHEN 'major' THEN %(major)s::int
                            ELSE %(minor)s::int END) AS k
    FROM task t JOIN alert a ON a.id = t.alert_id AND a.origin = 'violation'
    WHERE t.tenant_id = %(tenant_id)s AND t.dispatched_at >= %(begin)s AND t.dispatched_at < %(end)s
      AND t.state NOT IN ('voided', 'appealing')
    GROUP BY t.entity_id
), watched AS (
    SELECT d.entity_id, sum(bit_count(c.analysed)) AS n
    FROM camera_day c JOIN device d ON d.id = c.device_id
    WHERE d.tenant_id = %(tenant_id)s AND c.day BETWEEN %(first)s AND %(last)s GROUP BY d.entity_id
)
SELECT w.entity_id::text AS id, coalesce(p.k, 0)::bigint AS k, w.n::bigint AS n
FROM watched w LEFT JOIN points p USING (entity_id) WHERE w.n > 0

-- posts --
-- Which of the two posts, officer and director, somebody held at the end.
SELECT e.id::text AS id, count(DISTINCT p.post) AS k, 2::bigint AS n
FROM entity e LEFT JOIN person p ON p.entity_id = e.id AND p.post IN ('officer', 'director')
    AND p.valid_from < %(end)s AND (p.valid_to IS NULL OR p.valid_to >= %(end)s)
WHERE e.tenant_id = %(tenant_id)s GROUP BY e.id

-- trained --
-- Officers and directors in office at the end, and how many of them had their training hours (40 a year, less in a first
-- year) in the year before it.
WITH holder AS (
    SELECT p.entity_id, p.id, least(365, extract(epoch FROM %(end)s::timestamptz - p.valid_from) / 86400) / 365 AS share
    FROM person p
    WHERE p.tenant_id = %(tenant_id)s AND p.post IN ('officer', 'director')
      AND p.valid_from < %(end)s AND (p.valid_to IS NULL OR p.valid_to >= %(end)s)
), taken AS (
    SELECT person_id, sum(hours) AS hours FROM training
    WHERE tenant_id = %(tenant_id)s AND voided_at IS NULL AND held_on BETWEEN %(last)s::date - 364 AND %(last)s
    GROUP BY person_id
)
SELECT h.entity_id::text AS id, count(*) FILTER (WHERE coalesce(t.hours, 0) >= 40 * h.share) AS k, count(*) AS n
FROM holder h LEFT JOIN taken t ON t.person_id = h.id GROUP BY h.entity_id

-- critical_overdue --
-- Critical hazards that were open at the end without a proof, and overdue for more than 24 hours.
SELECT entity_id::text AS id, count(*) AS k, count(*) AS n
FROM task
WHERE tenant_id = %(tenant_id)s AND severity = 'critical' AND due_at < %(end)s::timestamptz - interval '24 hours'
  AND state NOT IN ('voided', 'appealing') AND (closed_at IS NULL OR closed_at > %(end)s)
  AND (transferred_at IS NULL OR transferred_at > %(end)s)
  AND (submitted_at IS NULL OR submitted_at > %(end)s OR state = 'returned')
GROUP BY entity_id

-- cadres --
-- Cadres who had visits due in a period.
SELECT c.id::text AS id, c.tenant_id, NULL::uuid AS entity_id, c.region_code, c.name
FROM cadre c
WHERE c.tenant_id = %(tenant_id)s AND EXISTS (
    SELECT FROM supervision_task s WHERE s.cadre_id = c.id AND s.due_at >= %(begin)s AND s.due_at < %(end)s
      AND s.state <> 'exempted')
ORDER BY c.id

-- cadre_done --
-- Supervision tasks with a visit that counts, sent in time and not returned, of those due.
SELECT s.cadre_id::text AS id, count(*) AS n,
       count(*) FILTER (WHERE s.state IN ('submitted', 'archived') AND EXISTS (
           SELECT FROM supervision_visit v
           WHERE v.task_id = s.id AND v.faults = '{}' AND v.submitted_at <= s.due_at)) AS k
FROM supervision_task s
WHERE s.tenant_id = %(tenant_id)s AND s.cadre_id IS NOT NULL AND s.state <> 'exempted'
  AND s.due_at >= %(begin)s AND s.due_at < %(end)s
GROUP BY s.cadre_id

-- cadre_quality --
-- Visits without a fault, of those sent in the period.
SELECT cadre_id::text AS id, count(*) FILTER (WHERE faults = '{}') AS k, count(*) AS n
FROM supervision_visit
WHERE tenant_id = %(tenant_id)s AND submitted_at >= %(begin)s AND submitted_at < %(end)s GROUP BY cadre_id

-- cadre_closed --
-- Hazards that visits found and that are closed, of those due in the period.
SELECT v.cadre_id::text AS id, count(DISTINCT t.id) FILTER (WHERE t.state = 'closed' AND t.closed_at < %(end)s) AS k,
       count(DISTINCT t.id) AS n
FROM supervision_visit v CROSS JOIN LATERAL jsonb_array_elements(v.hazards) h
JOIN task t ON t.id = (h->>'task_id')::uuid AND t.state NOT IN ('voided', 'appealing')
WHERE v.tenant_id = %(tenant_id)s AND t.due_at >= %(begin)s AND t.due_at < %(end)s GROUP BY v.cadre_id

-- cadre_trained --
-- Cadres who were in office from the first to the last day, and whether they took a training in between.
SELECT c.id::text AS id, 1::bigint AS n, EXISTS (
    SELECT FROM cadre_training t WHERE t.cadre_id = c.id AND t.kind = 'training' AND t.voided_at IS NULL
    AND t.held_on BETWEEN %(first)s AND %(last)s)::integer::bigint AS k
FROM cadre c
WHERE c.tenant_id = %(tenant_id)s AND c.named_at <= %(begin)s AND (c.ended_at IS NULL OR c.ended_at >= %(end)s)

-- cadre_helped --
-- Cadres who were in office from the first to the last day, and whether they helped or acted in an emergency.
SELECT c.id::text AS id, 1::bigint AS n, EXISTS (
    SELECT FROM cadre_training t WHERE t.cadre_id = c.id AND t.kind <> 'training' AND t.voided_at IS NULL
    AND t.held_on BETWEEN %(first)s AND %(last)s)::integer::bigint AS k
FROM cadre c
WHERE c.tenant_id = %(tenant_id)s AND c.named_at <= %(begin)s AND (c.ended_at IS NULL OR c.ended_at >= %(end)s)

-- cadre_late --
-- Supervision tasks that had no visit that counts within 15 days after they were due.
SELECT s.cadre_id::text AS id, count(*) AS k, count(*) AS n
FROM supervision_task s
WHERE s.tenant_id = %(tenant_id)s AND s.cadre_id IS NOT NULL AND s.state <> 'exempted' AND s.due_at >= %(begin)s
  AND s.due_at < %(end)s::timestamptz - interval '15 days'
  AND NOT EXISTS (SELECT FROM supervision_visit v WHERE v.task_id = s.id AND v.faults = '{}'
                  AND v.submitted_at <= s.due_at + interval '15 days')
GROUP BY s.cadre_id

-- regions --
-- Counties with enterprises that operate and have a kitchen.
SELECT c.code AS id, c.tenant_id, NULL::uuid AS entity_id, c.code AS region_code, coalesce(r.name, c.code) AS name
FROM (SELECT DISTINCT e.tenant_id, left(e.region_code, 6) AS code FROM entity e
      WHERE e.tenant_id = %(tenant_id)s AND e.operating = 'open' AND e.created_at < %(end)s
        AND EXISTS (SELECT FROM site s WHERE s.entity_id = e.id)) c
LEFT JOIN region r ON r.code = c.code ORDER BY c.code

-- region_supervised --
-- Supervision tasks with a visit that counts, sent in time and not returned, of those due; by county.
SELECT left(s.region_code, 6) AS id, count(*) AS n,
       count(*) FILTER (WHERE s.state IN ('submitted', 'archived') AND EXISTS (
           SELECT FROM supervision_visit v
           WHERE v.task_id = s.id AND v.faults = '{}' AND v.submitted_at <= s.due_at)) AS k
FROM supervision_task s
WHERE s.tenant_id = %(tenant_id)s AND s.state <> 'exempted' AND s.due_at >= %(begin)s AND s.due_at < %(end)s
GROUP BY left(s.region_code, 6)

-- region_supervised_well --
-- Visits without a fault, of those sent in the month; by county.
SELECT left(region_code, 6) AS id, count(*) FILTER (WHERE faults = '{}') AS k, count(*) AS n
FROM supervision_visit
WHERE tenant_id = %(tenant_id)s AND submitted_at >= %(begin)s AND submitted_at < %(end)s GROUP BY left(region_code, 6)

-- region_leads --
-- Leads that were closed in the month, of these and those that were overdue at its end; by county.
SELECT left(region_code, 6) AS id, count(*) FILTER (WHERE closed_at < %(end)s) AS k, count(*) AS n
FROM lead
WHERE tenant_id = %(tenant_id)s AND state <> 'refused'
  AND ((closed_at >= %(begin)s AND closed_at < %(end)s) OR (closed_at IS NULL AND due_at < %(end)s))
GROUP BY left(region_code, 6)

-- region_lookbacks --
-- Look-backs without a relapse, of those done in the month; by county.
SELECT left(region_code, 6) AS id, count(*) FILTER (WHERE command = 'pass_lookback') AS k, count(*) AS n
FROM transition
WHERE tenant_id = %(tenant_id)s AND object = 'task' AND command IN ('pass_lookback', 'relapse')
  AND at >= %(begin)s AND at < %(end)s
GROUP BY left(region_code, 6)

-- region_pledged --
-- Pledges that were signed at the end and had not lapsed, of those due then; by county. Which tier, name, owner and
-- principal an enterprise had, whether it operated, and which lists counted, is taken from the times of changes: later
-- ones change nothing.
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
    SELECT e.id, left(e.region_code, 6) AS county, a.cadre_id, coalesce(called.name, e.name) AS name,
           CASE WHEN tier.entity_id IS NULL THEN e.guarantee_tier ELSE tier.was END AS tier
    FROM assignment a JOIN entity e ON e.id = a.entity_id
    LEFT JOIN tier ON tier.entity_id = e.id LEFT JOIN called ON called.entity_id = e.id
    LEFT JOIN before ON before.entity_id = e.id LEFT JOIN later ON later.entity_id = e.id
    WHERE a.tenant_id = %(tenant_id)s AND a.part = 'primary'
      AND a.valid_from < %(end)s AND (a.valid_to IS NULL OR a.valid_to >= %(end)s)
      AND CASE WHEN before.kind IS NOT NULL THEN before.kind = 'resume'
               WHEN later.kind IS NOT NULL THEN later.kind <> 'resume' ELSE e.operating = 'open' END
)
SELECT d.county AS id, count(*) AS n, count(*) FILTER (
    WHERE p.tier IS NOT DISTINCT FROM d.tier AND p.entity = d.name
      AND (p.template = (SELECT version FROM lists)
           OR NOT EXISTS (SELECT FROM pledge_template_since t WHERE t.since > p.signed_at AND t.since < %(end)s))
      AND NOT EXISTS (SELECT FROM entity_change x WHERE x.entity_id = d.id AND x.kind = 'owner'
                      AND x.at > p.signed_at AND x.at < %(end)s)
      AND NOT (EXISTS (SELECT FROM person h WHERE h.entity_id = d.id AND h.post = 'principal'
                       AND h.valid_from > p.signed_at AND h.valid_from < %(end)s)
               AND EXISTS (SELECT FROM person h WHERE h.entity_id = d.id AND h.post = 'principal'
                           AND h.valid_from <= p.signed_at))) AS k
FROM due d LEFT JOIN LATERAL (
    SELECT p.tier, p.entity, p.template, p.signed_at FROM pledge p
    WHERE p.entity_id = d.id AND p.cadre_id = d.cadre_id AND p.signed_at < %(end)s
    ORDER BY p.signed_at DESC LIMIT 1) p ON true
GROUP BY d.county

-- region_connected --
-- Enterprises of which a camera was seen in the period, of those that operate and are expected to connect; by county.
SELECT left(e.region_code, 6) AS id, count(*) AS n, count(*) FILTER (WHERE EXISTS (
    SELECT FROM device d JOIN camera_day c ON c.device_id = d.id AND c.day BETWEEN %(first)s AND %(last)s
    WHERE d.entity_id = e.id AND d.kind = 'camera' AND bit_count(c.seen) > 0)) AS k
FROM entity e
WHERE e.tenant_id = %(tenant_id)s AND e.operating = 'open' AND e.created_at < %(end)s
  AND e.business_kind = ANY(%(kinds)s::text[])
GROUP BY left(e.region_code, 6)

-- frozen_formula --
-- The formula of the indices of a period that were frozen last.
SELECT formula FROM index_snapshot
WHERE tenant_id = %(tenant_id)s AND kind = %(kind)s AND period = %(period)s AND state = 'frozen'
ORDER BY frozen_at DESC LIMIT 1

-- snapshots_of_period --
-- The indices of a kind in a period, after a subject and version; all versions.
SELECT * FROM index_snapshot
WHERE tenant_id = %(tenant_id)s AND kind = %(kind)s AND period = %(period)s
  AND (subject_id, version) > (%(after)s, %(version)s)
ORDER BY subject_id, version LIMIT %(limit)s

-- store_snapshots --
-- Store drafts; one that exists gets the new inputs and result.
INSERT INTO index_snapshot (id, tenant_id, kind, subject_id, entity_id, region_code, name, period, version, formula,
                            state, inputs, score, band, result, digest, reason, computed_by, computed_at)
SELECT id, tenant_id, kind, subject_id, entity_id, region_code, name, period, version, formula, 'draft', inputs, score,
       band, result, digest, reason, computed_by, computed_at
FROM jsonb_to_recordset(%(rows)s) AS new (
    id uuid, tenant_id text, kind text, subject_id text, entity_id uuid, region_code text, name text, period text,
    version integer, formula text, inputs jsonb, score numeric, band text, result jsonb, digest text, reason text,
    computed_by text, computed_at timestamptz)
ON CONFLICT (tenant_id, kind, period, subject_id, version) DO UPDATE SET
    region_code = EXCLUDED.region_code, name = EXCLUDED.name, formula = EXCLUDED.formula, inputs = EXCLUDED.inputs,
    score = EXCLUDED.score, band = EXCLUDED.band, result = EXCLUDED.result, digest = EXCLUDED.digest,
    reason = EXCLUDED.reason, computed_by = EXCLUDED.computed_by, computed_at = EXCLUDED.computed_at

-- drop_drafts --
-- Delete the drafts of subjects that have no index any more, or none that differs from the frozen one.
DELETE FROM index_snapshot
WHERE tenant_id = %(tenant_id)s AND kind = %(kind)s AND period = %(period)s AND state = 'draft'
  AND subject_id <> ALL(%(kept)s)

-- freeze --
-- Freeze the drafts of a kind in a period.
UPDATE index_snapshot SET state = 'frozen', frozen_by = %(by)s, frozen_at = %(at)s, signed_name = %(name)s,
    opinion = %(opinion)s
WHERE tenant_id = %(tenant_id)s AND kind = %(kind)s AND period = %(period)s AND state = 'draft'

-- lock_period --
-- Let one computation of a tenant's period at a time change indices.
SELECT pg_advisory_xact_lock(hashtextextended(concat_ws('/', 'index', %(tenant_id)s::text, %(kind)s::text,
                                                        %(period)s::text), 0))

-- board --
-- The indices that count, with their place: the newest frozen version, else the first draft; the best first.
-- The place of the first of a page is counted, the others' follow from it.
WITH counts AS NOT MATERIALIZED (
    SELECT s.* FROM index_snapshot s
    WHERE s.kind = %(kind)s AND s.period = %(period)s
      AND CASE s.state WHEN 'draft' THEN s.version = 1 ELSE NOT EXISTS (
          SELECT FROM index_snapshot newer
          WHERE newer.tenant_id = s.tenant_id AND newer.kind = s.kind AND newer.period = s.period
            AND newer.subject_id = s.subject_id AND newer.version > s.version AND newer.state = 'frozen') END
), page AS (
    SELECT * FROM counts
    WHERE %(after_id)s::uuid IS NULL OR (coalesce(score, -1), id) < (%(after_score)s::numeric, %(after_id)s)
    ORDER BY coalesce(score, -1) DESC, id DESC LIMIT %(limit)s
), better AS (
    SELECT count(*) AS n FROM counts
    WHERE %(after_id)s::uuid IS NOT NULL AND coalesce(score, -1) > (SELECT max(score) FROM page)
)
SELECT page.*, CASE WHEN page.score IS NOT NULL
                    THEN better.n + rank() OVER (ORDER BY page.score DESC NULLS LAST) END AS place
FROM page CROSS JOIN better ORDER BY coalesce(page.score, -1) DESC, page.id DESC

-- newest_period --
-- The newest period not after another in which an index of a kind was computed.
SELECT period FROM index_snapshot WHERE kind = %(kind)s AND period <= %(last)s ORDER BY period DESC LIMIT 1

-- snapshot --
-- One index.
SELECT * FROM index_snapshot WHERE id = %(id)s
