-- add_task --
-- Dispatch a rectification task.
INSERT INTO task (id, tenant_id, entity_id, region_code, site_id, device_id, alert_id, code, zone, severity, state,
                  person_id, requirement, dispatched_at, due_at, next_level_at, catalogue,
                  clock, due_from, due_span, due_provisional, dispatched_by, first_span,
                  relapse_of, chain, next_escalation_at)
VALUES (%(id)s, %(tenant_id)s, %(entity_id)s, %(region_code)s, %(site_id)s, %(device_id)s, %(alert_id)s, %(code)s,
        %(zone)s, %(severity)s, 'dispatched', %(person_id)s, %(requirement)s, %(dispatched_at)s, %(due_at)s,
        %(next_level_at)s, %(catalogue)s, %(clock)s, %(due_from)s, %(due_span)s, %(due_provisional)s,
        %(dispatched_by)s, %(first_span)s, %(relapse_of)s, %(chain)s,
        %(next_escalation_at)s)
RETURNING *

-- task --
-- One task.
SELECT * FROM task WHERE id = %(id)s

-- task_for_update --
-- One task, locked until the transaction ends.
SELECT * FROM task WHERE id = %(id)s FOR UPDATE

-- task_of_alert --
-- The task of an alert.
SELECT * FROM task WHERE alert_id = %(alert_id)s

-- tasks --
-- Tasks, newest first, a page by id, with what `Filter` asks for.
SELECT * FROM task
WHERE (%(before)s::uuid IS NULL OR id < %(before)s) AND (%(state)s::text IS NULL OR state = %(state)s)
  AND (NOT %(open)s OR closed_at IS NULL)
  AND (%(code)s::text IS NULL OR code = %(code)s) AND (%(severity)s::text IS NULL OR severity = %(severity)s)
  AND (%(region)s::text IS NULL OR starts_with(region_code, %(region)s))
  AND (%(entity_id)s::uuid IS NULL OR entity_id = %(entity_id)s) AND (%(site_id)s::text IS NULL OR site_id = %(site_id)s)
  AND (%(first)s::uuid IS NULL OR id >= %(first)s) AND (%(beyond)s::uuid IS NULL OR id < %(beyond)s)
  AND (%(text)s::text = '' OR entity_id IN (SELECT e.id FROM entity e WHERE strpos(e.name, %(text)s) > 0)
       OR site_id IN (SELECT s.id FROM site s WHERE strpos(s.name, %(text)s) > 0))
ORDER BY id DESC LIMIT %(limit)s

-- open_tasks --
-- Tasks that are not closed, a page by id, oldest first.
SELECT * FROM task WHERE closed_at IS NULL AND (%(after)s::uuid IS NULL OR id > %(after)s) ORDER BY id LIMIT %(limit)s

-- move_task --
-- Store a task's step; no row if somebody else changed the task first.
UPDATE task SET state = %(state)s, attempt = %(attempt)s, acknowledged_at = %(acknowledged_at)s,
    submitted_at = %(submitted_at)s, submitted_by = %(submitted_by)s, due_at = %(due_at)s,
    due_from = %(due_from)s, due_span = %(due_span)s, due_provisional = %(due_provisional)s, closed_at = %(closed_at)s,
    measure = %(measure)s, cause = %(cause)s, proof_ids = %(proof_ids)s, overdue_level = %(overdue_level)s,
    next_level_at = %(next_level_at)s, extension = %(extension)s, asked_span = %(asked_span)s, appeal = %(appeal)s,
    appeal_reason = %(appeal_reason)s, appeal_text = %(appeal_text)s, appealed_at = %(appealed_at)s,
    appeal_due_at = %(appeal_due_at)s, state_before = %(state_before)s,
    lookback = %(lookback)s, lookback_due_at = %(lookback_due_at)s, lookback_at = %(lookback_at)s,
    lookback_by = %(lookback_by)s, transferred_at = %(transferred_at)s,
    chain = %(chain)s, escalated_to = %(escalated_to)s, next_escalation_at = %(next_escalation_at)s, version = version + 1
WHERE id = %(id)s AND version = %(version)s RETURNING *

-- hand_over --
-- Another person is accountable; touches no row if somebody else was faster.
UPDATE task SET person_id = %(person_id)s, version = version + 1
WHERE id = %(id)s AND version = %(version)s AND closed_at IS NULL RETURNING *

-- raise_severity --
-- Raise the severity of an open task.
UPDATE task SET severity = %(severity)s, version = version + 1
WHERE alert_id = %(alert_id)s AND closed_at IS NULL AND severity <> %(severity)s RETURNING *

-- open_past_due --
-- Tasks whose overdue level must rise, the longest waiting first; the cost grows with the number due.
SELECT * FROM task WHERE next_level_at < %(at)s ORDER BY next_level_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED

-- due_for_escalation --
-- Tasks that have to rise to somebody else, the longest due first; the cost grows with what is due.
SELECT * FROM task WHERE next_escalation_at < %(at)s ORDER BY next_escalation_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED

-- add_transition --
-- Write a step into the log.
INSERT INTO transition (object, object_id, version, tenant_id, entity_id, region_code, at, actor, command, from_state,
                        to_state, reason, evidence_ids)
VALUES (%(object)s, %(object_id)s, %(version)s, %(tenant_id)s, %(entity_id)s, %(region_code)s, %(at)s, %(actor)s,
        %(command)s, %(from_state)s, %(to_state)s, %(reason)s, %(evidence_ids)s)

-- transitions --
-- Every step of one alert or task, oldest first.
SELECT * FROM transition WHERE object = %(object)s AND object_id = %(object_id)s ORDER BY version

-- reason_of --
-- Why a task was last returned or voided.
SELECT reason FROM transition WHERE object = 'task' AND object_id = %(id)s AND command IN ('return', 'void')
ORDER BY version DESC LIMIT 1

-- task_counts --
-- The number of tasks by state.
SELECT state, count(*) FROM task GROUP BY state

-- open_counts --
-- The number of open tasks in each of some states, at most `most` each.
SELECT s.state, (SELECT count(*) FROM (SELECT FROM task t WHERE t.closed_at IS NULL AND t.state = s.state
                                       LIMIT %(most)s) AS counted)
FROM unnest(%(states)s::text[]) AS s (state)

-- tasks_by_deadline --
-- Open tasks in some states, the nearest deadline first.
SELECT t.* FROM unnest(%(states)s::text[]) AS s (state)
CROSS JOIN LATERAL (SELECT * FROM task WHERE closed_at IS NULL AND state = s.state ORDER BY due_at, id LIMIT %(limit)s) AS t
ORDER BY t.due_at, t.id LIMIT %(limit)s

-- latest_ended --
-- Tasks that have ended, the last one first.
SELECT * FROM task WHERE closed_at IS NOT NULL ORDER BY closed_at DESC LIMIT %(limit)s

-- late_total --
-- The number of open tasks beyond their deadline, at most `most`; where the clock stands, the time at which it stopped
-- counts.
SELECT count(*) FROM (
    SELECT FROM task WHERE closed_at IS NULL AND due_at < %(at)s
      AND due_at < CASE state WHEN 'submitted' THEN submitted_at WHEN 'under_review' THEN submitted_at
                              WHEN 'appealing' THEN appealed_at WHEN 'transferred' THEN transferred_at
                              ELSE %(at)s::timestamptz END
    LIMIT %(most)s) AS late

-- claim_photo --
-- Claim a photo as proof of this task; touches no row if the file is proof elsewhere, also outside the caller's scope.
INSERT INTO proof_photo (tenant_id, sha256, evidence_id, task_id, entity_id, region_code, fingerprint)
SELECT t.tenant_id, %(sha256)s, %(evidence_id)s, t.id, t.entity_id, t.region_code, %(fingerprint)s::bigint::bit(64)
FROM task t WHERE t.id = %(task_id)s
ON CONFLICT DO NOTHING

-- photo_counts --
-- How many photos a task has, and how many its enterprise has uploaded since a moment.
SELECT (SELECT count(*) FROM proof_photo WHERE task_id = t.id),
       (SELECT count(*) FROM proof_photo p JOIN evidence e ON e.id = p.evidence_id
        WHERE p.entity_id = t.entity_id AND e.captured_at > %(since)s)
FROM task t WHERE t.id = %(task_id)s

-- use_of_photo --
-- Where a file is proof already, within the caller's scope.
SELECT evidence_id, task_id FROM proof_photo WHERE sha256 = %(sha256)s

-- photos_of_task --
-- Which of some photos were uploaded for a task.
SELECT evidence_id FROM proof_photo
WHERE evidence_id = ANY(%(ids)s) AND (task_id = %(task_id)s OR task_id IS NULL)

-- photos_alike --
-- Photos of the same enterprise for other tasks whose fingerprint differs in few bits, the most alike first.
SELECT p.evidence_id, p.task_id, length(replace((p.fingerprint # %(fingerprint)s::bigint::bit(64))::text, '0', '')) AS bits
FROM proof_photo p JOIN task t ON t.id = %(task_id)s
WHERE p.entity_id = t.entity_id AND p.task_id IS DISTINCT FROM t.id AND p.fingerprint IS NOT NULL
  AND length(replace((p.fingerprint # %(fingerprint)s::bigint::bit(64))::text, '0', '')) <= %(most_bits)s
ORDER BY bits, p.evidence_id DESC LIMIT 5

-- is_other_evidence --
-- Whether a file is a piece of evidence that is no photo of a task, or a copy of one.
SELECT EXISTS (SELECT FROM evidence WHERE sha256 = %(sha256)s AND kind NOT IN ('photo_after', 'photo_appeal'))
    OR EXISTS (SELECT FROM evidence_copy WHERE sha256 = %(sha256)s)

-- open_on_office_clock --
-- Open tasks whose deadline runs in office hours and may lie in a year or later, a page by id; locked.
SELECT * FROM task
WHERE closed_at IS NULL AND clock = 'office' AND tenant_id = %(tenant_id)s AND starts_with(region_code, %(jurisdiction)s)
  AND due_at >= %(from_at)s AND (%(after)s::uuid IS NULL OR id > %(after)s)
ORDER BY id LIMIT %(limit)s FOR UPDATE

-- move_deadline --
-- Store a deadline that moved to a later time, or is no longer provisional.
UPDATE task SET due_at = %(due_at)s, due_provisional = %(due_provisional)s, next_level_at = %(next_level_at)s,
    version = version + 1
WHERE id = %(id)s AND version = %(version)s RETURNING *

-- lookbacks_due --
-- Closed tasks to be looked at again, the longest due first.
SELECT * FROM task WHERE lookback = 'due' AND lookback_due_at <= %(at)s ORDER BY lookback_due_at, id LIMIT %(limit)s

-- lookback_total --
-- How many look-backs are due.
SELECT count(*) FROM task WHERE lookback = 'due' AND lookback_due_at <= %(at)s

-- spot_tasks --
-- Tasks of hazards that people found on the spot between two moments, the oldest first.
SELECT t.* FROM task t JOIN alert a ON a.id = t.alert_id AND a.origin = 'spot'
WHERE t.dispatched_at >= %(since)s AND t.dispatched_at < %(until)s AND starts_with(t.region_code, %(within)s)
ORDER BY t.dispatched_at, t.id LIMIT %(limit)s
