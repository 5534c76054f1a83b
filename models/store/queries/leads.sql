-- lead --
-- One lead.
SELECT * FROM lead WHERE id = %(id)s

-- lead_for_update --
-- One lead, locked.
SELECT * FROM lead WHERE id = %(id)s FOR UPDATE

-- leads --
-- Leads, newest first.
SELECT * FROM lead
WHERE (%(before)s::uuid IS NULL OR id < %(before)s) AND (%(ended)s::boolean IS NULL OR (closed_at IS NOT NULL) = %(ended)s)
  AND (%(task_id)s::uuid IS NULL OR task_id = %(task_id)s)
ORDER BY id DESC LIMIT %(limit)s

-- late_total --
-- How many leads are beyond their period.
SELECT count(*) FROM lead WHERE due_at < %(at)s

-- add_lead --
-- Store a new lead. Touches no row if the task has an open one.
INSERT INTO lead (id, tenant_id, entity_id, region_code, site_id, device_id, task_id, code, severity, ground, reason,
                  addressee, state, created_by, created_at)
VALUES (%(id)s, %(tenant_id)s, %(entity_id)s, %(region_code)s, %(site_id)s, %(device_id)s, %(task_id)s, %(code)s,
        %(severity)s, %(ground)s, %(reason)s, %(addressee)s, %(state)s, %(created_by)s, %(created_at)s)
ON CONFLICT DO NOTHING RETURNING *

-- move_lead --
-- Store a step; touches no row if somebody else was faster.
UPDATE lead SET state = %(state)s, sent_at = %(sent_at)s, due_at = %(due_at)s, extended = %(extended)s,
    filed_at = %(filed_at)s, case_no = %(case_no)s, officers = %(officers)s, outcome = %(outcome)s,
    feedback = %(feedback)s, closed_at = %(closed_at)s, version = version + 1
WHERE id = %(id)s AND version = %(version)s RETURNING *
