-- report --
-- One report.
SELECT * FROM duty_report WHERE id = %(id)s

-- report_for_update --
-- One report, locked.
SELECT * FROM duty_report WHERE id = %(id)s FOR UPDATE

-- report_of --
-- The report of a period of a kitchen, or with no kitchen of an enterprise.
SELECT * FROM duty_report WHERE entity_id = %(entity_id)s AND kind = %(kind)s AND begin = %(begin)s
  AND site_id IS NOT DISTINCT FROM %(site_id)s

-- reports --
-- Reports, the newest period first.
SELECT * FROM duty_report
WHERE (%(kind)s::text IS NULL OR kind = %(kind)s) AND (%(before)s::date IS NULL OR begin < %(before)s)
  AND (%(last_begin)s::date IS NULL
       OR begin <= %(last_begin)s AND (begin < %(last_begin)s
            OR (kind, coalesce(site_id, ''), id) > (%(last_kind)s::text, %(last_site)s::text, %(last_id)s::uuid)))
ORDER BY begin DESC, kind, coalesce(site_id, ''), id LIMIT %(limit)s

-- add_report --
-- Store a new report; touches no row if the period has one.
INSERT INTO duty_report (id, tenant_id, entity_id, region_code, kind, site_id, begin, until, state, days_due, days_signed,
                         days_late, problems, points, opened_by, opened_at)
VALUES (%(id)s, %(tenant_id)s, %(entity_id)s, %(region_code)s, %(kind)s, %(site_id)s, %(begin)s, %(until)s, %(state)s,
        %(days_due)s, %(days_signed)s, %(days_late)s, %(problems)s, %(points)s, %(opened_by)s, %(opened_at)s)
ON CONFLICT DO NOTHING RETURNING *

-- change_report --
-- Store what was written, or the signature; touches no row if somebody else was faster.
UPDATE duty_report SET state = %(state)s, days_due = %(days_due)s, days_signed = %(days_signed)s,
    days_late = %(days_late)s, problems = %(problems)s, points = %(points)s, words = %(words)s, plan = %(plan)s, rating = %(rating)s,
    chair = %(chair)s, place = %(place)s, present = %(present)s, decisions = %(decisions)s, signed_by = %(signed_by)s,
    signed_at = %(signed_at)s, signature = %(signature)s, late = %(late)s, version = version + 1
WHERE id = %(id)s AND version = %(version)s RETURNING *

-- records_between --
-- Day records of a kitchen, or with no kitchen of an enterprise, from one day to another.
SELECT * FROM day_record WHERE entity_id = %(entity_id)s AND day BETWEEN %(begin)s AND %(until)s
  AND (%(site_id)s::text IS NULL OR site_id = %(site_id)s)
ORDER BY day, site_id LIMIT %(limit)s

-- tasks_of_period --
-- Tasks of a kitchen, or with no kitchen of an enterprise, that were open at some time between two moments.
SELECT * FROM task WHERE entity_id = %(entity_id)s AND dispatched_at < %(until)s
  AND (closed_at IS NULL OR closed_at >= %(since)s) AND state <> 'voided'
  AND (%(site_id)s::text IS NULL OR site_id = %(site_id)s)
ORDER BY dispatched_at LIMIT %(limit)s

-- add_work_item --
-- Store work that a report assigns.
INSERT INTO duty_work (id, tenant_id, entity_id, region_code, report_id, what, who, due, created_at)
VALUES (%(id)s, %(tenant_id)s, %(entity_id)s, %(region_code)s, %(report_id)s, %(what)s, %(who)s, %(due)s, %(created_at)s)

-- work_item --
-- One piece of work.
SELECT * FROM duty_work WHERE id = %(id)s

-- work_items --
-- Pieces of work, what is due first; those that are done or not, or those of one report.
SELECT * FROM duty_work
WHERE (%(report_id)s::uuid IS NULL OR report_id = %(report_id)s) AND (%(done)s::boolean IS NULL OR (done_at IS NOT NULL) = %(done)s)
ORDER BY done_at IS NOT NULL, due, id LIMIT %(limit)s

-- end_work_item --
-- Note that a piece of work is done; touches no row if it was done before.
UPDATE duty_work SET done_at = %(at)s, done_by = %(by)s, note = %(note)s
WHERE id = %(id)s AND done_at IS NULL RETURNING *
