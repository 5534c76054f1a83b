-- open_alerts --
-- Open alerts, a page by id, oldest first.
SELECT * FROM alert WHERE closed_at IS NULL AND (%(after)s::uuid IS NULL OR id > %(after)s) ORDER BY id LIMIT %(limit)s

-- situation --
-- The alert a finding belongs to: the open one, else the last one closed after `cooldown_from`. Locked.
SELECT * FROM alert
WHERE device_id = %(device_id)s AND code = %(code)s AND zone = %(zone)s
  AND (closed_at IS NULL OR closed_at > %(cooldown_from)s)
ORDER BY closed_at DESC NULLS FIRST LIMIT 1 FOR UPDATE

-- alerts_between --
-- The alerts of a situation within a period, open or with a verdict.
SELECT * FROM alert WHERE device_id = %(device_id)s AND code = %(code)s AND zone = %(zone)s
  AND first_at <= %(until)s AND last_at >= %(since)s ORDER BY id

-- open_alert --
-- Open an alert. Touches no row if another transaction opened it first.
INSERT INTO alert (id, tenant_id, entity_id, region_code, site_id, device_id, code, zone, severity, origin, state,
                   first_at, last_at, opened_at, score, measured, evidence_ids, catalogue)
VALUES (%(id)s, %(tenant_id)s, %(entity_id)s, %(region_code)s, %(site_id)s, %(device_id)s, %(code)s, %(zone)s,
        %(severity)s, %(origin)s, 'pending_review', %(first_at)s, %(last_at)s, %(opened_at)s, %(score)s, %(measured)s,
        %(evidence_ids)s, %(catalogue)s)
ON CONFLICT (device_id, code, zone) WHERE closed_at IS NULL DO NOTHING
RETURNING *

-- add_to_alert --
-- Add a repetition of the situation, or its continuation with a new severity, value or picture. Value, pictures and
-- beginning change only before the verdict, and the beginning never becomes later.
UPDATE alert SET occurrences = occurrences + %(more)s, last_at = greatest(last_at, %(last_at)s),
    first_at = CASE WHEN state = 'pending_review' THEN least(first_at, %(first_at)s) ELSE first_at END,
    severity = %(severity)s,
    measured = CASE WHEN state <> 'pending_review' OR %(measured)s::jsonb IS NULL THEN measured
                    ELSE %(measured)s::jsonb || jsonb_strip_nulls(jsonb_build_object(
                        'since', least(measured ->> 'since', %(measured)s::jsonb ->> 'since'))) END,
    evidence_ids = CASE WHEN state = 'pending_review' AND cardinality(evidence_ids) < 20
                        THEN evidence_ids || %(evidence_ids)s ELSE evidence_ids END,
    catalogue = CASE WHEN severity <> %(severity)s THEN coalesce(%(catalogue)s::jsonb, catalogue) ELSE catalogue END,
    version = version + 1, revision = revision + (severity <> %(severity)s)::integer
WHERE id = %(id)s RETURNING *

-- alert --
-- One alert.
SELECT * FROM alert WHERE id = %(id)s

-- alert_for_update --
-- One alert, locked until the transaction ends.
SELECT * FROM alert WHERE id = %(id)s FOR UPDATE

-- alerts --
-- Alerts, newest first, a page by id, with what `Filter` asks for.
SELECT * FROM alert
WHERE (%(before)s::uuid IS NULL OR id < %(before)s) AND (%(state)s::text IS NULL OR state = %(state)s)
  AND (%(code)s::text IS NULL OR code = %(code)s) AND (%(severity)s::text IS NULL OR severity = %(severity)s)
  AND (%(region)s::text IS NULL OR starts_with(region_code, %(region)s))
  AND (%(entity_id)s::uuid IS NULL OR entity_id = %(entity_id)s) AND (%(site_id)s::text IS NULL OR site_id = %(site_id)s)
  AND (%(first)s::uuid IS NULL OR id >= %(first)s) AND (%(beyond)s::uuid IS NULL OR id < %(beyond)s)
  AND (%(text)s::text = '' OR entity_id IN (SELECT e.id FROM entity e WHERE strpos(e.name, %(text)s) > 0)
       OR site_id IN (SELECT s.id FROM site s WHERE strpos(s.name, %(text)s) > 0))
ORDER BY id DESC LIMIT %(limit)s

-- review_queue --
-- The alerts that wait for a verdict: highest severity first, then the longest waiting.
SELECT * FROM alert WHERE state = 'pending_review'
ORDER BY mingchu_severity_rank(severity), opened_at, id LIMIT %(limit)s

-- judge_alert --
-- Store a verdict. A rejected or inconclusive alert is closed; a confirmed one stays open until its task is done.
UPDATE alert SET state = %(state)s, reviewed_by = %(by)s, reviewed_at = %(at)s, reason = %(reason)s,
    remark = %(remark)s, closed_at = CASE WHEN %(state)s = 'confirmed' THEN NULL ELSE %(at)s::timestamptz END,
    version = version + 1, revision = revision + 1
WHERE id = %(id)s AND revision = %(revision)s RETURNING *

-- close_alert --
-- Close an alert whose task is done.
UPDATE alert SET closed_at = %(at)s, version = version + 1, revision = revision + 1 WHERE id = %(id)s AND closed_at IS NULL RETURNING *

-- attach_to_alert --
-- Add a piece of evidence to an alert.
UPDATE alert SET evidence_ids = evidence_ids || %(evidence_id)s::uuid, version = version + 1
WHERE id = %(alert_id)s AND NOT %(evidence_id)s = ANY(evidence_ids) AND cardinality(evidence_ids) < 60 RETURNING *
