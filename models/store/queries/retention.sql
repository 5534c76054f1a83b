-- over_time --
-- Evidence whose retention time is over: a piece is kept for the longest time of all alerts that it belongs to; open
-- alerts and legal holds keep it without end. `class_` names the rule.
WITH old AS (
    SELECT e.* FROM evidence e
    WHERE e.stored_at < %(at)s::timestamptz - %(shortest)s::interval AND e.id > %(after)s
      AND NOT EXISTS (SELECT FROM evidence_purge p WHERE p.evidence_id = e.id)
    ORDER BY e.id LIMIT %(look_at)s
), belongs AS (
    SELECT o.id, a.id AS alert_id FROM old o JOIN alert a ON a.evidence_ids @> ARRAY[o.id]
    UNION SELECT o.id, v.alert_id FROM old o JOIN violation v ON v.evidence_ids @> ARRAY[o.id] WHERE v.alert_id IS NOT NULL
    UNION SELECT o.id, t.alert_id FROM old o JOIN task t ON t.proof_ids @> ARRAY[o.id]
    -- Returned proof, and what a verdict was based on: only the log still refers to it.
    UNION SELECT o.id, coalesce(t.alert_id, s.object_id) FROM old o JOIN transition s ON s.evidence_ids @> ARRAY[o.id]
          LEFT JOIN task t ON s.object = 'task' AND t.id = s.object_id
), kept AS (
    SELECT b.id,
           bool_or(a.closed_at IS NULL OR h.id IS NOT NULL) AS held,
           max(a.closed_at + CASE WHEN a.state = 'confirmed' THEN %(hazard)s::interval
                                  WHEN a.origin = 'device' THEN %(device)s::interval
                                  WHEN a.state = 'rejected' THEN %(rejected)s::interval
                                  ELSE %(undecided)s::interval END) AS until,
           CASE WHEN bool_or(a.state = 'confirmed') THEN 'hazard' WHEN bool_or(a.state = 'inconclusive') THEN 'undecided'
                WHEN bool_and(a.origin = 'device') THEN 'device' ELSE 'rejected' END AS class_
    FROM belongs b JOIN alert a ON a.id = b.alert_id
    LEFT JOIN legal_hold h ON h.alert_id = a.id AND h.released_at IS NULL
    GROUP BY b.id
)
SELECT o.id, o.sha256, o.bytes, coalesce(k.class_, 'loose') AS class_,
       coalesce(NOT k.held, true) AND coalesce(k.until, o.stored_at +
           CASE WHEN o.kind = 'photo_visit' THEN %(hazard)s::interval ELSE %(undecided)s::interval END) <= %(at)s AS over
FROM old o LEFT JOIN kept k ON k.id = o.id ORDER BY o.id

-- pressed --
-- Evidence that may be deleted early when the store is nearly full: oldest first, only of rejected alerts and
-- conditions of devices, never of a hazard, an open alert or a hold.
SELECT e.id, e.sha256, e.bytes, CASE WHEN a.origin = 'device' THEN 'device' ELSE 'rejected' END AS class_, true AS over
FROM alert a CROSS JOIN LATERAL unnest(a.evidence_ids) AS piece (id) JOIN evidence e ON e.id = piece.id
WHERE a.closed_at IS NOT NULL AND (a.state = 'rejected' OR a.origin = 'device') AND a.state <> 'confirmed'
  AND NOT EXISTS (SELECT FROM legal_hold h WHERE h.alert_id = a.id AND h.released_at IS NULL)
  AND NOT EXISTS (SELECT FROM evidence_purge p WHERE p.evidence_id = e.id)
  AND NOT EXISTS (SELECT FROM alert other WHERE other.id <> a.id AND other.evidence_ids @> ARRAY[e.id])
ORDER BY a.closed_at, e.id LIMIT %(limit)s

-- purge --
-- Store that a file is deleted; the row with its hash stays.
INSERT INTO evidence_purge (evidence_id, tenant_id, entity_id, region_code, purged_at, reason)
SELECT e.id, e.tenant_id, e.entity_id, e.region_code, %(at)s, %(reason)s FROM evidence e WHERE e.id = ANY(%(ids)s)
ON CONFLICT DO NOTHING

-- drop_copies --
-- Delete the copies of deleted files.
DELETE FROM evidence_copy WHERE evidence_id = ANY(%(ids)s) RETURNING sha256

-- still_needed --
-- Those of some files to which a row still refers.
SELECT sha256 FROM evidence e WHERE sha256 = ANY(%(names)s)
  AND NOT EXISTS (SELECT FROM evidence_purge p WHERE p.evidence_id = e.id)
UNION SELECT sha256 FROM evidence_copy WHERE sha256 = ANY(%(names)s)

-- wanted_files --
-- Every file that must be in the store, a page by name: hash, size, and whose it is.
SELECT sha256, max(bytes) AS bytes, min(id::text) AS whose FROM (
    SELECT e.sha256, e.bytes, e.id FROM evidence e
    WHERE e.sha256 > %(after)s AND NOT EXISTS (SELECT FROM evidence_purge p WHERE p.evidence_id = e.id)
    UNION ALL
    SELECT c.sha256, c.bytes, c.evidence_id FROM evidence_copy c WHERE c.state = 'ready' AND c.sha256 > %(after)s
) AS wanted GROUP BY sha256 ORDER BY sha256 LIMIT %(limit)s

-- hold --
-- Place a legal hold on an alert.
INSERT INTO legal_hold (id, alert_id, tenant_id, entity_id, region_code, reason, placed_by, placed_at)
SELECT %(id)s, a.id, a.tenant_id, a.entity_id, a.region_code, %(reason)s, %(by)s, %(at)s
FROM alert a WHERE a.id = %(alert_id)s ON CONFLICT DO NOTHING

-- release --
-- Release a hold.
UPDATE legal_hold SET released_by = %(by)s, released_at = %(at)s WHERE alert_id = %(alert_id)s AND released_at IS NULL

-- hold_of --
-- The hold on an alert, if there is one.
SELECT * FROM legal_hold WHERE alert_id = %(alert_id)s AND released_at IS NULL
