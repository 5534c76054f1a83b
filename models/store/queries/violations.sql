-- add_violation --
-- Store a new violation.
INSERT INTO violation (id, tenant_id, entity_id, region_code, site_id, device_id, code, zone, severity, track_id, state,
                       started_at, occurred_at, received_at, score, boxes, model, rule, evidence_ids,
                       catalogue)
VALUES (%(id)s, %(tenant_id)s, %(entity_id)s, %(region_code)s, %(site_id)s, %(device_id)s, %(code)s, %(zone)s,
        %(severity)s, %(track_id)s, 'active', %(started_at)s, %(occurred_at)s, %(received_at)s, %(score)s, %(boxes)s,
        %(model)s, %(rule)s, %(evidence_ids)s, %(catalogue)s)

-- end_violation --
-- End a violation.
UPDATE violation SET state = 'ended', ended_at = greatest(%(at)s, started_at), version = version + 1
WHERE id = %(id)s AND state = 'active' RETURNING *

-- watched_at_sites --
-- The active violations of several sites that the platform's own judge watches, not a node.
SELECT * FROM violation v
WHERE v.state = 'active' AND v.site_id = ANY(%(sites)s)
    AND NOT EXISTS (SELECT FROM edge_violation e JOIN node n ON n.id = e.node_id
                    WHERE e.violation_id = v.id AND n.revoked_at IS NULL)
ORDER BY v.id

-- judged_at_the_edge --
-- Store that a node ends a violation.
INSERT INTO edge_violation (violation_id, node_id, session)
SELECT %(violation_id)s, n.id, coalesce(%(session)s, n.session) FROM node n WHERE n.id = %(node_id)s

-- end_at_the_edge --
-- A node ends its violation; its time replaces the time at which the platform ended the violation by itself.
UPDATE violation SET state = 'ended', ended_at = greatest(%(at)s, started_at), version = version + 1
WHERE id = %(id)s AND device_id = %(device_id)s AND EXISTS (SELECT FROM edge_violation e WHERE e.violation_id = violation.id)
  AND (state = 'active' OR ended_at IS DISTINCT FROM greatest(%(at)s, started_at))
RETURNING *

-- forget_edge_violations --
-- Forget violations that ended so long ago that their node no longer ends them.
DELETE FROM edge_violation e USING violation v
WHERE v.id = e.violation_id AND v.state = 'ended' AND v.ended_at < %(before)s

-- end_of_earlier_births --
-- End violations that a node opened before its present birth and has forgotten.
WITH gone AS (SELECT violation_id FROM edge_violation WHERE node_id = %(node_id)s AND session < %(session)s)
UPDATE violation SET state = 'ended', ended_at = greatest(%(at)s, started_at), version = version + 1
FROM gone WHERE violation.id = gone.violation_id AND state = 'active' RETURNING violation.*

-- violation --
-- One violation.
SELECT * FROM violation WHERE id = %(id)s

-- violations --
-- Violations, newest first, a page by id, with what `Filter` asks for.
SELECT * FROM violation
WHERE (%(before)s::uuid IS NULL OR id < %(before)s) AND (%(state)s::text IS NULL OR state = %(state)s)
  AND (%(review)s::text IS NULL OR review = %(review)s)
  AND (%(alert_id)s::uuid IS NULL OR alert_id = %(alert_id)s)
  AND (%(device_id)s::text IS NULL OR device_id = %(device_id)s)
  AND (%(code)s::text IS NULL OR code = %(code)s) AND (%(severity)s::text IS NULL OR severity = %(severity)s)
  AND (%(region)s::text IS NULL OR starts_with(region_code, %(region)s))
  AND (%(entity_id)s::uuid IS NULL OR entity_id = %(entity_id)s) AND (%(site_id)s::text IS NULL OR site_id = %(site_id)s)
  AND (%(first)s::uuid IS NULL OR id >= %(first)s) AND (%(beyond)s::uuid IS NULL OR id < %(beyond)s)
  AND (%(text)s::text = '' OR entity_id IN (SELECT e.id FROM entity e WHERE strpos(e.name, %(text)s) > 0)
       OR site_id IN (SELECT s.id FROM site s WHERE strpos(s.name, %(text)s) > 0))
ORDER BY id DESC LIMIT %(limit)s

-- active_violations --
-- Active violations, a page by id, oldest first.
SELECT * FROM violation WHERE state = 'active' AND (%(after)s::uuid IS NULL OR id > %(after)s) ORDER BY id LIMIT %(limit)s

-- ungrouped --
-- Violations without an alert, oldest first.
SELECT * FROM violation WHERE alert_id IS NULL AND NOT unheard ORDER BY id LIMIT %(limit)s FOR UPDATE SKIP LOCKED

-- group_violation --
-- Assign a violation to an alert.
UPDATE violation SET alert_id = %(alert_id)s WHERE id = %(id)s

-- leave_unheard --
-- Note that a violation raises no alert, because an override of its code says so.
UPDATE violation SET unheard = true WHERE id = %(id)s

-- review_violations --
-- Apply the verdict on an alert to its violations.
UPDATE violation SET review = %(review)s, version = version + 1
WHERE alert_id = %(alert_id)s AND review <> %(review)s RETURNING *

-- violation_total --
-- The number of violations.
SELECT count(*) FROM violation

-- attach_to_violation --
-- Add a piece of evidence to a violation; touches no row if its alert is not the one that the caller saw.
UPDATE violation SET evidence_ids = evidence_ids || %(evidence_id)s::uuid, version = version + 1
WHERE id = %(violation_id)s AND NOT %(evidence_id)s = ANY(evidence_ids)
  AND alert_id IS NOT DISTINCT FROM %(alert_id)s::uuid RETURNING *
