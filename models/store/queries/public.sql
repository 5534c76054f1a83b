-- renew --
-- Renew the states of bright kitchens; touches only those that changed. A kitchen is degraded only while the platform
-- itself has worked for an hour.
WITH camera AS (
    SELECT entity_id, max(last_frame_at) AS newest FROM device
    WHERE kind = 'camera' AND decommissioned_at IS NULL GROUP BY entity_id
), now AS (
    SELECT e.id, e.tenant_id, e.region_code, CASE
        WHEN c.entity_id IS NULL THEN 'none'
        WHEN c.newest IS NULL THEN 'pending'
        WHEN c.newest >= %(quiet)s THEN 'active'
        WHEN %(working)s THEN 'degraded' END AS state
    FROM entity e LEFT JOIN camera c ON c.entity_id = e.id
    WHERE c.entity_id IS NOT NULL OR EXISTS (SELECT FROM bright_kitchen b WHERE b.entity_id = e.id)
)
INSERT INTO bright_kitchen (entity_id, tenant_id, region_code, state, since)
SELECT id, tenant_id, region_code, state, %(at)s FROM now WHERE state IS NOT NULL
ON CONFLICT (entity_id) DO UPDATE SET state = EXCLUDED.state, since = EXCLUDED.since
WHERE bright_kitchen.state <> EXCLUDED.state

-- bright_kitchen --
-- The state of the bright kitchen of a licence; no row if no enterprise has it.
SELECT * FROM mingchu_bright_kitchen(%(licence)s)

-- board --
-- What the notice board with a code shows.
SELECT * FROM mingchu_public_board(%(code)s)

-- code_of --
-- The code of an enterprise's notice board.
SELECT code FROM public_code WHERE entity_id = %(entity_id)s

-- add_code --
-- Give an enterprise's notice board a code; touches no row if it has one.
INSERT INTO public_code (code, entity_id, tenant_id, region_code, made_at)
SELECT %(code)s, e.id, e.tenant_id, e.region_code, %(at)s FROM entity e WHERE e.id = %(entity_id)s
ON CONFLICT (entity_id) DO NOTHING

-- waiting_total --
-- How many reports about an enterprise wait; counted to a limit.
SELECT count(*) FROM (SELECT FROM public_report WHERE entity_id = %(entity_id)s AND state = 'waiting' LIMIT %(limit)s) AS those

-- add_report --
-- Store a report of the public.
INSERT INTO public_report (id, tenant_id, entity_id, region_code, concern, text, contact, received_at, state)
VALUES (%(id)s, %(tenant_id)s, %(entity_id)s, %(region_code)s, %(concern)s, %(text)s, %(contact)s, %(received_at)s,
        %(state)s)

-- reports --
-- Reports of the public, newest first.
SELECT * FROM public_report
WHERE (%(before)s::uuid IS NULL OR id < %(before)s) AND (%(waiting)s::boolean IS NULL OR (state = 'waiting') = %(waiting)s)
ORDER BY id DESC LIMIT %(limit)s

-- report --
-- One report of the public.
SELECT * FROM public_report WHERE id = %(id)s

-- settle --
-- Settle a report; touches no row if somebody else was faster.
UPDATE public_report SET state = %(state)s, answer = %(answer)s, settled_by = %(settled_by)s, settled_at = %(settled_at)s,
    task_id = %(task_id)s, version = version + 1
WHERE id = %(id)s AND version = %(version)s RETURNING *
