-- ask_for_clip --
-- Request the clip of a violation; a second request for it changes nothing.
INSERT INTO clip_request (id, violation_id, tenant_id, entity_id, region_code, site_id, node_id, device_id,
                          from_at, to_at, ends_at, state, next_at, give_up_at, created_at)
SELECT %(id)s, %(violation_id)s, d.tenant_id, d.entity_id, d.region_code, d.site_id, d.node_id, d.id,
       %(from_at)s, %(to_at)s, %(ends_at)s, 'waiting', %(at)s, %(give_up_at)s, %(at)s
FROM device d WHERE d.id = %(device_id)s
ON CONFLICT (violation_id) DO NOTHING

-- due_clips --
-- Requests to send to a node now, with the state of the node; locked.
SELECT c.*, n.online AS node_online, 'clip' = ANY(n.can) AS node_can, n.revoked_at IS NOT NULL AS node_revoked
FROM clip_request c JOIN node n ON n.id = c.node_id
WHERE c.state IN ('waiting', 'asked') AND c.next_at <= %(at)s
ORDER BY c.next_at LIMIT %(limit)s FOR UPDATE OF c SKIP LOCKED

-- clip_asked --
-- Store that a node was asked, with a new upload address.
UPDATE clip_request SET state = 'asked', attempts = attempts + 1, token_sha256 = %(token_sha256)s,
    token_expires_at = %(token_expires_at)s, next_at = %(next_at)s WHERE id = %(id)s

-- clip_grows --
-- A piece arrived: wait for the next one.
UPDATE clip_request SET next_at = greatest(next_at, %(next_at)s),
    token_expires_at = greatest(token_expires_at, %(until)s)
WHERE id = %(id)s AND state = 'asked'

-- clip_to_frames --
-- The node uploads none: make the clip of kept frames.
UPDATE clip_request SET state = 'frames', next_at = greatest(ends_at, %(at)s), error = %(error)s
WHERE id = %(id)s AND state IN ('waiting', 'asked')

-- clip_refused --
-- The node reports that it can't upload the clip.
UPDATE clip_request SET state = 'frames', next_at = greatest(ends_at, %(at)s), error = %(error)s
WHERE id = %(id)s AND node_id = %(node_id)s AND state IN ('waiting', 'asked')

-- clip_unreadable --
-- The uploaded file can't be used: make the clip of kept frames, and invalidate the upload address.
UPDATE clip_request SET state = 'frames', next_at = greatest(ends_at, %(at)s), error = %(error)s, token_expires_at = %(at)s
WHERE id = %(id)s AND state NOT IN ('ready', 'failed')

-- clip_of_token --
-- The request that an upload address belongs to.
SELECT * FROM clip_request WHERE token_sha256 = %(token_sha256)s AND token_expires_at > %(at)s

-- clip_for_update --
-- One request, locked.
SELECT * FROM clip_request WHERE id = %(id)s FOR UPDATE

-- clip_of_violation --
-- The request of a violation.
SELECT * FROM clip_request WHERE violation_id = %(violation_id)s

-- clips_of_alert --
-- The requests of an alert's violations, newest first.
SELECT c.* FROM clip_request c JOIN violation v ON v.id = c.violation_id
WHERE v.alert_id = %(alert_id)s ORDER BY c.id DESC LIMIT 20

-- clip_ready --
-- The clip is stored.
UPDATE clip_request SET state = 'ready', evidence_id = %(evidence_id)s, done_at = %(at)s
WHERE id = %(id)s AND state NOT IN ('ready', 'failed')

-- clip_failed --
-- Give up a clip.
UPDATE clip_request SET state = 'failed', error = %(error)s, done_at = %(at)s
WHERE id = %(id)s AND state NOT IN ('ready', 'failed')

-- take_frame_clips --
-- Take requests to make of kept frames; a lease keeps other processes from making them too. With `holder` only those of
-- the sites that this life judges, because only the judge of a camera keeps its frames.
UPDATE clip_request SET next_at = %(again_at)s, frame_tries = frame_tries + 1
WHERE id IN (SELECT id FROM clip_request WHERE state = 'frames' AND next_at <= %(at)s AND frame_tries < %(most)s
             AND (%(tenant_id)s::text IS NULL OR tenant_id = %(tenant_id)s)
             AND (%(holder)s::bigint IS NULL OR EXISTS (
                 SELECT FROM lease l WHERE l.kind = 'vision' AND l.holder = %(holder)s
                    AND l.key = clip_request.tenant_id || '/' || clip_request.site_id))
             ORDER BY next_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
RETURNING *

-- want_copy --
-- Request a copy of a piece of evidence.
INSERT INTO evidence_copy (evidence_id, kind, tenant_id, entity_id, region_code, next_at)
SELECT e.id, %(kind)s, e.tenant_id, e.entity_id, e.region_code, %(at)s FROM evidence e WHERE e.id = %(evidence_id)s
ON CONFLICT DO NOTHING

-- take_copies --
-- Take copies to make; a lease keeps other processes from making them too.
UPDATE evidence_copy c SET next_at = %(again_at)s, attempts = attempts + 1
WHERE (evidence_id, kind) IN (SELECT evidence_id, kind FROM evidence_copy
             WHERE state = 'pending' AND next_at <= %(at)s AND attempts < %(most)s
             AND (%(tenant_id)s::text IS NULL OR tenant_id = %(tenant_id)s)
             ORDER BY next_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED)
RETURNING c.*

-- copy_ready --
-- A copy is stored.
UPDATE evidence_copy SET state = 'ready', sha256 = %(sha256)s, bytes = %(bytes)s, mime = %(mime)s, error = NULL
WHERE evidence_id = %(evidence_id)s AND kind = %(kind)s AND state = 'pending'

-- copy_failed --
-- An attempt to make a copy failed; each further attempt waits longer.
UPDATE evidence_copy SET state = CASE WHEN attempts >= %(most)s THEN 'failed' ELSE 'pending' END, error = %(error)s,
    next_at = %(at)s::timestamptz + interval '30 seconds' * (2 ^ attempts)
WHERE evidence_id = %(evidence_id)s AND kind = %(kind)s AND state = 'pending'

-- give_up_copies --
-- Give up copies whose process died at each attempt.
UPDATE evidence_copy SET state = 'failed', error = coalesce(error, %(error)s)
WHERE state = 'pending' AND attempts >= %(most)s AND next_at <= %(at)s

-- give_up_frame_clips --
-- Give up clips whose process died at each attempt.
UPDATE clip_request SET state = 'failed', done_at = %(at)s, error = coalesce(error || '; ', '') || %(error)s
WHERE state = 'frames' AND frame_tries >= %(most)s AND next_at <= %(at)s

-- frames_failed --
-- An attempt to make a clip of kept frames failed; try again later, or give up after the last attempt.
UPDATE clip_request SET error = %(error)s,
    state = CASE WHEN frame_tries >= %(most)s THEN 'failed' ELSE 'frames' END,
    done_at = CASE WHEN frame_tries >= %(most)s THEN %(at)s::timestamptz END,
    next_at = %(at)s::timestamptz + interval '5 seconds' * (2 ^ frame_tries)
WHERE id = %(id)s AND state = 'frames'

-- copy --
-- One copy, made or not.
SELECT * FROM evidence_copy WHERE evidence_id = %(evidence_id)s AND kind = %(kind)s

-- copies_of --
-- The copies of several pieces of evidence.
SELECT * FROM evidence_copy WHERE evidence_id = ANY(%(ids)s)
