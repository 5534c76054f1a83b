-- note_verdict --
-- Note that a camera and code have a new verdict, so that the sweep measures them again.
INSERT INTO precision_pair (tenant_id, entity_id, region_code, site_id, device_id, code, verdict_at)
VALUES (%(tenant_id)s, %(entity_id)s, %(region_code)s, %(site_id)s, %(device_id)s, %(code)s, %(at)s)
ON CONFLICT (device_id, code) DO UPDATE SET verdict_at = greatest(precision_pair.verdict_at, excluded.verdict_at),
    due = true

-- pairs --
-- Cameras and codes with verdicts, a page by both (primary key).
SELECT * FROM precision_pair
WHERE (device_id, code) > (%(after_device)s::text, %(after_code)s::text)
  AND (%(device_id)s::text IS NULL OR device_id = %(device_id)s) AND (%(code)s::text IS NULL OR code = %(code)s)
ORDER BY device_id, code LIMIT %(limit)s

-- hours --
-- Verdicts by local hour for some cameras and codes; of each the newest `most` (index alert_judged).
SELECT p.device_id, p.code, j.hour, count(*) FILTER (WHERE j.confirmed) AS trues,
       count(*) FILTER (WHERE NOT j.confirmed) AS falses
FROM unnest(%(device_ids)s::text[], %(codes)s::text[]) AS p (device_id, code) CROSS JOIN LATERAL (
    SELECT extract(hour FROM a.first_at AT TIME ZONE 'Asia/Shanghai')::int AS hour,
           a.state = 'confirmed' AND t.appeal IS DISTINCT FROM 'upheld' AS confirmed
    FROM alert a LEFT JOIN task t ON t.alert_id = a.id
    WHERE a.device_id = p.device_id AND a.code = p.code AND a.origin = 'violation'
      AND a.state IN ('confirmed', 'rejected') AND a.reviewed_at >= %(since)s
      AND (a.state = 'confirmed' OR a.reason IN ('false_alarm', 'not_violation'))
    ORDER BY a.reviewed_at DESC LIMIT %(most)s) AS j
GROUP BY p.device_id, p.code, j.hour ORDER BY p.device_id, p.code, j.hour

-- verdicts --
-- The newest verdicts on a camera and code, one row for each alert (indexes alert_judged, violation_alert).
SELECT a.id AS alert_id, a.state = 'confirmed' AND t.appeal IS DISTINCT FROM 'upheld' AS confirmed,
       coalesce(v.score, a.score, 1) AS score,
       coalesce(v.hours, ARRAY[extract(hour FROM a.first_at AT TIME ZONE 'Asia/Shanghai')::int]) AS hours,
       v.span, a.first_at AS found_at, a.reviewed_at
FROM alert a LEFT JOIN task t ON t.alert_id = a.id CROSS JOIN LATERAL (
    SELECT max(seen.score) AS score,
           array_agg(DISTINCT extract(hour FROM seen.started_at AT TIME ZONE 'Asia/Shanghai')::int) AS hours,
           CASE WHEN bool_and(c.placed) THEN ARRAY[min(c.x0), min(c.y0), max(c.x1), max(c.y1)] END AS span
    FROM (SELECT score, started_at, boxes FROM violation WHERE alert_id = a.id LIMIT %(most_violations)s) AS seen
    CROSS JOIN LATERAL (
        SELECT count(*) > 0 AND count(*) = count(m.x + m.y) AS placed,
               min(m.x) AS x0, min(m.y) AS y0, max(m.x) AS x1, max(m.y) AS y1
        FROM jsonb_array_elements(seen.boxes) AS b CROSS JOIN LATERAL (
            SELECT (b->>'x')::float8 + (b->>'w')::float8 / 2 AS x, (b->>'y')::float8 + (b->>'h')::float8 / 2 AS y) AS m
    ) AS c) AS v
WHERE a.device_id = %(device_id)s AND a.code = %(code)s AND a.origin = 'violation'
  AND a.state IN ('confirmed', 'rejected') AND a.reviewed_at BETWEEN %(since)s AND %(until)s
  AND (a.state = 'confirmed' OR a.reason IN ('false_alarm', 'not_violation'))
ORDER BY a.reviewed_at DESC LIMIT %(most)s

-- take_due --
-- Take cameras and codes with new verdicts, the longest waiting first (index precision_pair_due).
UPDATE precision_pair SET due = false WHERE (device_id, code) IN (
    SELECT device_id, code FROM precision_pair WHERE due ORDER BY verdict_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
RETURNING *

-- last_decision --
-- When somebody last decided on a proposal for a camera and code (index tuning_proposal_pair). Refusing what an hour of
-- correct dress led to says nothing about verdicts.
SELECT max(greatest(decided_at, undone_at)) FROM tuning_proposal
WHERE device_id = %(device_id)s AND code = %(code)s AND state IN ('taken', 'refused', 'undone')
  AND (baseline_id IS NULL OR state <> 'refused')

-- open_of_pair --
-- The open proposals for a camera and code, locked (index tuning_proposal_open).
SELECT * FROM tuning_proposal WHERE device_id = %(device_id)s AND code = %(code)s AND state = 'open'
ORDER BY id FOR UPDATE

-- add --
-- Store a new proposal.
INSERT INTO tuning_proposal (id, tenant_id, entity_id, region_code, site_id, device_id, code, kind, changes, trues,
                             falses, bar, minimum, trues_lost, falses_gone, since, replayed_at, made_at, baseline_id)
VALUES (%(id)s, %(tenant_id)s, %(entity_id)s, %(region_code)s, %(site_id)s, %(device_id)s, %(code)s, %(kind)s,
        %(changes)s, %(trues)s, %(falses)s, %(bar)s, %(minimum)s, %(trues_lost)s, %(falses_gone)s, %(since)s,
        %(replayed_at)s, %(made_at)s, %(baseline_id)s)

-- replay_again --
-- Store the figures of a new replay of an open proposal.
UPDATE tuning_proposal SET changes = %(changes)s, trues = %(trues)s, falses = %(falses)s, bar = %(bar)s,
    minimum = %(minimum)s, trues_lost = %(trues_lost)s, falses_gone = %(falses_gone)s, since = %(since)s,
    replayed_at = %(replayed_at)s, version = version + 1
WHERE id = %(id)s AND state = 'open'

-- proposal_for_update --
-- One proposal, locked.
SELECT * FROM tuning_proposal WHERE id = %(id)s FOR UPDATE

-- proposal --
-- One proposal.
SELECT * FROM tuning_proposal WHERE id = %(id)s

-- proposals --
-- Proposals, newest first, a page by id.
SELECT * FROM tuning_proposal
WHERE (%(before)s::uuid IS NULL OR id < %(before)s) AND (%(state)s::text IS NULL OR state = %(state)s)
  AND (%(device_id)s::text IS NULL OR device_id = %(device_id)s) AND (%(code)s::text IS NULL OR code = %(code)s)
ORDER BY id DESC LIMIT %(limit)s

-- decide --
-- Store the decision on an open proposal.
UPDATE tuning_proposal SET state = %(state)s, decided_at = %(at)s, decided_by = %(by)s, reason = %(reason)s,
    override_id = %(override_id)s, version = version + 1
WHERE id = %(id)s AND state = 'open' RETURNING *

-- undo --
-- Undo a proposal that was taken.
UPDATE tuning_proposal SET state = 'undone', undone_at = %(at)s, undone_by = %(by)s, undo_reason = %(reason)s,
    version = version + 1
WHERE id = %(id)s AND state = 'taken' RETURNING *

-- judged_alerts --
-- Verdicts by time, oldest first, a page by time and id (index alert_judged_at, or alert_judged for one camera).
SELECT a.id, a.reviewed_at, a.state = 'confirmed' AND t.appeal IS DISTINCT FROM 'upheld' AS confirmed
FROM alert a LEFT JOIN task t ON t.alert_id = a.id
WHERE a.origin = 'violation' AND a.state IN ('confirmed', 'rejected') AND a.reviewed_at >= %(since)s
  AND (a.reviewed_at, a.id) > (%(after_at)s::timestamptz, %(after_id)s::uuid)
  -- What is no violation may well be in the picture: false alarms alone are negatives.
  AND (a.state = 'confirmed' OR a.reason = 'false_alarm')
  AND (%(code)s::text IS NULL OR a.code = %(code)s) AND (%(device_id)s::text IS NULL OR a.device_id = %(device_id)s)
ORDER BY a.reviewed_at, a.id LIMIT %(limit)s
