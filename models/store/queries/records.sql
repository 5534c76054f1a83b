-- record --
-- One record.
SELECT * FROM day_record WHERE id = %(id)s

-- record_for_update --
-- One record, locked.
SELECT * FROM day_record WHERE id = %(id)s FOR UPDATE

-- record_of --
-- The record of a kitchen's day.
SELECT * FROM day_record WHERE site_id = %(site_id)s AND day = %(day)s

-- records --
-- Records, the newest day first.
SELECT * FROM day_record
WHERE (%(site_id)s::text IS NULL OR site_id = %(site_id)s) AND (%(before)s::date IS NULL OR day < %(before)s)
  AND (%(last_day)s::date IS NULL
       OR day <= %(last_day)s AND (day < %(last_day)s OR site_id > %(last_site)s::text))
ORDER BY day DESC, site_id LIMIT %(limit)s

-- add_record --
-- Store a new record; touches no row if the day has one.
INSERT INTO day_record (id, tenant_id, entity_id, region_code, site_id, day, pack, state, items, opened_by, opened_at)
VALUES (%(id)s, %(tenant_id)s, %(entity_id)s, %(region_code)s, %(site_id)s, %(day)s, %(pack)s, %(state)s, %(items)s,
        %(opened_by)s, %(opened_at)s)
ON CONFLICT (site_id, day) DO NOTHING RETURNING *

-- change_record --
-- Store answers or the signature; touches no row if somebody else was faster.
UPDATE day_record SET state = %(state)s, items = %(items)s, signed_by = %(signed_by)s, signed_at = %(signed_at)s,
    signature = %(signature)s, zero_risk = %(zero_risk)s, late = %(late)s, remark = %(remark)s, version = version + 1
WHERE id = %(id)s AND version = %(version)s RETURNING *

-- alerts_of_day --
-- Alerts of a kitchen that were open at some time of a day, without rejected ones, newest first.
SELECT * FROM alert WHERE site_id = %(site_id)s AND opened_at < %(until)s AND opened_at > %(since)s::timestamptz - interval '60 days'
  AND (closed_at IS NULL OR closed_at >= %(since)s) AND state <> 'rejected'
ORDER BY opened_at DESC LIMIT %(limit)s

-- open_hazards --
-- The number of open tasks of a kitchen.
SELECT count(*) FROM task WHERE site_id = %(site_id)s AND closed_at IS NULL
