-- add_evidence --
-- Register a file of the evidence store.
INSERT INTO evidence (id, tenant_id, entity_id, region_code, kind, sha256, bytes, mime, captured_at, ends_at,
                      detail)
VALUES (%(id)s, %(tenant_id)s, %(entity_id)s, %(region_code)s, %(kind)s, %(sha256)s, %(bytes)s, %(mime)s,
        %(captured_at)s, %(ends_at)s, %(detail)s)

-- evidence --
-- One piece of evidence.
SELECT * FROM evidence WHERE id = %(id)s

-- evidence_of --
-- Several pieces of evidence.
SELECT * FROM evidence WHERE id = ANY(%(ids)s) ORDER BY id

-- purge_of --
-- When and why a file was deleted.
SELECT * FROM evidence_purge WHERE evidence_id = %(id)s

-- log_access --
-- Who looked at a piece of evidence.
INSERT INTO access_log (actor, action, evidence_id, tenant_id, entity_id, region_code)
SELECT %(actor)s, %(action)s, e.id, e.tenant_id, e.entity_id, e.region_code FROM evidence e WHERE e.id = %(id)s

-- add_violation --
-- A violation opens.
INSERT INTO violation (id, tenant_id, entity_id, region_code, site_id, device_id, code, zone, severity, track_id, state,
                       started_at, occurred_at, received_at, score, boxes, model, rule, evidence_ids)
VALUES (%(id)s, %(tenant_id)s, %(entity_id)s, %(region_code)s, %(site_id)s, %(device_id)s, %(code)s, %(zone)s,
        %(severity)s, %(track_id)s, 'active', %(started_at)s, %(occurred_at)s, %(received_at)s, %(score)s, %(boxes)s,
        %(model)s, %(rule)s, %(evidence_ids)s)

-- end_violation --
-- A violation is over.
UPDATE violation SET state = 'ended', ended_at = greatest(%(at)s, started_at), version = version + 1
WHERE id = %(id)s AND state = 'active' RETURNING *

-- end_left_open --
-- Violations that a stopped judge left active: nobody watches them any more. What was judged at the edge is watched.
UPDATE violation SET state = 'ended', ended_at = greatest(%(at)s, started_at), version = version + 1
WHERE state = 'active' AND (%(tenant_id)s::text IS NULL OR tenant_id = %(tenant_id)s)
    AND NOT EXISTS (SELECT FROM edge_violation e JOIN node n ON n.id = e.node_id
                    WHERE e.violation_id = violation.id AND n.revoked_at IS NULL)
RETURNING *

-- judged_at_the_edge --
-- A violation is a node's to end.
INSERT INTO edge_violation (violation_id, node_id, session)
SELECT %(violation_id)s, n.id, coalesce(%(session)s, n.session) FROM node n WHERE n.id = %(node_id)s

-- end_at_the_edge --
-- Its node ends it: now, or later than the platform did by itself, whose guess goes.
UPDATE violation SET state = 'ended', ended_at = greatest(%(at)s, started_at), version = version + 1
WHERE id = %(id)s AND device_id = %(device_id)s AND EXISTS (SELECT FROM edge_violation e WHERE e.violation_id = violation.id)
  AND (state = 'active' OR ended_at IS DISTINCT FROM greatest(%(at)s, started_at))
RETURNING *

-- forget_edge_violations --
-- What ended so long ago that its node ends it no more.
DELETE FROM edge_violation e USING violation v
WHERE v.id = e.violation_id AND v.state = 'ended' AND v.ended_at < %(before)s

-- end_of_earlier_births --
-- What a node opened before it was born anew, and remembers nothing of.
WITH gone AS (SELECT violation_id FROM edge_violation WHERE node_id = %(node_id)s AND session < %(session)s)
UPDATE violation SET state = 'ended', ended_at = greatest(%(at)s, started_at), version = version + 1
FROM gone WHERE violation.id = gone.violation_id AND state = 'active' RETURNING violation.*

-- violation --
-- One violation.
SELECT * FROM violation WHERE id = %(id)s

-- violations --
-- Violations, newest first, a page by id.
SELECT * FROM violation
WHERE (%(before)s::uuid IS NULL OR id < %(before)s) AND (%(code)s::text IS NULL OR code = %(code)s)
  AND (%(alert_id)s::uuid IS NULL OR alert_id = %(alert_id)s)
  AND (%(device_id)s::text IS NULL OR device_id = %(device_id)s)
ORDER BY id DESC LIMIT %(limit)s

-- active_violations --
-- Violations that go on, a page by id, oldest first.
SELECT * FROM violation WHERE state = 'active' AND (%(after)s::uuid IS NULL OR id > %(after)s) ORDER BY id LIMIT %(limit)s

-- open_alerts --
-- Alerts that are not done with, a page by id, oldest first.
SELECT * FROM alert WHERE closed_at IS NULL AND (%(after)s::uuid IS NULL OR id > %(after)s) ORDER BY id LIMIT %(limit)s

-- ungrouped --
-- Violations that no alert has taken up yet, oldest first.
SELECT * FROM violation WHERE alert_id IS NULL ORDER BY id LIMIT %(limit)s FOR UPDATE SKIP LOCKED

-- group_violation --
-- A violation belongs to an alert.
UPDATE violation SET alert_id = %(alert_id)s WHERE id = %(id)s

-- review_violations --
-- The verdict on an alert is the verdict on its violations.
UPDATE violation SET review = %(review)s, version = version + 1
WHERE alert_id = %(alert_id)s AND review <> %(review)s RETURNING *

-- situation --
-- The alert a finding belongs to: the open one, else the last one closed after `cooldown_from`. Locked.
SELECT * FROM alert
WHERE device_id = %(device_id)s AND code = %(code)s AND zone = %(zone)s
  AND (closed_at IS NULL OR closed_at > %(cooldown_from)s)
ORDER BY closed_at DESC NULLS FIRST LIMIT 1 FOR UPDATE

-- alerts_between --
-- What was told of a situation in a stretch of time, open or judged.
SELECT * FROM alert WHERE device_id = %(device_id)s AND code = %(code)s AND zone = %(zone)s
  AND first_at <= %(until)s AND last_at >= %(since)s ORDER BY id

-- open_alert --
-- A new situation. Touches no row when another transaction opened it first.
INSERT INTO alert (id, tenant_id, entity_id, region_code, site_id, device_id, code, zone, severity, origin, state,
                   first_at, last_at, opened_at, score, measured, evidence_ids)
VALUES (%(id)s, %(tenant_id)s, %(entity_id)s, %(region_code)s, %(site_id)s, %(device_id)s, %(code)s, %(zone)s,
        %(severity)s, %(origin)s, 'pending_review', %(first_at)s, %(last_at)s, %(opened_at)s, %(score)s, %(measured)s,
        %(evidence_ids)s)
ON CONFLICT (device_id, code, zone) WHERE closed_at IS NULL DO NOTHING
RETURNING *

-- add_to_alert --
-- The situation happened again, or goes on with a new severity, value or picture. What was judged stays as it was
-- judged: value, pictures and beginning change only before the verdict, and the beginning never becomes later.
UPDATE alert SET occurrences = occurrences + %(more)s, last_at = greatest(last_at, %(last_at)s),
    first_at = CASE WHEN state = 'pending_review' THEN least(first_at, %(first_at)s) ELSE first_at END,
    severity = %(severity)s,
    measured = CASE WHEN state <> 'pending_review' OR %(measured)s::jsonb IS NULL THEN measured
                    ELSE %(measured)s::jsonb || jsonb_strip_nulls(jsonb_build_object(
                        'since', least(measured ->> 'since', %(measured)s::jsonb ->> 'since'))) END,
    evidence_ids = CASE WHEN state = 'pending_review' AND cardinality(evidence_ids) < 20
                        THEN evidence_ids || %(evidence_ids)s ELSE evidence_ids END,
    version = version + 1, revision = revision + (severity <> %(severity)s)::integer
WHERE id = %(id)s RETURNING *

-- alert --
-- One alert.
SELECT * FROM alert WHERE id = %(id)s

-- alert_for_update --
-- One alert, locked until the transaction ends.
SELECT * FROM alert WHERE id = %(id)s FOR UPDATE

-- alerts --
-- Alerts, newest first, a page by id.
SELECT * FROM alert
WHERE (%(before)s::uuid IS NULL OR id < %(before)s) AND (%(state)s::text IS NULL OR state = %(state)s)
  AND (%(code)s::text IS NULL OR code = %(code)s)
ORDER BY id DESC LIMIT %(limit)s

-- review_queue --
-- What waits for a person: the worst first, then the longest waiting.
SELECT * FROM alert WHERE state = 'pending_review'
ORDER BY array_position(ARRAY['critical', 'major', 'minor'], severity), opened_at, id LIMIT %(limit)s

-- judge_alert --
-- A verdict. A rejected or undecided situation is closed; a confirmed one stays open until its task is done.
UPDATE alert SET state = %(state)s, reviewed_by = %(by)s, reviewed_at = %(at)s, reason = %(reason)s,
    remark = %(remark)s, closed_at = CASE WHEN %(state)s = 'confirmed' THEN NULL ELSE %(at)s::timestamptz END,
    version = version + 1, revision = revision + 1
WHERE id = %(id)s AND revision = %(revision)s RETURNING *

-- close_alert --
-- Its task is done.
UPDATE alert SET closed_at = %(at)s, version = version + 1, revision = revision + 1 WHERE id = %(id)s AND closed_at IS NULL RETURNING *

-- violation_total --
-- How many violations there are.
SELECT count(*) FROM violation
